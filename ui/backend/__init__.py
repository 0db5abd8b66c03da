"""What the page needs (`protocol`), and the real one of it (`local`)."""
