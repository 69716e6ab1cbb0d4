"""SITE_URL and REPO_URL: what they switch on, what is refused, and that nothing of it is there without them."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

SITE = "https://books.example/split-decisions"
REPO = "https://github.com/example/split-decisions"


def built(folder: Path, **settings: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "tools/build.py"],
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def published(copy) -> Path:
    done = built(copy, SITE_URL=SITE + "/", REPO_URL=REPO)
    assert done.returncode == 0, done.stderr
    return copy / "_build" / "html"


def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(), "html.parser")


def test_every_page_names_its_own_address(published):
    for name in ("index.html", "book/01_monolith.html"):
        canonical = page(published / name).select_one("link[rel=canonical]")
        assert canonical["href"] == f"{SITE}/{name}"


def test_the_sitemap_lists_the_pages_and_no_others(published):
    locations = {
        one.text for one in ElementTree.parse(published / "sitemap.xml").iter() if one.tag.endswith("loc")
    }
    assert f"{SITE}/book/01_monolith.html" in locations
    pages = {str(path.relative_to(published)) for path in published.rglob("*.html")}
    assert locations == {f"{SITE}/{name}" for name in pages - {"404.html", "search.html"}}


def test_every_page_has_a_social_card(published):
    for name in ("index.html", "book/01_monolith.html"):
        told = {
            tag["property"]: tag["content"] for tag in page(published / name).select("meta[property^='og:']")
        }
        assert told["og:url"] == f"{SITE}/{name}"
        assert told["og:image"].startswith(SITE)
        assert (published / told["og:image"].removeprefix(SITE + "/")).is_file()
        assert len(told["og:description"]) > 50 and told["og:title"]
        assert page(published / name).select_one("meta[name='twitter:card']")


def test_pages_link_to_their_source_and_to_a_place_that_runs_them(published):
    links = [a["href"] for a in page(published / "book" / "01_monolith.html").select(".head-line a")]
    assert f"{REPO}/edit/main/book/01_monolith.ipynb" in links
    assert any(link.startswith("https://mybinder.org/v2/gh/example/split-decisions/main") for link in links)


def test_an_exercise_is_edited_where_it_comes_from(published):
    links = [a["href"] for a in page(published / "exercises" / "01_monolith.html").select(".head-line a")]
    assert f"{REPO}/edit/main/solutions/01_monolith.ipynb" in links


def test_the_page_that_is_not_there_knows_the_way_home_without_scripts(published):
    assert page(published / "404.html").select_one("[data-to='index.html']")["href"] == "/split-decisions/"


@pytest.mark.parametrize(
    "value", ["books.example", "ftp://books.example", "https://", "https://x.example/?a=b"]
)
def test_what_is_no_address_is_refused(copy, published, value):
    done = built(copy, SITE_URL=value)
    assert done.returncode == 1
    assert "is no address" in done.stderr and "Traceback" not in done.stderr


def test_without_an_address_nothing_is_invented(html):
    text = (html / "book" / "01_monolith.html").read_text()
    assert "canonical" not in text and "og:" not in text and "mybinder" not in text and "/edit/" not in text
    assert not (html / "sitemap.xml").exists()
    assert len(page(html / "book" / "01_monolith.html").select_one("meta[name=description]")["content"]) > 50
