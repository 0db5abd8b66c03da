"""Every error a user can meet: one sentence that names the cause and the next step.

The sentences stand in `ingest.messages`, by key and in both languages; the command line and the page print them without
a traceback.
"""

from typing import Self

from ingest.messages import Language, Message


class AskNotesError(Exception):
    """Root of the tree. `str(error)` is its sentence in English."""

    def __init__(self, key: str, /, **values: object) -> None:
        """`values` fill the sentence of `key` in, see `Message`."""
        super().__init__(key)
        self.message = Message(key, **values)

    @classmethod
    def of(cls, message: Message) -> Self:
        """The error whose sentence is this one."""
        return cls(message.key, **message.values)

    def told(self, language: Language) -> str:
        """The sentence in this language."""
        return self.message.told(language)

    def __str__(self) -> str:
        return str(self.message)


class ConfigError(AskNotesError):
    """A setting is missing, misspelt or out of range."""


class NoteError(AskNotesError):
    """One note cannot be read as text; the build lists it and goes on."""


class NoteLeftOut(NoteError):
    """A file that is no note by rule, whatever it holds: text of it that was indexed before goes."""


class UnknownPlace(AskNotesError):
    """A note, folder, tag or section that a person named is not in the index."""


class ModelError(AskNotesError):
    """A model file is missing, damaged or cannot be loaded."""


class EndpointError(AskNotesError):
    """The language model's endpoint refuses, hangs or breaks off."""


class PromptTooLong(EndpointError):
    """The prompt has more tokens than the model reads; a shorter one may be answered."""


class AnswerCut(EndpointError):
    """The answer reached its limit of tokens; what came stands."""


class HistoryError(AskNotesError):
    """What is kept of conversations, opinions and gaps cannot be read or written."""


class NotesIndexError(AskNotesError):
    """Root of what can be wrong with the index on disk."""


class IndexMissing(NotesIndexError):
    """There is no index at this path yet."""


class IndexDamaged(NotesIndexError):
    """A file of the index does not match the manifest's checksum."""


class IndexMismatch(NotesIndexError):
    """The index was made by another model, tokenizer or format than the one in use."""


class IndexBusy(NotesIndexError):
    """Another build holds the writer's lock."""


class StoreError(NotesIndexError):
    """The copy of the index in Milvus cannot be reached, read or written; the index on disk is as it was."""


class BuildCancelled(AskNotesError):
    """The build was told to stop; the index is as it was."""
