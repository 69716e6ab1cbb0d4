"""What this book adds to Jupyter Book's pages: a contents list that counts minutes, head lines, and addresses.

A Sphinx extension, loaded by `_config.yml`. Two settings come from the environment, both empty by default:

SITE_URL    where the site will be published; switches on canonical links, social cards and the sitemap
REPO_URL    the public repository; switches on "edit this page" and the launch links
"""

import contextlib
import io
import json
import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml
from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "book" / "_templates"
PLAN = ROOT / "book" / "chapters.yml"
# Scripts of the theme and its extensions whose work is done by split-decisions.js, or is not wanted.
NOT_LOADED = {
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "design-tabs.js",
    "sphinx-book-theme.js",
}
# For pages that have no text of their own to take it from.
DESCRIPTION = "Split Decisions takes a Django monolith apart into services, and measures each step."
# Colours of code are in split-decisions.css.
NOT_STYLED = {"pygments.css"}


@dataclass
class Entry:
    """A page of the book as the contents list shows it."""

    page: str
    title: str
    number: str = ""
    minutes: int = 0
    core: int = 0
    stretch: int = 0
    exercises: bool = False
    under: list["Entry"] = field(default_factory=list)


def address(name: str) -> str:
    """The setting `name` from the environment: empty, or an http(s) address without a slash at its end."""
    value = os.environ.get(name, "").strip().rstrip("/")
    parts = urlsplit(value)
    if value and (
        parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment
    ):
        raise ExtensionError(
            f"{name}={value!r} is no address: write it like https://example.org/book, or leave it empty"
        )
    return value


def read(path: Path) -> dict:
    """The notebook at `path`; read once as long as it does not change."""
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _changed: int) -> dict:
    return json.loads(path.read_text())


def markdown(notebook: dict) -> str:
    """The text of all its Markdown cells."""
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return "\n".join("".join(cell["source"]) for cell in cells)


def entry(page: str, title: str) -> Entry:
    """What the contents list says of a page; a notebook's own metadata know its minutes."""
    path = ROOT / f"{page}.ipynb"
    if not path.exists():
        return Entry(page, title)
    notebook = read(path)
    told = notebook["metadata"].get("split_decisions", {})
    if page.startswith("exercises/"):
        core, stretch = exercise_minutes(markdown(notebook))
        return Entry(page, title, core=core, stretch=stretch, exercises=True)
    return Entry(page, title, number=told.get("chapter", ""), minutes=told.get("minutes", 0))


def exercise_minutes(text: str) -> tuple[int, int]:
    """(minutes of the core exercises, minutes of the stretch ones), from the lines below their headings."""
    kinds = re.findall(r"^\*(core|stretch) · [\w ]+ · (\d+) minutes\*$", text, re.MULTILINE)
    return tuple(sum(int(minutes) for name, minutes in kinds if name == kind) for kind in ("core", "stretch"))


def first_heading(page: str) -> str:
    """The title of a page from its source, which is there before Sphinx has read it."""
    path = ROOT / f"{page}.ipynb"
    text = markdown(read(path)) if path.exists() else (ROOT / f"{page}.md").read_text()
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].replace("`", "") if found else page


def contents(site_map) -> list[tuple[str, list[Entry]]]:
    """The parts of the book as (caption, entries), each entry with what stands under it, after `_toc.yml`."""

    def entries(tree) -> list[Entry]:
        found = []
        for item in map(str, tree.items):
            one = entry(item, first_heading(item))
            if item in site_map:
                one.under = [below for subtree in site_map[item].subtrees for below in entries(subtree)]
            found.append(one)
        return found

    return [(tree.caption or "", entries(tree)) for tree in site_map.root.subtrees]


def planned() -> list[dict]:
    """The nineteen chapters as planned: number, name, about."""
    return yaml.safe_load(PLAN.read_text())["chapters"]


def listing(site_map) -> dict:
    """What the contents template needs: every chapter, written or planned, and the sums of the written ones."""
    written = {one.number: one for _, part in contents(site_map) for one in part if one.number}
    rows = []
    for plan in planned():
        one = written.pop(plan["number"], None)
        rows.append({**plan, "entry": one})
    rows += [
        {"number": one.number, "title": one.title, "about": "", "entry": one} for one in written.values()
    ]
    rows.sort(key=lambda row: row["number"])
    there = [row["entry"] for row in rows if row["entry"]]
    exercises = [one for chapter in there for one in chapter.under if one.exercises]
    return {
        "rows": rows,
        "minutes": sum(one.minutes for one in there),
        "core": sum(one.core for one in exercises),
        "stretch": sum(one.stretch for one in exercises),
        "written": len(there),
        "ways": [way | walked(way, there) for way in yaml.safe_load(PLAN.read_text())["ways"]],
        "rests_on": [ROOT / f"{one.page}.ipynb" for one in [*there, *exercises]],
    }


def walked(way: dict, there: list[Entry]) -> dict:
    """Of one way through: the minutes of its chapters that are written, how many these are, and how many are missing."""
    first, _, last = way["chapters"].partition(" to ")
    wanted = [f"{n:02}" for n in range(int(first), int(last) + 1)] if last else way["chapters"].split(", ")
    minutes = [one.minutes for one in there if one.number in wanted]
    return {"minutes": sum(minutes), "written": len(minutes), "missing": len(wanted) - len(minutes)}


class Rendered(SphinxDirective):
    """A list that is made from the chapters' own metadata, by the template of the subclass."""

    template: str

    def run(self) -> list[nodes.Node]:
        told = listing(self.config.external_site_map)
        for path in [PLAN, TEMPLATES / self.template, ROOT / "_toc.yml", *told["rests_on"]]:
            self.env.note_dependency(str(path))
        jinja = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        html = jinja.get_template(self.template).render(**told, uri=self.uri, time=spoken)
        return [nodes.raw("", html, format="html")]

    def uri(self, page: str) -> str:
        return "../" * self.env.docname.count("/") + f"{page}.html"


class Contents(Rendered):
    """`{contents-of-the-book}`: all chapters with their minutes, and the sums of those that are written."""

    template = "contents.html"


class Ways(Rendered):
    """`{ways-through}`: the ways through the book, with the minutes of their chapters that are written."""

    template = "ways.html"


def spoken(minutes: int) -> str:
    """90 is "1 h 30 min", 45 is "45 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


# the pages


def configure(app, config) -> None:
    """Give the two addresses to what uses them: Sphinx, the theme, the sitemap, the social cards."""
    site, repo = address("SITE_URL"), address("REPO_URL")
    config.html_baseurl = f"{site}/" if site else ""
    options = config.html_theme_options
    options["repository_url"] = repo
    options["repository_branch"] = "main"
    options["use_edit_page_button"] = bool(repo)
    options["launch_buttons"] = (
        {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"} if repo else {}
    )
    config.sitemap_url_scheme = "{link}"
    config.sitemap_show_lastmod = False
    config.sitemap_excludes = ["search.html", "genindex.html", "404.html"]
    config.ogp_site_url = f"{site}/" if site else ""
    config.ogp_site_name = "Split Decisions"
    config.ogp_image = f"{site}/_static/card.png" if site else ""
    config.ogp_image_alt = "Split Decisions: Django from monolith to microservices"
    config.ogp_custom_meta_tags = ('<meta name="twitter:card" content="summary_large_image">',)
    config.ogp_social_cards = {"enable": False}
    config.book_contents = [site, repo, contents(config.external_site_map)]


def page_context(app, pagename, templatename, context, doctree) -> None:
    """Names for layout.html: see there."""
    parts = app.config.book_contents[2]
    every = [one for _, part in parts for top in part for one in [top, *top.under]]
    context["parts"] = parts
    context["elsewhere"] = elsewhere(context.get("header_buttons", []))
    context["project_line"] = f"© {app.config.copyright}"
    context["toc_here"] = ""
    if doctree is not None and pagename != app.config.root_doc:
        toc = re.sub(r' class="[^"]*"', "", str(context["generate_toc_html"]()))
        context["toc_here"] = toc if toc.count("<li") > 1 else ""
    context["here"] = next((one for one in every if one.page == pagename), None)
    context["script_files"] = [js for js in context["script_files"] if wanted(js, NOT_LOADED)]
    context["css_files"] = [css for css in context["css_files"] if wanted(css, NOT_STYLED)]
    if not app.config.html_baseurl:  # without an address, only the description of what the page says is true
        described = re.findall(r'<meta name="description"[^>]*>', context.get("metatags", ""))
        context["metatags"] = "\n".join(described)
    tags = re.sub(r'<meta[^>]*name="viewport"[^>]*>', "", context.get("metatags", ""))  # the page has one
    context["metatags"] = re.sub(r'(content="[^"]*?),{2,}[^"]*"', r'\1"', tags)  # a table in a description
    if 'name="description"' not in context.get("metatags", ""):
        context["metatags"] = (
            context.get("metatags", "") + f'<meta name="description" content="{DESCRIPTION}">'
        )


def elsewhere(buttons: list[dict]) -> list[tuple[str, str, str]]:
    """(icon, words, address) of the theme's links to the repository and to places that run notebooks."""
    found = []
    for button in buttons:
        if button["type"] == "group":
            found += elsewhere(button["buttons"])
        elif button["type"] == "link" and "edit" in button.get("label", ""):
            # exercises and the claims page are derived: their sources are edited
            source = (
                button["url"]
                .replace("/exercises/", "/solutions/")
                .replace("/book/claims.md", "/book/claims.yml")
            )
            found.append(("edit", "Edit", source))
        elif button["type"] == "link" and "/_sources/" not in button["url"] and "://" in button["url"]:
            found.append(("launch", button["text"], button["url"]))
    return found


def wanted(asset, dropped: set[str]) -> bool:
    name = str(getattr(asset, "filename", asset) or "")
    if not name:  # an inline script: the theme's settings for scripts that are not loaded
        body = (getattr(asset, "attributes", None) or {}).get("body", "")
        return not re.match(r"\s*(let|var) toggle|DOCUMENTATION_OPTIONS", body)
    return Path(name.partition("?")[0]).name not in dropped


def mark_cells(app, doctree, docname) -> None:
    """A cell that predicts, and one that answers a prediction, get a class of their own."""
    for node in doctree.findall(nodes.container):
        if "cell" not in node.get("classes", []):
            continue
        source = next((block.astext() for block in node.findall(nodes.literal_block)), "")
        for call, name in (("predict(", "cell-predict"), ("reveal(", "cell-reveal")):
            if source.startswith(call):
                node["classes"].append(name)


def collect_pages(app):
    """The page for addresses that lead nowhere; it cannot know how deep it will be served."""
    logo = quote((ROOT / "book" / "_static" / "logo.svg").read_text().strip())
    home = urlsplit(app.config.html_baseurl).path
    yield "404", {"title": "This page is not here", "home": home, "logo_data": logo}, "404.html"


def setup(app):
    app.add_config_value("book_contents", [], "html")
    app.add_directive("contents-of-the-book", Contents)
    app.add_directive("ways-through", Ways)
    app.connect("config-inited", configure, priority=900)
    app.connect("doctree-resolved", mark_cells)
    app.connect("html-collect-pages", collect_pages)
    app.connect("html-page-context", page_context, priority=900)
    with contextlib.redirect_stdout(io.StringIO()):  # it says that it draws no cards of its own: we have one
        app.setup_extension("sphinxext.opengraph")
    if address("SITE_URL"):
        app.setup_extension("sphinx_sitemap")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
