"""The pages as a browser meets them: Chromium, on a plain static server without compression."""

import re
from pathlib import Path

import pytest
from pages import CHAPTERS, MAIN, PAGES

from lab.home import ROOT

SHOTS = ROOT / "_build" / "screenshots"
AXE = ROOT / "tools" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NARROW = {"viewport": {"width": 360, "height": 740}}
WIDE = {"viewport": {"width": 1440, "height": 900}}
PLANTED = {  # what somebody would type, and the page that has to be among the first three
    "oversell atomic": "01_monolith.html",
    "why does the cache show the old name?": "01_monolith.html",
    "lab: command not found": "troubleshooting.html",
    "idempotency key": "05_apis.html",
    "race condition": "glossary.html",
    "is my machine ready": "setup.html",
}


def settled(seen) -> str:
    return seen.page.evaluate("document.fonts.ready.then(() => document.readyState)")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_without_an_error_or_a_warning_and_asks_no_other_host(open_page, name):
    seen = open_page(name)
    settled(seen)
    assert (seen.wrong, seen.foreign) == ([], [])


# weight


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_to_its_budget_of_bytes(open_page, address, name):
    seen = open_page(name, **WIDE)
    settled(seen)
    # every picture, too, although it is loaded late
    seen.page.evaluate("document.querySelectorAll('img').forEach((image) => (image.loading = 'eager'))")
    seen.page.wait_for_load_state("networkidle")
    blocking = seen.page.eval_on_selector_all("link[rel=stylesheet]", "found => found.map((one) => one.href)")
    blocking += seen.page.eval_on_selector_all(
        "head script[src]:not([type=module], [defer], [async])", "found => found.map((one) => one.src)"
    )
    first = seen.loaded[f"{address}/{name}"]
    assert 0 < first + sum(seen.loaded[one] for one in blocking) <= 190_000
    assert sum(seen.loaded.values()) <= 400_000


@pytest.mark.parametrize("name", CHAPTERS)
def test_pictures_are_loaded_late_and_keep_their_place(open_page, name):
    page = open_page(name).page
    pictures = page.locator("article img")
    for number in range(pictures.count()):
        picture = pictures.nth(number)
        assert picture.get_attribute("loading") == "lazy"
        assert int(picture.get_attribute("width")) and int(picture.get_attribute("height"))
        assert not picture.get_attribute("alt").endswith(".svg")


def test_the_search_index_is_loaded_by_whoever_searches_only(open_page):
    seen = open_page("book/01_monolith.html")
    assert not [url for url in seen.loaded if "pagefind" in url]
    seen.page.keyboard.press("/")
    seen.page.keyboard.type("monolith")
    seen.page.locator("#search-dialog li").first.wait_for()
    assert [url for url in seen.loaded if "pagefind" in url]


# for everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(open_page, node, name, width, scheme):
    page = open_page(
        name, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [(one["id"], [node["target"] for node in one["nodes"][:5]]) for one in found]
    assert told == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_open_search_and_contents(open_page, node, scheme):
    page = open_page("book/01_monolith.html", **PHONE, color_scheme=scheme, reduced_motion="reduce").page
    page.add_script_tag(path=AXE)
    page.get_by_role("button", name="Contents").click()
    assert page.evaluate("axe.run()")["violations"] == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Search").click()
    page.keyboard.type("lock")
    page.locator("#search-dialog li").first.wait_for()
    assert page.evaluate("axe.run()")["violations"] == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_has_to_be_scrolled_sideways(open_page, name, width):
    page = open_page(name, viewport={"width": width, "height": 800}).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("scrollTo(500, 0)")
    assert page.evaluate("scrollX") == 0


def test_what_is_wider_than_the_screen_can_be_scrolled_by_keyboard(open_page):
    page = open_page("book/01_monolith.html", **NARROW).page
    wide = page.locator(".cell_input pre[tabindex='0']").first
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=wide.element_handle())


def test_the_first_key_leads_to_the_skip_link_and_it_to_the_text(open_page):
    page = open_page("book/01_monolith.html", reduced_motion="reduce").page
    page.keyboard.press("Tab")
    skip = page.locator(".skip-link")
    assert skip.evaluate("link => link === document.activeElement")
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"


@pytest.mark.parametrize("name", MAIN)
def test_whatever_has_the_focus_shows_it(open_page, name):
    page = open_page(name, **WIDE, reduced_motion="reduce").page
    seen = 0
    for _ in range(25):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "() => { const style = getComputedStyle(document.activeElement);"
            " return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)]; }"
        )
        if shown[0] == "BODY":
            break
        assert shown[1] != "none" and shown[2] >= 2, shown
        seen += 1
    assert seen > 8


@pytest.mark.parametrize("name", MAIN)
def test_everything_to_press_on_a_phone_is_large_enough(open_page, name):
    """44 px for what stands alone (WCAG 2.5.5); links inside of text are excepted there, too."""
    page = open_page(name, **PHONE).page
    alone = page.locator("header.top :is(a, button), .head-line :is(a, button), .ways a, summary").all()
    small = [one.inner_text() for one in alone if one.is_visible() and one.bounding_box()["height"] < 43.5]
    assert small == []


def test_reduced_motion_is_respected(open_page):
    page = open_page("book/01_monolith.html", reduced_motion="reduce").page
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    moving = open_page("book/01_monolith.html", reduced_motion="no-preference").page
    assert moving.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth"


# function


@pytest.mark.parametrize("query", PLANTED)
def test_the_search_finds_what_was_planted(open_page, query):
    seen = open_page("book/lab.html")
    page = seen.page
    page.keyboard.press("Control+k")
    page.keyboard.type(query)
    page.locator("#search-dialog ol > li").first.wait_for()
    first = page.locator("#search-dialog .finder > ol > li > a").evaluate_all(
        "found => found.slice(0, 3).map((a) => a.href)"
    )
    assert any(href.partition("#")[0].partition("?")[0].endswith(PLANTED[query]) for href in first), first
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*.html*")
    assert (seen.wrong, seen.foreign) == ([], [])


def test_a_search_without_a_result_says_so_and_markup_stays_text(open_page):
    page = open_page("index.html").page
    page.get_by_role("link", name="Search").click()
    page.keyboard.type("<zzyzx>")
    page.wait_for_function("document.querySelector('[role=status]').textContent.startsWith('Nothing here')")
    assert page.locator("#search-dialog zzyzx").count() == 0
    page.keyboard.press("Escape")
    assert not page.locator("#search-dialog").is_visible()


def test_the_search_page_answers_an_address(open_page):
    page = open_page("search.html?q=oversell").page
    page.locator("#search-page li").first.wait_for()
    assert page.locator("#search-page mark").first.inner_text().lower().startswith("oversel")


def test_a_lost_index_is_said_and_asked_for_again(open_page):
    page = open_page("book/lab.html").page
    page.route("**/pagefind.js", lambda route: route.abort())
    page.keyboard.press("/")
    page.keyboard.type("lock")
    page.wait_for_function(
        "document.querySelector('[role=status]').textContent.includes('could not be loaded')"
    )


@pytest.mark.parametrize("system", ["light", "dark"])
def test_dark_colours_are_switched_and_remembered(open_page, address, system):
    page = open_page("index.html", color_scheme=system).page
    other = {"light": "dark", "dark": "light"}[system]

    def paper() -> str:
        red = int(re.search(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[0])
        return "light" if red > 128 else "dark"

    switch = page.get_by_role("button", name="Dark colours")
    assert paper() == system and switch.get_attribute("aria-pressed") == str(system == "dark").lower()
    switch.focus()
    page.keyboard.press("Enter")
    assert paper() == other and switch.get_attribute("aria-pressed") == str(other == "dark").lower()
    page.goto(f"{address}/book/01_monolith.html")
    assert paper() == other
    page.get_by_role("button", name="Dark colours").click()
    assert paper() == system
    # back at the system's choice, the page follows the system again
    page.emulate_media(color_scheme=other)
    assert paper() == other


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_have_the_colours_of_the_page(open_page, scheme):
    page = open_page("book/01_monolith.html", color_scheme=scheme).page
    looks = page.locator(".cell_output svg").first.evaluate(
        "chart => [getComputedStyle(chart).backgroundColor, getComputedStyle(chart).color,"
        " getComputedStyle(document.body).color]"
    )
    assert looks[0] == "rgba(0, 0, 0, 0)" and looks[1] == looks[2]


def test_enter_opens_the_first_result_and_arrows_walk_through_them(open_page):
    page = open_page("book/lab.html").page
    page.keyboard.press("/")
    page.keyboard.type("lost update")
    page.locator("#search-dialog li a").nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("#search-dialog li a").nth(1).evaluate("link => link === document.activeElement")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    first = page.locator("#search-dialog li a").first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{first}")


def test_code_is_copied_and_outputs_are_not(open_page, browser, address):
    seen = open_page("book/01_monolith.html", permissions=["clipboard-read", "clipboard-write"])
    page = seen.page
    cell = page.locator(".cell_input").first
    cell.hover()
    cell.get_by_role("button", name="Copy").click()
    cell.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "import requests\n\nfrom lab import Stack"
    )
    assert page.locator(".cell_output .text_plain .copy, .cell_output .stream .copy").count() == 0


def test_the_quiz_opens_by_keyboard_and_without_scripts(open_page):
    page = open_page("book/01_monolith.html", java_script_enabled=False).page
    quiz = page.locator("section:has(> #quiz) details")
    assert quiz.count() == 9
    summary = quiz.nth(1).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert quiz.nth(1).get_attribute("open") is not None
    assert quiz.nth(1).get_by_text("Yes.", exact=False).first.is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_contents_open_on_a_phone_with_and_without_scripts(open_page, scripts):
    page = open_page("book/01_monolith.html", **PHONE, java_script_enabled=scripts).page
    contents = page.locator("#contents")
    assert not contents.is_visible()
    page.get_by_role("button", name="Contents").click()
    assert contents.is_visible()
    contents.get_by_role("link", name="Glossary").click()
    page.wait_for_url("**/glossary.html")


def test_on_this_page_marks_where_the_reader_is(open_page):
    page = open_page("book/01_monolith.html", **WIDE, reduced_motion="reduce").page
    page.evaluate("document.getElementById('nine-couplings').scrollIntoView()")
    page.locator("#on-this-page a[aria-current]", has_text="Nine couplings").wait_for()
    page.locator("#on-this-page").get_by_role("link", name="Back to top").click()
    page.wait_for_function("scrollY === 0")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_without_scripts(open_page, name):
    page = open_page(name, java_script_enabled=False, **WIDE).page
    assert page.locator("h1").first.is_visible()
    if name in ("search.html", "404.html"):
        return
    assert page.locator("article").inner_text().count(" ") > 40
    assert page.get_by_role("navigation", name="Contents of the book").is_visible()
    dead = page.locator("button:visible").evaluate_all(
        "found => found.filter((b) => !b.popoverTargetElement).length"
    )
    assert dead == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_systems_scheme_holds_without_scripts(open_page, scheme):
    page = open_page("book/01_monolith.html", java_script_enabled=False, color_scheme=scheme).page
    colour = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert (int(re.search(r"\d+", colour)[0]) > 128) == (scheme == "light")


def test_on_paper_there_are_answers_and_no_navigation(open_page):
    page = open_page("book/01_monolith.html", **WIDE).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert not page.locator("#contents").is_visible()
    assert not page.locator("#on-this-page").is_visible()
    assert page.locator("section:has(> #quiz) details p").first.is_visible()
    assert (
        page.locator(".cell_input pre").first.evaluate("pre => getComputedStyle(pre).whiteSpace")
        == "pre-wrap"
    )
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("section:has(> #quiz) details[open]").count() == 0


@pytest.mark.parametrize("place", ["nothing.html", "book/nothing.html", "a/b/c/nothing"])
def test_what_is_not_there_leads_home_from_any_depth(open_page, address, address_below, place):
    for root in (address, address_below):
        page = open_page(place, at=root).page
        assert "not here" in page.locator("h1").inner_text()
        page.locator(
            f"[data-to][href$='/index.html']:not([href='{'' if root == address_below else '-'}/index.html'])"
        ).wait_for()
        page.get_by_role("link", name="from the start").click()
        page.wait_for_url(f"{root}/index.html")
        assert page.locator("h1").inner_text().startswith("Split Decisions")


@pytest.mark.parametrize("name", MAIN)
def test_the_site_works_below_a_path(open_page, address_below, name):
    seen = open_page(name, at=address_below, **WIDE)
    settled(seen)
    assert (seen.wrong, seen.foreign) == ([], [])
    page = seen.page
    page.keyboard.press("/")
    page.keyboard.type("monolith")
    page.locator("#search-dialog li a").first.click()
    page.wait_for_url(f"{address_below}/**")
    assert (seen.wrong, seen.foreign) == ([], [])


def test_a_notebook_can_be_downloaded(open_page):
    page = open_page("book/01_monolith.html").page
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download").click()
    assert coming.value.suggested_filename == "01_monolith.ipynb"
    assert Path(coming.value.path()).read_bytes() == (ROOT / "book" / "01_monolith.ipynb").read_bytes()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", MAIN)
def test_a_picture_is_taken_for_a_person_to_look_at(open_page, name, width, scheme):
    SHOTS.mkdir(parents=True, exist_ok=True)
    seen = open_page(name, viewport={"width": width, "height": 900}, color_scheme=scheme)
    settled(seen)
    target = SHOTS / f"{Path(name).with_suffix('').as_posix().replace('/', '-')}-{width}-{scheme}.png"
    seen.page.screenshot(path=target)
    assert target.stat().st_size > 10_000
