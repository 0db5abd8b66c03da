"""What a note says of itself before its text: YAML, TOML, Hexo's and Logseq's properties -> title, tags, aliases."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_YAML = re.compile(r"---[ \t]*\n(?P<block>(?:.*?\n)?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<block>(?:.*?\n)?)\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_UNOPENED = re.compile(r"(?P<block>(?:[^\n]*\n){1,40}?)---[ \t]*(?:\n|\Z)")
_KEY = re.compile(
    r"""(?P<key>"[^"\n]++"|'[^'\n]++'|[^\s:#\-\[\]{},"'`*>|][^:\n]{0,60}+)[ \t]*:(?:[ \t]+(?P<value>.*)|$)"""
)
_TOML_KEY = re.compile(r"^[\w.\"'-]+[ \t]*=", re.MULTILINE)
_PROPERTY = re.compile(r"([\w-]+)::[ \t]*(.*)")
_TEMPLATE = re.compile(r"\{\{|<%|\$\{")
_MOST_BRACKETS = 200  # the parser takes the square of their depth
_LONGEST_TITLE = 200  # characters
_LONGEST = 100_000  # characters that are read as YAML or TOML: it is no text of a person that is longer


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a note says of itself; `end` is the offset behind it, 0 where it stands in the text."""

    title: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    end: int = 0


def read_front_matter(text: str) -> FrontMatter:
    """The front matter, if there is any: a rule at the beginning of a note, with text below it, opens none.

    What is not well-formed is read key by key, since an unquoted colon costs its writer nothing in other programs.
    """
    if match := _TOML.match(text):
        return _of(_toml(match["block"]), match.end()) if _TOML_KEY.search(match["block"]) else FrontMatter()
    if match := _YAML.match(text):
        if not match["block"].strip():
            return FrontMatter(end=match.end())
        return _of(meta, match.end()) if (meta := _yaml(match["block"])) else FrontMatter()
    if match := _UNOPENED.match(text[:_LONGEST]):
        meta = _yaml(match["block"])
        if "title" in meta:
            return _of(meta, match.end())
    return _of(_properties(text), 0)


def _of(meta: dict[str, object], end: int) -> FrontMatter:
    title = next(_strings(meta.get("title")), "").strip()
    return FrontMatter(
        title="" if len(title) > _LONGEST_TITLE or _TEMPLATE.search(title) else " ".join(title.split()),
        tags=tuple(_words(meta.get("tags", meta.get("tag")), r"[,，、;；\s]+")),
        aliases=tuple(_words(meta.get("aliases", meta.get("alias")), r"[,，;；]+")),
        end=end,
    )


def _toml(block: str) -> dict[str, object]:
    try:
        return tomllib.loads(block[:_LONGEST])
    except (ValueError, RecursionError):
        return {}


def _yaml(block: str) -> dict[str, object]:
    """The top-level keys with their values as they are written; nothing when some line belongs to no key."""
    entries: list[list[str]] = []
    for line in block[:_LONGEST].split("\n"):
        if _KEY.match(line):
            entries.append([line])
        elif entries and (not line.strip() or line.startswith((" ", "\t", "-", "]", "}", "#"))):
            entries[-1].append(line)
        elif line.strip() and not line.startswith("#"):
            return {}
    whole = _loaded(block[:_LONGEST]) if entries else {}
    meta = dict(whole)
    for entry in entries if not whole else ():
        meta.update(_loaded("\n".join(entry)) or _written(entry[0]))
    return meta


def _loaded(block: str) -> dict[str, object]:
    """YAML with every value as it is written: no number, date or object is made of it."""
    if block.count("[") + block.count("{") > _MOST_BRACKETS:
        return {}
    try:
        meta = yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return meta if isinstance(meta, dict) else {}


def _written(line: str) -> dict[str, object]:
    """A key with the value that its line holds, whatever YAML makes of it."""
    match = _KEY.match(line)
    value = (match["value"] or "").strip() if match else ""
    return {match["key"].strip("\"'"): value.strip("[]{}\"' ")} if match else {}


def _properties(text: str) -> dict[str, object]:
    """Logseq's properties of a page, which are its first lines."""
    meta: dict[str, object] = {}
    for line in text[:_LONGEST].split("\n"):
        match = _PROPERTY.match(line)
        if not match:
            break
        meta[match[1]] = match[2].replace("[[", "").replace("]]", "")
    return meta


def _words(value: object, separator: str) -> Iterator[str]:
    """Tags or aliases: a list, or one string of them."""
    for one in [value] if isinstance(value, str) else _strings(value):
        for word in re.split(separator, one) if isinstance(value, str) else [one]:
            if clean := word.strip().lstrip("#").strip():
                yield clean


def _strings(value: object) -> Iterator[str]:
    """The value itself, or those of a list, or of the lists in it (`tags: [[a]]`)."""
    if isinstance(value, list):
        for one in value:
            for inner in one if isinstance(one, list) else [one]:
                yield from () if isinstance(inner, list | dict) or inner is None else [str(inner)]
    elif value is not None and not isinstance(value, dict):
        yield str(value)
