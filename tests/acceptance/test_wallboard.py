"""The page at `/` on a wall, on a desk and on a phone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from exporter.serving.statuspage import StatusPage
from tests.browsers import chromium
from tests.programs import eventually, get
from tests.wallboards import PRESENT, Wall, wall

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREENS = {
    "on a wall, light": (1920, 1080, "light"),
    "on a wall, dark": (1920, 1080, "dark"),
    "on a phone, light": (390, 844, "light"),
    "on a phone, dark": (390, 844, "dark"),
}
TALLER = "document.documentElement.scrollHeight - innerHeight"
WIDER = "document.documentElement.scrollWidth - innerWidth"
SIZE = "parseFloat(getComputedStyle(document.querySelector('.number')).fontSize)"
MOVING = """[...document.querySelectorAll("*")].map(one => getComputedStyle(one)).filter(
    style => style.transitionDuration !== "0s" || style.animationName !== "none").length"""
OPEN = ".tile .number >> nth=0"
RENEWED = 5_500
"""Milliseconds after which the page has asked again."""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    with wall(tmp_path_factory.mktemp("wall"), weeks=2, customers=60) as made:
        yield made


@pytest.fixture(scope="module")
def url(board: Wall) -> Iterator[str]:
    with board.served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@contextmanager
def opened(
    browser: Browser, url: str, screen: str = "on a wall, light", expected: str = "nothing at all"
) -> Iterator[Page]:
    """The page on a screen. Whatever the browser complains of fails the test, but the expected."""
    width, height, scheme = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.clock.install()
    page.goto(url)
    try:
        yield page
        assert [words for words in said if expected not in words] == []
    finally:
        context.close()


def renew(page: Page) -> None:
    """Let the time pass in which the page asks again, and wait for the answer."""
    with page.expect_response("**/*"):
        page.clock.run_for(RENEWED)
    page.wait_for_timeout(50)


@pytest.mark.parametrize("screen", SCREENS)
def test_nobody_is_shut_out(browser: Browser, url: str, screen: str) -> None:
    """Contrast, names, landmarks, headings, tables: all that axe can tell."""
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, url, screen) as page:
        page.locator("summary").click()
        found: dict[str, Any] = Axe().run(page).response
        wrong = [
            (one["id"], one["impact"], [node["html"][:120] for node in one["nodes"]])
            for one in found["violations"]
        ]
        assert wrong == []


def test_two_sources_fill_a_wall_and_need_no_scrolling(browser: Browser, url: str) -> None:
    with opened(browser, url) as page:
        assert page.evaluate(TALLER) == 0
        assert page.evaluate(WIDER) == 0
        size = page.evaluate(
            "parseFloat(getComputedStyle(document.querySelector('.number')).fontSize)"
        )
        assert size > 60


def test_two_helpdesks_fit_as_well(browser: Browser, board: Wall) -> None:
    source = board.tickets.source
    page = StatusPage(board.tickets.store, [source, source], clock=board.now).html()
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    shown = context.new_page()
    shown.set_content(page)
    assert shown.locator(".desk").count() == 2
    assert shown.evaluate(TALLER) == 0
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_stands_beyond_the_edge(browser: Browser, url: str, width: int) -> None:
    with opened(browser, url) as page:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(WIDER) == 0


def test_numbers_are_renewed_where_they_stand(browser: Browser, board: Wall, url: str) -> None:
    """Without a flicker: focus, scrolling and an open table stay as they were."""
    with opened(browser, url, "on a phone, light") as page:
        page.locator("summary").click()
        page.locator("summary").focus()
        page.evaluate("document.querySelector('.tile').marked = true; scrollTo(0, 700)")
        age = page.locator(".tile", has_text="Age of the data").first
        before = age.inner_text()
        board.at += timedelta(minutes=2)
        renew(page)
        eventually(lambda: age.inner_text() != before, "another age")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert page.evaluate("document.querySelector('details').open")
        assert page.evaluate("scrollY") == 700
        assert page.evaluate("document.querySelector('.tile').marked"), "it is the same element"
        board.at -= timedelta(minutes=2)


def test_new_tickets_are_seen(browser: Browser, board: Wall, url: str) -> None:
    with opened(browser, url) as page:
        arrived = page.locator(".tile", has_text="Arrived").first
        before = arrived.inner_text()
        board.tickets.poll(PRESENT + timedelta(hours=2))
        board.at = PRESENT + timedelta(hours=2, seconds=20)
        renew(page)
        eventually(lambda: arrived.inner_text() != before, "new numbers")


def test_silence_is_told_and_ends(browser: Browser, url: str) -> None:
    with opened(browser, url, expected="ERR_INTERNET_DISCONNECTED") as page:
        alert = page.locator("#lost")
        assert not alert.is_visible()
        page.context.set_offline(True)
        page.clock.run_for(RENEWED)
        alert.wait_for(state="visible")
        assert "These numbers are from" in alert.inner_text()
        assert "no answer since" in alert.inner_text()
        assert page.locator(OPEN).is_visible(), "the last numbers stay"
        assert page.evaluate(WIDER) == 0
        page.context.set_offline(False)
        renew(page)
        alert.wait_for(state="hidden")


def test_an_error_is_no_number(browser: Browser, url: str) -> None:
    with opened(browser, url, expected="status of 500") as page:
        page.route("**/*", lambda route: route.fulfill(status=500, body="<main></main>"))
        before = page.locator(OPEN).inner_text()
        page.clock.run_for(RENEWED)
        page.locator("#lost").wait_for(state="visible")
        assert page.locator(OPEN).inner_text() == before
        page.unroute("**/*")


def test_a_theme_can_be_chosen_and_stays(browser: Browser, url: str) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, url) as page:
        light = page.evaluate(colour)
        page.get_by_role("link", name="dark").click()
        dark = page.evaluate(colour)
        assert dark != light
        renew(page)
        assert page.evaluate(colour) == dark
        assert page.get_by_role("link", name="dark").get_attribute("aria-current") == "true"
    with opened(browser, f"{url}?theme=light", "on a wall, dark") as page:
        assert page.evaluate(colour) == light


def test_it_can_be_walked_through_with_keys_and_by_ear(browser: Browser, url: str) -> None:
    with opened(browser, url) as page:
        stops = []
        for _ in range(5):
            page.keyboard.press("Tab")
            stops.append(page.evaluate("document.activeElement.textContent"))
        assert stops == ["light", "dark", "as the screen", "metrics", "As a table"]
        page.keyboard.press("Enter")
        table = page.get_by_role("table").first
        assert table.is_visible()
        assert table.get_by_role("row").count() == 25
        for role in ("banner", "main", "navigation", "contentinfo", "status"):
            assert page.get_by_role(role).count() == 1, role
        assert page.get_by_role("region").count() == 2
        assert page.get_by_role("img").count() == 2
        assert page.get_by_role("heading", level=2).all_inner_texts() == [
            "zendesk zendesk",
            "stripe stripe",
        ]


def test_who_wants_no_motion_gets_none(browser: Browser, url: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(url)
    assert page.evaluate(MOVING) == 0
    context.close()


def test_it_asks_nobody_but_its_server(browser: Browser, url: str) -> None:
    policy = get(url).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy
    with opened(browser, url, expected="Content Security Policy") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        renew(page)
        assert asked == [url]
        blocked = page.evaluate("fetch('https://example.com/').then(() => false, () => true)")
        assert blocked
