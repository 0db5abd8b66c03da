"""What Streamlit's server puts in front of itself: the guard, and a password or a sign-in where other machines can come in."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from ingest.errors import ConfigError
from ingest.messages import Message
from ui.server.guard import Guard, is_loopback
from ui.server.login import Login
from ui.server.oidc import Members, allow_list
from ui.server.sessions import closing_left_sessions
from ui.users import User


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
        ConfigError: the server's address is not this machine's own, and neither a password nor a sign-in is set; or what
            is set is incomplete.
    """
    address = str(config.get_option("server.address") or "0.0.0.0")
    allowed, password = allow_list(_secrets()), _password()
    if allowed and password:
        raise ConfigError("access.both")
    if not is_loopback(address):
        if not (allowed or password):
            raise ConfigError("access.open", address=address)
        if not config.get_option("server.sslCertFile"):
            logging.getLogger("asknotes").warning(str(Message("access.clear")))
    guard = Middleware(Guard, open_to_all=bool(allowed or password))
    if allowed:
        return [guard, Middleware(Members, allowed=allowed)]
    return [guard, Middleware(Login, kept=password)] if password else [guard]


def signed_in() -> User | None:
    """Who has the page open, for a run of it; None where nobody signs in. The one place that is asked.

    Raises:
        ConfigError: it is nobody of the list. `Members` has let nobody else in; this is for a page without it.
    """
    allowed = allow_list(_secrets())
    if allowed is None:
        return None
    identity = st.user.to_dict()
    if user := allowed.user_of(identity):
        return user
    raise ConfigError("access.not_listed", who=identity.get("email") or Message("access.nobody"))


def asks_password() -> bool:
    """Whether people of other machines may be asking, all as one."""
    return bool(_password())


def _password() -> str:
    """The password's hash in Streamlit's secrets, '' when there is none."""
    return str((_secrets().get("access") or {}).get("password", ""))


def _secrets() -> Mapping[str, Any]:
    """Streamlit's secrets; none where there is no file of them. Raises ConfigError when there is one that cannot be read."""
    try:
        if st.secrets.load_if_toml_exists():
            return st.secrets
    except OSError as error:
        raise ConfigError("access.secrets", file=error.filename) from error
    for file in config.get_option("secrets.files") or ():
        if Path(file).exists():
            raise ConfigError("access.secrets", file=file)
    return {}
