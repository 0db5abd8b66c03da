"""3. Text -> vectors.

`embed`: the embedding model as LangChain `Embeddings`; a text's vector has the same bits in whatever batch.
"""
