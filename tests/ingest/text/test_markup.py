"""What counts as words: nothing that people wrote is lost, nothing that only programs read stays."""

import pytest

from ingest.passages.text import keyword_text
from ingest.schema import Passage
from ingest.text.markup import heading_words, link_name, link_targets, linked_names, plain


@pytest.mark.parametrize(
    "written",
    [
        "若 n <m 则停止，\n否则 m> 0 时继续",
        "返回 Map<String, T> 与 vector<int>",
        "如果 a <b and c> d 就交换",
        "把 <主机名> 换成自己的",
        "`<b>` 是加粗的标签",
        "<think>先想一想</think>",
        "温度 <1 时更保守，>1 时更随机",
    ],
)
def test_what_is_no_tag_stays(written: str) -> None:
    assert plain(written) == written


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("<div class='note' id=\"a\">缓存</div>", "缓存"),
        ("一行<br/>两行<BR>", "一行两行"),
        ("<a\nhref='https://example.org/x'>说明</a>", "说明"),
        ("<details open><summary>展开</summary>", "展开"),
        ("<font color=red size=+1>红字</font>", "红字"),
        ("前 <!-- 改\n一下 --> 后", "前  后"),
        ("![](a.png)", ""),
    ],
)
def test_tags_and_comments_go(written: str, words: str) -> None:
    assert plain(written) == words


def test_in_fenced_code_nothing_is_a_tag_or_a_link() -> None:
    code = "```html\n<p>段</p>\na[0](x)\n```\n"
    assert plain(code + "见[文](https://example.org)").split("\n") == ["", "<p>段</p>", "a[0](x)", "", "见文"]
    assert plain("~~~\nA<br/>B\n~~~").strip() == "A B"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("> [!tip]+ 小心\n> 先备份。 ^9f8e7d", ["小心", "先备份。"]),
        ("正文 %%别忘了改%% 接着写\n\n^quoted-block", ["正文", "接着写"]),
        ("<% tp.file.title %>的笔记", ["的笔记"]),
        ("- 事项\n  id:: 6512bd43-d9ca-4a3e-8b1f-0123456789ab\n  collapsed:: true\n  :LOGBOOK:\n  :END:", ["事项"]),
        ("见 ((6512bd43-d9ca-4a3e-8b1f-0123456789ab)) 处", ["见", "处"]),
        ("x\n---\ny\n=====\n", ["x", "y"]),
    ],
)
def test_what_editors_keep_for_themselves_is_no_word(written: str, words: list[str]) -> None:
    assert plain(written).split() == words


@pytest.mark.parametrize("written", ["10%% 到 20%% 之间", "2 ^10", "作者:: 张三", "命令 a^b"])
def test_what_looks_like_it_stays(written: str) -> None:
    assert plain(written) == written


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("# C#", "C#"),
        ("## F# 与 C# ##", "F# 与 C#"),
        ("# **安装**：", "安装"),
        ("## [文档](https://example.org/a)", "文档"),
        ("### `Map.of()` 的用法", "Map.of() 的用法"),
        ("- ## 大纲里的标题", "大纲里的标题"),
        ("##没有空格", "没有空格"),
    ],
)
def test_the_words_of_a_heading(line: str, words: str) -> None:
    assert heading_words(line) == words


def test_a_link_is_found_by_what_it_leads_to() -> None:
    text = (
        "[论文](https://example.org/abs/2301.01234) ![图](https://example.org/a/b.png) [[笔记本#第二节|那一节]] [[甲]] "
        "https://example.com/someone/project?tab=readme"
    )
    assert list(link_targets(text)) == ["笔记本 第二节", "abs/2301.01234", "someone/project"]
    passage = Passage("p", "s", "a.md", ("题",), text, 0, len(text), 1, 1)
    assert "someone/project" in keyword_text(passage)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("见[[发酵#温度|那张表]]", "见那张表"),
        ("见[[发酵#温度]]和[[#盐]]", "见发酵 > 温度和盐"),
        ("见[[发酵#面团#温度]]", "见发酵 > 面团 > 温度"),
        ("见[[发酵#^a1b2c3]]处", "见发酵处"),
        ("见[[#^a1b2c3]]处", "见处"),
        ("[[C#]]和[[发酵|]]", "C#和发酵"),
        ("| [[发酵\\|表]] | 二 |", "| 表 | 二 |"),
        ("![[发酵#盐]]", "发酵 > 盐"),
        ("![[发酵|盐的用量]]", "盐的用量"),
        ("甲![[图/面团.png]]乙![[面团.jpg|300x200]]丙", "甲乙丙"),
        ("![[面团.png|发好的面团]]", "发好的面团"),
        ("[[没有写完 和 [[]]", "[[没有写完 和 [[]]"),
    ],
)
def test_of_a_wiki_link_or_an_embed_the_words_that_a_person_sees(written: str, words: str) -> None:
    assert plain(written) == words


@pytest.mark.parametrize("mark", ["[!note]", "[!my-tip]-", "[!warning|right]+"])
def test_of_a_callout_its_words(mark: str) -> None:
    assert plain(f"> {mark} 小心\n> 锅很烫").split() == ["小心", "锅很烫"]
    assert plain(f"> 外\n> > {mark} 里").split() == ["外", "里"]


def test_the_target_of_a_picture_is_no_word() -> None:
    assert list(link_targets("![[面团.png|发好的面团]] [[发酵\\|表]]")) == ["发酵"]


def test_what_links_name_is_found_wherever_they_stand() -> None:
    text = (
        "[[面团#二|它]] ![[烤箱]] | [[表格\\|格]] | [a](../x/b%20c.md#d) ![p](<big pan.png>) [wiki](tea_(drink).md)\n"
        "[r]: folder/ref.md\n[[]] [[open\n[not a link] (gap.md) https://example.org/page"
    )
    found = [name for name in linked_names(text) if name]
    assert found == ["面团", "烤箱", "表格", "../x/b c.md", "big pan.png", "tea_(drink).md", "folder/ref.md", "open"]
    assert [link_name(name) for name in ("A/ B  c.md", "烤箱", "folder/")] == ["b c.md", "烤箱", ""]
