"""The built site (`make site` makes it), served as a plain static host would, and a browser to look at it."""

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bench_pages import Lacking, chromium

from lab.home import ROOT

HTML = ROOT / "_build" / "html"
# What a copy of the book needs to be built.
NEEDED = [
    "_config.yml",
    "_toc.yml",
    "index.md",
    "requirements.txt",
    "book",
    "exercises",
    "solutions",
    "tools",
]
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-gpu")


class Host(SimpleHTTPRequestHandler):
    """Files below a path, uncompressed; 404.html for what is not there, as static hosts do."""

    def __init__(self, *args, below: str = "/", **more) -> None:
        self.below = below
        super().__init__(*args, **more)

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.below):
            return str(Path(self.directory, "not", "below"))
        return super().translate_path("/" + path.removeprefix(self.below))

    def send_error(self, code, message=None, explain=None) -> None:
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_) -> None:
        pass


def serving(folder: Path, below: str = "/") -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(folder), below=below))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{below.rstrip('/')}"
    server.shutdown()


@pytest.fixture(scope="session")
def html() -> Path:
    assert (HTML / "index.html").exists(), "there is no site: `make site` builds it"
    return HTML


@pytest.fixture(scope="session")
def address(html) -> Iterator[str]:
    yield from serving(html)


@pytest.fixture(scope="session")
def address_below(html) -> Iterator[str]:
    """The same site as a project page has it, under a path of its own."""
    yield from serving(html, "/split-decisions/")


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    try:
        program = chromium()
    except Lacking as what:
        pytest.skip(str(what))
    sandbox = () if os.geteuid() else ("--no-sandbox",)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=[*QUIET, *sandbox])
        yield running
        running.close()


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The book's sources in a folder of their own, to build from or to edit."""
    folder = tmp_path_factory.mktemp("copy")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
            )
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / "code").symlink_to(ROOT / "code")
    return folder


class Seen:
    """A page that is open, what it loaded (address -> bytes), and what went wrong meanwhile."""

    def __init__(self, browser, address: str, name: str, **how) -> None:
        self.context = browser.new_context(**how)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.foreign: list[str] = []
        self.loaded: dict[str, int] = {}
        self.page.on(
            "console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda problem: self.wrong.append(str(problem)))
        self.page.on(
            "request", lambda r: None if r.url.startswith((address, "data:")) else self.foreign.append(r.url)
        )
        self.page.on("response", self._answered)
        self.page.goto(f"{address}/{name}", wait_until="load")

    def _answered(self, response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status} {response.url}")
        self.loaded[response.url] = int(response.headers.get("content-length", 0))


@pytest.fixture
def open_page(browser, address):
    opened = []

    def make(name: str, at: str = address, **how) -> Seen:
        opened.append(Seen(browser, at, name, **how))
        return opened[-1]

    yield make
    for seen in opened:
        seen.context.close()
