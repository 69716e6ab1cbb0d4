"""`make book` while an author edits: the page that is open shows what was saved."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

PATIENCE = 60  # seconds: a build takes three, on a machine that has time


@pytest.fixture(scope="module")
def author(copy):
    """(address, lines said so far): the book in a folder of its own, built, served and watched."""
    subprocess.run([sys.executable, "tools/build.py"], cwd=copy, check=True, capture_output=True)
    serving = subprocess.Popen(
        [sys.executable, "-u", "tools/serve.py", "--watch"],
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    address = re.search(r"http://\S+", serving.stdout.readline())[0].rstrip("/")
    assert "page reloads" in serving.stdout.readline()
    time.sleep(1)  # the watch begins with the server
    yield copy, address, serving
    began = time.monotonic()
    os.killpg(serving.pid, signal.SIGINT)
    assert serving.wait(timeout=20) == 0 and time.monotonic() - began < 15
    assert "Traceback" not in serving.stdout.read()


def said(serving, words: str) -> str:
    """Read on until a line has these words."""
    for line in serving.stdout:
        if words in line:
            return line
    raise AssertionError(f"it ended without a word of {words!r}")


def test_an_open_page_shows_what_was_saved(author, open_page):
    folder, address, serving = author
    seen = open_page("book/glossary.html", at=address)
    source = folder / "book" / "glossary.md"
    source.write_text(source.read_text().replace("# Glossary", "# Glossary, saved"))
    seen.page.locator("h1", has_text="Glossary, saved").wait_for(timeout=PATIENCE * 1000)
    assert "glossary.md" in said(serving, "changed:")
    assert "the page reloads" in said(serving, " s: ")


def test_what_cannot_be_built_is_said_and_the_site_stays(author, open_page):
    folder, address, serving = author
    source = folder / "book" / "glossary.md"
    whole = source.read_text()
    source.write_text(whole + "\n[nowhere](#nowhere-at-all)\n")
    assert "nowhere-at-all" in said(serving, "WARNING")
    assert "the site is as it was" in said(serving, " s: ")
    seen = open_page("book/glossary.html", at=address)
    seen.page.locator("h1").wait_for()  # it may reload once more: the build has just ended
    assert not seen.page.get_by_text("nowhere").count()
    source.write_text(whole)
    assert "the page reloads" in said(serving, " s: ")


def test_half_a_notebook_is_said_without_a_traceback(author):
    folder, _, serving = author
    source = folder / "book" / "setup.ipynb"
    whole = source.read_text()
    source.write_text(whole[: len(whole) // 2])
    assert "the site is as it was" in said(serving, " s: ")
    source.write_text(whole)
    assert "the page reloads" in said(serving, " s: ")


def test_what_is_not_there_is_the_books_own_page(author, open_page):
    _, address, _ = author
    assert "not here" in open_page("a/b/nothing", at=address).page.locator("h1").inner_text()
