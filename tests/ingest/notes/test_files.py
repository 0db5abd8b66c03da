"""A file of the notes folder is opened by one function: what it became after it was indexed can neither hang nor lead out."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.notes import files
from ingest.notes.files import read_within
from ingest.notes.read import load_note
from ui.backend.local import LocalBackend
from ui.backend.saved import save_new
from ui.render.images import NoteImages

SECRET = "# Secret\n\nThe canary sits outside of the notes.\n"
pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text("# A\n\nInside.\n")
    (folder / "inner.md").symlink_to("a.md")
    (folder / "inner").symlink_to("sub")
    (folder / "sub" / "b.md").write_text("# B\n")
    (tmp_path / "secret.md").write_text(SECRET)
    (tmp_path / "secret.png").write_text(SECRET)
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "loop.md").symlink_to("loop.md")
    for name in ("zero.md", "zero.png"):
        (folder / name).symlink_to("/dev/zero")
    for name in ("pipe.md", "pipe.png"):
        os.mkfifo(folder / name)
    return folder


@pytest.mark.parametrize(
    "path",
    [
        *("pipe.md", "zero.md", "link.md", "loop.md", "sub", "", "."),
        *("../secret.md", "sub/../../secret.md", "folder/secret.md", "/etc/passwd", "/dev/zero"),
        *("a.md\0.png", "a.md/", "a.md/x", "x" * 5000),
    ],
)
def test_what_is_no_file_of_the_folder_is_refused(corpus: Path, path: str) -> None:
    with pytest.raises(NoteError):
        read_within(corpus, path, 1000)
    with pytest.raises(NoteError):
        load_note(corpus, path, Settings(corpus=corpus))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="handles are counted by /proc")
def test_what_is_refused_keeps_no_handle(corpus: Path) -> None:
    def handles() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = handles()
    for path in ("sub", "pipe.md", "zero.md", "loop.md", "a.md/x", "a.md"):
        for most in (1, 1000):
            with suppress(NoteError):
                read_within(corpus, path, most)
    assert handles() == before


def test_files_of_the_folder_are_read_by_links_within_it_too(corpus: Path) -> None:
    assert read_within(corpus, "a.md", 1000) == read_within(corpus, "inner.md", 1000) == b"# A\n\nInside.\n"
    assert read_within(corpus, "inner/b.md", 1000) == read_within(corpus, "sub/../sub/b.md", 1000) == b"# B\n"
    assert len(read_within(corpus, "a.md", 13)) == 13
    with pytest.raises(NoteError):
        read_within(corpus, "a.md", 12)


def test_links_out_are_followed_only_when_asked_and_never_to_a_device(corpus: Path) -> None:
    assert read_within(corpus, "link.md", 1000, follow=True).decode() == SECRET
    for path in ("zero.md", "pipe.md", "../secret.md"):
        with pytest.raises(NoteError):
            read_within(corpus, path, 1000, follow=True)


def test_a_folder_that_becomes_a_link_while_it_is_opened_is_not_entered(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.md").write_text(SECRET)
    resolve = Path.resolve

    def swapped(path: Path, strict: bool = False) -> Path:
        real = resolve(path, strict)
        if path.name == "b.md":
            (corpus / "sub").rename(corpus / "moved")
            (corpus / "sub").symlink_to(tmp_path)
        return real

    monkeypatch.setattr(Path, "resolve", swapped)
    monkeypatch.setattr(files, "_straight", lambda folder, path: None)
    with pytest.raises(NoteError):
        read_within(corpus, "sub/b.md", 1000)


def test_a_link_on_the_way_is_never_gone_straight_through(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text(SECRET)
    (corpus / "linked").symlink_to(corpus / "sub")
    (corpus / "one.md").symlink_to(corpus / "sub" / "b.md")
    ways = {
        path: files._straight(corpus, path)
        for path in ("sub/b.md", "linked/b.md", "one.md", "sub/../sub/b.md", "/sub/b.md")
    }
    handle = ways.pop("sub/b.md")
    assert handle is not None and set(ways.values()) == {None}
    os.close(handle)
    assert read_within(corpus, "linked/b.md", 1000) == read_within(corpus, "one.md", 1000)


def test_the_page_reads_notes_and_pictures_so(corpus: Path) -> None:
    backend = LocalBackend(Settings(corpus=corpus, data=corpus.parent / "data"))
    assert backend.current_hash("nowhere.md") == ""
    for path in ("pipe.md", "zero.md", "link.md", "../secret.md", "/etc/passwd", "folder/secret.md"):
        for ask in (backend.current_hash, backend.current_note):
            with pytest.raises(NoteError):
                ask(path)
    images = NoteImages(corpus, "sub/b.md")
    for picture in ("pipe.png", "../pipe.png", "../zero.png", "../link.png", "../../secret.png", "/etc/x.png"):
        assert images(picture) == ""
    assert (
        images("a%00.png")
        == images("%2e%2e/../secret.png")
        == images("\ud800.png")
        == images("x" * 5000 + ".png")
        == ""
    )


def test_an_answer_is_not_saved_out_of_the_folder(corpus: Path, tmp_path: Path) -> None:
    (corpus / "AskNotes").symlink_to(tmp_path)
    with pytest.raises(NoteError):
        save_new(corpus, "x.md", "text")
    assert not (tmp_path / "x.md").exists()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a file to be empty that is not")
def test_a_file_that_holds_more_than_was_said_is_read_to_its_end() -> None:
    text = read_within(Path("/proc/self"), "status", 2**20).decode()
    assert text.startswith("Name:") and text.count("\n") > 20 and text.endswith("\n")
