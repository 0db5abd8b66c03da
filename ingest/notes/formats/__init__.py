"""One module for each format: `convert(data) -> Converted`, the file's text as Markdown."""
