"""Pages that a browser saved, in one file or with a folder, and such as hide their text until a script runs."""

from pathlib import Path

import pytest

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.notes.formats.html import to_markdown
from ingest.notes.read import find_notes, make_note


def lines(page: str) -> list[str]:
    return [line for line in to_markdown(page)[0].split("\n") if line]


def saved(page: bytes, head: str = "", kind: str = "text/html", encoding: str = "binary") -> bytes:
    """A saved page: its frame, the page, a picture."""
    parts = [
        b"Content-Type: text/html\r\nContent-ID: <ad>\r\n\r\n<p>frame</p>",
        f"Content-Type: {kind}\r\nContent-ID: <main>\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + page,
        b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA",
    ]
    body = b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts) + b"--cut--\r\n"
    return f'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="cut"{head}\r\n\r\n'.encode() + body


START = '; start="<main>"'
PAGE = "<title>存档</title><h1>竹子</h1><p>竹子开花后会枯死。</p>"


@pytest.mark.parametrize(
    "data",
    [
        saved(PAGE.encode(), START, "text/html; charset=utf-8"),
        saved(("<meta charset=gb2312>" + PAGE).encode("gb18030"), START),
        saved(PAGE.encode("utf-8").replace(b"=", b"=3D"), START, encoding="quoted-printable"),
        saved(PAGE.encode(), START, 'text/html; charset="no-such"'),
    ],
)
def test_the_main_part_of_a_saved_page(data: bytes) -> None:
    made = make_note("a.mhtml", data, Settings())
    assert (made.title, made.text.split()) == ("竹子", ["#", "竹子", "竹子开花后会枯死。"])


def test_without_a_named_root_the_first_page_counts() -> None:
    assert make_note("b.mht", saved(PAGE.encode()), Settings()).text.strip() == "frame"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\1\2",
        saved(b"", START, "text/plain")[:60],
        saved(b"\xff\0\xfe" * 40, START),
        b"Content-Type: text/html; charset=\xff\r\n\r\n\xff\0x",
    ],
)
def test_what_is_no_saved_page_is_listed(data: bytes) -> None:
    with pytest.raises(NoteError):
        make_note("a.mhtml", data, Settings())


def test_parts_within_parts_without_end_are_read_or_listed() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
    with pytest.raises(NoteError):
        make_note("a.mhtml", deep, Settings())


ARTICLE = (
    "<div id=top>公众号</div><div class=rich style='visibility: hidden; opacity: 0'><section><section><span>"
    "<strong>一、选茶</strong></span></section></section><p>春茶<span>鲜</span>，秋茶香。</p><p style='display:none'>扫码关注</p></div>"
)


def test_a_text_that_a_script_shows_is_the_page() -> None:
    assert lines(ARTICLE) == ["公众号", "**一、选茶**", "春茶鲜，秋茶香。"]
    menu = "<p style='visibility:hidden'>登录</p><p>这一页讲怎样存茶，要避光、防潮、防串味。</p>"
    assert lines(menu) == ["这一页讲怎样存茶，要避光、防潮、防串味。"]
    script = "<div style='visibility:hidden'><script>" + "var a;" * 90 + "</script>空</div><p>短文。</p>"
    assert lines(script) == ["短文。"]


def test_code_of_which_each_line_is_an_element() -> None:
    copied = "<pre><code><span>for x in y:</span></code><code>    <span>go(x)</span></code><code>done()</code></pre><p>完。</p>"
    assert lines(copied) == ["```", "for x in y:", "    go(x)", "done()", "```", "完。"]
    assert lines("<pre>用 <code>a</code> 和 <code>b</code></pre>") == ["```", "用 a 和 b", "```"]


def test_the_folder_of_a_saved_page_holds_no_notes(tmp_path: Path) -> None:
    for name in ("茶_files/ad.html", "茶.html", "old.files/x.htm", "old.htm", "my_files/kept.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<p>x</p>")
    assert find_notes(tmp_path, Settings()).paths == ("my_files/kept.md", "old.htm", "茶.html")
