"""The frame of a report: one HTML file that loads nothing and runs nothing, readable in light and dark and on paper."""

from collections.abc import Mapping, Sequence
from html import escape

from ingest.messages import MESSAGES, Language
from rag.evaluate.ranked import Shown

_STYLE = """
:root{color-scheme:light dark;--ground:#fff;--ink:#1c1b19;--faint:#6b6862;--edge:#d9d5cd;--raised:#f6f4f0;--c0:#b35900;--c1:#1f6fb2;--c2:#1b7f4b}
@media(prefers-color-scheme:dark){:root{--ground:#171614;--ink:#ebe8e2;--faint:#a39e95;--edge:#3a3733;--raised:#211f1c;--c0:#f0a04b;--c1:#6db6f2;--c2:#63c990}}
body{margin:0 auto;padding:2rem 1rem 4rem;max-width:60rem;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2.5rem 0 .5rem}
p.faint,.faint{color:var(--faint)}
svg{width:100%;height:auto;display:block}svg text{fill:var(--ink);font-size:12px}
.grid{stroke:var(--edge);fill:none}.line{fill:none;stroke-width:2;stroke:currentColor}.mark,.bar{fill:currentColor}
.look0{color:var(--c0)}.look1{color:var(--c1)}.look2{color:var(--c2)}
.earlier .line{stroke-dasharray:5 4}.earlier .mark,.earlier .bar{fill-opacity:.35;stroke:currentColor}
div.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--edge);white-space:nowrap}th:first-child,td:first-child{text-align:left}
article{border:1px solid var(--edge);border-radius:8px;padding:.8rem 1rem;margin:.8rem 0}article h3{font-size:1rem;margin:0 0 .3rem}
details{margin:.3rem 0}summary{cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--raised);padding:.6rem .8rem;border-radius:6px;font:inherit;font-size:.9rem}
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Page:
    """Makes the parts of a report in one language. What is given as text is escaped; what is given as HTML is not."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the catalogue, as text."""
        return MESSAGES.told(key, self.language, values)

    def whole(self, title: str, below: str, parts: Sequence[str]) -> str:
        """The file; `parts` are HTML."""
        code = "zh-Hans" if self.language == "zh" else "en"
        return (
            f'<!doctype html>\n<html lang="{code}">\n<head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            f'<meta name="viewport" content="width=device-width,initial-scale=1">\n<title>{escape(title)}</title>\n'
            f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n"
            f'<p class="faint">{escape(below)}</p>\n' + "\n".join(parts) + "\n</body>\n</html>\n"
        )

    def part(self, heading: str, *parts: str) -> str:
        """A heading (text) and what stands below it (HTML)."""
        return f"<section><h2>{escape(heading)}</h2>\n" + "\n".join(parts) + "</section>"

    def paragraph(self, text: str) -> str:
        """A paragraph of text."""
        return f"<p>{escape(text)}</p>"

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table of texts."""
        top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'

    def folded(self, shown: Shown) -> str:
        """A section or passage: its place, and its text behind a click."""
        place = f'{escape(shown.location)} <span class="faint">{escape(shown.heading)}</span>'
        return f"<details><summary>{place}</summary><pre>{escape(shown.text)}</pre></details>"

    def settings(self, settings: Mapping[str, str], earlier: Mapping[str, str] | None) -> str:
        """The settings; beside an earlier run those alone that differ."""
        if earlier is None:
            rows = list(settings.items())
            head = (self.say("report.setting"), self.say("report.value"))
            return (
                f"<details><summary>{escape(self.say('report.settings'))}</summary>{self.table(head, rows)}</details>"
            )
        names = [name for name in dict.fromkeys([*settings, *earlier]) if settings.get(name) != earlier.get(name)]
        if not names:
            return self.paragraph(self.say("report.same_settings"))
        runs = (self.say("report.setting"), self.say("report.now"), self.say("report.earlier"))
        return self.table(runs, [(name, settings.get(name, "–"), earlier.get(name, "–")) for name in names])
