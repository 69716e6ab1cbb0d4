"""The pages as a browser meets them: Chromium, on a plain static server."""

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab.home import ROOT

HTML = ROOT / "_build" / "html"
PAGES = sorted(str(p.relative_to(HTML)) for p in HTML.rglob("*.html") if "_static" not in p.parts)
SHOTS = ROOT / "_build" / "screenshots"
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-gpu")
# The theme's own words when nobody has chosen light or dark yet; they go with the site's own scripts.
KNOWN = ("Got invalid theme mode",)


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def address(html) -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(html)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        pytest.skip("there is no Chromium on this machine")
    sandbox = () if os.geteuid() else ("--no-sandbox",)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=[*QUIET, *sandbox])
        yield running
        running.close()


class Seen:
    """A page that is open, and what went wrong while it loaded."""

    def __init__(self, browser, address: str, name: str, **how) -> None:
        self.context = browser.new_context(**how)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda problem: self.errors.append(str(problem)))
        self.page.on(
            "request", lambda r: None if r.url.startswith((address, "data:")) else self.foreign.append(r.url)
        )
        self.page.on(
            "response", lambda r: self.errors.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        self.page.goto(f"{address}/{name}", wait_until="load")

    def wrong(self) -> list[str]:
        return [error for error in self.errors if not error.startswith(KNOWN)]


@pytest.fixture
def open_page(browser, address):
    opened = []

    def make(name: str, **how) -> Seen:
        opened.append(Seen(browser, address, name, **how))
        return opened[-1]

    yield make
    for seen in opened:
        seen.context.close()


@pytest.mark.parametrize("name", PAGES or ["index.html"])
def test_a_page_loads_without_an_error_and_asks_no_other_host(open_page, name):
    seen = open_page(name)
    assert (seen.wrong(), seen.foreign) == ([], [])


@pytest.mark.parametrize(
    "name", ["index.html", "book/01_monolith.html", "exercises/01_monolith.html", "book/claims.html"]
)
@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_has_to_be_scrolled_sideways(open_page, name, width):
    page = open_page(name, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_quiz_opens_by_keyboard_and_without_scripts(open_page):
    page = open_page("book/01_monolith.html", java_script_enabled=False).page
    quiz = page.locator("section#quiz details")
    assert quiz.count() == 9
    summary = quiz.nth(1).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert quiz.nth(1).get_attribute("open") is not None
    assert quiz.nth(1).get_by_text("Yes.", exact=False).first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ["index.html", "book/01_monolith.html", "exercises/01_monolith.html"])
def test_a_picture_is_taken_for_a_person_to_look_at(open_page, name, width, scheme):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(name, viewport={"width": width, "height": 900}, color_scheme=scheme).page
    target = SHOTS / f"{Path(name).with_suffix('').as_posix().replace('/', '-')}-{width}-{scheme}.png"
    page.screenshot(path=target)
    assert target.stat().st_size > 10_000
