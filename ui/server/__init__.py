"""What stands before the page: who may ask at all, what a browser may do with what it gets, what is kept of a tab that left."""
