"""A message is told in the reader's language, also after it was kept as JSON."""

import errno
import json
import os
import pickle
from dataclasses import asdict
from pathlib import Path

import pytest

from ingest.config import load_settings
from ingest.errors import ConfigError, IndexBusy, NoteError
from ingest.messages import MESSAGES, Message, from_json, reason_of, told


def test_values_are_told_in_the_same_language() -> None:
    error = IndexBusy("index.busy", folder=Path("index"), holder=Message("index.holder", pid=7, host="m"))
    assert str(error) == "Another build is writing index (process 7 on m); wait until it is done."
    assert error.told("zh") == "另一个程序正在写 index（m 上的进程 7）；请等它完成。"


def test_several_values_are_listed_as_the_language_does() -> None:
    error = NoteError("note.encoding", encodings=("gb18030", "big5"))
    assert "UTF-8 or gb18030, big5 (" in str(error) and "UTF-8 或 gb18030、big5 编码" in error.told("zh")


def test_a_text_that_is_no_message_is_the_same_in_both() -> None:
    assert told("127.0.0.1", "zh") == told("127.0.0.1", "en") == "127.0.0.1"
    assert told(Message("model.here"), "zh") == "本机"


@pytest.mark.parametrize(
    "message",
    [
        Message("note.nul"),
        Message("note.unreadable", reason=Message("system.EACCES")),
        Message("note.unreadable", reason="something else"),
        Message("note.empty_pages", pages=[2, 5]),
        Message("fetch.no_room", folder=Path("/x"), needed=0.1, free=1e-9),
    ],
)
def test_a_message_outlasts_json(message: Message) -> None:
    again = from_json(json.loads(json.dumps(asdict(message))))
    assert again == message and hash(again) == hash(message)
    assert again is not None and again.told("zh") == message.told("zh")


@pytest.mark.parametrize(
    "row",
    [
        "holds NUL bytes, so it is no text",  # as earlier versions kept reasons
        None,
        {"key": "note.of_a_later_version", "values": {}},
        {"key": "note.unreadable", "values": {"other": "x"}},
        {"key": ["note.nul"], "values": {}},
        {"key": "note.nul"},
    ],
)
def test_what_is_no_message_of_this_version_is_none(row: object) -> None:
    assert from_json(row) is None


def test_what_the_system_says_is_told_in_both() -> None:
    numbers = [getattr(errno, key.removeprefix("system.")) for key in MESSAGES if key.startswith("system.")]
    assert errno.EACCES in numbers and errno.ECONNREFUSED in numbers
    for number in numbers:
        reason = reason_of(OSError(number, os.strerror(number)))
        assert told(reason, "en") == os.strerror(number) and told(reason, "zh") != told(reason, "en")
    assert reason_of(OSError(errno.EXDEV, "odd")) == "odd" and reason_of(OSError("plain")) == "plain"


def test_an_error_is_itself_after_pickling() -> None:
    error = pickle.loads(pickle.dumps(NoteError("note.slow", seconds=3)))
    assert type(error) is NoteError and str(error) == "takes longer than 3 s to read; split it"


@pytest.mark.parametrize(
    ("line", "english", "chinese"),
    [
        ("sources = 0", "'sources' is wrong (Input should be greater than or equal to 1)", "应不小于 1"),
        ("source = 3", "'source' is wrong (Extra inputs are not permitted)", "没有这个设置"),
        ("llm = 'x'", "'llm' is wrong (Input should be 'auto', 'local', 'endpoint' or 'none')", "设置 llm 不对"),
        ("llm =", "notes.toml is not valid TOML", "不是有效的 TOML"),
    ],
)
def test_a_wrong_setting_is_told_in_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, english: str, chinese: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.toml").write_text(line + "\n")
    with pytest.raises(ConfigError) as error:
        load_settings()
    assert english in str(error.value) and chinese in error.value.told("zh")
