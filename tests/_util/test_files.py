"""A file appears whole or not at all, and nothing else is touched."""

import os
import stat
from pathlib import Path

import pytest

from autograd_lite._util.files import write_whole

POSIX = pytest.mark.skipif(os.name != "posix", reason="these are files of POSIX systems")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "name", ["plain", "two words", "-", "-rf", "ü∂学", "$(id) `id`;#&|'", "a" * 250, "%s{0}"]
)
def test_a_file_of_any_name_is_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_whole(path, "é\n")
    write_whole(str(path), "new é\n")
    assert path.read_text(encoding="utf-8") == "new é\n"
    assert names(tmp_path) == [name]


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", content := bytes(range(256)) + b"\r\n")
    assert (tmp_path / "file").read_bytes() == content


@POSIX
@pytest.mark.parametrize("name", ["two\nlines", "\\N", "tab\t", "\x1b[31m", '"<b>"', "*?"])
def test_a_file_of_a_name_that_posix_allows_is_written(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, "x")
    assert names(tmp_path) == [name]


def test_a_path_is_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    write_whole("../outer.txt", "x")
    write_whole("-", "y")
    assert names(tmp_path) == ["inner", "outer.txt"] and names(tmp_path / "inner") == ["-"]


@POSIX
def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to("there/file")
    for text in ("first", "second"):  # the file is missing at first
        write_whole(link, text)
        assert link.is_symlink()
        assert (tmp_path / "there" / "file").read_text(encoding="utf-8") == text
    assert names(tmp_path) == ["link", "there"] and names(tmp_path / "there") == ["file"]


@POSIX
def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("link")
    with pytest.raises(OSError):
        write_whole(link, "x")
    assert names(tmp_path) == ["link"]


def test_what_is_no_place_for_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path in (tmp_path, tmp_path / "missing" / "f", tmp_path / "file" / "f"):
        with pytest.raises(OSError):
            write_whole(path, "y")
    with pytest.raises(ValueError, match="null"):
        write_whole(tmp_path / "a\0b", "y")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")

    def fails(*args: object) -> None:
        assert path.read_text(encoding="utf-8") == "old"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_error_names_the_file_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    missing = tmp_path / "missing" / "file"
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(missing, "x")
    assert str(caught.value) == f"[Errno 2] No such file or directory: {str(missing)!r}"

    def fails(*names: object) -> None:
        raise OSError(28, "No space left on device", *[x for x in names[:1] if step == "replace"])

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(OSError, match="No space") as caught_later:
        write_whole(str(tmp_path / "file"), "x")
    assert str(caught_later.value).endswith(f"device: {str(tmp_path / 'file')!r}")


def test_text_that_has_no_encoding_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["file"]


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666, 0o640])
def test_a_file_keeps_its_permissions_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    path.chmod(mode)
    before = []
    really = os.fsync
    monkeypatch.setattr(os, "fsync", lambda f: (before.append(os.fstat(f).st_mode), really(f)))
    write_whole(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert stat.S_IMODE(before[0]) & ~mode == 0


@POSIX
def test_a_new_file_has_the_permissions_of_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_read_only_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the folder would allow to replace it. The superuser may write anywhere."""
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        really = open

        def refusing(name: object, mode: str = "r", **options: object) -> object:
            if name == path and mode == "r+b":
                raise PermissionError(13, "Permission denied")
            return really(name, mode, **options)  # type: ignore[call-overload]

        monkeypatch.setattr("builtins.open", refusing)
    with pytest.raises(PermissionError):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["file"]


@POSIX
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(path, "through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)
