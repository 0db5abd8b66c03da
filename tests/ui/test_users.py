"""Who is on the list of a page that asks for a sign-in, and under which name their data are kept."""

from pathlib import Path
from typing import Any

import pytest

from ingest.errors import ConfigError
from ui.users import AllowList, User, folder_of, owns, user_id

LIST = AllowList.of([" Owner@Example.org ", "guest@elsewhere.example", "@Team.example"])


def claims(email: object, **others: Any) -> dict[str, Any]:
    return {"iss": "https://id.example", "sub": "7", "email": email, "email_verified": True} | others


@pytest.mark.parametrize(
    ("email", "listed"),
    [
        ("owner@example.org", True),
        ("OWNER@EXAMPLE.ORG", True),
        ("anybody@team.example", True),
        ("guest@elsewhere.example", True),
        ("other@elsewhere.example", False),
        ("other@example.org", False),
        ("anybody@sub.team.example", False),
        ("anybody@notteam.example", False),
        ("owner@example.org.team.evil", False),
        ("evil@evil.example@team.example", False),
        ("owner@example.org\n@team.example", False),
        ("@team.example", False),
        ("", False),
        (None, False),
        (["owner@example.org"], False),
    ],
)
def test_the_list_lets_in_whom_it_names_and_nobody_else(email: object, listed: bool) -> None:
    assert (LIST.user_of(claims(email)) is not None) == listed


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_counts_only_when_it_is_verified(verified: object) -> None:
    assert LIST.user_of(claims("owner@example.org", email_verified=verified)) is None
    told = claims("owner@example.org")
    del told["email_verified"]
    assert LIST.user_of(told) is None


@pytest.mark.parametrize("missing", ["iss", "sub"])
def test_an_identity_without_issuer_or_subject_is_nobody(missing: str) -> None:
    assert LIST.user_of(claims("owner@example.org", **{missing: ""})) is None
    assert LIST.user_of(claims("owner@example.org", **{missing: 7})) is None


def test_the_first_of_the_list_owns_what_all_share() -> None:
    owner, guest = LIST.user_of(claims("owner@example.org")), LIST.user_of(claims("x@team.example", name="Ada"))
    assert owner and guest and (owner.owner, owner.name) == (True, "owner@example.org")
    assert (guest.owner, guest.name) == (False, "Ada")
    assert owns(owner) and not owns(guest) and owns(None)


def test_a_user_keeps_their_id_under_a_new_address_and_shares_it_with_nobody() -> None:
    same = {LIST.user_of(claims(email, name=email)).id for email in ("a@team.example", "b@team.example")}  # type: ignore[union-attr]
    pairs = [
        ("https://a.example", "b"),
        ("https://a.example", "B"),
        ("https://a.exampleb", ""),
        ("", "https://a.exampleb"),
    ]
    ids = {user_id(issuer, subject) for issuer, subject in pairs}
    assert len(same) == 1 and len(ids) == len(pairs) and all(len(one) == 64 for one in ids)


def test_without_a_sign_in_no_path_changes() -> None:
    assert folder_of(Path("data"), None) == Path("data")
    assert folder_of(Path("data"), User("0a", "Ada")) == Path("data/users/0a")


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        ([], "access.no_list"),
        (["owner"], "access.entry"),
        (["owner@example.org", "*"], "access.entry"),
        (["owner@example.org", "@"], "access.entry"),
        (["owner@example.org", "a b@example.org"], "access.entry"),
        (["owner@example.org", 7], "access.entry"),
        (["@example.org"], "access.owner"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(entries: list[object], key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        AllowList.of(entries)
    assert refused.value.message.key == key
