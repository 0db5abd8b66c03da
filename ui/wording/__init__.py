"""The words of single pages in both languages; `ui.words` joins them with those of the whole page."""
