"""What is drawn, page by page: `chat`, `notes`, `index`, `settings`, `welcome`; the `sidebar` and the source `pane` beside them."""
