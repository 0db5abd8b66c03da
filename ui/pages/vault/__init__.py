"""The notes as such: which of several vaults, their folder, what is related to one of them, what is around an answer's, and two
of them compared."""
