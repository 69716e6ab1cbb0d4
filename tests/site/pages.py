"""The pages of the built site, by name; a module of its own, since pytest asks for parameters before any fixture."""

from lab.home import ROOT

HTML = ROOT / "_build" / "html"
PAGES = sorted(str(path.relative_to(HTML)) for path in HTML.rglob("*.html") if "pagefind" not in path.parts)
PAGES = PAGES or ["index.html"]  # no site yet: the fixture `html` says so
CHAPTERS = [name for name in PAGES if name.startswith("book/") and name[5:7].isdigit()]
MAIN = ["index.html", *CHAPTERS[:1], "exercises/01_monolith.html", "book/claims.html"]
