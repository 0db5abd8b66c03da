"""5. Text -> sentences -> which source holds each, and where.

`splitter`: the stream -> pieces -> `claims`: what a piece says -> `meaning`: how near it is to the sources -> `check`: the
verdict and the exact spans. `conflicts`: two sources that disagree.
"""
