"""From a folder of notes to an index on disk."""
