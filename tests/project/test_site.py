"""The pages of the site: each is listed, each link leads somewhere, each command and setting in them is one."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from paths import ROOT

import asknotes.__main__
import ingest.__main__
import rag.__main__
from benchmarks.screenshots import TOUR, tour_picture
from ingest.config import Settings
from ingest.messages import Language
from tools import site_pages, write_settings_docs

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *(ROOT / name for name in site_pages.PAGES)])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\((?!https?:)([^)\s]+)\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    return site_pages.on_page_markdown(page.read_text("utf-8")) if page.parent == DOCS else page.read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """The places of a page, as both mkdocs and GitHub name those of plain headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        path, _, place = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (place and place not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_the_site_lists_each_page_once_and_nothing_else() -> None:
    def pages(part: object) -> Iterator[str]:
        if isinstance(part, str):
            yield part
        for below in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from pages(below)

    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert site["strict"] is True and site["theme"]["font"] is False
    assert sorted(pages(site["nav"])) == sorted(file.name for file in DOCS.glob("*.md") if not file.match("*.zh.md"))
    assert {"index", "how-it-works", "configure", "notes", "models", "cli", "tour"} == {
        file.name.removesuffix(".zh.md") for file in DOCS.glob("*.zh.md")
    }


def test_files_of_the_root_stand_in_the_site_with_their_links() -> None:
    page = site_pages.on_page_markdown("<!-- include SECURITY.md -->\n\n[run](../rag/open.py), [no](#x)\n")
    assert page.startswith("# Security") and "[docs/reliability.md](reliability.md)" in page
    assert page.endswith("\nrun, [no](#x)\n")
    assert site_pages.inside("[a](../CONTRIBUTING.md#b)") == "[a](contributing.md#b)"


@pytest.mark.parametrize(
    ("tag", "loads"),
    [
        ('<script src="https://example.org/a.js"></script>', True),
        ('<link rel="stylesheet" href="//example.org/a.css">', True),
        ('<script src="assets/a.js"></script><a href="https://example.org">there</a>', False),
    ],
)
def test_a_page_that_loads_from_elsewhere_ends_the_build(tag: str, loads: bool) -> None:
    class Page:
        class file:
            src_uri = "a.md"

    if loads:
        with pytest.raises(ValueError, match=r"a\.md loads something"):
            site_pages.on_post_page(tag, Page)
    else:
        assert site_pages.on_post_page(tag, Page) == tag


def test_the_tables_of_settings_are_up_to_date() -> None:
    for language, page in write_settings_docs.PAGES.items():
        text = page.read_text("utf-8")
        assert text == write_settings_docs.filled(text, language), "run `make docs`"
    assert write_settings_docs.CHINESE.keys() == Settings.model_fields.keys()
    said = write_settings_docs.comments()
    assert [name for name in Settings.model_fields if not said[name]] == []


def shell_lines(page: Path) -> Iterator[str]:
    """The lines of a page that are for a shell: indented, or in a fence without a language."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    for language, block in FENCE.findall(text):
        if language in ("", "sh", "bash"):
            yield from block.splitlines()
    for line in FENCE.sub("", text).splitlines():
        if line.startswith("    ") and not line.lstrip().startswith(("-", "*")):
            yield line.strip()
    yield from re.findall(r"`((?:asknotes|make|python -m) [^`…]*)`", FENCE.sub("", text))


def commands() -> list[tuple[str, list[str]]]:
    """Each command of ours in the docs, without what stands before it in a pipe, and the page it stands on."""
    found = []
    for page in PAGES:
        if page.name == "architecture.md":  # its blocks list rooms
            continue
        for line in shell_lines(page):
            for part in re.split(r" \| | > | && ", re.sub(r"\[[^\]]*\]", "", line)):
                words = shlex.split(part, comments=True)
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    words.pop(0)
                program = re.sub(r"^\S*/bin/", "", words[0]) if words else ""
                named_only = words[1:] in (["-m", "rag"], ["-m", "ingest"], ["--notes"])  # in a sentence on it
                if program in ("asknotes", "make", "python") and "…" not in part and not named_only:
                    found.append((f"{name(page)}: {part}", [program, *words[1:]]))
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def taken(words: list[str]) -> bool:
    """Whether a command is taken as it is written; for other programs there is nothing to say."""
    match words:
        case ["make", *rest]:
            return {word for word in rest if "=" not in word} <= targets()
        case ["python", "-m", "rag", *rest]:
            return rag.__main__.parser().parse_args(rest) is not None
        case ["python", "-m", "ingest", *rest]:
            return ingest.__main__.parser().parse_args(rest) is not None
        case ["python", "-m", module, *_] if module.split(".")[0] in ("benchmarks", "training", "tools"):
            return (ROOT / module.replace(".", "/")).with_suffix(".py").exists()
        case ["asknotes", *rest]:
            group = asknotes.__main__.command_line("en")
            with group.make_context("asknotes", rest) as here:
                below, command, more = group.resolve_command(here, [*here._protected_args, *here.args])
                assert command
                command.make_context(below, more, parent=here).close()
                if below in ("ask", "search", "check", "eval", "gaps"):
                    rag.__main__.parser().parse_args([str(below), *more])
    return True


def test_each_command_is_taken_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    found = commands()
    assert len(found) > 60 and sum("eval --report" in said for said, _ in found) >= 3
    wrong = []
    for said, words in found:
        try:
            if not taken(words):
                wrong.append(said)
        except (SystemExit, click.ClickException) as error:
            wrong.append(f"{said} ({error} {capsys.readouterr().err[-200:]})")
    assert wrong == []


def test_the_rule_can_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert not taken(["make", "tea"])
    with pytest.raises(click.ClickException):
        taken(["asknotes", "search", "--tea", "q"])
    with pytest.raises(SystemExit):
        taken(["python", "-m", "rag", "eval", "--tea", "q"])


def test_each_setting_in_the_docs_is_one() -> None:
    blocks = [
        (page, block)
        for page in PAGES
        for language, block in FENCE.findall(page.read_text("utf-8"))
        if language == "toml"
    ]
    assert len(blocks) >= 8
    for _, block in blocks:
        Settings(**tomllib.loads(block))
    lines = [line for page in PAGES for line in re.findall(r"`(\w+ = [^`]+)`", page.read_text("utf-8"))]
    assert {line.split(" = ")[0] for line in lines} <= Settings.model_fields.keys() | {"k", "c", "base_url", "provider"}


def test_the_site_is_made_with_the_packages_of_its_extra() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["docs"]
    made = re.search(r"^SITE_PACKAGES := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert made and made[1].split() == extra


@pytest.mark.parametrize(("page", "language"), [("tour.md", "en"), ("tour.zh.md", "zh")])
def test_the_tour_shows_the_pictures_that_its_script_takes(page: str, language: Language) -> None:
    shown = re.findall(r"!\[[^\]]+\]\(img/([\w.-]+)\)", (DOCS / page).read_text("utf-8"))
    assert shown == [tour_picture(name, language) for name in TOUR]
    assert all((DOCS / "img" / name).stat().st_size > 10_000 for name in shown)
