"""What other programs write to hand their notes on: Evernote, Roam, Obsidian's canvas, pages saved by a browser."""
