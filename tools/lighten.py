"""From what Sphinx wrote to what readers load: one small stylesheet, lighter pages, a search index, nothing unused.

Sphinx's own output stays as it is, so that the next build can go on from it.
"""

import html
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lightningcss
import minify_html

# Pages that Sphinx always writes and nothing leads to.
NOT_PUBLISHED = {"genindex.html"}
# Pagefind also writes interfaces; the book has its own.
NOT_SEARCHED_WITH = ("pagefind-ui", "pagefind-modular", "pagefind-component", "pagefind-highlight")
OWN = "split-decisions.css"
STYLESHEET = re.compile(r'<link\b[^>]*\brel="stylesheet"[^>]*>')
ADDRESS = re.compile(r'\b(href|src)="([^"]*)"')
NAMES = re.compile(r'\b(?:class|id)="([^"]*)"')
# A span that colours nothing: a name, punctuation, an operator, a blank, and the inside of inline code.
PLAIN = re.compile(r'<span class="(?:n|p|w|o|pre|nv-|x)">([^<]*)</span>')
# What a cell drew: MyST-NB stores it under a hash. It is small, and says itself what it shows (<title>).
CHART = re.compile(r"[0-9a-f]{64}\.svg")
# A section's name belongs to its heading: that is where the search looks for it.
SECTION = re.compile(r'<section id="([^"]+)">(\s*(?:<span id="[^"]+"></span>\s*)*)<(h[1-6])>')
# The head of a table that has none in Markdown, where a table must have one.
EMPTY_HEAD = re.compile(r"<thead>\s*<tr[^>]*>\s*(?:<th[^>]*>\s*(?:<p>\s*</p>)?\s*</th>\s*)+</tr>\s*</thead>")


def lighten(source: Path, target: Path) -> None:
    """Write the site from Sphinx's folder `source` into `target`; what is no longer part of it is removed there.

    Raises FileNotFoundError for a page that loads a file which is not there, and CalledProcessError when the search
    index cannot be made.
    """
    pages = {
        path.relative_to(source): path.read_text()
        for path in sorted(source.rglob("*.html"))
        if not path.is_relative_to(source / "_static") and path.name not in NOT_PUBLISHED
    }
    written = Written(target)
    sheets = stylesheets(source, pages)
    pages = {name: plainer(text, source / name, source) for name, text in pages.items()}
    script = source / "_static" / "split-decisions.js"
    style = purged(
        combined(source, sheets), vocabulary([*pages.values(), script.read_text()]), asked_for(pages)
    )
    written.text(Path("_static/book.css"), style)
    for path in loaded(source, pages, style):
        written.copy(source / path, path)
    for extra in ("sitemap.xml", "objects.inv", "_static/card.png"):
        if (source / extra).exists():
            written.copy(source / extra, Path(extra))
    for name, text in pages.items():
        up = "../" * (len(name.parts) - 1)
        link = f'<link rel="stylesheet" href="{up}_static/book.css?v={short(style)}">'
        text, count = STYLESHEET.subn("", text)
        if count:
            text = text.replace("</title>", "</title>" + link, 1)
        text = text.replace("split-decisions.js", f"split-decisions.js?v={short(script.read_text())}")
        written.text(
            name, minify_html.minify(text, keep_closing_tags=True, keep_html_and_head_opening_tags=True)
        )
    written.remove_the_rest()
    index(target)


class Written:
    """The files of the site as they are written; a file that would not change is left alone."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.names: set[Path] = set()

    def bytes(self, name: Path, content: bytes) -> None:
        self.names.add(name)
        path = self.target / name
        if path.exists() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def text(self, name: Path, content: str) -> None:
        self.bytes(name, content.encode())

    def copy(self, source: Path, name: Path) -> None:
        self.bytes(name, source.read_bytes())

    def remove_the_rest(self) -> None:
        """Remove files of an earlier build, and folders that are empty then."""
        for path in sorted(self.target.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self.target) not in self.names:
                path.unlink()


def short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


# pages


def plainer(text: str, path: Path, source: Path) -> str:
    """The page with spans gone that colour nothing, and with pictures that load late and keep their place."""
    text = PLAIN.sub(r"\1", text)
    text = text.replace("<pre><span></span>", "<pre>")
    text = text.replace(' class="docutils literal notranslate"', "")
    text = text.replace(" docutils container", "").replace('<table class="table"', "<table")
    text = EMPTY_HEAD.sub("", text)
    text = SECTION.sub(r'<section>\2<\3 id="\1">', text)
    return re.sub(r"<img\b[^>]*>", lambda found: picture(found[0], path, source), text)


def picture(tag: str, path: Path, source: Path) -> str:
    """An <img> with its size, loaded when it comes near; a chart of the lab in place, in the page's own colours."""
    address = dict(ADDRESS.findall(tag)).get("src", "")
    file = (path.parent / unquote(urlsplit(address).path)).resolve()
    more = ' loading="lazy" decoding="async"'
    if file.suffix == ".svg" and file.is_relative_to(source) and file.exists():
        drawing = file.read_text()
        if CHART.match(file.name):
            return drawing
        if size := re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', drawing):
            width, height = (round(float(number) * 4 / 3) for number in size.groups())
            more += f' width="{width}" height="{height}"'
    return re.sub(r"\s*/?>$", f"{more}>", tag)


def loaded(source: Path, pages: dict[Path, str], style: str) -> list[Path]:
    """Every file, other than pages and stylesheets, that a page or the stylesheet leads to."""
    found = set()
    for name, text in pages.items():
        for _, address in ADDRESS.findall(STYLESHEET.sub("", text)):
            parts = urlsplit(html.unescape(address))
            if parts.scheme or parts.netloc or not parts.path or parts.path.endswith((".html", "/")):
                continue
            found.add((source / name).parent.joinpath(unquote(parts.path)).resolve())
    for address in re.findall(r"url\(\"?([^\")]+)\"?\)", style):
        if not address.startswith("data:"):
            found.add((source / "_static" / address).resolve())
    for path in found:
        if not path.is_file():
            raise FileNotFoundError(f"a page leads to {path.relative_to(source)}, which is not there")
    return sorted(path.relative_to(source) for path in found)


# the stylesheet


def stylesheets(source: Path, pages: dict[Path, str]) -> list[Path]:
    """The stylesheets that the pages load, in the order in which they load them."""
    order: list[Path] = []
    for name, text in pages.items():
        for tag in STYLESHEET.findall(text):
            path = (source / name).parent / urlsplit(dict(ADDRESS.findall(tag))["href"]).path
            if path.resolve() not in order:
                order.append(path.resolve())
    return order


def combined(source: Path, sheets: list[Path]) -> str:
    """All of them as one, without the icon fonts; addresses in it are relative to `_static/`.

    The theme's and the extensions' rules go into a cascade layer, so that the book's own rules win without having to
    outbid them: a stylesheet outside of layers comes last. `!important` would turn that around, so theirs loses it.
    """
    own = [path.read_text() for path in sheets if path.name == OWN]
    theirs = []
    for path in sheets:
        if path.name == OWN:
            continue
        text = re.sub(r'@import\s+(url\()?"[^"]*"\)?;?|@charset "[^"]*";', "", path.read_text())
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        text = re.sub(r"@font-face\s*\{[^}]*fontawesome[^}]*\}", "", text, flags=re.IGNORECASE)
        theirs.append(re.sub(r"\s*!\s*important", "", text))
    return "@layer theme {\n" + "\n".join(theirs) + "\n}\n" + "\n".join(own)


def vocabulary(texts: list[str]) -> set[str]:
    """Every class and id that a page has, and every word of the script, which may set them."""
    words: set[str] = set()
    for text in texts[:-1]:
        for names in NAMES.findall(text):
            words |= set(names.split())
    return words | set(re.findall(r"[\w-]+", texts[-1]))


def asked_for(pages: dict[Path, str]) -> set[str]:
    """The variables that pages ask for in themselves: a chart has its colours in its own style."""
    return {name for text in pages.values() for name in re.findall(r"var\(\s*(--[\w-]+)", text)}


def purged(css: str, used: set[str], variables: set[str] = frozenset()) -> str:
    """The stylesheet without rules for classes and ids that are not `used`, and without variables nobody asks for."""
    names = set(re.findall(r"[.#](-?[A-Za-z_][\w-]*)", css))
    css = lightningcss.process_stylesheet(css, unused_symbols=names - used, error_recovery=True)
    while True:
        asked = set(re.findall(r"var\(\s*(--[\w-]+)", css))
        idle = set(re.findall(r"(--[\w-]+)\s*:", css)) - asked - variables
        idle |= set(re.findall(r"@keyframes ([\w-]+)", css)) - set(
            re.findall(r"[\w-]+", re.sub(r"@keyframes [\w-]+", "", css))
        )
        lighter = lightningcss.process_stylesheet(css, unused_symbols=idle)
        if lighter == css:
            return css
        css = lighter


# search


def index(target: Path) -> None:
    """Index the pages for the search; it is loaded by whoever searches, in small pieces."""
    command = [
        sys.executable,
        "-m",
        "pagefind",
        "--site",
        str(target),
        "--exclude-selectors",
        "a.headerlink",
        "--quiet",
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    for path in (target / "pagefind").glob("*"):
        if path.name.startswith(NOT_SEARCHED_WITH):
            path.unlink()
