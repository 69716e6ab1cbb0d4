"""Take the README's pictures of the built site, and draw the card that is shown where a page is shared.

    python tools/pictures.py        writes book/pictures/*.png and book/_static/card.png

Needs the site (`make site`) and Chromium.
"""

import sys

import build
from bench_pages import Lacking, chromium, flags, serving

ROOT = build.ROOT
PICTURES = ROOT / "book" / "pictures"
CARD = ROOT / "book" / "_static" / "card.png"
SIZE = {"width": 1200, "height": 760}
CARD_SIZE = {"width": 1200, "height": 630}  # what social sites ask for
SHOWN = {  # picture: (page, colour scheme, what stands at its top)
    "landing.png": ("index.html", "light", None),
    "chapter.png": ("book/01_monolith.html", "dark", "#never-sell-a-seat-twice"),
}
DRAWN = """
<!DOCTYPE html><html lang="en"><base href="{address}/"><link rel="stylesheet" href="_static/book.css">
<style>body {{ display: flex; flex-direction: column; justify-content: center; height: 630px; padding: 0 90px }}
h1 {{ font-size: 104px; margin: 0 }} p {{ font-size: 44px; line-height: 1.3; margin: 18px 0 0 }}
.row {{ display: flex; align-items: center; gap: 40px }}
img {{ margin: 0 }}</style>
<body><div class="row"><img src="_static/logo.svg" width="150" height="150" alt=""><h1>Split Decisions</h1></div>
<p>Django from monolith to microservices, measured at every step.</p></body></html>
"""


def main() -> int:
    from playwright.sync_api import sync_playwright

    if not (build.HTML / "index.html").exists():
        print("pictures: there is no site yet: `make site` builds it", file=sys.stderr)
        return 1
    try:
        program = chromium()
    except Lacking as what:
        print(f"pictures: {what}", file=sys.stderr)
        return 1
    PICTURES.mkdir(exist_ok=True)
    with serving(build.HTML) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags())
        for name, (page_name, scheme, top) in SHOWN.items():
            page = browser.new_page(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")
            page.goto(f"{address}/{page_name}")
            if top:
                page.locator(top).evaluate("place => place.scrollIntoView()")
            page.evaluate("document.fonts.ready")
            page.wait_for_timeout(300)
            page.screenshot(path=PICTURES / name)
        page = browser.new_page(viewport=CARD_SIZE, color_scheme="light")
        page.goto(f"{address}/404.html")
        page.set_content(DRAWN.format(address=address), wait_until="load")
        page.evaluate("document.fonts.ready")
        page.screenshot(path=CARD)
        browser.close()
    print(f"taken: {', '.join(SHOWN)} in book/pictures, and book/_static/card.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
