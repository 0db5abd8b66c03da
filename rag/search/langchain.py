"""Our records as LangChain's."""

from langchain_core.documents import Document

from rag.records import Hit


def as_document(hit: Hit) -> Document:
    """A hit as other people's LangChain code meets it."""
    passage = hit.passage
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "path": passage.path,
            "heading_path": list(passage.heading_path),
            "section_id": passage.section_id,
            "start_line": passage.start_line,
            "end_line": passage.end_line,
            "location": str(passage.place),
            "score": hit.score,
            "ranks": dict(hit.ranks),
        },
    )
