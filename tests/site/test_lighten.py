"""How the site is made lighter: what goes, what has to stay."""

import json
import re
from pathlib import Path

import lighten
import pytest

CHART = "0123456789abcdef" * 4 + ".svg"
CSS = """
@keyframes used-move { to { top: 0 } }
@keyframes idle-move { to { top: 1px } }
:root { --asked: red; --chain: var(--asked); --idle: blue }
.there { color: var(--chain); animation: used-move 1s }
.gone, .there .also-gone { color: var(--idle) }
.there, .gone { margin: 0 }
#known { top: 0 } #unknown { top: 0 }
.made-by-script { left: 0 }
@media print { .there { display: none } .gone { display: block } }
p:not(.gone) { right: 0 }
"""


@pytest.fixture
def style() -> str:
    return lighten.purged(CSS, {"there", "known", "made-by-script"})


def test_rules_for_what_no_page_has_are_gone(style):
    assert not re.search(r"also-gone|#unknown|idle", style)
    assert ".there{" in style and "#known{" in style and ".made-by-script{" in style


def test_what_a_page_has_is_kept_wherever_it_stands(style):
    assert "@media print{.there{display:none}}" in style
    assert "margin:0" in style and "@keyframes used-move" in style
    assert "--asked" in style and "--chain" in style


def test_a_variable_that_only_a_page_asks_for_is_kept():
    pages = {Path("x.html"): '<svg style="color:var(--idle,#000)"></svg>'}
    assert "--idle" in lighten.purged(CSS, {"there"}, lighten.asked_for(pages))


def test_a_rule_that_only_excludes_what_is_gone_still_holds(style):
    assert re.search(r"p(:not\(\.gone\))?\{right:0\}", style)


def test_words_of_pages_and_of_the_script_are_known():
    known = lighten.vocabulary(['<p class="a b-c" id="d">e</p>', 'make("x", {className: "copy-it"})'])
    assert {"a", "b-c", "d", "copy-it"} <= known and "e" not in known


def test_the_themes_rules_lie_below_the_books_own(tmp_path):
    (tmp_path / "theme.css").write_text(
        '@charset "utf-8"; @import "x.css"; p { top: 1px !important } /* } */'
    )
    (tmp_path / "split-decisions.css").write_text("p { top: 2px !important }")
    css = lighten.combined(tmp_path, [tmp_path / "theme.css", tmp_path / "split-decisions.css"])
    theme, _, own = css.partition("\n}\n")
    assert theme.startswith("@layer theme {") and "important" not in theme and "@import" not in css
    assert own == "p { top: 2px !important }"


@pytest.fixture
def site(tmp_path) -> tuple[Path, Path]:
    """What Sphinx might have written, small."""
    source = tmp_path / "sphinx"
    (source / "_static").mkdir(parents=True)
    (source / "_sources").mkdir()
    (source / "_static" / "split-decisions.js").write_text("// nothing")
    (source / "_static" / "split-decisions.css").write_text("p { top: 0 } .gone { top: 1px }")
    (source / "_static" / "unused.js").write_text("unused")
    (source / "_sources" / "index.ipynb").write_text("{}")
    (source / "plot.svg").write_text('<svg viewBox="0 0 300 150"><title>Mine</title></svg>')
    (source / CHART).write_text(
        '<svg viewBox="0 0 9 9" role="img"><title>Bars &amp; lines</title><text fill="currentColor">x</text></svg>'
    )
    (source / "index.html").write_text(
        '<!DOCTYPE html><html lang="en"><head><title>t</title>'
        '<link rel="stylesheet" href="_static/split-decisions.css">'
        '<script type="module" src="_static/split-decisions.js"></script></head><body data-pagefind-body>'
        '<pre><span></span><span class="k">if</span><span class="w"> </span><span class="n">x</span>  y\n z</pre>'
        '<code class="docutils literal notranslate"><span class="pre">code</span></code>'
        '<table><thead><tr><th class="head"><p></p></th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>'
        '<img alt="x" src="' + CHART + '"/><img alt="Mine" src="plot.svg"/>'
        '<a href="_sources/index.ipynb">x</a></body></html>'
    )
    (source / "genindex.html").write_text("<p>index")
    return source, tmp_path / "html"


def test_a_site_has_what_its_pages_lead_to_and_nothing_else(site):
    source, target = site
    (target / "old").mkdir(parents=True)
    (target / "old" / "page.html").write_text("of an earlier build")
    lighten.lighten(source, target)
    files = {
        str(p.relative_to(target)) for p in target.rglob("*") if p.is_file() and "pagefind" not in p.parts
    }
    assert files == {
        "index.html",
        "plot.svg",
        "_static/book.css",
        "_static/split-decisions.js",
        "_sources/index.ipynb",
    }
    assert (
        json.loads((target / "pagefind" / "pagefind-entry.json").read_text())["languages"]["en"]["page_count"]
        == 1
    )
    assert not list((target / "pagefind").glob("pagefind-ui*"))


def test_a_page_is_lighter_and_says_the_same(site):
    lighten.lighten(*site)
    page = (site[1] / "index.html").read_text()
    assert "<pre><span class=k>if</span> x  y\n z</pre>" in page.replace('"', "")
    assert "<code>code</code>" in page and "thead" not in page
    assert re.search(r"_static/book\.css\?v=[0-9a-f]{8}", page)
    assert re.search(r"split-decisions\.js\?v=[0-9a-f]{8}", page)


def test_a_picture_has_its_size_and_is_loaded_late(site):
    lighten.lighten(*site)
    (picture,) = re.findall(r"<img[^>]*>", (site[1] / "index.html").read_text())
    assert (
        "loading=lazy" in picture
        and "width=400" in picture
        and "height=200" in picture
        and "alt=Mine" in picture
    )


def test_what_a_cell_drew_stands_in_the_page(site):
    lighten.lighten(*site)
    page = (site[1] / "index.html").read_text()
    assert "Bars &amp; lines" in page.replace("Bars & lines", "Bars &amp; lines") and "currentColor" in page
    assert not (site[1] / CHART).exists()


def test_a_second_time_nothing_is_written_anew(site):
    lighten.lighten(*site)
    page, style = site[1] / "index.html", site[1] / "_static" / "book.css"
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in (page, style)]
    lighten.lighten(*site)
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in (page, style)] == before


def test_a_file_that_is_missing_is_named(site):
    (site[0] / "plot.svg").unlink()
    with pytest.raises(FileNotFoundError, match=r"plot\.svg, which is not there"):
        lighten.lighten(*site)
