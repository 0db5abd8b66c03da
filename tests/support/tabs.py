"""Tabs without a browser: what Streamlit's page in a browser sends and gets, over the same websocket."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

_TURN = "asknotes_turn"


@dataclass
class Drawn:
    """What a tab shows: the parts of each turn (HTML by name), widgets by a part of their id, exceptions of the page."""

    turns: dict[int, dict[str, str]] = field(default_factory=dict)
    widgets: dict[str, str] = field(default_factory=dict)  # the key that the page gave -> Streamlit's id
    texts: list[str] = field(default_factory=list)  # of Streamlit's own elements
    faults: list[str] = field(default_factory=list)


class Tab:
    """One tab. It draws again by itself what asks for that, as a browser does, unless it sleeps. `cookies` are the
    browser's, from a visit before."""

    def __init__(self, address: str, query: str = "", cookies: Mapping[str, str] | None = None) -> None:
        self._address, self._query, self._cookies = address, query, dict(cookies or {})
        self._session, self._script = "", ""
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._ticking: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self.drawn = Drawn()
        self.ended = False  # the last run of the page
        self.leads_to = ""  # where the page sends the browser

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Open the page, or come back to it under the same session."""
        token = self._cookies.get("_streamlit_xsrf", "none")
        protocols = [Subprotocol(name) for name in ("streamlit", token, self._session) if name]
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._socket = await connect(
            f"{self._address.replace('http', 'ws')}/_stcore/stream",
            subprotocols=protocols,
            origin=Origin(self._address),
            additional_headers={"Cookie": cookies} if cookies else None,
            max_size=None,
            open_timeout=60,
            close_timeout=1,
        )
        self._listening = asyncio.create_task(self._listen(self._socket))
        await self._send()

    async def close(self) -> None:
        """Close the tab."""
        self.doze()
        if self._socket is not None:
            await self._socket.close()
        if self._listening is not None:
            await self._listening

    async def closed(self, seconds: float) -> None:
        """Wait until the server has closed the connection."""
        assert self._listening is not None
        await asyncio.wait_for(self._listening, seconds)

    async def vanish(self) -> None:
        """Break the connection off without a word, as a laptop that is closed; `connect` comes back."""
        self.doze()
        assert self._socket is not None and self._listening is not None
        self._socket.transport.abort()
        await self._listening

    def doze(self) -> None:
        """Draw nothing again by itself from now on, as a tab in the background."""
        for task in self._ticking.values():
            task.cancel()
        self._ticking.clear()

    async def ask(self, question: str) -> None:
        """Type a question and send it."""
        widget = BackMsg().rerun_script.widget_states.widgets.add()
        widget.id = await self.widget("question")
        widget.chat_input_value.data = question
        await self._send(widget)

    async def press(self, key: str) -> None:
        """Press the button that the page calls `key`."""
        widget = BackMsg().rerun_script.widget_states.widgets.add()
        widget.id, widget.trigger_value = await self.widget(key), True
        await self._send(widget)

    async def widget(self, key: str, seconds: float = 60) -> str:
        """The id of a widget, once it is there."""
        await self.until(lambda: key in self.drawn.widgets, seconds)
        return self.drawn.widgets[key]

    async def until(self, holds: Callable[[], bool], seconds: float) -> float:
        """Wait until something holds of what is drawn; the moment when it did (`time.monotonic`). Raises TimeoutError."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            turns = {turn: list(parts) for turn, parts in self.drawn.turns.items()}
            raise TimeoutError(
                f"drawn: {turns}, {list(self.drawn.widgets)}, {self.drawn.faults}; {self._ticking=}"
            ) from error
        return time.monotonic()

    async def _send(self, widget: Any = None, fragment: str = "") -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = self._query
        asked.rerun_script.page_script_hash = self._script
        asked.rerun_script.fragment_id, asked.rerun_script.is_auto_rerun = fragment, bool(fragment)
        if widget is not None:
            asked.rerun_script.widget_states.widgets.append(widget)
        assert self._socket is not None
        await self._socket.send(asked.SerializeToString())

    async def _listen(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in socket:
                told = ForwardMsg()
                told.ParseFromString(cast(bytes, data))
                self._take(told)
                self._news.set()

    def _take(self, told: ForwardMsg) -> None:
        match told.WhichOneof("type"):
            case "new_session":
                self._session = told.new_session.initialize.session_id or self._session
                self._script = told.new_session.page_script_hash
                self.ended = False
                if not told.metadata.run.fragment_ids:
                    self.doze()  # what is drawn anew asks anew
            case "page_info_changed":
                self._query = told.page_info_changed.query_string
            case "auto_rerun":
                again = told.auto_rerun
                if again.fragment_id not in self._ticking:
                    self._ticking[again.fragment_id] = asyncio.create_task(
                        self._tick(again.fragment_id, again.interval)
                    )
            case "stop_auto_rerun":
                for fragment in told.stop_auto_rerun.fragment_ids:
                    if task := self._ticking.pop(fragment, None):
                        task.cancel()
            case "script_finished":
                self.ended = True
            case "auth_redirect":
                self.leads_to = told.auth_redirect.url
            case "delta":
                self._draw(told.delta.new_element)

    async def _tick(self, fragment: str, seconds: float) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(seconds)
                await self._send(fragment=fragment)

    def _draw(self, element: Any) -> None:
        match element.WhichOneof("type"):
            case "bidi_component" if element.bidi_component.component_name == _TURN:
                data = json.loads(element.bidi_component.json)
                self.drawn.turns[int(data["turn"])] = dict(data["parts"])
            case "button":
                self._known(element.button.id)
            case "chat_input":
                self._known(element.chat_input.id)
            case "alert":
                self.drawn.texts.append(element.alert.body)
            case "markdown":
                self.drawn.texts.append(element.markdown.body)
            case "html":
                self.drawn.texts.append(element.html.body)
            case "exception":
                self.drawn.faults.append(element.exception.message)

    def _known(self, name: str) -> None:
        self.drawn.widgets[name.split("-", 2)[2]] = name  # `$$ID-<hash>-<key>`
