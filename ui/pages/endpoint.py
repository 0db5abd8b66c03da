"""The part of Settings about an endpoint: its address, its key, which models it has, and whether it answers."""

import html

import streamlit as st

from ingest.errors import AskNotesError
from ingest.keys import FILE
from ingest.messages import told
from ui.backend.protocol import Backend, ModelChoice
from ui.render.safe import label
from ui.words import Words

_LISTED = "endpoint-listed"  # the address whose models were listed, and their names; what was typed before
_SAID = "endpoint-said"  # by the last run of the page, which drew it anew
_FIELD = "endpoint-key-field"  # the number of the field for the key, and the address that what is in it was entered for


def draw(backend: Backend, words: Words) -> ModelChoice:
    """The fields, and the buttons that ask the endpoint; what is typed in."""
    settings = backend.settings
    with st.container(key="endpoint", gap="small"):
        base_url = st.text_input(
            words("endpoint"), settings.base_url, key="endpoint-url", placeholder="http://127.0.0.1:11434/v1"
        ).strip()
        if said := st.session_state.pop(_SAID, ""):
            st.warning(label(said))
        number = st.session_state.setdefault(_FIELD, (0, ""))[0]
        key = st.text_input(
            words("key"), type="password", key=f"endpoint-key-{number}", autocomplete="off", help=words("key_hint")
        ).strip()
        where = st.empty()
        model = _model(base_url, settings.model, words)
        provider = st.text_input(
            words("provider"), settings.provider, key="endpoint-provider", placeholder="anthropic"
        ).strip()
        wanted = ModelChoice(base_url, model, provider, key)
        kept = _kept(backend, wanted, words)
        where.html(f'<p class="an-hint">{html.escape(kept[1])}</p>')  # as text: Markdown would make links of addresses
        with st.container(horizontal=True):
            lists = st.form_submit_button(words("list_models"), key="settings-models")
            tests = st.form_submit_button(words("test_endpoint"), key="settings-test")
            forgets = kept[0] and st.form_submit_button(words("forget_key"), key="settings-forget", type="tertiary")
    if forgets:
        _forget(backend, wanted, words)
    elif lists or tests:
        _hold_key_to_address(wanted, words)
        (_list if lists else _test)(backend, wanted, words)
    return wanted


def keep_key(backend: Backend, wanted: ModelChoice, words: Words) -> bool:
    """Keep the key that was entered, before the rest is saved; whether all is well."""
    if wanted.key and not wanted.address:
        st.error(words("key_no_address"))
        return False
    _hold_key_to_address(wanted, words)
    try:
        backend.keep_key(wanted)
    except AskNotesError as error:
        st.error(label(error.told(words.language)))
        return False
    if wanted.key:
        _empty_field()
    return True


def _model(base_url: str, model: str, words: Words) -> str:
    """The model's name: typed, or one of those that the endpoint has listed."""
    listed_for, names, typed = st.session_state.get(_LISTED, ("", (), ""))
    if listed_for != base_url or not names:
        return st.text_input(words("endpoint_model"), model, key="endpoint-model").strip()
    choices = list(dict.fromkeys([*([typed] if typed else []), *names]))
    first = 0 if typed or len(choices) == 1 else None
    chosen = st.selectbox(
        words("endpoint_model"), choices, first, placeholder=words("choose_model"), accept_new_options=True
    )
    return str(chosen or "").strip()


def _kept(backend: Backend, wanted: ModelChoice, words: Words) -> tuple[bool, str]:
    """Whether a key was entered for the endpoint before, and where it is, for a person."""
    if not wanted.address:
        return False, words("key_hint")
    try:
        place = backend.key_place(wanted)
    except AskNotesError as error:
        return False, error.told(words.language)
    match place:
        case "keyring":
            return True, words("key_keyring", address=wanted.address)
        case "file":
            return True, words("key_file", address=wanted.address, file=backend.settings.data / FILE)
        case "environment":
            return False, words("key_environment", address=wanted.address)
    return False, words("key_unset", address=wanted.address)


def _hold_key_to_address(wanted: ModelChoice, words: Words) -> None:
    """A key in the field that was entered for another address is taken out, and the page drawn anew."""
    number, entered_for = st.session_state[_FIELD]
    if wanted.key and entered_for not in ("", wanted.address):
        _empty_field()
        st.session_state[_SAID] = words("key_other", address=entered_for, now=wanted.address)
        st.rerun()
    st.session_state[_FIELD] = (number, wanted.address if wanted.key else "")


def _empty_field() -> None:
    st.session_state[_FIELD] = (st.session_state[_FIELD][0] + 1, "")


def _forget(backend: Backend, wanted: ModelChoice, words: Words) -> None:
    try:
        backend.forget_key(wanted)
    except AskNotesError as error:
        st.error(label(error.told(words.language)))
    else:
        _empty_field()
        st.rerun()


def _list(backend: Backend, wanted: ModelChoice, words: Words) -> None:
    """Ask for the models, and offer them in the place of the field for the name."""
    try:
        with st.spinner(words("listing_models")):
            names = backend.models_at(wanted)
    except AskNotesError as error:
        st.error(label(error.told(words.language)))
        return
    if not names:
        st.info(words("lists_no_model"))
        return
    st.session_state[_LISTED] = wanted.base_url, names, wanted.model
    st.rerun()


def _test(backend: Backend, wanted: ModelChoice, words: Words) -> None:
    """Ask the endpoint or provider that is typed in, saved or not."""
    try:
        with st.spinner(words("testing")):
            probed = backend.probe(wanted)
    except AskNotesError as error:
        st.error(label(error.told(words.language)))
        return
    where, time = told(probed.where, words.language), words.seconds(probed.seconds)
    st.success(label(words("test_good", model=probed.model, where=where, time=time)))
