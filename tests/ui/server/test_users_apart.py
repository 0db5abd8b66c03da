"""Two people of the list in one running page, a third who is not on it, and a provider that signs them in."""

import asyncio
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tabs import Tab

from rag.history.conversations import History
from rag.history.gaps import GapList
from rag.history.store import Store
from ui.users import user_id

pytest.importorskip("authlib", reason="the extra `oidc` is not installed: pip install 'asknotes[oidc]'")
pytest.importorskip("joserfc")

from oidc_provider import Provider, page_with_sign_in, person, provider

pytestmark = pytest.mark.model
SignIn = Callable[[dict[str, Any]], httpx.Client]
MOMENT = 60  # seconds
KNOWN, UNKNOWN = "What does the cache save?", "Who won the chess match in Reykjavik?"
OWNERS_ALONE = {"rebuild", "build", "watch", "settings-save", "folder-use", "vault-folder-use", "check", "save-0"}


@pytest.fixture(scope="module")
def identities() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def address(home: Path, identities: Provider) -> Iterator[str]:
    with page_with_sign_in(home, identities) as at:
        yield at


@pytest.fixture
def signed_in(address: str, identities: Provider) -> Iterator[SignIn]:
    """Makes a browser that has signed in as somebody, by the links that it is shown."""
    with ExitStack() as opened:

        def browser(who: dict[str, Any]) -> httpx.Client:
            identities.identity = who
            made = httpx.Client(base_url=address, follow_redirects=True, headers={"accept-language": "en"})
            client = opened.enter_context(made)
            asked = client.get("/")
            assert asked.status_code == 401 and 'href="/login"' in asked.text
            client.get("/login")
            client.get("/_stcore/health")  # gives the token that a socket needs
            return client

        yield browser


def tab(address: str, client: httpx.Client, query: str = "") -> Tab:
    return Tab(address, query, {cookie.name: cookie.value or "" for cookie in client.cookies.jar})


def store_of(home: Path, identities: Provider, name: str) -> Store:
    return Store(home / "data" / "users" / user_id(identities.issuer, name))


def held(home: Path, identities: Provider, name: str) -> tuple[list[str], list[str]]:
    """The titles of somebody's conversations, and their gaps."""
    store = store_of(home, identities, name)
    return [one.title for one in History(store).listed()], [gap.question for gap in GapList(store).listed()]


async def asks(one: Tab, question: str) -> None:
    await one.ask(question)
    await one.until(lambda: "again-0" in one.drawn.widgets and one.ended, MOMENT)


def test_two_people_see_nothing_of_each_other_and_one_alone_changes_what_they_share(
    address: str, home: Path, identities: Provider, signed_in: SignIn
) -> None:
    ada = signed_in(person("ada", "Owner@example.org"))
    bob = signed_in(person("bob", "bob@team.example"))

    async def all_of_it() -> None:
        async with tab(address, bob) as early:
            await early.until(lambda: "The page is not ready" in " ".join(early.drawn.texts), MOMENT)
            assert not OWNERS_ALONE & early.drawn.widgets.keys()
        async with tab(address, ada) as hers:
            await hers.press("build")
            await hers.until(lambda: "example-0" in hers.drawn.widgets, MOMENT)
            await asks(hers, UNKNOWN)
            assert "save-0" in hers.drawn.widgets and not hers.drawn.faults
        (conversation,) = History(store_of(home, identities, "ada")).listed()
        for view in ("", "&view=index", "&view=notes", "&view=settings"):
            async with tab(address, bob, f"c={conversation.id}{view}") as his:
                await his.widget("sign-out")
                await his.until(lambda his=his: his.ended, MOMENT)
                assert not his.drawn.turns and UNKNOWN not in " ".join(his.drawn.texts)
                shown = his.drawn.widgets.keys()
                assert not {key for key in shown if conversation.id in key} and not OWNERS_ALONE & shown
                assert not {key for key in shown if key.startswith("drop-")} and not his.drawn.faults
        async with tab(address, bob) as his:
            await asks(his, KNOWN)
            assert "save-0" not in his.drawn.widgets

    asyncio.run(all_of_it())
    assert held(home, identities, "ada") == ([UNKNOWN], [UNKNOWN])
    assert held(home, identities, "bob") == ([KNOWN], [])
    assert {one.name for one in (home / "data").iterdir()} == {"users"}
    folders = [home / "data", home / "data" / "users", *(home / "data" / "users").iterdir()]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


@pytest.mark.parametrize(
    "who",
    [
        person("eve", "eve@elsewhere.example"),
        person("mallory", "owner@example.org", email_verified=False),
        {"sub": "nobody"},
    ],
)
def test_who_is_not_on_the_list_sees_one_sentence_and_gets_no_socket(
    who: dict[str, Any], address: str, home: Path, identities: Provider, signed_in: SignIn
) -> None:
    client = signed_in(who)
    for path in ("/", "/_stcore/health", "/_stcore/host-config", "/media/x.md", "/_stcore/metrics"):
        answer = client.get(path)
        assert answer.status_code == 403 and "is not on the list" in answer.text and "/auth/logout" in answer.text

    async def comes() -> None:
        async with tab(address, client):
            raise AssertionError("a socket came through")

    with pytest.raises(Exception, match="HTTP 403"):
        asyncio.run(comes())
    assert not (home / "data" / "users" / user_id(identities.issuer, str(who["sub"]))).exists()
    assert client.get("/auth/logout").status_code == 401 and "Sign in" in client.get("/").text


def test_signing_out_ends_it_here_and_at_the_provider(address: str, identities: Provider, signed_in: SignIn) -> None:
    client = signed_in(person("bob", "bob@team.example"))
    before = dict(client.cookies)

    async def leaves() -> None:
        async with tab(address, client) as one, tab(address, client) as other:
            await other.widget("sign-out")
            await one.press("sign-out")
            await one.until(lambda: one.leads_to == "/auth/logout", MOMENT)
            assert client.get(one.leads_to).status_code == 401 and identities.asked[-1] == "/end"
            await other.press("to-settings")
            await other.closed(MOMENT)

    asyncio.run(leaves())
    assert "_streamlit_user" not in client.cookies and client.get("/").status_code == 401
    assert httpx.get(f"{address}/_stcore/health", cookies=before).status_code == 401, (
        "a copy of the cookie is worth nothing"
    )
