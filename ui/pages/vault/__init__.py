"""The notes as such: which of several vaults, their folder, what is related to one of them, and two of them compared."""
