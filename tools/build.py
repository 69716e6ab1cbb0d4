"""Build the book into `_build/html`, with every warning an error.

Does nothing when no source of the book is newer than the last good build (`--force` builds anyway).
"""

import subprocess
import sys
from pathlib import Path

import claims
import derive

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / ".built"
SOURCES = ["_config.yml", "_toc.yml", "index.md", "book", "exercises", "tools/build.py", "requirements.txt"]


def newest_source() -> float:
    files = []
    for name in SOURCES:
        place = ROOT / name
        files += [place] if place.is_file() else [p for p in place.rglob("*") if p.is_file()]
    return max(path.stat().st_mtime for path in files)


def main(force: bool) -> int:
    claims.main(check_only=False)
    derive.main(check_only=False)
    if not force and STAMP.exists() and STAMP.stat().st_mtime > newest_source():
        print("the site is up to date: _build/html")
        return 0
    STAMP.unlink(missing_ok=True)
    build = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "--path-output", "."]
    done = subprocess.run([*build, "-W", "-n", "--keep-going", "-q"], cwd=ROOT)
    if done.returncode or not (HTML / "index.html").exists():
        print("site: the build failed; the lines above name the page and the line", file=sys.stderr)
        return done.returncode or 1
    STAMP.touch()
    print("built: _build/html")
    return 0


if __name__ == "__main__":
    sys.exit(main("--force" in sys.argv[1:]))
