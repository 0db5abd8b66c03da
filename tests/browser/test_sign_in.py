"""Signing in and out in real Chromium, with a provider of the test's own."""

from collections.abc import Iterator

import pytest
from browser_support import CHROMIUM, Tab
from playwright.sync_api import Browser, expect

pytest.importorskip("authlib", reason="the extra `oidc` is not installed: pip install 'asknotes[oidc]'")

from oidc_provider import Provider, page_with_sign_in, person, provider

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium here"),
]


@pytest.fixture(scope="module")
def identities() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture(scope="module")
def address(identities: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with page_with_sign_in(tmp_path_factory.mktemp("home"), identities) as at:
        yield at


def test_one_signs_in_asks_and_signs_out_and_a_stranger_only_signs_out(
    browser: Browser, address: str, identities: Provider
) -> None:
    tab = Tab(browser)
    page = tab.page
    page.goto(f"{address}/?view=settings")
    assert page.locator("body").inner_text().split() == ["AskNotes", "Sign", "in"]
    identities.identity = person("ada", "owner@example.org", name="Ada <b>L</b>")
    page.locator("a.button").click()
    expect(page.locator(".st-key-account")).to_contain_text("Ada <b>L</b>")
    page.locator(".st-key-build button").click()
    page.locator(".st-key-example-0").wait_for(timeout=60_000)
    tab.ask("What does the cache save?")
    tab.answered()
    page.locator(".st-key-sign-out button").click()
    expect(page.locator("a.button")).to_have_text("Sign in")
    identities.identity = person("eve", "eve@elsewhere.example")
    page.locator("a.button").click()
    expect(page.get_by_role("alert")).to_contain_text("eve@elsewhere.example is not on the list")
    page.goto(f"{address}/?view=index")
    expect(page.locator("a.button")).to_have_text("Sign out")
    page.locator("a.button").click()
    expect(page.locator("a.button")).to_have_text("Sign in")
    assert tab.foreign_requests == [] and all("status of 40" in said for said in tab.complaints)
    tab.close()
