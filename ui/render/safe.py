"""The one place where HTML made of notes and of model output becomes safe to show.

Everything that the page renders from Markdown passes `clean`: an allow-list (nh3, the Rust crate ammonia) that keeps
structure and drops scripts, styles, handlers and forms. No picture is ever loaded over the network: `img` keeps a
`src` only when the bytes are in it, and `image_link` shows a remote picture as a link with its host.
"""

import functools
import html
import re
from urllib.parse import urlsplit

import nh3

from ingest.text.printable import printable

# Private-use characters mark spans while Markdown is rendered (see `ui.render.marks`); text from outside has none.
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif|svg\+xml);base64,[A-Za-z0-9+/=]+\Z")
_IGNORED_IN_LINKS = re.compile("[\x00-\x20\x7f-\xa0]")
_LINK = re.compile(r"https?://|mailto:|#\Z", re.IGNORECASE)
_MARKDOWN = r"\`*_{}[]()<>#+-.!|~$:&"
_ADDRESS = re.compile(r"://|www(?=\.)|@", re.IGNORECASE)
_LENGTH = re.compile(r"\d{1,4}(?:px|%|em)?\Z")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `s` is left out: in notes on language models `<s>` is a token, not struck-out text.
HTML_TAGS = _words(
    "a abbr b blockquote br center code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p "
    "pre q small span strong sub summary sup table tbody td tfoot th thead tr u ul"
)
_MATH_TAGS = _words(
    "math menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace "
    "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none"
)
_MATH_ATTRIBUTES = _words(
    "display mathvariant mathsize fence form stretchy separator accent accentunder largeop movablelimits lspace rspace "
    "minsize maxsize symmetric linethickness displaystyle scriptlevel columnalign columnspacing columnlines rowspacing "
    "rowlines rowalign columnspan rowspan width height depth voffset notation bevelled linebreak"
)
_CLASSES = {
    "a": {"an-out", "an-note"},
    "blockquote": {"an-callout"},
    "div": {"an-formula"},
    "span": {"an-host", "an-math", "an-missing", "an-tex"},
}


def clean(markup: str) -> str:
    """HTML of any origin -> HTML that loads nothing, runs nothing and links only to http(s), mail and the page."""
    return _cleaner().clean(markup)


def without_private(text: str) -> str:
    """`text` with private-use characters replaced one for one, so that offsets stay and no mark can be forged."""
    return _PRIVATE.sub("\ufffd", text)


def label(text: str) -> str:
    """Text for an element of Streamlit's own, which reads it as Markdown: what could be markup is escaped, and what
    it would take for an address, escaped or not, has a word joiner in it."""
    line = _ADDRESS.sub("\\g<0>\u2060", printable(" ".join(text.split())))
    return "".join("\\" + c if c in _MARKDOWN else c for c in line)


def host_of(url: str) -> str:
    """The host of an http(s) or protocol-relative address, '' for anything else."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host if parts.scheme in ("http", "https", "") else ""


def host_html(host: str) -> str:
    """A host as it is shown behind what leads there."""
    return f' <span class="an-host">{html.escape(host)}</span>'


def image_link(url: str, alt: str, *, linked: bool = True) -> str:
    """What stands for a picture that is not on this machine: a link that names the host (or both as text), or text."""
    host = host_of(url)
    label = html.escape(alt.strip() or "image")
    if not host or not linked:
        return f'<span class="an-missing">{label}</span>{host_html(host) if host else ""}'
    target = html.escape("https:" + url if url.startswith("//") else url)
    return f'<a class="an-out" href="{target}" target="_blank" title="{target}">{label}</a>{host_html(host)}'


@functools.cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(HTML_TAGS | _MATH_TAGS),
        clean_content_tags={"script", "style", "iframe", "object", "template", "noscript", "title", "textarea", "svg"},
        attributes={
            "a": {"href", "title", "data-note"},
            "img": {"src", "alt", "title", "width", "height"},
            "td": {"align", "colspan", "rowspan"},
            "th": {"align", "colspan", "rowspan"},
            "ol": {"start"},
            "li": {"value"},
            "details": {"open"},
            **{tag: set(_MATH_ATTRIBUTES) for tag in _MATH_TAGS},
        },
        tag_attribute_values={"a": {"target": {"_blank"}}},
        allowed_classes=_CLASSES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        url_relative=lambda url: "#" if url == "#" else None,
        link_rel="noopener noreferrer nofollow",
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """A link leads to http(s), mail or the page; pictures come from `data:` alone; sizes are plain lengths."""
    if name == "src":
        return value if tag == "img" and _INLINE_IMAGE.match(value) else None
    if name == "href":  # as a browser reads it: without white space and controls
        return value if _LINK.match(_IGNORED_IN_LINKS.sub("", value)) else None
    if tag == "img" and name in ("width", "height"):
        return value if _LENGTH.match(value) else None
    return value
