"""Write `book/claims.md`, the page of all claims, from `book/claims.yml`.

python tools/claims.py            write the page if it differs
python tools/claims.py --check    write nothing; exit 1 when it differs
"""

import sys
from collections import Counter
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
VERDICTS = ("holds", "holds with limits", "does not hold here", "cannot be tested here")
HEAD = """\
# The claims, one by one

Before this book there was an article, "Is Django Good for Microservices?", and it makes {count} claims. Here
they are, in our own words. Each gets an experiment, a demonstration or a check; where one does not survive its
measurement, the chapter shows the conditions, and how to get the other result.

So far: {tally}.
"""


def claims() -> dict[str, dict[str, dict]]:
    """The claims by group; every problem in the file ends the run with a sentence that names it."""
    groups = yaml.safe_load((ROOT / "book" / "claims.yml").read_text())
    for name, claim in ((name, claim) for group in groups.values() for name, claim in group.items()):
        if claim.get("verdict") and claim["verdict"] not in VERDICTS:
            raise SystemExit(
                f"claims.yml: {name} has the verdict {claim['verdict']!r}; known: {', '.join(VERDICTS)}"
            )
        if bool(claim.get("verdict")) != bool(claim.get("because") and claim.get("evidence")):
            raise SystemExit(f"claims.yml: {name} needs verdict, because and evidence, or none of them")
    return groups


def chapter_titles() -> dict[str, str]:
    return {path.name[:2]: path.stem for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))}


def page() -> str:
    groups = claims()
    every = [claim for group in groups.values() for claim in group.values()]
    counted = Counter(claim.get("verdict", "not tested yet") for claim in every)
    tally = " · ".join(f"{counted[v]} {v}" for v in (*VERDICTS, "not tested yet") if counted[v])
    parts = [HEAD.format(count=len(every), tally=tally)]
    chapters = chapter_titles()
    for group, members in groups.items():
        parts.append(f"## {group}\n")
        for name, claim in members.items():
            number = claim["chapter"]
            parts.append(f"({name.lower()})=\n**{name}** {claim['says']}\n")
            if claim.get("verdict"):
                place = f"chapter {number}"
                if number in chapters:
                    place = f"[{place}]({chapters[number]}.ipynb)"
                link = f"[the evidence](#{claim['evidence']})"
                parts.append(
                    f": *{claim['verdict'].capitalize()}.* {claim['because']} {claim['kind'].capitalize()} in {place}: {link}.\n"
                )
            else:
                parts.append(
                    f": *Not tested yet.* {claim['kind'].capitalize()}, to come in chapter {number}.\n"
                )
    return "\n".join(parts)


def main(check_only: bool) -> int:
    target = ROOT / "book" / "claims.md"
    fresh = page()
    if target.exists() and target.read_text() == fresh:
        return 0
    print("book/claims.md differs from book/claims.yml")
    if not check_only:
        target.write_text(fresh)
    return int(check_only)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
