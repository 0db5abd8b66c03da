"""3. Ranked passages -> numbered sections -> the sentences that answer.

`sections`: the sources -> `units`: their sentences, items and rows -> `relevance`: which of them answer, `instructions`: which
give the model orders -> `quotes`: the answer in the notes' own words. `summary`: the sections of a note or chapter to sum up.
"""
