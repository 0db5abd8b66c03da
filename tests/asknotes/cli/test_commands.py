"""`asknotes` as a shell and its scripts meet it."""

import io
import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asknotes_kit import NOTES
from index_kit import put
from obliging_endpoint import obliging_endpoint
from paths import ROOT
from store_kit import searched_by

import rag.__main__
from asknotes.__main__ import main
from asknotes.access import token_in
from asknotes.cli import commands
from asknotes.cli.doctor import EXTRAS, checks
from asknotes.cli.page import page_command
from ingest.config import ModelSettings, Settings
from ingest.errors import ConfigError
from ingest.index.read import open_index
from ingest.store.mirror import mirror
from ingest.vaults import last_vault, vault_of
from ingest.vectors.embed import NoteEmbeddings
from rag.model.probe import Probed

OF_A_VAULT = ("ASKNOTES_CORPUS", "ASKNOTES_INDEX", "ASKNOTES_DATA", "ASKNOTES_SETTINGS", "ASKNOTES_VAULT")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embeddings: NoteEmbeddings) -> Path:
    """An empty folder and home, no model that writes, and the embedding model that is loaded."""
    for name in OF_A_VAULT:
        monkeypatch.setenv(name, "")  # so that it is as before when the test ends
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASKNOTES_LLM", "none")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setattr("rag.open.load_embeddings", lambda settings, report: embeddings)
    monkeypatch.setattr("ingest.vectors.embed.load_embeddings", lambda settings, report: embeddings)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


def printed(capsys: pytest.CaptureFixture[str], arguments: Sequence[str], status: int = 0) -> str:
    capsys.readouterr()
    assert main(arguments) == status
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "--json", "-k", "2", "--only", "其他.md", "--only", "#推理", "缓存省去了什么"],
        ["search", "--explain", "--retriever", "bm25", "量化"],
        ["search", "--json", "--why", "其他.md:3", "--", "-k"],
        ["gaps", "--json"],
    ],
)
def test_a_command_is_that_of_python_m_rag(
    asked_notes: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("ASKNOTES_DATA", str(asked_notes.data))
    command = [arguments[0], "--index", str(asked_notes.index), *arguments[1:]]
    ours = printed(capsys, command)
    assert rag.__main__.main(command) == 0
    assert capsys.readouterr().out == ours and (ours or arguments[0] == "gaps")


def test_a_text_comes_through_a_pipe(
    asked_notes: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("缓存省去了对前文的重复计算。"))
    row = json.loads(printed(capsys, ["check", "--json", "--index", str(asked_notes.index), "-"]))
    assert (row["verdict"], row["evidence"][0]["path"]) == ("supported", "推理/缓存.md")


def test_the_figures_come_as_json(asked_notes: Settings, elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = [{"file": "推理/缓存.md", "quote": "重复计算"}]
    (elsewhere / "q.jsonl").write_text(json.dumps({"question": "缓存省去什么", "gold": gold}), "utf-8")
    rows = printed(capsys, ["eval", "--json", "--index", str(asked_notes.index), "q.jsonl"]).splitlines()
    runs = {row["retriever"]: row for row in map(json.loads, rows)}
    assert set(runs) == {"bm25", "dense", "hybrid"} and runs["hybrid"]["figures"]["hit@1"] == 1.0


def test_a_folder_anywhere_is_a_vault_that_is_remembered(
    tmp_path: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine", "other/mine"):
        put(tmp_path / name / "a.md", f"# {name}\n\n缓存省去了对前文的重复计算。\n")
    assert "1 notes" in printed(capsys, ["--notes", str(tmp_path / "mine"), "index"])
    vault = vault_of(tmp_path / "mine")
    assert vault.home.is_relative_to(tmp_path / "home") and (vault.home / "index" / "CURRENT").exists()
    assert vault_of(tmp_path / "other" / "mine").home != vault.home
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["a.md"]
    for name in OF_A_VAULT:
        monkeypatch.delenv(name)
    answer = json.loads(printed(capsys, ["ask", "--json", "缓存省去了什么？"]))
    assert answer["sources"][0]["path"] == "a.md" and os.environ["ASKNOTES_CORPUS"] == str(tmp_path / "mine")
    assert os.environ["ASKNOTES_VAULT"] == vault.name, "so that a page may show others"
    vault.settings.write_text("sources = 99\n", "utf-8")
    assert main(["search", "缓存"]) == 1
    assert str(vault.settings) in capsys.readouterr().err
    (tmp_path / "mine" / "a.md").unlink()
    (tmp_path / "mine").rmdir()
    assert last_vault() is None
    assert main(["--notes", str(tmp_path / "none"), "index"]) == 1


def test_the_project_of_the_current_folder_comes_first(
    tmp_path: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "mine" / "a.md", "# 别处\n")
    printed(capsys, ["--notes", str(tmp_path / "mine"), "index", "--dry-run"])
    for name in OF_A_VAULT:
        os.environ.pop(name)
    put(elsewhere / "corpus" / "here.md", "# 这里\n\n缓存省去了对前文的重复计算。\n")
    report = json.loads(printed(capsys, ["index", "--json"]))
    assert report["added"] == ["here.md"] and (elsewhere / "index" / "CURRENT").exists()
    assert "ASKNOTES_VAULT" not in os.environ


def test_the_page_is_started_for_this_machine_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Sequence[str]] = []

    def run(command: Sequence[str], check: bool) -> "subprocess.CompletedProcess[str]":
        ran.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(commands.subprocess, "run", run)
    put(tmp_path / "notes" / "a.md", NOTES["其他.md"])
    printed(capsys, ["chat", str(tmp_path / "notes"), "--port", "8777"], status=3)
    (command,) = ran
    assert command == page_command(8777) and os.environ["ASKNOTES_CORPUS"] == str(tmp_path / "notes")
    assert {"--server.address=127.0.0.1", "--server.port=8777", "--server.enableXsrfProtection=true"} <= set(command)
    hosts = [part for part in command if "allowedHosts" in part]
    assert hosts == ["--server.allowedHosts=127.0.0.1", "--server.allowedHosts=localhost"]
    in_a_checkout = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert f"--theme.light.primaryColor={in_a_checkout['theme']['light']['primaryColor']}" in command


def test_the_doctor_says_what_is_here_and_what_to_do(
    asked_notes: Settings, elsewhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [json.loads(line) for line in printed(capsys, ["doctor", "--json"], status=1).splitlines()]
    says = {row["check"]: row["says"] for row in rows if row["state"] == "fault"}
    assert "python -m ingest" in says["index"] and "name the folder" in says["notes"]
    monkeypatch.setenv("ASKNOTES_CORPUS", str(asked_notes.corpus))
    monkeypatch.setenv("ASKNOTES_INDEX", str(asked_notes.index))
    well = printed(capsys, ["doctor"])
    assert "2 notes, 6 passages" in well and "✗" not in well and "\x1b" not in well
    monkeypatch.setenv("ASKNOTES_LLM", "endpoint")
    with obliging_endpoint() as endpoint:
        monkeypatch.setenv("ASKNOTES_BASE_URL", endpoint.base_url)
        assert "✗ language model" in printed(capsys, ["doctor"], status=1)
        monkeypatch.setenv("ASKNOTES_MODEL", "m")
        assert " m at 127.0.0.1:" in printed(capsys, ["doctor"])


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["search", "--unknown", "q"], 2),
        (["nothing"], 2),
        (["search", "-k", "x", "q"], 2),
        (["--help"], 0),
        (["search", "q"], 1),
    ],
)
def test_exit_statuses(arguments: list[str], status: int) -> None:
    try:
        assert main(arguments) == status
    except SystemExit as ended:  # how argparse says that a value is wrong
        assert ended.code == status


def test_the_shell_completes_and_help_loads_nothing_heavy() -> None:
    asked = {"_ASKNOTES_COMPLETE": "bash_complete", "COMP_WORDS": "asknotes search --retriever ", "COMP_CWORD": "3"}
    code = (
        "import sys; from asknotes.__main__ import main\n"
        "try: main([])\nexcept SystemExit: pass\n"
        "print({'torch', 'langchain_core', 'mcp', 'fastapi', 'streamlit'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | asked | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["plain,hybrid", "plain,bm25", "plain,dense", "set()"], done.stderr


def test_the_token_is_its_owners_and_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = printed(capsys, ["token"]).strip()
    (file,) = (tmp_path / "home" / "config").rglob("token")
    assert len(first) > 30 and file.stat().st_mode & 0o777 == 0o600
    assert printed(capsys, ["token"]).strip() == first == token_in(file)
    file.write_text("short\n")
    with pytest.raises(ConfigError, match="too short"):
        token_in(file)
    file.chmod(0o644)
    file.write_text(first)
    assert token_in(file) == first and file.stat().st_mode & 0o777 == 0o600


def test_of_two_first_starts_both_take_one_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both, make = threading.Barrier(2, timeout=10), Path.mkdir

    def together(folder: Path, **options: bool) -> None:
        both.wait()  # neither has found a token
        make(folder, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", together)
    with ThreadPoolExecutor(2) as threads:
        tokens = set(threads.map(token_in, [tmp_path / "token"] * 2))
    assert len(tokens) == 1 and (tmp_path / "token").read_text().strip() in tokens
    assert not list(tmp_path.glob(".token*"))


def test_the_doctor_sends_the_key_that_belongs_to_the_address_and_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def probe(settings: ModelSettings) -> Probed:
        sent.append(settings.api_key.get_secret_value())
        return Probed("m", "there", 0.1)

    monkeypatch.setattr("rag.open.probe", probe)
    monkeypatch.setenv("ASKNOTES_LLM", "endpoint")
    monkeypatch.setenv("ASKNOTES_MODEL", "m")
    monkeypatch.setenv("ASKNOTES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ASKNOTES_API_KEY", "of the environment")
    put(tmp_path / "data" / "keys.json", json.dumps({"keys": {"https://one.example:443": "of the page"}}))
    for host in ("one", "two"):
        monkeypatch.setenv("ASKNOTES_BASE_URL", f"https://{host}.example/v1")
        assert "m at there" in printed(capsys, ["doctor"], status=1)
    assert sent == ["of the page", "of the environment"]


def test_the_doctor_misses_a_model_that_the_settings_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKNOTES_LLM", "local")
    monkeypatch.setenv("ASKNOTES_LOCAL_MODEL", str(tmp_path / "none.gguf"))
    rows = [json.loads(line) for line in printed(capsys, ["doctor", "--json"], status=1).splitlines()]
    (row,) = (row for row in rows if row["check"] == "language model")
    assert row["state"] == "fault" and "none.gguf" in row["says"]


def test_the_doctor_looks_at_the_store(asked_notes: Settings, tmp_path: Path) -> None:
    stored = searched_by(asked_notes, "milvus", tmp_path)

    def told() -> tuple[str, str]:
        (row,) = (one for one in checks(stored) if one.name == "store")
        return row.state, str(row.says)

    assert told()[0] == "fault" and "no notes in Milvus" in told()[1]
    mirror(stored, open_index(stored.index).generation, lambda stage, done, total: None)
    assert told()[0] == "ok" and "has this generation" in told()[1]


def test_a_server_says_which_package_it_lacks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for command in (["serve"], ["mcp", "--http"]):
        assert main([*command, "--port", "0", "--token", "t" * 40]) == 1
        assert "uvicorn" in capsys.readouterr().err


def test_the_doctor_knows_every_extra_that_a_user_may_want() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: wanted for name, wanted in project["optional-dependencies"].items() if name in EXTRAS}
    assert {name: [package.replace("_", "-") for package in EXTRAS[name]] for name in EXTRAS} == extras
    left = project["optional-dependencies"].keys() - EXTRAS.keys()
    assert left == {"formats", "train", "docs", "dev"}  # several of these in one, and what developers need


def test_a_name_can_tell_the_terminal_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--notes", "\x1b]0;title\x07none", "index"]) == 1
    said = capsys.readouterr().err
    assert "]0;titlenone" in said and "\x1b" not in said
    monkeypatch.setenv("ASKNOTES_CORPUS", "\x1b[31m\x9bnone")
    for form in ([], ["--json"]):
        said = printed(capsys, ["doctor", *form], status=1)
        assert "[31m" in said and not {"\x1b", "\x9b"} & set(said)


def test_data_that_the_environment_names_are_not_changed_for_the_last_vaults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "mine" / "a.md", "# 别处\n")
    printed(capsys, ["--notes", str(tmp_path / "mine"), "index", "--dry-run"])
    for name in OF_A_VAULT:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASKNOTES_DATA", "own")
    printed(capsys, ["gaps"])
    assert os.environ["ASKNOTES_DATA"] == "own"
