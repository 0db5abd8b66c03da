"""The page as it comes: the real models, the real index, real Chromium, no endpoint."""

from pathlib import Path

import pytest
from browser_support import CHROMIUM, Tab, chromium, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.llm,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium here"),
]


@pytest.mark.timeout(600)
def test_the_local_model_writes_an_answer_with_a_citation_that_opens(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    note = "# 蒸馏\n\n## 温度取多少\n\n蒸馏的温度一般取 2 到 5，太高会把软标签抹平。\n\n## 别的\n\n学生比教师小。\n"
    (corpus / "蒸馏.md").write_text(note, encoding="utf-8")
    places = {"ASKNOTES_CORPUS": corpus, "ASKNOTES_INDEX": tmp_path / "index", "ASKNOTES_DATA": tmp_path / "data"}
    with served("app.py", **{name: str(path) for name, path in places.items()}) as address, chromium() as browser:
        tab = Tab(browser, locale="zh-CN")
        tab.page.set_default_timeout(300_000)
        tab.page.goto(address)
        tab.page.get_by_role("button", name="建立索引").first.click()
        tab.page.locator(".an-welcome").wait_for()
        tab.ask("蒸馏的温度一般取多少？")
        tab.answered()
        foot = tab.page.locator(".an-part-foot").inner_text()
        assert "qwen" in foot.lower(), foot
        tab.page.locator(".an-turn a.an-cite").first.click()
        assert "2 到 5" in tab.page.locator(".an-pane mark").first.inner_text()
        assert tab.foreign_requests == [] and tab.complaints == []
        tab.close()
