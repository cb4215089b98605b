"""Files that appear whole or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def write_whole(path: str | os.PathLike[str], text: str | bytes) -> None:
    """Write a text to a file, as UTF-8, or bytes, in one step: no reader sees half of it.

    A symbolic link is followed, and a file that was there keeps its permissions. What is no file,
    such as a device or a pipe, is written to: a file in its place would be another thing.

    Raises:
        OSError: it cannot be written; a file that was there is as before.
    """
    content = text.encode("utf-8") if isinstance(text, str) else text
    mode = None
    with suppress(FileNotFoundError):
        old = os.stat(path).st_mode
        if not stat.S_ISREG(old):
            Path(path).write_bytes(content)
            return
        mode = stat.S_IMODE(old)
        with open(path, "r+b"):  # PermissionError where it is read-only: replacing would not ask
            pass
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{os.urandom(8).hex()}.tmp")

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags, 0o666 if mode is None else mode)

    try:
        with open(temporary, "xb", opener=opened) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)  # whatever the umask has taken away
        os.replace(temporary, target)
    except OSError as error:  # which names the temporary file, or none
        if error.errno is None:  # its text is all that it has
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    finally:
        temporary.unlink(missing_ok=True)
