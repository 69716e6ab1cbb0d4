"""What `bench.py` asks of a real browser: the weight of pages, and what Lighthouse makes of them.

Pages are served by a plain server, without compression: most hosts do better than that.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LIGHTHOUSE = ROOT / "tools" / "lighthouse"
REPORTS = ROOT / "_build" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PATIENCE = 180  # seconds for one page


class Lacking(Exception):
    """This machine lacks something that a measurement needs; the words say what."""


class Weight(NamedTuple):
    """What a page loads: bytes as they come over the wire (without headers), and requests."""

    first: int  # HTML and whatever blocks the first paint
    all: int  # with every picture, also those that are loaded late
    requests: int
    elsewhere: int  # of these requests, how many went to another host


def run(*command, cwd: Path = ROOT, env: dict[str, str] | None = None, seconds: float = 900) -> str:
    """Run a command to its end and return what it said.

    RuntimeError when it fails, or takes longer than `seconds`; then everything that it started has ended, too.
    """
    argv = [str(part) for part in command]
    told = " ".join(["`" + Path(argv[0]).name, *argv[1:3]]) + " …`"
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that end() reaches its children
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{told} took more than {seconds:.0f} s") from None
    finally:
        end(process)
    if process.returncode:
        raise RuntimeError(f"{told} ended with {process.returncode}: {last_line(said)}")
    return said


def end(process: subprocess.Popen) -> None:
    """End a process that leads a session of its own, if it still runs, with all that it started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


class Plain(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a plain static server of `folder`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def chromium() -> str:
    """The path of Chromium; Lacking when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise Lacking("there is no Chromium on this machine")


def node() -> str:
    if found := shutil.which("node"):
        return found
    raise Lacking("there is no node on PATH")


def flags() -> list[str]:
    # Chromium refuses to run in its sandbox as root
    return ["--disable-gpu", *([] if os.geteuid() else ["--no-sandbox"])]


# weight


def weigh(folder: Path, names: list[str]) -> dict[str, Weight]:
    """The weight of each page of the site in `folder`, with nothing kept from another page."""
    from playwright.sync_api import sync_playwright

    program = chromium()
    with serving(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags())
        try:
            return {name: weight(browser, address, name) for name in names}
        finally:
            browser.close()


def weight(browser, address: str, name: str) -> Weight:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked = []
    page.on("request", lambda request: None if request.url.startswith("data:") else asked.append(request))
    page.goto(f"{address}/{name}", wait_until="load")
    page.evaluate("document.querySelectorAll('img').forEach((image) => (image.loading = 'eager'))")
    page.wait_for_load_state("networkidle")
    blocking = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter((one) => one.renderBlockingStatus === 'blocking').map((one) => one.name)"
    )
    sizes = {one.url: one.sizes()["responseBodySize"] for one in asked if not one.failure}
    context.close()
    first = sizes[f"{address}/{name}"] + sum(sizes.get(url, 0) for url in blocking)
    elsewhere = sum(not one.url.startswith(address) for one in asked)
    return Weight(first, sum(sizes.values()), len(asked), elsewhere)


# Lighthouse


def lighthouse() -> list[str]:
    """The command of Lighthouse, installed first when it is not what the lock says; Lacking without node or npm."""
    program = node()
    lock, installed = LIGHTHOUSE / "package-lock.json", LIGHTHOUSE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm = shutil.which("npm")
        if not npm:
            raise Lacking("Lighthouse is not installed, and there is no npm on PATH")
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", cwd=LIGHTHOUSE)
    return [program, str(LIGHTHOUSE / "node_modules" / "lighthouse" / "cli" / "index.js")]


def scores(sites: dict[str, tuple[Path, list[str]]], repeats: int) -> dict[tuple[str, str], dict | Exception]:
    """Points (0 to 100) of pages of several sites (name -> folder, pages), in turns: (site, page) -> category -> repeats.

    As Lighthouse does by default: a phone, with a simulated slow network and processor. A page that cannot be scored has
    the reason instead. The last report of each page stays in `_build/lighthouse/`: it says what costs points.
    """
    command = lighthouse()
    shutil.rmtree(REPORTS, ignore_errors=True)
    found: dict[tuple[str, str], dict | Exception] = {
        (site, page): {category: [] for category in CATEGORIES}
        for site, (_, pages) in sites.items()
        for page in pages
    }
    with contextlib.ExitStack() as running:
        at = {site: running.enter_context(serving(folder)) for site, (folder, _) in sites.items()}
        for turn in range(repeats):
            print(f"bench: Lighthouse, round {turn + 1} of {repeats}", file=sys.stderr, flush=True)
            for (site, page), taken in found.items():
                if isinstance(taken, Exception):
                    continue
                try:
                    report = (
                        REPORTS / site / f"{Path(page).with_suffix('').as_posix().replace('/', '-')}.json"
                    )
                    for category, points in scored(command, f"{at[site]}/{page}", report).items():
                        taken[category].append(points)
                except (RuntimeError, OSError, ValueError) as problem:
                    found[site, page] = problem
    return found


def scored(command: list[str], url: str, report: Path) -> dict[str, float]:
    """One run of Lighthouse: category -> points; its report is written to `report`."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    run(
        *command,
        url,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--chrome-flags={' '.join(['--headless=new', *flags()])}",
        env={**os.environ, "CHROME_PATH": chromium()},
        seconds=PATIENCE,
    )
    told = json.loads(report.read_text())
    if problem := told.get("runtimeError"):
        raise RuntimeError(f"Lighthouse: {problem['message']}")
    points = {category: told["categories"][category]["score"] for category in CATEGORIES}
    if missing := [category for category, score in points.items() if score is None]:
        raise RuntimeError(f"Lighthouse gives no points for {', '.join(missing)}")
    return {category: score * 100 for category, score in points.items()}
