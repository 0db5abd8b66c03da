"""The MCP server as the official client meets it: in this process, over HTTP, and as a program of its own."""

import sys
from pathlib import Path
from typing import Any

import pytest
from asknotes_kit import TOKEN, served
from paths import ROOT

from asknotes.access import Guard
from asknotes.library import Library
from ingest.config import Settings
from ingest.vectors.embed import NoteEmbeddings

pytest.importorskip("mcp", reason="the extra 'mcp' is not installed: pip install 'asknotes[mcp]'")
import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from asknotes.mcp_server.server import NotesServer


@pytest.fixture(scope="module")
def server(library: Library) -> NotesServer:
    return NotesServer(library)


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def test_an_assistant_finds_reads_and_asks(server: NotesServer) -> None:
    async with Client(server) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search_notes", "read_section", "ask_notes", "check_text", "list_notes"}
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
        found = await called(client, "search_notes", question="缓存省去了什么", k=2)
        first = found["passages"][0]
        assert (first["path"], first["start_line"]) == ("推理/缓存.md", 4) and len(found["passages"]) == 2
        section = await called(client, "read_section", section_id=first["section_id"])
        assert "缓存省去了对前文的重复计算" in section["text"] and section["previous_section"]
        behind = await called(client, "read_section", section_id=section["next_section"])
        assert behind["text"] == "## 它有多大？\n\n与层数成正比。" and behind["next_section"] is None
        assert await called(client, "read_section", path="推理/缓存.md", line=10) == behind
        answer = await called(client, "ask_notes", question="缓存省去了什么？")
        assert not answer["refused"] and answer["model"] == "extractive"
        assert answer["sentences"][0]["evidence"][0]["quote"] in answer["sources"][0]["text"]
        checked = await called(client, "check_text", text="缓存省去了对前文的重复计算。天气很好。")
        assert [one["verdict"] for one in checked["sentences"]] == ["supported", "unsupported"]


async def test_notes_are_listed_by_page_and_read_as_resources(server: NotesServer) -> None:
    async with Client(server) as client:
        page = await called(client, "list_notes", limit=1)
        assert (page["total"], page["next_offset"]) == (2, 1) and page["notes"][0]["path"] == "其他.md"
        one = (await called(client, "list_notes", only=["#推理"]))["notes"]
        assert [section["heading_path"][-1] for section in one[0]["sections"]] == ["KV 缓存", "KV 缓存", "它有多大？"]
        resources = (await client.list_resources()).resources
        assert [resource.name for resource in resources] == ["其他.md", "推理/缓存.md"]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert {template.mime_type, *(resource.mime_type for resource in resources)} == {"text/markdown"}
        (content,) = (await client.read_resource(resources[1].uri)).contents
        assert "与层数成正比" in content.text  # type: ignore[union-attr]
        for wrong in ("note:///none.md", "note:///../secret.md", "note:///%2e%2e/secret.md", "file:///etc/passwd"):
            with pytest.raises(MCPError):
                await client.read_resource(wrong)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search_notes", {"question": "缓存", "only": ["none/"]}, "No note matches none/"),
        ("read_section", {"section_id": "gone"}, "search again"),
        ("read_section", {"path": "none.md"}, "no note none.md"),
        ("search_notes", {"question": "缓存", "k": 1000}, "less than or equal to 50"),
    ],
)
async def test_what_cannot_be_done_is_told(
    server: NotesServer, tool: str, arguments: dict[str, Any], said: str
) -> None:
    async with Client(server) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error and said in result.content[0].text  # type: ignore[union-attr]


async def test_over_http_the_token_is_asked_for(server: NotesServer) -> None:
    with served(Guard(server.streamable_http_app(stateless_http=True), TOKEN)) as address:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            found = await called(client, "search_notes", question="缓存", k=1)
            assert found["passages"][0]["path"] == "推理/缓存.md"
        async with httpx2.AsyncClient() as http:
            assert (await http.post(f"{address}/mcp", json={})).status_code == 401
            wrong = {"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"}
            assert (await http.post(f"{address}/mcp", json={}, headers=wrong)).status_code == 403


async def test_as_a_program_it_tells_what_is_missing(tmp_path: Path) -> None:
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "asknotes", "mcp"],
        cwd=ROOT,
        env={"ASKNOTES_INDEX": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)},
    )
    async with Client(program) as client:
        assert (await client.list_tools()).tools
        result = await client.call_tool("list_notes", {})
        assert result.is_error and "python -m ingest" in result.content[0].text  # type: ignore[union-attr]


async def test_a_missing_index_is_told_of_resources_too(tmp_path: Path, embeddings: NoteEmbeddings) -> None:
    nothing = Library(Settings(index=tmp_path / "none", llm="none"), embeddings=embeddings)
    async with Client(NotesServer(nothing)) as client:
        with pytest.raises(MCPError, match="python -m ingest"):
            await client.list_resources()
        with pytest.raises(MCPError, match="python -m ingest"):
            await client.read_resource("note:///a.md")
