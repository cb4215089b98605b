"""Write files that appear whole or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def write_whole(path: str | os.PathLike[str], text: str | bytes) -> None:
    """Write bytes, or a text as UTF-8, to a file in one step, so that no reader sees half of it.

    Symbolic links are followed, and an existing file keeps its permissions. A device or a pipe is
    written to directly, since a file must not replace it.

    Raises:
        OSError: the file cannot be written; an existing file is unchanged.
    """
    content = text.encode("utf-8") if isinstance(text, str) else text
    mode = None
    with suppress(FileNotFoundError):
        old = os.stat(path).st_mode
        if not stat.S_ISREG(old):
            Path(path).write_bytes(content)
            return
        mode = stat.S_IMODE(old)
        with open(path, "r+b"):  # raises if the file is read-only, which os.replace would ignore
            pass
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{os.urandom(8).hex()}.tmp")

    def open_with_mode(name: str, flags: int) -> int:
        return os.open(name, flags, 0o666 if mode is None else mode)

    try:
        with open(temporary, "xb", opener=open_with_mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)  # the umask may have removed permissions
        os.replace(temporary, target)
    except OSError as error:  # name the user's file, not the temporary one
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    finally:
        temporary.unlink(missing_ok=True)
