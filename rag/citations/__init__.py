"""5. Text -> sentences -> which source holds each, and where.

`splitter`: the stream -> pieces -> `windows`: what of a source is read beside one, `claims`: what must stand there as it is,
`meaning`: where to look in another language -> `entailment`: held, denied, or neither -> `check`: the verdict and the exact
spans. `conflicts`: two sources that disagree.
"""
