"""All sentences for people of `ingest` and `rag`, errors too, by key in both languages.

`catalogue` looks a key up and fills its fields in (the page's own words, `ui/words.py`, go through it too) | `message`: a
key with its values, told in the language of who reads | the rest are the sentences, by what they are about.
"""

from ingest.messages.catalogue import Catalogue, Entries, Language, language_of
from ingest.messages.message import MESSAGES, Message, Text, first_fault, from_json, help_in, reason_of, told

__all__ = [
    "MESSAGES",
    "Catalogue",
    "Entries",
    "Language",
    "Message",
    "Text",
    "first_fault",
    "from_json",
    "help_in",
    "language_of",
    "reason_of",
    "told",
]
