"""The story of an answer.

1. `answerer` asks for the sources, 2. `gate`: do the notes answer? 3. `prompt` -> the model writes, 4. every sentence is
checked, `repetition` is dropped. `diagnose`: why a section is not among the sources.
"""
