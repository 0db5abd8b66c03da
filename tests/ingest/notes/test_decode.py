"""Encodings by evidence: what a file's bytes read like, and what cannot be read is told."""

import pytest

from ingest.errors import NoteError
from ingest.notes.decode import decode
from ingest.notes.read import parse_note

TEXTS = {
    "gb18030": ["缓存失效时先查数据库。", "| 名称 | 说明 |\n| 队列 | 先进先出 |\n", "用 Redis 做锁"],
    "big5": ["快取失效時先查資料庫。", "這個函式會回傳錯誤訊息", "執行緒與鎖"],
    "cp932": ["ファイルを開けませんでした。", "設定を変更する", "キャッシュの有効期限"],
    "euc_jp": ["ファイルを開けませんでした。", "設定を変更してください"],
    "cp949": ["파일을 열 수 없습니다. 다시 시도하세요.", "캐시의 유효 기간을 설정합니다"],
    "cp1252": [
        "Le modèle a été entraîné à nouveau.",
        "Größe der Überschrift",
        "¿Dónde está el índice?",
        "It’s a naïve café – “good”.",
    ],
    "cp1251": ["Модель обучена заново.", "Размер очереди и время ответа"],
}


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, texts in TEXTS.items() for text in texts])
def test_short_texts_are_read_as_what_they_are(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), ("gb18030",)).text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["一期计划\n最后开会\n", "只有一行 ok", "plain words only\n"])
def test_utf16_without_a_mark(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), ()).text == text


@pytest.mark.parametrize("byte", [b"\xff", b"\xe9", b"\x80"])
def test_a_bad_byte_in_utf8_costs_one_character_and_is_told(byte: bytes) -> None:
    data = "第一句话说完了。".encode() + byte + "第二句也还在。\n".encode()
    note = parse_note("a.md", data)
    assert note.text == "第一句话说完了。\ufffd第二句也还在。\n"
    assert note.missing is not None and note.missing.values == {"count": 1}
    assert parse_note("b.md", "有 \ufffd 的文字，是写的人写的。".encode()).missing is None


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(255, 127, -1)),
        b"text\0with\0nul",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        bytes((7 * n * n + 31 * n) % 256 for n in range(1, 3000)),
    ],
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(NoteError):
        decode(data, ("gb18030",))


def test_the_settings_name_what_is_likelier() -> None:
    data = "價錢".encode("big5")
    assert decode(data, ("big5",)).text == "價錢"
