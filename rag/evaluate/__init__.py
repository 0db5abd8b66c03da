"""Figures: `retrieval` of search, `answers` of the whole product."""
