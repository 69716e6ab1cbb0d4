"""Pages of the box office that are told what happens, in a real browser: seats go while one looks, a hold runs out, a number rises."""

import re
import time

import pytest

from lab import Stack

EVENT = "the-last-lamplighter"
NO_SOCKETS = "window.WebSocket = class { constructor() { setTimeout(() => this.onclose({code: 1006}), 50) } }"


@pytest.fixture(scope="module")
def office(needs_redis):
    with Stack(arrangement="split", events=True, env={"HOLD_SECONDS": "8"}, name="live pages") as stack:
        yield stack


@pytest.fixture
def visitor(office, browser):
    """A browser window of its own for each visitor; nobody's page may complain."""
    opened, complaints = [], []

    def open_window(email: str = "", script: str = ""):
        context = browser.new_context()
        opened.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        if email:
            page.goto(f"{office.front}/accounts/login/")
            page.fill("[name=username]", email)
            page.fill("[name=password]", "curtain-call")
            page.click("main button")
            page.wait_for_url(f"{office.front}/")
        return page

    yield open_window
    for context in opened:
        context.close()
    assert complaints == []


def look(page, office, path: str = f"/events/{EVENT}/", how: str = "told"):
    page.goto(f"{office.front}{path}")
    page.wait_for_selector(f"html[data-live={how}]")
    return page


def left(page) -> int:
    return int(page.get_attribute("[data-band]", "data-seats-left"))


def hold(page) -> None:
    page.check("[data-band] input >> nth=0")
    page.click("[data-form=hold] button")
    page.wait_for_selector("[data-hold][data-state=active]")


def pay(page) -> None:
    """So that the seats stay gone: a hold that runs out would be seen by the tests that follow."""
    page.click("[data-form=pay] button")
    page.wait_for_url("**/orders/**")


def until_left(page, number: int, within: float) -> float:
    """How many seconds that took."""
    began = time.monotonic()
    page.wait_for_selector(f"[data-band][data-seats-left='{number}'] >> nth=0", timeout=within * 1000)
    return time.monotonic() - began


def test_two_tabs_one_buys_and_the_other_sees_it_within_a_second(office, visitor):
    watching, buying = visitor(), visitor("buyer001@example.org")
    look(watching, office)
    before = left(watching)
    look(buying, office)
    hold(buying)
    took = until_left(watching, before - 1, 5)
    assert took < 1
    assert watching.inner_text("[data-band] .left >> nth=0") == f"{before - 1} left"
    pay(buying)
    watching.wait_for_timeout(500)
    assert left(watching) == before - 1


def test_a_hold_runs_out_on_its_page_and_beside_the_seats_and_its_seats_come_back(office, visitor):
    page, other = visitor("buyer002@example.org"), visitor()
    look(other, office)
    before = left(other)
    look(page, office)
    hold(page)
    checkout = page.url
    first = int(page.inner_text("[data-countdown]"))
    look(page, office)
    page.wait_for_selector("[data-my-hold]:not([hidden])")
    page.wait_for_timeout(1500)
    assert 0 < int(page.inner_text("[data-countdown]")) < first
    page.goto(checkout)
    page.wait_for_selector("[data-hold][data-state=expired]", timeout=15_000)
    until_left(other, before, 5)
    look(page, office)
    page.wait_for_timeout(500)
    assert page.is_hidden("[data-my-hold]")


def test_a_hold_that_is_paid_in_one_tab_is_over_in_the_other(office, visitor):
    page = visitor("buyer003@example.org")
    look(page, office)
    hold(page)
    second = page.context.new_page()
    look(second, office, page.url.removeprefix(office.front))
    pay(page)
    second.wait_for_url("**/orders/**", timeout=5_000)


def test_the_number_of_unread_notifications_rises_while_one_reads_something_else(office, visitor):
    page = visitor("buyer004@example.org")
    look(page, office, "/")
    assert page.is_hidden("[data-unread]")
    second = page.context.new_page()
    look(second, office)
    hold(second)
    pay(second)
    page.wait_for_selector("[data-unread='1']:not([hidden])", timeout=5_000)


def test_where_sockets_are_blocked_the_page_asks_and_sees_it_some_seconds_later(office, visitor):
    watching, buying = visitor(script=NO_SOCKETS), visitor("buyer005@example.org")
    look(watching, office, how="asking")
    before = left(watching)
    look(buying, office)
    hold(buying)
    until_left(watching, before - 1, 8)
    pay(buying)
    assert watching.get_attribute("html", "data-live") == "asking"


def test_whoever_holds_the_sockets_dies_and_the_page_asks_until_it_is_back(office, visitor):
    watching, buying = visitor(), visitor("buyer006@example.org")
    look(watching, office)
    before = left(watching)
    office.kill("notifications-live")
    watching.wait_for_selector("html[data-live=asking]")
    look(buying, office, how="asking")
    hold(buying)
    until_left(watching, before - 1, 8)
    pay(buying)
    office.start("notifications-live")
    watching.wait_for_selector("html[data-live=told]", timeout=40_000)


def test_no_token_is_in_an_address_and_none_is_given_to_another_site(office, visitor):
    page = visitor("buyer007@example.org")
    asked = []
    page.on("websocket", lambda socket: asked.append(socket.url))
    look(page, office)
    page.wait_for_timeout(500)
    assert len(asked) >= 2 and not any(re.search(r"[?#]|ey", url.partition("/live/")[2]) for url in asked)
    answer = page.request.post(
        f"{office.front}/accounts/live-token/"
    )  # with the session, without the form's token
    assert answer.status == 403
