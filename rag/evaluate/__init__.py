"""Figures of search (`retrieval`), and of the whole product (`answers`)."""
