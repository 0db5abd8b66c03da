"""Questions about the notes themselves, answered from the index without a search or a model.

1. `intents`: is a question one of these, or a greeting? 2. `words`: what it names: a topic, a folder, a time. 3. `notes`: plain
functions over an index, which any program may call. `desk` puts them together; `dates`: when a note was written.
"""
