"""From a section to units, to the quotes that answer, and to the signals that say whether anything does."""

from collections.abc import Sequence
from dataclasses import replace

from citing import near_by_words
from citing import source as cited_source

from ingest.passages.split import split
from ingest.schema import Note, Passage, Section
from ingest.text.tokens import Tokenizer
from rag.answer.gate import refusal
from rag.answer.repetition import goes_round, without_echoes, without_repeats
from rag.records import Hit, Sentence, Source
from rag.sources.quotes import LIMIT, extract, gather
from rag.sources.relevance import RankedUnit, Relevance, states_something
from rag.sources.sections import WHOLE_SECTION, build_sources
from rag.sources.units import UnitKind, units_of

NOTE = Note(
    "a.md",
    "甲",
    """# 甲

## 复读机问题

1. 怎么缓解？

可以用以下方法缓解复读：

- 提高温度，随机性更大。复读就少了。
    - 例如从 0.7 到 1.0。
- 后处理，过滤重复的话。

| 方法 | 代价 |
|:--|--:|
| 温度 | 低 |

```
print("一。二。")
```

另一段话与此无关，讲的是显存。
""",
    "",
)
SPLIT = split(NOTE, 300)
NOTES = {NOTE.path: NOTE}
SECTIONS: dict[str, Section] = {section.id: section for section in SPLIT.sections}
RELEVANCE = Relevance(Tokenizer().tokenize, lambda term: 1.0, near_by_words)


def hit(passage: Passage, score: float = 1.0, dense: float = 0.95) -> Hit:
    return Hit(passage, score, {"dense": 1}, {"dense": dense})


def source() -> Source:
    passage = next(p for p in SPLIT.passages if "温度" in p.text)
    return build_sources([hit(passage)], NOTES, SECTIONS, 3)[0]


def gathered(sources: Sequence[Source], limit: int = LIMIT) -> list[RankedUnit]:
    terms = RELEVANCE.terms("怎么缓解复读？")
    return gather(RELEVANCE.rank(terms, sources), terms, limit)


def test_units_are_exact_spans_and_know_what_introduces_them() -> None:
    units = units_of(source())
    assert all(NOTE.text[unit.start : unit.end] == unit.text for unit in units)
    by_text = {unit.text.strip(): unit for unit in units}
    introduced = {text: units[unit.lead].text.strip() if unit.lead >= 0 else "" for text, unit in by_text.items()}
    assert introduced["提高温度，随机性更大。"] == "可以用以下方法缓解复读："
    assert introduced["复读就少了。"] == "可以用以下方法缓解复读："
    assert introduced["例如从 0.7 到 1.0。"].startswith("提高温度")
    assert introduced["后处理，过滤重复的话。"] == "可以用以下方法缓解复读："
    assert introduced["| 温度 | 低 |"] == "| 方法 | 代价 |"
    assert by_text['```\nprint("一。二。")\n```'].kind is UnitKind.BLOCK
    assert "|:--|--:|" not in by_text


def test_the_quotes_of_a_list_are_its_items_under_their_lead_in() -> None:
    quotes = extract(gathered([source()]))
    texts = [quote.text for quote in quotes]
    assert texts[0].startswith("可以用以下方法缓解复读：")
    assert "怎么缓解？" not in texts
    assert any("提高温度" in text for text in texts) and any("后处理" in text for text in texts)
    assert sum(map(len, texts)) <= LIMIT
    for quote in quotes:
        (evidence,) = quote.evidence
        assert NOTE.text[evidence.start : evidence.end] == evidence.quote
        assert NOTE.text.split("\n")[evidence.start_line - 1].find(evidence.quote.split("\n")[0]) >= 0
        assert quote.supported and quote.citations == (1,)


def test_no_unit_is_quoted_twice_nor_beyond_the_limit() -> None:
    again = replace(source(), n=2)
    quotes = extract(gathered([source(), again], limit=40))
    texts = [quote.text for quote in quotes]
    assert len(texts) == len(set(texts)) and sum(map(len, texts)) <= 40


def test_a_long_section_becomes_a_window_of_whole_lines_around_what_was_found() -> None:
    lines = [f"第 {n} 行，讲第 {n} 件事情，写得长一些以便凑满字数。" for n in range(200)]
    note = Note("b.md", "乙", "# 乙\n\n" + "\n".join(lines) + "\n", "")
    parts = split(note, 300)
    passage = next(p for p in parts.passages if "第 100 行" in p.text)
    (window,) = build_sources([hit(passage)], {note.path: note}, {s.id: s for s in parts.sections}, 3)
    assert passage.text in window.text and len(window.text) <= WHOLE_SECTION
    assert note.text[window.start : window.end] == window.text
    shown = note.text.split("\n")[window.start_line - 1 : window.end_line]
    assert "\n".join(shown) == window.text


def test_a_refusal_says_no_first_and_names_the_nearest_sections() -> None:
    first, second = refusal("zh", [source()])
    assert "没有" in first.text and first.supported is None and not first.citations
    assert "「复读机问题」" in second.text
    assert refusal("en", [])[0].text == "The notes do not answer this."


def test_loops_are_seen_and_said_once() -> None:
    assert goes_round("开头。" + "好的好的" * 5)
    assert not goes_round("| --- | --- | --- | --- | --- | --- |")
    assert not goes_round("一、二、三、四、五、六。")
    twice = [Sentence("同一句话说了两遍。"), Sentence("另一句。"), Sentence("同一句话说了两遍。", lead="\n")]
    assert [sentence.text for sentence in without_repeats(twice)] == ["同一句话说了两遍。", "另一句。"]


def test_a_question_said_again_is_no_part_of_the_answer() -> None:
    said = [Sentence("5 缓存有多大？", "- "), Sentence("与层数成正比。", "\n- "), Sentence("要多大才够？", "\n- ")]
    kept = without_echoes(said, ["缓存有多大？"])
    assert [(s.lead, s.text) for s in kept] == [("- ", "与层数成正比。"), ("\n- ", "要多大才够？")]
    assert without_echoes(said[:1], ["缓存有多大？"]) == said[:1]


def test_a_mere_link_is_no_answer() -> None:
    text = "[点击查看答案](https://example.org/a)\n\n幻觉是指生成与事实不符的内容，见 [论文](https://example.org/b)。"
    link, statement = units_of(cited_source(text))
    assert not states_something(link) and states_something(statement)
