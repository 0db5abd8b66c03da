"""A backend for tests of the page: real notes, split as they are, found by shared words; answers come from a script."""

import hashlib
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.build.run import BuildReport
from ingest.config import Settings
from ingest.errors import ConfigError, IndexMissing
from ingest.keys import KeyPlace
from ingest.models.missing import Missing
from ingest.notes.read import find_notes, load_note
from ingest.passages.overview import outline, overview
from ingest.passages.split import split
from ingest.progress import BuildCancelled
from ingest.schema import Note, Passage, SplitNote
from ingest.vaults import Vault
from rag.history.conversations import Conversation
from rag.history.pinned import Rebuilt
from rag.judged import CheckedText, Judged, Support
from rag.model.language_model import ModelInfo
from rag.model.probe import Probed
from rag.question.scope import paths_in
from rag.records import (
    EXTRACTIVE,
    Answer,
    Checked,
    Delta,
    Event,
    Evidence,
    Excerpt,
    Finished,
    Found,
    Hit,
    Look,
    Looked,
    Mark,
    Piece,
    Searched,
    Sentence,
    Source,
    Standing,
    Turn,
)
from rag.search.related import Comparison, Related
from ui.backend.protocol import Library, ModelChoice, Progress
from ui.backend.saved import save_dropped, save_new
from ui.users import User

CHUNK = 8  # characters of a delta
READING = 30  # pauses before the first


class MemoryConversations:
    """Conversations that are forgotten with the process."""

    def __init__(self) -> None:
        self._turns: dict[str, list[Answer]] = {}
        self._rows: dict[str, Conversation] = {}
        self._deleted: set[str] = set()

    def listed(self, query: str = "") -> Sequence[Conversation]:
        rows = [row for row in reversed(self._rows.values()) if row.id not in self._deleted]
        if query:
            rows = [row for row in rows if any(query in a.question + a.text for a in self._turns[row.id])]
        return sorted(rows, key=lambda row: not row.pinned)

    def turns(self, conversation: str) -> Sequence[Answer] | None:
        return None if conversation in self._deleted else self._turns.get(conversation)

    def start(self, question: str) -> str:
        name = f"c{len(self._rows) + 1}"
        self._rows[name], self._turns[name] = Conversation(name, question), []
        return name

    def add(self, conversation: str, answer: Answer) -> None:
        self._turns[conversation] = [*self._turns[conversation], answer]

    def drop_last(self, conversation: str) -> None:
        self._turns[conversation] = self._turns[conversation][:-1]

    def rename(self, conversation: str, title: str) -> None:
        self._rows[conversation] = replace(self._rows[conversation], title=title)

    def pin(self, conversation: str, pinned: bool) -> None:
        self._rows[conversation] = replace(self._rows[conversation], pinned=pinned)

    def delete(self, conversation: str) -> None:
        self._deleted.add(conversation)

    def restore(self, conversation: str) -> None:
        self._deleted.discard(conversation)


class MemoryFeedback:
    """Opinions that are forgotten with the process."""

    def __init__(self) -> None:
        self.rated: dict[tuple[str, int], tuple[bool, str]] = {}

    def rate(self, conversation: str, turn: int, good: bool, reason: str = "") -> None:
        self.rated[conversation, turn] = good, reason

    def ratings(self, conversation: str) -> dict[int, tuple[bool, str]]:
        return {turn: rated for (name, turn), rated in self.rated.items() if name == conversation}


class MemoryMarks:
    """Marks that are forgotten with the process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Mark] = {}

    def keep(self, question: str, source: Source, good: bool) -> None:
        self._kept[question, source.section_id] = Mark(question, source.section_id, good, source.path)

    def remove(self, question: str, section_id: str) -> None:
        self._kept.pop((question, section_id), None)

    def listed(self) -> Sequence[Mark]:
        return list(self._kept.values())


class ScriptedBackend:
    """Answers with the first sentence of each source that is found, `pause` seconds between two events."""

    vault: Vault | None = None
    user: User | None = None

    def __init__(self, settings: Settings, pause: float = 0.0, indexed: bool = True, extra: str = "") -> None:
        self.settings = settings
        self.conversations = MemoryConversations()
        self.feedback = MemoryFeedback()
        self.marks = MemoryMarks()
        self._pause, self._extra = pause, extra
        self.missing: Missing = ""
        self._notes: tuple[SplitNote, ...] = self._read() if indexed else ()
        self._builds = 1
        self.opened: list[str] = []
        self.keys: dict[str, str] = {}
        self.sent: list[tuple[str, str]] = []  # addresses that were asked, with the key that went there

    def library(self) -> Library:
        if not self._notes:
            raise IndexMissing("index.missing", folder=self.settings.index)
        return Library(
            generation=f"gen-{self._builds}",
            built="2025-01-02T03:04:05Z",
            notes={n.note.path: n.note for n in self._notes},
            sections={s.id: s for n in self._notes for s in n.sections},
            passages=tuple(p for n in self._notes for p in n.passages),
            embedding_model="scripted-embeddings",
            overview=overview(map(outline, self._notes)),
        )

    def warm(self) -> None:
        pass

    def language_model(self) -> ModelInfo:
        return ModelInfo("local", "scripted-model", "this machine")

    def answer(
        self,
        question: str,
        history: Sequence[Turn],
        stop: threading.Event,
        only: Sequence[str] = (),
        searched: str = "",
        write: bool | None = None,
        agent: bool | None = None,
        who: str = "",
    ) -> Iterator[Event]:
        searched = searched or (f"{history[0].content} {question}" if history else question)
        yield Searched(searched)
        time.sleep(self._pause)
        sources = self._sources(searched, only)
        sentences = [_sentence(source, self._note(source.path)) for source in sources[:3]]
        excerpts = tuple(_excerpt(source, said) for source, said in zip(sources[:2], sentences, strict=False))
        yield Found(sources, tuple(sentences[:2]), excerpts)
        looks = (Look("search_notes", '{"question": "…"}', ("A > B",)),) if agent or self.settings.agent else ()
        yield from map(Looked, looks)
        writes = self.settings.write == "auto" if write is None else write
        if writes:
            self.half_way(stop)
            stop.wait(READING * self._pause)
        if not writes:
            sentences = []
        elif sources:
            sentences.append(Sentence(text="这句话没有依据。", lead="\n\n", supported=False))
        if self._extra and writes:
            sentences.append(Sentence(text=self._extra, lead="\n\n"))
        done: list[Sentence] = []
        for sentence in sentences:
            for start in range(0, len(sentence.text), CHUNK):
                if stop.is_set():
                    break
                yield Delta((sentence.lead if start == 0 else "") + sentence.text[start : start + CHUNK])
                time.sleep(self._pause)
            if stop.is_set():
                break
            done.append(sentence)
            yield Checked(sentence)
        text = "".join(s.lead + s.text for s in done)
        yield Finished(
            Answer(
                question=question,
                standalone_question=searched,
                text=text,
                refused=False,
                sentences=tuple(done),
                sources=sources,
                model="scripted-model" if writes else EXTRACTIVE,
                generation=f"gen-{self._builds}",
                timings={"total_ms": 1234.0},
                incomplete="stopped" if stop.is_set() else "",
                only=tuple(only),
                excerpts=excerpts,
                asked="scripted-model" if writes else "",
                verdict="" if not writes else "stopped" if stop.is_set() else "stands",
                written=tuple(done),
                looks=looks,
            )
        )

    def check(self, text: str, progress: Progress, stop: threading.Event) -> CheckedText:
        """A sentence is held where a note has its words, denied where it has them but for a "not " or "不"."""
        judged: list[Judged] = []
        sources: list[Source] = []
        said = re.findall(r"[^.。\n]*[^\s.。][.。]?", text)
        for done, sentence in enumerate(map(str.strip, said)):
            progress("checking", done, len(said))
            self.half_way(stop)
            if stop.wait(self._pause):
                break
            standing, words = Support.SUPPORTED, sentence
            if not (found := self._with_words(words, len(sources) + 1)):
                standing, words = Support.CONTRADICTED, sentence.replace("not ", "").replace("不", "")
                found = self._with_words(words, len(sources) + 1)
            if not found:
                judged.append(Judged(sentence, Support.UNSUPPORTED))
                continue
            source, start = found
            line = self._note(source.path).text.count("\n", 0, start) + 1
            sources.append(source)
            evidence = Evidence(source.n, words, start, start + len(words), line, line)
            judged.append(Judged(sentence, standing, (evidence,)))
        return CheckedText(tuple(judged), tuple(sources))

    def half_way(self, stop: threading.Event) -> None:
        """Called when an answer has its sources, and at each step of a build, a download or a check."""

    def build(self, progress: Progress, stop: threading.Event) -> Rebuilt:
        for done in range(4):
            progress("embedding", done, 4)
            self.half_way(stop)
            if stop.wait(self._pause):
                raise BuildCancelled("build.cancelled")
        self._notes = self._read()
        self._builds += 1
        return Rebuilt(_report(tuple(n.note.path for n in self._notes)))

    def missing_model(self) -> Missing:
        return self.missing

    def fetch_model(self, progress: Progress, stop: threading.Event) -> None:
        for percent in (0, 40, 80):
            progress("fetching", percent, 100)
            self.half_way(stop)
            time.sleep(self._pause)
        self.missing = ""

    def probe(self, wanted: ModelChoice) -> Probed:
        if not wanted.model:
            raise ConfigError("settings.no_model")
        self.sent = [*self.sent, (wanted.address, wanted.key or self.keys.get(wanted.address, ""))]
        return Probed(wanted.model, wanted.provider or wanted.base_url, 0.4)

    def models_at(self, wanted: ModelChoice) -> Sequence[str]:
        if not wanted.base_url:
            raise ConfigError("settings.no_base_url")
        return "qwen3:8b", "tiny"

    def key_place(self, wanted: ModelChoice) -> KeyPlace:
        return "keyring" if wanted.address in self.keys else ""

    def keep_key(self, wanted: ModelChoice) -> None:
        if wanted.key:
            self.keys[wanted.address] = wanted.key

    def forget_key(self, wanted: ModelChoice) -> None:
        self.keys.pop(wanted.address, None)

    def why(self, question: str, path: str, line: int, only: Sequence[str]) -> Sequence[Standing]:
        inside = [p for n in self._notes for p in n.passages if p.path == path and p.start_line <= line <= p.end_line]
        return [Standing(p, {"dense": 61}, {"dense": 0.81}, None, "outside") for p in inside]

    def related(self, path: str) -> Sequence[Related]:
        """The first section of each other note."""
        firsts = {n.note.path: n.sections[0] for n in self._notes}
        return tuple(Related(s, firsts[path], 0.5) for other, s in firsts.items() if path in firsts and other != path)

    def compared(self, one: str, other: str) -> Comparison:
        """The first sections answer to each other, all others to none."""
        (first, *ones), (second, *others) = (
            next(n.sections for n in self._notes if n.note.path == path) for path in (one, other)
        )
        return Comparison(((first, (second,)),), tuple(ones), tuple(others))

    def seconds_of(self, planned: BuildReport) -> float:
        return 2.5

    def changes(self) -> BuildReport:
        known = {n.note.path for n in self._notes}
        return _report(tuple(p for p in find_notes(self.settings.corpus, self.settings).paths if p not in known))

    opener = True

    def open_file(self, path: str) -> None:
        self.opened = [*self.opened, path]

    def save_note(self, name: str, text: str) -> str:
        return save_new(self.settings.corpus, name, text)

    def add_file(self, name: str, data: bytes) -> str:
        return save_dropped(self.settings, name, data)

    def current_hash(self, path: str) -> str:
        file = self.settings.corpus / path
        return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""

    def current_note(self, path: str) -> Note:
        return load_note(self.settings.corpus, path, self.settings)

    def _read(self) -> tuple[SplitNote, ...]:
        found = find_notes(self.settings.corpus, self.settings).paths
        return tuple(split(load_note(self.settings.corpus, p, self.settings), 300) for p in found)

    def _note(self, path: str) -> Note:
        return next(n.note for n in self._notes if n.note.path == path)

    def _with_words(self, words: str, n: int) -> tuple[Source, int] | None:
        """The first passage that has these words, as source `n`, and where in the note they begin."""
        for passage in (p for note in self._notes for p in note.passages):
            at = self._note(passage.path).text.find(words, passage.start, passage.end)
            if at >= 0:
                return _source(n, passage), at
        return None

    def _sources(self, question: str, only: Sequence[str]) -> tuple[Source, ...]:
        asked = set(question)
        notes = {n.note.path: n.note for n in self._notes}
        allowed = paths_in(only, notes) if only else notes
        everything = [p for n in self._notes for p in n.passages if len(p.text) > 40 and p.path in allowed]
        everything.sort(key=lambda p: -len(asked & set(p.text + "".join(p.heading_path))))
        return tuple(_source(n, passage) for n, passage in enumerate(everything[:5], start=1))


def _source(n: int, passage: Passage) -> Source:
    hit = Hit(
        passage,
        score=0.03 / n,
        ranks={"bm25": n + 1, "dense": n} if n % 2 else {"dense": n},
        scores={"bm25": 9.1 - n, "dense": 0.9 - n / 100},
        shares={"bm25": 0.4, "dense": 0.6} if n % 2 else {"dense": 1.0},
    )
    return Source(
        n=n,
        section_id=passage.section_id,
        path=passage.path,
        heading_path=passage.heading_path,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        start_line=passage.start_line,
        end_line=passage.end_line,
        content_hash=hashlib.sha256(passage.text.encode()).hexdigest(),
        hits=(hit,),
    )


def _sentence(source: Source, note: Note) -> Sentence:
    """A sentence of the source, word for word, with itself as the evidence."""
    lines = [line for line in source.text.split("\n") if len(line.strip("#-* ")) > 10] or [source.text]
    line = max(lines, key=len).strip()
    start = note.text.index(line, source.start)
    first = note.text.count("\n", 0, start) + 1
    evidence = Evidence(source.n, line, start, start + len(line), first, first)
    return Sentence(
        text=line.lstrip("#-* 0123456789.|"), lead="\n- ", citations=(source.n,), supported=True, evidence=(evidence,)
    )


def _excerpt(source: Source, said: Sentence) -> Excerpt:
    """The whole of the source, with the sentence marked."""
    (evidence,) = said.evidence
    return Excerpt(
        source.n, source.start, source.end, (Piece(source.start, source.end),), ((evidence.start, evidence.end),)
    )


def _report(added: tuple[str, ...]) -> BuildReport:
    return BuildReport(
        notes=len(added),
        sections=len(added),
        passages=len(added),
        added=added,
        changed=(),
        renamed=(),
        removed=(),
        stale=(),
        skipped=(),
        embedded=len(added),
        reused=0,
        seconds=0.1,
        generation="gen-1",
        unchanged=not added,
    )
