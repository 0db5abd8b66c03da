"""Files that are archives: Word, PowerPoint, EPUB, spreadsheets. `archive` opens them within bounds."""
