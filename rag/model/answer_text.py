"""What of a model's text is its answer: not what it thinks, its template's tokens, or a wrapper around the whole.

The text comes in pieces; how it is cut does not change what is passed on.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

_THOUGHT = r"think|thinking|thought|thoughts|reasoning|reflection|scratchpad|seed:think"
_OPENED = re.compile(  # at the very beginning; the groups tell what
    rf"<(?P<thought>{_THOUGHT})>|\[(?P<bracket>THINK)\]|◁(?P<arrow>think)▷"
    r"|(?P<bare>analysis)(?=[^\W\d_a-z])"  # channels of a template whose tokens the server has taken out
    r"|<(?P<wrapper>answer|final_answer|response|回答|答案)>|(?P<fence>```)(?:markdown|md)[ \t]*\n"
)
_OPENERS = [
    *(f"<{name}>" for name in (*_THOUGHT.split("|"), "answer", "final_answer", "response", "回答", "答案")),
    *("[THINK]", "◁think▷", "analysis", "```markdown", "```md"),
]
_CLOSERS = {"thought": "</{}>", "bracket": "[/{}]", "arrow": "◁/{}▷", "bare": "assistantfinal"}
_TOKEN = r"<\|(?P<token>[\w ./-]{1,40})\|>|<｜(?P<wide>[^<>｜\n]{1,40})｜>|<(?P<turn>(?:start|end)_of_turn|eos|bos)>"
_LINE_HEAD = 20  # characters of a line that tell whether it is a fence
_LONGEST_CLOSER = 20  # characters, at least
_SPECIAL = re.compile(rf"{_TOKEN}|</(?P<closed>{_THOUGHT}|answer|final_answer|response|回答|答案)>")
_MAY_BE_SPECIAL = re.compile(r"(?:<[^<>\n]{0,44}|</s>\s*)\Z")
_STARTS = frozenset({"start", "im_start", "start_header_id", "start_of_turn"})
_FENCE_END = re.compile(r"(?m)^```[ \t]*(?:\n|\Z)")
_MAY_BE_FENCE_END = re.compile(r"(?m)^`{1,3}[ \t]*\Z")


@dataclass(slots=True)
class AnswerText:
    """Feed it pieces, then `finish`. `thought` tells whether anything was thinking.

    A model may only end its thinking (`</think>`), since its template began it: what was passed on till then was no
    answer, and `restarts` counts that. `thinks_first` tells that it is known to do so.
    """

    thinks_first: bool = False
    thought: bool = False
    restarts: int = 0
    _mode: Literal["start", "thought", "header", "answer", "over"] = "start"
    _held: str = ""
    _closer: str = ""  # of the thinking; '' when the next token of the template ends it
    _channel: str = ""
    _wrapper: str = ""  # a tag, or ```
    _opened: bool = False  # the answer itself names an opening tag of thinking
    _kept: list[str] = field(default_factory=list)  # taken for thinking, by what is known of the model
    _line: str = ""  # how the last line of what was passed on begins
    _ticks: int = 0  # backticks in it
    _in_code: bool = False
    _said: bool = False

    def __post_init__(self) -> None:
        if self.thinks_first:
            self._mode, self._closer = "thought", "</think>"

    def feed(self, piece: str) -> str:
        """What is surely answer, whatever comes next."""
        self._held += piece
        return self._read(final=False)

    def finish(self) -> str:
        """The rest."""
        text = self._read(final=True)
        if self._mode == "thought" and (self.thinks_first or self._closer == _CLOSERS["bare"]) and not self._said:
            text, self.thought = "".join(self._kept) + self._held, False  # it did not think this time
        return re.sub(r"</s>\s*\Z", "", text)

    def _read(self, *, final: bool) -> str:
        text = ""
        while True:
            before = (self._mode, len(self._held), self._wrapper)
            text += {"start": self._begin, "thought": self._think, "header": self._head, "answer": self._answer}.get(
                self._mode, self._drop
            )(final)
            if (self._mode, len(self._held), self._wrapper) == before or not self._held:
                return text

    def _drop(self, final: bool) -> str:
        self._held = ""
        return ""

    def _begin(self, final: bool) -> str:
        held = self._held = self._held.lstrip()
        if found := _OPENED.match(held):
            self._held = held[found.end() :]
            kind = str(found.lastgroup)
            if kind in ("wrapper", "fence"):
                self._wrapper = found[kind]
            else:
                self._mode, self._closer = "thought", _CLOSERS[kind].format(found[kind])
                self._kept.append(found.group())
        elif final or not (any(opener.startswith(held.rstrip()) for opener in _OPENERS) or _may_be_fence(held)):
            self._mode = "answer"
        return ""

    def _think(self, final: bool) -> str:
        """Up to the closing tag; of a channel up to the next token of the template."""
        closing = re.search(re.escape(self._closer) or r"<\|(?:channel|start)\|>", self._held)
        end = closing.start() if closing else len(self._held) if final else max(0, len(self._held) - _LONGEST_CLOSER)
        self.thought = self.thought or bool(self._held[:end].strip())
        if closing is None:
            self._kept.append(self._held[:end])
            self._held = self._held[end:]
            return ""
        self._held = self._held[closing.end() if self._closer else closing.start() :]
        self._mode = "start" if self._closer else "header"
        self._kept.clear()
        return ""

    def _head(self, final: bool) -> str:
        """The head of a message in the template: who speaks, and in which channel."""
        found = re.match(r"(?:<\|(\w+)\|>)?+([^<\n]*+)(?=<\|(\w+)\|>|\n|\Z)", self._held)
        if found is None or (found.end() == len(self._held) and not final):
            return ""
        if found[1] == "channel":
            self._channel = found[2].split(" ")[0].strip()
        ends = found[3] not in ("channel", "start", "constrain")
        behind = self._held[found.end() :]
        self._held = re.sub(r"\A<\|\w+\|>", "", behind) if ends else behind
        if ends and self._channel in ("", "final"):
            self._mode = "start"
        elif ends:
            self._mode, self._closer = "thought", ""
        return ""

    def _answer(self, final: bool) -> str:
        held = self._held
        special = next((one for one in _SPECIAL.finditer(held) if not self._quoted(held[: one.start()])), None)
        fence = self._fence_end(held, final) if self._wrapper == "```" else None
        if fence is not None and (special is None or fence.start() < special.start()):
            self._held, self._wrapper = held[fence.end() :], ""
            return self._pass(held[: fence.start()])
        if special is not None:
            self._held = held[special.end() :]
            return self._at(special, held[: special.start()])
        begun = _MAY_BE_SPECIAL.search(held) or (_MAY_BE_FENCE_END.search(held) if self._wrapper == "```" else None)
        end = len(held) if final or begun is None else begun.start()
        self._held = held[end:]
        return self._pass(held[:end])

    def _fence_end(self, held: str, final: bool) -> re.Match[str] | None:
        """The line that ends the fence around the answer: one that ends no block of code in it."""
        for end in _FENCE_END.finditer(held):
            whole_line = (end.start() or not self._line) and (final or end.group().endswith("\n"))
            if whole_line and not self._quoted(held[: end.start()]):
                return end
        return None

    def _at(self, special: re.Match[str], before: str) -> str:
        if name := special["closed"]:
            if name == self._wrapper:
                self._wrapper = ""
            elif name in _THOUGHT.split("|") and not self._opened and f"<{name}>" not in before:
                self._mode, self.thought = "start", True
                self.restarts += 1
                self._line, self._ticks, self._said, self._in_code = "", 0, False, False
                return ""
            else:
                return self._pass(before + special.group())
            return self._pass(before)
        text = self._pass(before)
        if self._said:  # the end of the answer: what follows is another turn
            self._mode = "over"
        elif special["token"] == "channel" or (special["token"] or special["turn"]) in _STARTS:
            self._mode, self._held = "header", special.group() + self._held
        return text

    def _quoted(self, before: str) -> bool:
        """Whether code goes on behind `before`: what stands there is meant to be read."""
        *whole, last = before.split("\n")
        in_code, ticks = self._in_code, self._ticks
        for line in [self._line + whole[0], *whole[1:]] if whole else ():
            in_code, ticks = in_code ^ line.lstrip().startswith("```"), 0
        return in_code or (ticks + last.count("`")) % 2 == 1

    def _pass(self, text: str) -> str:
        *whole, last = text.split("\n")
        for line in [self._line + whole[0], *whole[1:]] if whole else ():
            self._in_code, self._line, self._ticks = self._in_code ^ line.lstrip().startswith("```"), "", 0
        self._line += last[: max(0, _LINE_HEAD - len(self._line))]
        self._ticks += last.count("`")
        self._said = self._said or bool(text.strip())
        self._opened = self._opened or re.search(rf"<(?:{_THOUGHT})>", text) is not None
        return text


def _may_be_fence(held: str) -> bool:
    return re.fullmatch(r"```(?:markdown|md)[ \t]*", held) is not None
