"""What stands before the page: who may ask at all, and what a browser may do with what it gets."""
