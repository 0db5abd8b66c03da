"""The events of an answer as a chat completion, whole or streamed."""

import time
from collections.abc import Iterator, Sequence

from asknotes.api.wire import Annotation, AssistantMessage, Choice, Chunks, Completion, Json, Usage, annotated, new_id
from asknotes.forms import answer_form, look_form
from rag.model.token_count import estimate_tokens
from rag.records import Answer, Checked, Event, Finished, Found, Looked, Sentence, Source, Waiting


class _Text:
    """What has gone out of an answer."""

    def __init__(self) -> None:
        self.content = ""
        self.annotations: list[Annotation] = []

    def add(self, sentence: Sentence, sources: Sequence[Source]) -> tuple[str, list[Annotation]]:
        """Append a sentence; returns what is new."""
        by_number = {source.n: source for source in sources}
        text, annotations = annotated(sentence, by_number, len(self.content))
        self.content += text
        self.annotations += annotations
        return text, annotations


def completion(model: str, answer: Answer) -> Completion:
    """A finished answer."""
    text = _Text()
    for sentence in answer.sentences:
        text.add(sentence, answer.sources)
    message = AssistantMessage(content=text.content, annotations=text.annotations)
    return Completion(
        id=new_id(),
        created=int(time.time()),
        model=model,
        choices=[Choice(message=message)],
        usage=_usage(answer, text.content),
        asknotes=answer_form(answer),
    )


def chunks(model: str, events: Iterator[Event], usage: bool) -> Iterator[Json]:
    """An answer as it is made, sentence by checked sentence.

    Nothing that was sent can be taken back, and a text of which the notes hold no sentence does not stand: so sentences wait
    for the first that the notes hold. When none comes, what stands in the end is sent.
    """
    made, text = Chunks(model), _Text()
    waiting: list[Sentence] = []
    sources: Sequence[Source] = ()
    for event in events:
        if isinstance(event, Found):
            sources = event.sources
        elif isinstance(event, Looked):
            yield made.looked(look_form(event.look))
        elif isinstance(event, Waiting):
            yield made.waiting(event.place)
        elif isinstance(event, Checked):
            waiting.append(event.sentence)
            if text.content or event.sentence.supported:
                yield from (made.text(*text.add(sentence, sources)) for sentence in waiting)
                waiting = []
        elif isinstance(event, Finished):
            last = event.answer.sentences
            left = last if not text.content else last[-1:] if "conflict added" in event.changes else ()
            yield from (made.text(*text.add(sentence, sources)) for sentence in left)
            yield made.end(answer_form(event.answer))
            if usage:
                yield made.usage(_usage(event.answer, text.content))


def _usage(answer: Answer, content: str) -> Usage:
    asked, said = estimate_tokens(answer.question), estimate_tokens(content)
    return Usage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)
