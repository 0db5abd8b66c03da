"""2. What is searched -> ranked passages.

`understanding`: the wordings of a question, in the notes' `spelling` -> `legs`: what BM25 and FAISS say of them (`stored`: where Milvus has the vectors) ->
`retriever`: both joined by `fusion` (RRF), then maybe `rerank`. `langchain`: the same
for other people's code; `plain`: the words as typed; `diagnose`: why a section is not there.
"""
