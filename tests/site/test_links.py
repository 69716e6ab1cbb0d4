"""Inside the site every link and every anchor leads somewhere, and nothing is loaded from another host."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import claims
import pytest
from bs4 import BeautifulSoup

from lab.home import ROOT

HTML = ROOT / "_build" / "html"
LOADED = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src", "video": "src"}
# relations of <link> that name an address without loading it
NOT_LOADED = {"canonical", "next", "prev", "index", "search", "author", "license", "help"}


@cache
def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(), "html.parser")


@cache
def anchors(path: Path) -> set[str]:
    return {element["id"] for element in page(path).select("[id]")} | {
        element["name"] for element in page(path).select("a[name]")
    }


def pages() -> list[Path]:
    """All but 404.html, which is served at any depth, and finds its way home by itself (test_browser.py)."""
    return sorted(path for path in HTML.rglob("*.html") if path.name != "404.html")


def broken(path: Path) -> list[str]:
    """Addresses on the page that lead to no file of the site, or to no anchor of that file."""
    found = []
    for element in page(path).select("[href], [src]"):
        address = element.get("href") or element.get("src") or ""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address.startswith("data:"):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target /= "index.html"
        if not target.is_relative_to(HTML) or not target.is_file():
            found.append(f"{address}: no such file")
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in anchors(target):
            found.append(f"{address}: no such anchor")
    return found


def loaded_from_elsewhere(path: Path) -> list[str]:
    found = []
    for element in page(path).select(", ".join(f"{name}[{key}]" for name, key in LOADED.items())):
        address = element[LOADED[element.name]]
        rels = set(element.get("rel", []))
        if urlsplit(address).netloc and not rels & NOT_LOADED:
            found.append(address)
    return found


def test_the_site_has_its_pages(html):
    names = {str(path.relative_to(html)) for path in pages()}
    assert names >= {
        "index.html",
        "search.html",
        "book/01_monolith.html",
        "exercises/01_monolith.html",
        "book/claims.html",
    }


@pytest.mark.parametrize("check", [broken, loaded_from_elsewhere])
def test_a_planted_fault_is_found(check, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "HTML", tmp_path)
    path = tmp_path / "index.html"
    path.write_text('<a href="#there" id="there">x</a><a href="">y</a>')
    assert check(path) == []
    for fault in ('<a href="#not-there">', '<img src="gone.png">', '<script src="https://example.org/x.js">'):
        faulty = tmp_path / f"{abs(hash(fault))}.html"
        faulty.write_text(fault)
        assert bool(check(faulty)) == (("example.org" in fault) == (check is loaded_from_elsewhere))


def test_every_link_and_anchor_leads_somewhere(html):
    assert {str(path.relative_to(html)): found for path in pages() if (found := broken(path))} == {}


def test_nothing_is_loaded_from_another_host(html):
    assert {
        str(path.relative_to(html)): found for path in pages() if (found := loaded_from_elsewhere(path))
    } == {}


def test_every_page_has_one_heading_a_title_and_a_language(html):
    for path in pages():
        soup = page(path)
        assert soup.title and soup.title.get_text(strip=True), path
        assert soup.html.get("lang"), path
        if path.name not in ("search.html",):
            assert len(soup.select("article h1")) == 1, path


def test_every_claim_with_a_verdict_links_to_its_evidence_on_the_chapters_page(html):
    chapters = claims.chapter_titles()
    settled = [
        claim for group in claims.claims().values() for claim in group.values() if claim.get("verdict")
    ]
    wanted = {f"{chapters[claim['chapter']]}.html#{claim['evidence']}" for claim in settled}
    soup = page(html / "book" / "claims.html")
    assert {link["href"] for link in soup.select("a[href*='-evidence']")} == wanted
    assert len(wanted) == len(settled) > 0
