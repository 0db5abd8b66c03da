"""Every error a user can meet: one sentence that names the cause and the next step.

The message is for people as it stands; the command line and the page print it without a traceback.
"""


class AskNotesError(Exception):
    """Root of the tree. `str(error)` is one sentence for a person; `chinese` the same, '' when there is none."""

    def __init__(self, message: str, chinese: str = "") -> None:
        super().__init__(message)
        self.chinese = chinese

    def told(self, language: str) -> str:
        """The sentence in this language, `zh` or `en`, as far as there is one."""
        return self.chinese if language == "zh" and self.chinese else str(self)


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


class BuildCancelled(AskNotesError):
    """The build was told to stop; the index is as it was."""
