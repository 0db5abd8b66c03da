"""The chat page: what is drawn, and nothing that decides an answer."""
