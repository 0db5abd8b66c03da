"""4. A prompt -> text, from a model on this machine or behind an address.

`language_model`: the one in use -> `local` (`gguf`), `endpoint` or `providers` -> `stream`: its text as it comes, stoppable,
and what of it is the answer (`answer_text`). `endpoint_wire`: odd servers; `endpoint_errors`: why not, in a sentence;
`rate_limit`, `token_count`: what it may be asked; `probe`: does it answer?
"""
