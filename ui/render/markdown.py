"""Markdown -> safe HTML: one parser for notes and answers, with formulas as MathML and no request off the machine."""

import functools
import html
import re
from collections.abc import Callable, Sequence
from typing import Any

import latex2mathml.exceptions
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.texmath import texmath_plugin

from ingest.text.markup import PICTURE_FILE, PICTURE_SIZE, WIKI_LINK, link_words
from ingest.text.printable import printable
from ingest.text.scripts import EAST_ASIAN
from ui.render.marks import split_marks, without_marks
from ui.render.safe import HTML_TAGS, clean, host_html, host_of, image_link, without_private

Images = Callable[[str], str]  # an image's address as written -> a data: address, or '' when it is not to be shown

_HTML_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])[^<>]*>|<!--.*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(r"""(src|alt)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'（），。；、」]+", re.IGNORECASE)
_EAST_ASIAN = re.compile(f"[{EAST_ASIAN}]")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|align|gathered|gather|split)\*?\}")
_TEX_WORDS = re.compile(r"\\(?:text\w*|mbox)\s*\{[^{}]*\}")
_TEX_COMMAND = re.compile(r"\\[A-Za-z]+|[{}\s]")
WIDE = 24  # signs from which on a formula in a line may be wider than a phone, and scrolls by itself
_LINK_TAG = re.compile(r"</?(?:a|img)\b[^>]*>")
_CALLOUT = re.compile(r"\[!([\w-]+)(?:\|[^\]\n]*)?\][+-]?[ \t]*")
_BREAKS = ("softbreak", "hardbreak")
_BLOCK_ID = re.compile(r"(?:^|(?<=[ \t]))\^[A-Za-z0-9-]{4,}(?=[\ue100-\uf8ff]*$)")
# latex2mathml's exceptions have no common root, and odd input trips it in other ways too: then the TeX is shown.
_BAD_TEX: tuple[type[Exception], ...] = (
    *(e for e in vars(latex2mathml.exceptions).values() if isinstance(e, type) and issubclass(e, Exception)),
    *(ArithmeticError, AttributeError, LookupError, RecursionError, StopIteration, TypeError, ValueError),
)


def parser(*, indented_code: bool = True) -> MarkdownIt:
    """The Markdown parser. `indented_code=False` for plain-text notes, where indentation means nothing.

    In the `env` given to it, `images` (an `Images`) resolves local pictures. With `links`, a set of addresses as
    `links_of` finds them, the text is a model's: outside links are links only where their address is one of these, text
    otherwise, and their hosts are shown.
    """
    return _parser(indented_code)


@functools.lru_cache(maxsize=256)
def links_of(text: str) -> frozenset[str]:
    """The outside addresses in a note's Markdown, linked or bare, in the form that the parser gives them."""
    md = _parser(True)
    tokens = [inner for token in md.parse(text) for inner in token.children or ()]
    linked = {str(token.attrs.get("href") or token.attrs.get("src") or "") for token in tokens}
    bare = {md.normalizeLink(address) for address in _BARE_ADDRESS.findall(text)}
    return frozenset(address for address in linked | bare if _leads_out(address))


@functools.lru_cache(maxsize=256)
def targets_of(text: str) -> frozenset[str]:
    """What the links in a note's Markdown name inside of the notes folder, as `linked_note` takes it."""
    tokens = [inner for token in _parser(True).parse(text) for inner in token.children or ()]
    wiki = {str(token.attrs["data-note"]) for token in tokens if token.type == "wiki_open"}
    plain = {str(token.attrs.get("href", "")) for token in tokens if token.type == "link_open"}
    return frozenset(wiki | {target for target in plain if not _leads_out(target)})


def _leads_out(address: str) -> bool:
    return bool(host_of(address)) or address.lower().startswith("mailto:")


def _is_link(address: str, env: EnvType) -> bool:
    """Whether an outside address may be clicked: in a note always, in a model's text where the notes hold it."""
    return "links" not in env or address in env["links"]


@functools.lru_cache(maxsize=2048)
def inline(text: str) -> str:
    """A heading or another line of text as safe HTML without links, so that it can stand in a link itself."""
    markup = clean(parser().renderInline(without_private(printable(text))))
    return _LINK_TAG.sub("", markup)


@functools.cache
def _parser(indented_code: bool) -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": True, "breaks": True})
    md.inline = _EastAsianInline()
    md.enable(["table", "strikethrough"])
    if not indented_code:
        md.disable("code")
    dollarmath_plugin(md, allow_space=False, allow_digits=False, double_inline=True)
    texmath_plugin(md, delimiters="brackets")
    md.inline.ruler.before("link", "wiki", _wiki)
    md.core.ruler.push("callouts", _callouts)
    md.core.ruler.push("block_ids", _block_ids)
    md.core.ruler.push("numbers", _numbers)
    for name in ("math_inline", "math_single"):
        md.add_render_rule(name, _math_inline)
    for name in ("math_block", "math_block_label", "math_block_eqno", "math_inline_double"):
        md.add_render_rule(name, _math_block)
    md.add_render_rule("image", _image)
    md.add_render_rule("wiki_image", _wiki_image)
    md.add_render_rule("html_inline", _raw_html)
    md.add_render_rule("html_block", _raw_html)
    md.add_render_rule("link_open", _link_open)
    md.add_render_rule("link_close", _link_close)
    return md


class _EastAsianInlineState(StateInline):
    """Emphasis that works beside Chinese: `**注意力（Attention）**是` is bold.

    CommonMark lets `**` close after punctuation only before a space or punctuation, which Chinese text does not have.
    As in the cjk-friendly emphasis proposal, an East Asian character (here a mark too) on the other side counts as a space.
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        can_open, can_close = scanned.can_open, scanned.can_close
        if self.src[start] == "*" or self.src[start] == "~":
            can_open = can_open or (not isWhiteSpace(ord(after)) and _is_east_asian(before) and _is_punctuation(after))
            can_close = can_close or (
                not isWhiteSpace(ord(before)) and _is_east_asian(after) and _is_punctuation(before)
            )
        return Scanned(can_open, can_close, scanned.length)


class _EastAsianInline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _EastAsianInlineState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _is_east_asian(character: str) -> bool:
    return bool(_EAST_ASIAN.match(character)) or "\ue100" <= character <= "\uf8ff"


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _wiki(state: StateInline, silent: bool) -> bool:
    """Obsidian's `[[note#heading|words]]` -> a link that the page opens itself; `![[…]]` is one too, or a picture."""
    match = WIKI_LINK.match(state.src, state.pos)
    starts, target, ends = split_marks(match["target"] if match else "")
    target = target.strip()
    if not match or not match["whole"] or not target:
        return False
    if not silent:
        words = match["words"] or ""
        if match[0].startswith("!") and PICTURE_FILE.search(target):
            first, words, last = split_marks(words)
            size = PICTURE_SIZE.search("|" + words)
            token = state.push("wiki_image", "img", 0)
            token.attrs = {"src": target, "width": size[1] if size else ""}
            token.content = starts + first + PICTURE_SIZE.sub("", "|" + words)[1:] + ends + last
        else:
            state.push("wiki_open", "a", 1).attrs = {"class": "an-note", "href": "#", "data-note": target}
            state.push("text", "", 0).content = starts + (link_words(target, words) or target) + ends
            state.push("wiki_close", "a", -1)
    state.pos = match.end()
    return True


def _callouts(state: Any) -> None:
    """Obsidian's `> [!note] title`: the quote gets a class, the mark goes, the title is strong; an untitled one keeps
    its type as title."""
    tokens: list[Token] = state.tokens
    for quote, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if quote.type != "blockquote_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        match = _CALLOUT.match(without_marks(first.content))
        if first.type == "text" and match:
            starts, text, ends = split_marks(first.content)
            first.content = starts + (text[match.end() :] or match[1].capitalize()) + ends
            quote.attrSet("class", "an-callout")
            title = next((i for i, one in enumerate(inline.children) if one.type in _BREAKS), len(inline.children))
            strong = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
            inline.children[:title] = [strong[0], *inline.children[:title], strong[1]]


def _block_ids(state: Any) -> None:
    """The ids that Obsidian puts behind a block are for links, not for people."""
    for inline in state.tokens:
        children: list[Token] = inline.children or []
        for i, one in enumerate(children):
            if one.type == "text" and (i + 1 == len(children) or children[i + 1].type in _BREAKS):
                one.content = _BLOCK_ID.sub("", one.content)


def _numbers(state: Any) -> None:
    """An item keeps the number that the note gives it, where CommonMark would count on from the item before."""
    expected: list[int] = []
    for token in state.tokens:
        if token.type in ("ordered_list_open", "bullet_list_open"):
            start = token.attrGet("start")
            expected.append(1 if start is None else int(start))
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            expected.pop()
        elif token.type == "list_item_open" and token.info.isdecimal():
            if int(token.info) != expected[-1]:
                token.attrSet("value", token.info)
            expected[-1] = int(token.info) + 1


def _math_inline(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    before, tex, after = split_marks(tokens[i].content)
    math = _mathml(tex, "inline")
    if len(_TEX_COMMAND.sub("x", tex)) > WIDE:
        math = f'<span class="an-math">{math}</span>'
    return before + math + after


def _math_block(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    before, tex, after = split_marks(tokens[i].content)
    return f'<div class="an-formula">{before}{_mathml(tex, "block")}{after}</div>\n'


@functools.lru_cache(maxsize=4096)
def _mathml(tex: str, display: str) -> str:
    try:
        math = convert(_TEX_WORDS.sub(_wide_angles, _ALIGNED.sub(r"\\\1{align*}", tex)), display=display)
    except _BAD_TEX:
        return f'<span class="an-tex">{html.escape(tex)}</span>'
    return math.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "").replace("<mi>&</mi>", "<mi>&amp;</mi>")


def _wide_angles(words: re.Match[str]) -> str:
    """latex2mathml does not escape what `\\text` holds."""
    return words[0].replace("<", "＜").replace("&", "＆")


def _image(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[i]
    alt = self.renderInlineAsText(token.children, options, env) if token.children else ""
    return _picture(str(token.attrs.get("src", "")), alt, env)


def _wiki_image(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    attrs = tokens[i].attrs
    return _picture(str(attrs["src"]), tokens[i].content, env, str(attrs["width"]))


def _picture(source: str, alt: str, env: EnvType, width: str = "") -> str:
    before, alt, after = split_marks(alt)
    if host_of(source):
        return before + image_link(source, alt, linked=_is_link(source, env)) + after
    images: Images | None = env.get("images")
    inline = images(without_marks(source)) if images else ""
    if inline:
        wide = f' width="{width}"' if width else ""
        return f'{before}<img src="{html.escape(inline)}" alt="{html.escape(alt)}"{wide}>{after}'
    return before + image_link("", alt or source.rpartition("/")[2]) + after


def _raw_html(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    """Known tags pass (to be cleaned), pictures go the way of all pictures, and `<pad>` is text."""
    content = tokens[i].content
    out: list[str] = []
    position = 0
    for match in _HTML_TAG.finditer(content):
        out.append(_loose_angles(content[position : match.start()]))
        out.append(_html_tag(match, env))
        position = match.end()
    return "".join(out) + _loose_angles(content[position:])


def _html_tag(match: re.Match[str], env: EnvType) -> str:
    name = (match[1] or "").lower()
    if name == "img":
        values = {key.lower(): html.unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(match[0])}
        return _picture(values.get("src", ""), values.get("alt", ""), env)
    known = name in HTML_TAGS and not (name == "a" and "links" in env)  # a model writes its links in Markdown
    return match[0] if not name or known else html.escape(match[0])


def _loose_angles(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _link_open(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    target = without_marks(str(tokens[i].attrs.get("href", "")))
    if not _leads_out(target):
        return f'<a class="an-note" href="#" data-note="{html.escape(target)}">'
    shown = html.escape(target)
    return f'<a class="an-out" href="{shown}" target="_blank" title="{shown}">' if _is_link(target, env) else "<span>"


def _link_close(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    if "links" not in env:
        return "</a>"
    opening = next(
        j for j in range(i - 1, -1, -1) if tokens[j].type == "link_open" and tokens[j].level == tokens[i].level
    )
    target = without_marks(str(tokens[opening].attrs.get("href", "")))
    words = "".join(token.content for token in tokens[opening + 1 : i])
    host = host_of(target) or (target if _leads_out(target) else "")
    end = "</a>" if not _leads_out(target) or _is_link(target, env) else "</span>"
    return end if not host or without_marks(words).strip() == target else end + host_html(host)
