"""The page in real Chromium: names and words that attack it, strangers at its door, and what one does with an answer."""

import http.client
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from browser_support import CHROMIUM, Tab, served
from playwright.sync_api import Browser, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium here"),
]

EVIL = (
    "![p](https://evil.example/pixel.png?leak=1) ![r][ref] <img src='https://evil.example/tag.png'> "
    "<video src=https://evil.example/v></video> [click](javascript:alert(1)) [data](data:text/html,<b>x</b>) "
    "[more](https://evil.example/page?leak=2) <https://evil.example/auto>\n\n[ref]: https://evil.example/ref.png"
)
NAMES = {  # of files, and how the page shows them
    b"new\nline.md": "new\\nline.md",
    "right\u202eto\u200fleft.md".encode(): "right\\u202eto\\u200fleft.md",
    b"not\xff\xfeutf8.md": "not\\udcff\\udcfeutf8.md",
    b"%2e%2e%2fescape.md": "%2e%2e%2fescape.md",
    "羊驼🦙.md".encode(): "羊驼🦙.md",
}
ODD = "怪异名字的笔记甲乙丙丁戊己庚辛，第{n}篇，这里的话足够长，可以成为一个段落，也足够特别，别处都没有这样写的内容。"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f0005000201"
    "e221bc330000000049454e44ae426082"
)
NOTES = {
    "rope.md": "# RoPE\n\n## What does RoPE rotate?\n\nRoPE rotates queries and keys by an angle that grows with the "
    "position. ![here](img/pixel.png)\n",
    "quantise.md": "# Quantised models\n\n## What is a quantised model?\n\nThe weights of a quantised model have few "
    "bits each, which saves memory.\n",
    "loss.md": "# Loss\n\n## What is the formula of the total loss?\n\nThe total loss is $L_{total}=\\lambda_1 L_{reconstruction}"
    "+\\lambda_2 L_{adversarial}+\\lambda_3 L_{perceptual}+\\lambda_4 L_{identity}$ in one line, of a formula so long.\n\n"
    "$$\\mathrm{softmax}\\left(\\frac{QK^T}{\\sqrt{d_k}}\\right)V=\\sum_{i=1}^{n}\\alpha_i v_i+\\sum_{j=1}^{m}\\beta_j w_j"
    "+\\gamma_1+\\gamma_2+\\gamma_3+\\gamma_4+\\gamma_5$$\n",
    "evil.md": f"# Evil\n\n## What does the evil note say?\n\nThe evil note says that pixels leak: {EVIL}\n",
}


@pytest.fixture(scope="module")
def outside() -> Iterator[socket.socket]:
    """Where the server's own requests to the internet would go."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        yield listening


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "img").mkdir()
    (folder / "img" / "pixel.png").write_bytes(PIXEL)
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    for n, name in enumerate(NAMES):
        (folder / os.fsdecode(name)).write_text(ODD.format(n=n), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(corpus: Path, outside: socket.socket) -> Iterator[str]:
    proxy = f"http://127.0.0.1:{outside.getsockname()[1]}"
    with served(
        "tests/support/scripted_app.py", str(corpus), "0.01", EVIL, http_proxy=proxy, https_proxy=proxy
    ) as running:
        yield running


def test_every_file_name_is_shown_escaped_and_opens_its_own_note(tab: Tab) -> None:
    page = tab.page
    tab.ask("怪异名字的笔记甲乙丙丁戊己庚辛，第几篇足够特别？")
    tab.answered()
    sources = page.locator(".an-ev-head, .an-part-sources .an-source")
    page.locator(".an-more summary").click()
    assert sources.count() == len(NAMES)
    shown = list(NAMES.values())
    opened = set()
    for i in range(len(NAMES)):
        listed = sources.nth(i).locator(".an-lines").inner_text()
        (n,) = (n for n, name in enumerate(shown) if listed.startswith(f"{name} · "))
        sources.nth(i).click()
        expect(page.locator(".an-pane-path")).to_have_text(f"{shown[n]} · line 1")
        expect(page.locator(".an-pane mark").first).to_contain_text(f"第{n}篇")
        opened.add(n)
    assert opened == set(range(len(NAMES)))


def test_a_note_and_a_model_that_attack_load_nothing(tab: Tab) -> None:
    page = tab.page
    tab.ask("What does the evil note say about pixels that leak?")
    tab.answered()
    page.locator(".an-ev-head, .an-source", has_text="Evil").first.click()
    page.locator(".an-pane mark").first.wait_for()
    for part in (".an-part-body", ".an-scroll"):
        shown = page.locator(part)
        assert shown.locator(".an-out", has_text="r").count() >= 2, "remote pictures are links"
        assert shown.locator("img, video, iframe, script").count() == 0
        targets = shown.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        assert all(target == "#" or target.startswith("https://evil.example/") for target in targets)


def test_strangers_are_refused(tab: Tab, address: str, outside: socket.socket) -> None:
    port = urlsplit(address).port
    assert port is not None
    own, evil = f"127.0.0.1:{port}", f"evil.example:{port}"
    knocks = {
        (own, f"http://{own}"): 101,
        (own, "http://evil.example"): 403,
        (own, "null"): 403,
        (own, "http://127.0.0.1:1"): 403,  # what another program serves on this machine
        (own, f"http://localhost:{port}"): 403,
        (evil, f"http://{evil}"): 403,  # a name that was rebound to this machine
        (evil, f"http://{own}"): 403,
    }
    assert {knock: _knock(port, *knock) for knock in knocks} == knocks
    with pytest.raises(ConnectionRefusedError):  # only 127.0.0.1 listens, no other address of this machine
        socket.create_connection(("127.0.0.2", port), timeout=5)
    with pytest.raises(TimeoutError):
        outside.accept()


def test_a_link_to_the_page_makes_it_call_nobody(tab: Tab, address: str) -> None:
    for name in ("![x](https://evil.example/a.png)", "<img src=https://evil.example/b.png>"):
        answer = tab.page.goto(f"{address}/?view=notes&note={quote(name)}")
        assert answer is not None and "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        tab.page.get_by_text("is not in the index").wait_for()
        assert tab.page.locator("[data-testid=stAlert] img, [data-testid=stAlert] a").count() == 0
    assert tab.foreign_requests == []


def test_pictures_of_notes_show_and_the_file_opens_in_an_editor(tab: Tab, corpus: Path) -> None:
    page = tab.page
    tab.ask("What does RoPE rotate?")
    tab.answered()
    page.locator(".an-ev-head, .an-source", has_text="RoPE").first.click()
    tab.until("document.querySelector('.an-scroll img')?.naturalWidth === 1")
    page.get_by_label("More actions").last.click()
    editors = page.locator(".an-menu a").evaluate_all("links => links.map(link => link.href)")
    assert editors[0].startswith("obsidian://open?path=") and editors[1] == f"vscode://file{corpus}/rope.md:5"
    page.get_by_role("button", name="Open with the system’s program").click()
    expect(page.locator(".an-pane-title")).to_have_text("RoPE")


def test_an_opinion_and_its_reason_outlast_a_reload(tab: Tab) -> None:
    page = tab.page
    tab.ask("What is a quantised model?")
    tab.answered()
    page.get_by_role("radio", name="Thumbs down").click(force=True)
    reason = page.get_by_placeholder("What was wrong? (optional)")
    reason.fill("too short")
    reason.press("Enter")
    page.get_by_test_id("stTextInputIcon").wait_for()
    page.reload()
    expect(page.get_by_placeholder("What was wrong? (optional)")).to_have_value("too short")


def test_a_follow_up_shows_what_was_searched_and_one_can_edit_it(tab: Tab) -> None:
    page = tab.page
    tab.ask("What does RoPE rotate?")
    tab.answered()
    tab.ask("And why?")
    tab.answered(1)
    second = page.locator('.an-turn[data-turn="1"]')
    expect(second.locator(".an-searched")).to_have_text("Searched for: What does RoPE rotate? And why?")
    page.get_by_role("button", name="Edit the search").click()
    page.locator("[data-testid=stPopoverBody] textarea").fill("What is a quantised model?")
    page.get_by_role("button", name="Search and answer again").click()
    expect(second.locator(".an-searched")).to_have_text("Searched for: What is a quantised model?")
    tab.answered(1)
    expect(second.locator(".an-question")).to_have_text("And why?")
    expect(second.locator(".an-part-body")).to_contain_text("few bits each")


def test_nothing_bars_the_way_of_anybody(tab: Tab) -> None:
    """No serious finding of axe-core on the first visit, with an answer, and with a note open."""
    page = tab.page
    assert tab.serious_barriers() == []
    tab.ask("What does RoPE rotate?")
    tab.answered()
    page.get_by_text("Why these sources?").click()
    page.locator(".an-why tbody tr").first.wait_for()
    assert tab.serious_barriers() == []
    page.locator(".an-cite").first.click()
    page.locator(".an-pane mark").first.wait_for()
    assert tab.serious_barriers() == []


def test_a_formula_scrolls_in_its_own_line_on_a_phone(browser: Browser, address: str) -> None:
    tab = Tab(browser, 390, 844)
    page = tab.page
    page.goto(address)
    page.locator(".an-welcome").wait_for()
    tab.ask("What is the formula of the total loss?")
    tab.answered()
    page.locator(".an-ev-head, .an-source", has_text="Loss").first.click()
    for where in (".an-scroll .an-math", ".an-scroll .an-formula"):
        sizes = page.locator(where).evaluate("e => [e.clientWidth, e.scrollWidth, e.clientHeight, e.scrollHeight]")
        assert sizes[0] < 390 < sizes[1] and sizes[2] == sizes[3], "it scrolls sideways, and nothing of it is cut off"
    assert page.locator(".an-scroll").evaluate("e => e.scrollWidth - e.clientWidth") == 0
    tab.close()
    assert tab.complaints == []


def _knock(port: int, host: str, origin: str) -> int:
    """The status of a WebSocket handshake."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    headers = {"Host": host, "Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade"}
    for name, value in (
        headers | {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "a2V5IGZvciBhIHRlc3QhIQ=="}
    ).items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status
