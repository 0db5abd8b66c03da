"""What of a text counts as words: markup, addresses and boilerplate out; one form for the forms of a character."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from ingest.text.code_spans import Ahead, CodeSpans
from ingest.text.folding import IGNORED

# What opens like a picture or a link and does not close like one is matched too, as far as nothing within it can be
# one either, and stays: so it is not tried again from every later bracket. `kept` is set when there is one, to its words.
_IMAGE = re.compile(r"!\[([^\]\n]*+)(?:\]\((?P<address>[^)\n]*+)(?P<whole>\))?)?")
PICTURE_SIZE = re.compile(r"\|[ \t]*(\d{1,4})(?:x\d{1,4})?[ \t]*$")  # Obsidian's, of a picture
# What editors put where the words for a picture would stand.
_NO_ALT = re.compile(r"(?:alt(?: text)?|img|image|picture|untitled|图片|(?:在这里插入|请添加)图片描述)?", re.IGNORECASE)
# What links name, of both kinds, in a heading or a definition too; read loosely, where more than links does no harm.
_LINKED = re.compile(
    r"\[\[(?P<wiki>[^\[\]|#^\n]+)|\](?:\(|:[ \t]*)(?:<(?P<angled>[^<>#\n]+)|(?P<plain>[^\s<>()#]+(?:\([^\s()]*\)[^\s<>()#]*)?))"
)
# Obsidian's link to a note, a heading or a block, and what embeds one; it is one when it is `whole`.
WIKI_LINK = re.compile(r"!?\[\[(?P<target>[^\[\]|\n]*+)(?:(?:\|(?P<words>[^\[\]\n]*+))?+(?P<whole>\]\]))?")
_BELOW = re.compile(r"#(?=\s*[^#\s])")  # not that of a note called C#
_LINK = re.compile(r"\[([^\]\n]*+)(?P<whole>\]\((?:[^()\n]++|\([^()\n]*+\))*+\))?")
_ALT = re.compile(r"<img\b(?:(?=[^>]*+>)[^>]*?\balt=[\"']([^\"'>]*+)[\"'][^>]*+(?P<whole>>)|[^>]*+)", re.IGNORECASE)
_URL = re.compile(r"<?\b(?:https?|ftp)://[^\s<>()（）「」，。；、\"']+>?|\bwww\.[^\s<>()（），。]+")
_ADDRESS_PATH = re.compile(r"\bhttps?://[^\s/<>()（）\"']++/(?P<path>[^\s<>()（）?#「」，。；、\"']++)")
PICTURE_FILE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|bmp|image)$", re.IGNORECASE)
_LINE_MARKUP = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]|>[ \t]?|[-*+][ \t]+(?:\[[ xX]?\][ \t]|#{1,6}[ \t])?|\|[\s|:-]*$|(?:```|~~~).*$|(?:={3,}|-{3,})[ \t]*$)",
    re.M,
)
_EMPHASIS = re.compile(r"\*\*|__|~~|==")
_MAY_BE_MARKED = re.compile(r"[\^%]|\[!|::|\(\(|CLOCK|:(?:LOG|PROP|END)")  # most text holds none
CONTENTS = re.compile(r"^[ \t]*@?\[\[?_?toc_?\]\]?[ \t]*$", re.IGNORECASE | re.MULTILINE)  # an editor's place for them
_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)  # diagrams are written with it
_FENCE = re.compile(r"^[ \t>]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$", re.M)
# What editors keep in a note for themselves: Obsidian's block ids, callout types and comments, templater code, and
# Logseq's references, drawers and the properties that it hides.
_EDITORS_MARKS = re.compile(
    r"(?:^|(?<=[ \t]))\^[A-Za-z0-9-]{4,}[ \t]*$|^(?:[ \t]*+>)++[ \t]*+\[![\w-]++(?:\|[^\]\n]*+)?\][+-]?|(?<!\d)%%[^%\n]+%%|<%[^%\n]*%>"
    r"|\(\([0-9a-f]{8}-[0-9a-f-]{27}\)\)|^[ \t]*:(?:LOGBOOK|PROPERTIES|END):[ \t]*$|^[ \t]*CLOCK:[ \t]*\[.*$"
    r"|^[ \t]*(?:[-*+][ \t]+)?(?:id|collapsed|heading|background-color|created-at|updated-at|last-modified-at"
    r"|query-(?:table|properties|sort-by|sort-desc)|ls-type|hl-(?:type|page|stamp|color)|logseq\.[\w.-]+)::.*$",
    re.M,
)
_OPENING_MARKS = re.compile(r"^[ \t\u200b\ufeff]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*#{1,6}(?=[^#]|$)")
_CLOSING_MARKS = re.compile(r"(?<![ \t])[ \t]++#++[ \t]*+$")
_LINK_BEGUN = re.compile(r"!?\[|<|https?://")
_ADDRESS = re.compile(r"\S+")


# https://html.spec.whatwg.org/multipage/indices.html and the obsolete ones that editors still write.
_ELEMENTS = frozenset(
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blockquote body br button canvas "
    "caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset "
    "figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input "
    "ins kbd label legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup "
    "option output p param picture pre progress q rp rt ruby s samp script search section select slot small source span "
    "strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u "
    "ul var video wbr".split()
)
_BARE = (  # attributes that stand without a value
    "allowfullscreen|async|autofocus|autoplay|checked|compact|controls|default|defer|disabled|download|hidden|inert|"
    "ismap|itemscope|loop|multiple|muted|nohref|noshade|novalidate|nowrap|open|readonly|required|reversed|selected"
)
# https://spec.commonmark.org/0.31.2/#raw-html, but a tag's line ends at most once between two attributes.
_SPACE = r"(?:[ \t]++\n?+[ \t]*+|\n[ \t]*+)"
_VALUE = r"""(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'=<>`]++)"""
_ATTRIBUTE = rf"{_SPACE}(?:[A-Za-z_:][\w.:@-]*+[ \t]*+=[ \t]*+{_VALUE}|(?:{_BARE})(?=[\s/>]))"
_TAG = re.compile(
    rf"</(?P<closed>[a-zA-Z][a-zA-Z0-9]*+)[ \t]*+>|<(?P<opened>[a-zA-Z][a-zA-Z0-9]*+)(?:{_ATTRIBUTE})*+\s*+/?>",
    re.IGNORECASE | re.ASCII,
)
_CODE_OR_TAG = re.compile("[`<]")


def plain(text: str) -> str:
    """Markdown -> its words: link and alt texts stay, addresses, HTML tags, editors' marks and emphasis go.

    In fenced code nothing is a link or a tag.
    """
    text = "".join(_BREAK.sub(" ", piece) if code else _prose(piece) for piece, code in _fenced_or_not(text))
    text = _URL.sub("", text) if "://" in text or "www." in text else text
    text = _LINE_MARKUP.sub("", text)
    return IGNORED.sub("", _EMPHASIS.sub("", text))


def heading_words(line: str) -> str:
    """The words of a heading's line, or of a title, without its marks and what only decorates it."""
    title = _CLOSING_MARKS.sub("", _OPENING_MARKS.sub("", line))
    return re.sub(r"\s+", " ", plain(title).replace("`", "")).strip(" *_💡:：")


def _fenced_or_not(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is a closed fence with what stands in it."""
    done = opened = 0
    fence = ""
    if "```" not in text and "~~~" not in text:
        yield text, False
        return
    for mark in _FENCE.finditer(text):
        if not fence:
            fence, opened = mark["fence"], mark.start()
        elif mark["fence"].startswith(fence) and not mark["info"].strip():
            yield text[done:opened], False
            yield text[opened : mark.end()], True
            done, fence = mark.end(), ""
    yield text[done:], False


def _prose(text: str) -> str:
    if "[" in text:
        text = _IMAGE.sub(_alt_words, CONTENTS.sub("", text))
        text = WIKI_LINK.sub(_wiki_words, text)
        text = _LINK.sub(_words, text)
    if "<" in text:
        text = _without_tags(_EDITORS_MARKS.sub("", _ALT.sub(_words, text)))
    return _EDITORS_MARKS.sub("", text) if _MAY_BE_MARKED.search(text) else text


def _words(match: re.Match[str]) -> str:
    return match[1] if match["whole"] else match[0]


def _alt_words(match: re.Match[str]) -> str:
    """The words for a picture, none where they are only its file's name or what editors put there."""
    words = PICTURE_SIZE.sub("", match[1]).rstrip()
    if not match["whole"] or _NO_ALT.fullmatch(words.strip()):
        return "" if match["whole"] else match[0]
    file = match["address"].partition("?")[0].rpartition("/")[2]
    return "" if words.strip() in (file, file.rpartition(".")[0]) else words


def _wiki_words(match: re.Match[str]) -> str:
    if not match["whole"] or not match["target"].strip():
        return match[0]
    words = match["words"] or ""
    if match[0].startswith("!") and PICTURE_FILE.search(match["target"].strip()):
        return PICTURE_SIZE.sub("", "|" + words)[1:]
    return link_words(match["target"], words)


def link_words(target: str, words: str = "") -> str:
    """What a person sees of a wiki link: its words, else the note and the headings, `note > heading`; no block's id."""
    return words if words.strip() else " > ".join(part for part in link_parts(target) if part and part[0] != "^")


def link_parts(target: str) -> list[str]:
    """The note that a link names, '' for the one that it stands in, and headings below each other, or a block's `^id`."""
    return [part.strip() for part in _BELOW.split(target.rstrip("\\"))]  # in a table the bar after it is escaped


def _without_tags(text: str) -> str:
    """Without HTML tags and comments; code spans stay as they are."""
    last_comment = text.rfind("-->")
    code = CodeSpans()
    kept: list[str] = []
    done = at = 0
    while found := _CODE_OR_TAG.search(text, at):
        at = found.start()
        if found.group() == "`":
            at = max(at + 1, code.end(text, at, final=True) or 0)
            continue
        if text.startswith("<!--", at) and at + 4 <= last_comment:
            end = text.index("-->", at + 4) + 3
        else:
            end = _tag_end(text, at)
        if end > at:
            kept.append(text[done:at])
            done = end
        at = max(at + 1, end)
    return "".join([*kept, text[done:]])


def _tag_end(text: str, at: int) -> int:
    """Behind the tag of a known element that starts at `at`; `at` when there is none."""
    match = _TAG.match(text, at)
    if match is None or (match["closed"] or match["opened"]).lower() not in _ELEMENTS:
        return at
    return match.end()


def link_targets(text: str) -> Iterator[str]:
    """What people look a link up by: the note that it names another way, the last parts of an address's path."""
    for match in WIKI_LINK.finditer(text):
        if match["whole"] and match["words"] and not PICTURE_FILE.search(match["target"]):
            yield match["target"].rstrip("\\").replace("#", " ").replace("^", " ")
    for match in _ADDRESS_PATH.finditer(text):
        if not PICTURE_FILE.search(match["path"]):
            yield "/".join(match["path"].strip("/").split("/")[-2:])


def linked_names(text: str) -> Iterator[str]:
    """What the links of a text name, of Markdown and of Obsidian, wherever they stand, without the heading."""
    for match in _LINKED.finditer(text):
        yield (match["wiki"] or "").rstrip("\\") or match["angled"] or unquote(match["plain"] or "")


def link_name(target: str) -> str:
    """The last part of what a link names, of an alias or a title, in the form in which they are compared."""
    return " ".join(target.rpartition("/")[2].casefold().split())


def link_spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of links and pictures, of what stands in angle brackets, and of bare addresses."""
    if "[" not in text and "<" not in text and "://" not in text:
        return
    ahead = Ahead()
    at = 0
    while begun := _LINK_BEGUN.search(text, at):
        at = begun.end()
        match begun.group():
            case "<":
                end = _on_line(text, ahead, ">", at) if not text.startswith(">", at) else -1
            case "[" | "![":
                middle = _on_line(text, ahead, "]", at)
                end = _on_line(text, ahead, ")", middle + 1) if middle >= 0 and text.startswith("(", middle) else -1
            case _:
                address = _ADDRESS.match(text, at)
                end = address.end() if address else -1
        if end >= 0:
            at = end
            yield begun.start(), end


def without_links(text: str) -> str:
    """The text without what `link_spans` finds."""
    kept: list[str] = []
    at = 0
    for start, end in link_spans(text):
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def _on_line(text: str, ahead: Ahead, mark: str, start: int) -> int:
    """Behind the next `mark` when it stands on this line, else -1."""
    at = ahead.find(text, mark, start)
    line_end = ahead.find(text, "\n", start)
    return at + 1 if at >= 0 and not 0 <= line_end < at else -1
