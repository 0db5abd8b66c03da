"""What Streamlit's server puts in front of itself: the guard, and a password where other machines can come in."""

import logging
from functools import partial
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from ingest.errors import ConfigError
from ingest.messages import Message
from ui.server.guard import Guard, is_loopback
from ui.server.login import Login
from ui.server.sessions import closing_left_sessions


def served(**kept: Any) -> dict[str, Any]:
    """What an `App` is made with, `kept` as `closing_left_sessions` takes it. No `App` itself: Streamlit finds the one of
    a script by reading the script's own text.

    Raises:
        ConfigError: as `middleware`.
    """
    return {"middleware": middleware(), "lifespan": partial(closing_left_sessions, **kept)}


def middleware() -> list[Middleware]:
    """What every request passes, in order.

    Raises:
        ConfigError: the server's address is not this machine's own, and no password is set.
    """
    address = str(config.get_option("server.address") or "0.0.0.0")
    password = _password()
    if not is_loopback(address):
        if not password:
            raise ConfigError("access.open", address=address)
        if not config.get_option("server.sslCertFile"):
            logging.getLogger("asknotes").warning(str(Message("access.clear")))
    guard = Middleware(Guard, open_to_all=bool(password))
    return [guard, Middleware(Login, kept=password)] if password else [guard]


def asks_password() -> bool:
    """Whether people of other machines may be asking."""
    return bool(_password())


def _password() -> str:
    """The password's hash in Streamlit's secrets, '' when there is none."""
    if not st.secrets.load_if_toml_exists():
        return ""
    access = st.secrets.get("access") or {}
    return str(access.get("password", ""))
