"""The notes folder in the page: another one is chosen, and files are dropped into it."""

import tomllib
from pathlib import Path

import pytest
from page_kit import HeldBackend, opened, said, settings, texts, until
from scripted import ScriptedBackend
from streamlit.testing.v1 import AppTest

from ingest.config import Settings
from ingest.errors import ConfigError, NoteError
from ui.backend.saved import kinds, safe_name, save_dropped


def dropped(at: AppTest, name: str, data: bytes) -> AppTest:
    at.file_uploader[0].set_value((name, data, "text/plain"))
    return at.run()


def test_a_dropped_note_is_saved_and_indexed(corpus: Path) -> None:
    backend = ScriptedBackend(settings(corpus))
    at = dropped(opened(backend, view="index"), "new.md", b"# New\n\nDropped here.\n")
    assert (corpus / "new.md").read_bytes() == b"# New\n\nDropped here.\n"
    assert "new.md is in the notes folder" in said(at)
    until(at, lambda: "3 notes" in texts(at))
    assert not at.file_uploader[0].value, "the box is empty again"
    assert "new.md is in the notes folder" in said(at), "still, when the build has ended"
    at = dropped(opened(backend, view="notes"), "empty.ipynb", b"{")
    assert "empty.ipynb was not put in" in said(at) and not (corpus / "empty.ipynb").exists()


def test_nothing_is_dropped_into_the_folder_that_a_build_has_read(corpus: Path) -> None:
    backend = HeldBackend(settings(corpus))
    before, at = opened(backend, view="index"), opened(backend, view="index")
    at.button(key="rebuild").click().run()
    assert backend.held.wait(10) and at.run().file_uploader[0].disabled
    at = dropped(before, "new.md", b"# New\n\nDropped here.\n")  # in a tab that has not heard of the build
    assert at.file_uploader[0].disabled and not (corpus / "new.md").exists()
    backend.go.set()
    until(at, lambda: not at.file_uploader[0].disabled)
    dropped(at, "new.md", b"# New\n\nDropped here.\n")
    until(at, lambda: "3 notes" in texts(at))


def test_no_file_is_written_over_another(corpus: Path) -> None:
    config, before = settings(corpus), (corpus / "other.md").read_bytes()
    assert save_dropped(config, "other.md", b"# Mine\n") == "other 2.md"
    assert save_dropped(config, "other.md", b"# Mine\n") == "other 2.md", "the same again is no third"
    assert save_dropped(config, "other.md", before) == "other.md"
    (corpus / "link.md").symlink_to(corpus / "nowhere.md")
    assert save_dropped(config, "link.md", b"# Link\n") == "link 2.md"
    assert (corpus / "other.md").read_bytes() == before and not (corpus / "nowhere.md").exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/cron.d/job.md", ("job", ".md")),
        ("C:\\notes\\..\\a:b?.txt", ("a b", ".txt")),
        (".hidden.md", ("hidden", ".md")),
        ("~$draft.docx", ("draft", ".docx")),
        ("a\nb\0.md", ("a b", ".md")),
        ("  .  .md", ("note", ".md")),
        ("字" * 200 + ".md", ("字" * 66, ".md")),
        ("e\u0301.md", ("é", ".md")),
    ],
)
def test_names_are_safe(name: str, safe: tuple[str, str]) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("run.sh", b"echo", "no kind of file that is read"),
        ("notes", b"# N", "no kind of file that is read"),
        ("big.txt", b"x" * (2**20 + 1), "larger than 1 MB"),
        ("damaged.epub", b"PK", ""),
    ],
)
def test_what_cannot_be_read_is_not_written(corpus: Path, name: str, data: bytes, why: str) -> None:
    config, before = settings(corpus).model_copy(update={"max_note_mb": 1}), sorted(corpus.iterdir())
    with pytest.raises(NoteError, match=why or None):
        save_dropped(config, name, data)
    assert sorted(corpus.iterdir()) == before
    assert {".md", ".txt", ".html"} <= set(kinds())


def test_a_missing_folder_is_mended_in_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    missing = settings(tmp_path / "gone")
    with pytest.raises(ConfigError):
        save_dropped(missing, "a.md", b"# A\n")
    at = opened(ScriptedBackend(missing, indexed=False))
    assert "choose the folder of your notes below" in texts(at) and not at.file_uploader
    at.text_input(key="folder").set_value("nowhere")
    at.button(key="folder-use").click().run()
    assert "There is no folder" in said(at) and not (tmp_path / "notes.toml").exists()
    at.text_input(key="folder").set_value("mine")
    at.button(key="folder-use").click().run()
    assert tomllib.loads((tmp_path / "notes.toml").read_text()) == {"corpus": str(tmp_path / "mine")}
    assert "Saved to notes.toml" in said(at) and "ASKNOTES_CORPUS" in said(at)


class SavedFolder(ScriptedBackend):
    """Follows the folder of `notes.toml`, as the settings do that are loaded for each run."""

    @property
    def settings(self) -> Settings:
        file = Path("notes.toml")
        return settings(Path(tomllib.loads(file.read_text())["corpus"])) if file.exists() else self._first

    @settings.setter
    def settings(self, first: Settings) -> None:
        self._first = first


@pytest.mark.parametrize("notes", [0, 1])
def test_that_a_folder_was_chosen_is_told_on_the_page_that_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    for n in range(notes):
        (tmp_path / "mine" / f"{n}.md").write_text("# A\n\nNote.\n")
    at = opened(SavedFolder(settings(tmp_path / "gone"), indexed=False))
    at.text_input(key="folder").set_value("mine")
    at.button(key="folder-use").click().run()
    assert "build" in {button.key for button in at.button} and [e.value for e in at.success] == ["Saved to notes.toml."]
    assert not at.expander or not at.expander[0].success
    at.button(key="to-index").click().run()
    assert not at.success, "it is told once"
