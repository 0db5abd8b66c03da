"""A note becomes an index.

1. `notes`: a file -> `Note`. 2. `passages`: `Note` -> sections -> passages. 3. `vectors`: text -> vectors. 4. `index`: the
files on disk. `build` tells the story from folder to generation; `text` says what words and sentences are, for both
sides; `models` gets the model files. `schema` holds the records that travel, `errors` what can go wrong, `messages` what
is said to people.
"""
