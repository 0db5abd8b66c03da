"""3. Text -> vectors.

`embed`: the embedding model of the settings, run here, where a text's vector has the same bits in whatever batch (`e5`: the
default one) | `endpoint`: one that runs elsewhere | `unit`: what they have in common, as LangChain `Embeddings`.
"""
