"""The notes as such: their folder, what is related to one of them, and two of them compared."""
