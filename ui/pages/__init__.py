"""What is drawn, page by page: `chat`, `notes`, `check`, `index`, `settings`, `welcome`; the `sidebar` and the source `pane` beside them."""
