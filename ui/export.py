"""A conversation as a Markdown note: questions, answers, and sources as links that Obsidian resolves."""

from collections.abc import Sequence

from rag.records import Answer, Source
from ui.words import Words


def conversation_markdown(title: str, answers: Sequence[Answer], words: Words) -> str:
    """The note's text. Each cited source is a `[[path#heading]]` link in a numbered footnote of its answer."""
    parts = [f"# {_line(title)}"]
    for turn, answer in enumerate(answers, start=1):
        parts += [f"## {_line(answer.question)}", _cited_text(answer, turn)]
        if answer.incomplete:
            parts.append(f"> {words('incomplete', why=answer.incomplete)}")
        cited = {n for sentence in answer.sentences for n in sentence.citations}
        parts.append("\n".join(_footnote(source, turn, words) for source in answer.sources if source.n in cited))
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def file_name(title: str) -> str:
    """A file name that every system takes."""
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in title)
    return (" ".join(kept.split())[:60] or "conversation") + ".md"


def _cited_text(answer: Answer, turn: int) -> str:
    out = []
    for sentence in answer.sentences:
        body = sentence.text.rstrip()
        marks = "".join(f"[^{turn}-{n}]" for n in dict.fromkeys(sentence.citations))
        if body.endswith("|"):
            body = f"{body[:-1].rstrip()}{marks} |"
        elif body.endswith(("```", "$$")) and marks:
            body = f"{body}\n\n{marks}"
        else:
            body += marks
        out.append(sentence.lead + body + sentence.text[len(sentence.text.rstrip()) :])
    return "".join(out)


def _footnote(source: Source, turn: int, words: Words) -> str:
    path = source.path.removesuffix(".md")
    heading = source.heading_path[-1] if len(source.heading_path) > 1 else ""
    anchor = f"#{_link_text(heading)}" if heading else ""
    where = words.place(source.place)
    return f"[^{turn}-{source.n}]: [[{_link_text(path)}{anchor}]] · {where}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _link_text(text: str) -> str:
    """Obsidian finds a heading by its words; `[`, `]`, `|`, `#` and `^` cannot stand in a link."""
    return _line("".join(" " if c in "[]|#^" else c for c in text))
