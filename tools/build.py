"""Build the book into `_build/html`, with every warning an error.

    python tools/build.py [--force]

Sphinx (through Jupyter Book) writes `_build/sphinx`, and `lighten.py` makes the site of it. Does nothing when no source
of the book is newer than the last good build (`--force` builds all anew). SITE_URL and REPO_URL: see bookpages.py.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import claims
import derive

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
HTML = BUILD / "html"
SPHINX = BUILD / "sphinx"
STAMP = BUILD / ".built"
SOURCES = ["index.md", "book", "exercises", "tools/lighten.py"]
# What every page depends on, though Sphinx does not know it.
OF_ALL = ["_config.yml", "_toc.yml", "requirements.txt", "tools/build.py", "tools/bookpages.py"]


def settings() -> str:
    """What else a build depends on: the two addresses."""
    return "\n".join(f"{name}={os.environ.get(name, '').strip()}" for name in ("SITE_URL", "REPO_URL")) + "\n"


def newest(names: list[str]) -> float:
    files = []
    for name in names:
        place = ROOT / name
        files += [place] if place.is_file() else [p for p in place.rglob("*") if p.is_file()]
    return max(path.stat().st_mtime for path in files)


def newer_than(names: list[str]) -> bool:
    """Whether the last good build was made after all of these, and with the same settings."""
    return STAMP.exists() and STAMP.stat().st_mtime > newest(names) and STAMP.read_text() == settings()


def sphinx(force: bool) -> bool:
    """Run Jupyter Book's build into `_build/sphinx`; False when it failed, or warned."""
    from jupyter_book.sphinx import build_sphinx

    failed = build_sphinx(
        str(ROOT),
        str(SPHINX),
        use_external_toc=True,
        noconfig=True,
        path_config=str(ROOT / "_config.yml"),
        confoverrides={"external_toc_path": "_toc.yml", "nitpicky": True, "latex_individualpages": False},
        doctreedir=str(BUILD / "doctrees"),
        freshenv=force,
        force_all=force,
        quiet=True,
        warningiserror=True,
        keep_going=True,
    )
    return not failed


def build(force: bool = False) -> int:
    """Build what has changed; the exit status."""
    import lighten

    claims.main(check_only=False)
    derive.main(check_only=False)
    force = force or not newer_than(OF_ALL)
    if not force and newer_than(SOURCES):
        print("the site is up to date: _build/html")
        return 0
    STAMP.unlink(missing_ok=True)
    if force:
        shutil.rmtree(SPHINX, ignore_errors=True)
    try:
        if not sphinx(force):
            print("site: the build failed; the lines above name the page and the line", file=sys.stderr)
            return 1
        # Sphinx copies these only when a page has changed
        shutil.copytree(ROOT / "book" / "_static", SPHINX / "_static", dirs_exist_ok=True)
        lighten.lighten(SPHINX, HTML)
    except (FileNotFoundError, subprocess.CalledProcessError) as problem:
        print(f"site: {getattr(problem, 'stderr', None) or problem}", file=sys.stderr)
        return 1
    STAMP.write_text(settings())
    print("built: _build/html")
    return 0


if __name__ == "__main__":
    sys.exit(build("--force" in sys.argv[1:]))
