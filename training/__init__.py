"""Training of the three small models: the finder, the writer and the checker; see README.md here."""
