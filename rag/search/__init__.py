"""2. What is searched -> ranked passages.

`retriever`: BM25 beside FAISS (`dense_correction`), joined by `fusion` (RRF), then maybe `rerank`. `langchain`: the same
for other people's code; `plain`: the words as typed; `diagnose`: why a section is not there.
"""
