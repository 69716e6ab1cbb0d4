"""Begin a chapter from the template: notebooks that run, one exercise with its check, known answers.

    python tools/chapter.py 02_seams
    python tools/chapter.py 02_seams --title "Seams" --minutes 35

Writes new files only: when one of them is there already, nothing is written. When a step fails, what this run has
written is removed again. Exit status 2 for what was asked wrongly, 1 for a step that failed.
"""

import argparse
import os
import re
import signal
import sys
import tempfile
from pathlib import Path

import claims
import derive
import refresh

from lab.notebooks import without_outputs

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "tools" / "template"
NAME = re.compile(r"(0[1-9]|[1-9][0-9])(_[a-z][a-z0-9]*)+")
MINUTES = range(25, 46)  # what a chapter may take
NEXT = """\
{written}

1. Put these lines into _toc.yml, {place}:

{toc}

2. Write. Each text says what belongs in its place; book/authors.md says how to go on:

.venv/bin/jupyter-lab    # the notebooks themselves (make lab opens a learner's copies)
make exercises           # after a change in solutions/
make refresh             # execute what has changed
make book                # the pages

3. Test the chapter, and in the end everything:

.venv/bin/python -m pytest tests/book -k "concepts or {name} or {number}. or [{number}]"
.venv/bin/python -m pytest --nbval --nbval-current-env --nbval-sanitize-with tests/sanitise.cfg \
book/{name}.ipynb solutions/{name}.ipynb
make test{more}"""


class Refused(Exception):
    """What was asked cannot be done; the message says why, in one sentence."""


def asked(arguments: list[str]) -> dict[str, str]:
    """What to put in place of the template's words; Refused when it will not do."""
    parser = argparse.ArgumentParser(prog="chapter", description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--title", help="without it, the name gives the title")
    parser.add_argument("--minutes", default="30", help="how long the chapter takes to read and run")
    given = parser.parse_args(arguments)
    if not given.name:
        raise Refused("which one? For example: make chapter NAME=02_seams TITLE='Seams'")
    if not NAME.fullmatch(given.name):
        raise Refused(
            f"{given.name!r} is no name for a chapter: two digits and lower-case words, as 02_seams"
        )
    number, words = given.name[:2], given.name[3:].replace("_", " ")
    title = words.capitalize() if given.title is None else given.title.strip()
    if not title.isprintable() or not title:
        raise Refused("the title is empty, or more than one line: TITLE='Seams' would do")
    if given.minutes not in map(str, MINUTES):
        raise Refused(f"a chapter takes {MINUTES[0]} to {MINUTES[-1]} minutes, and not {given.minutes!r}")
    return {"name": given.name, "number": number, "title": title, "minutes": given.minutes}


def filled(template, words: dict[str, str]):
    """The template's text, or each text in a notebook, with words in place of {{number}} and the like."""
    if isinstance(template, dict):
        return {key: filled(value, words) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, words) for value in template]
    if isinstance(template, str):
        return re.sub(r"{{(\w+)}}", lambda found: words[found[1]], template)
    return template


def notebook(template: Path, words: dict[str, str]) -> dict:
    """A notebook of the template, filled in and not yet executed."""
    fresh = filled(without_outputs(refresh.read(template)), words)
    facts = fresh["metadata"]["split_decisions"]
    if "minutes" in facts:
        facts["minutes"] = int(facts["minutes"])
    return refresh.normalised(fresh)


def texts(words: dict[str, str]) -> dict[Path, str]:
    """What is to be written where, the notebooks without outputs yet."""
    name, number = words["name"], words["number"]
    solutions = notebook(TEMPLATE / "solutions.ipynb", words)
    answers = {
        ROOT / "solutions" / kind / f"{number}.1_{path.name}": filled(path.read_text(), words)
        for kind in ("wrong", "right")
        for path in sorted((TEMPLATE / kind).glob("*.py"))
    }
    return {
        ROOT / "book" / f"{name}.ipynb": refresh.text_of(notebook(TEMPLATE / "book.ipynb", words)),
        ROOT / "solutions" / f"{name}.ipynb": refresh.text_of(solutions),
        ROOT / "exercises" / f"{name}.ipynb": derive.exercise_text(solutions),
        ROOT / "exercises" / "checks" / f"ch{number}.py": filled((TEMPLATE / "checks.py").read_text(), words),
        **answers,
    }


def there_already(number: str) -> list[Path]:
    """The files of a chapter with that number, whatever its name."""
    patterns = ("book/{}_*", "solutions/{}_*", "exercises/{}_*", "exercises/checks/ch{}.py")
    patterns += ("solutions/wrong/{}.*", "solutions/right/{}.*")
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern.format(number)))]


def write(wanted: dict[Path, str]) -> None:
    """Write the files and execute the notebooks: all of it, or nothing."""
    written = []
    try:
        for path, text in wanted.items():
            with path.open("x") as file:  # never over a file that has come meanwhile
                written.append(path)
                file.write(text)
        for path in written:
            if path.suffix == ".ipynb" and path.parent.name in ("book", "solutions"):
                print(f"{path.relative_to(ROOT)}: executing", flush=True)
                refresh.refresh(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def next_steps(words: dict[str, str], wanted: dict[Path, str]) -> str:
    """What the author does now, with the lines to put in and the commands to run."""
    name, number = words["name"], words["number"]
    toc = f"      - file: book/{name}\n        sections:\n          - file: exercises/{name}"
    others = [other for other in claims.chapter_titles() if other < number]
    place = f"after those of chapter {others[-1]}" if others else "under `caption: Chapters`"
    more = []
    missing = [f"{n:02}" for n in range(1, int(number)) if f"{n:02}" not in others]
    if missing:
        more.append(
            f"The tests want chapters without a gap, and there is no chapter {', '.join(missing)} yet."
        )
    settles = [
        claim for group in claims.claims().values() for claim in group if group[claim]["chapter"] == number
    ]
    if settles:
        more.append(f"Claims that chapter {number} settles (book/claims.yml): {', '.join(settles)}.")
    return NEXT.format(
        written="\n".join(f"{path.relative_to(ROOT)}: written" for path in wanted),
        place=place,
        toc=toc,
        more="".join(f"\n\n{line}" for line in more),
        **words,
    )


def main(arguments: list[str]) -> int:
    try:
        words = asked(arguments)
        if found := there_already(words["number"]):
            raise Refused(f"there is a chapter {words['number']} already: {found[0].relative_to(ROOT)}")
        wanted = texts(words)
        told = next_steps(words, wanted)
    except Refused as why:
        print(f"chapter: {why}", file=sys.stderr)
        return 2
    try:
        write(wanted)
    except BaseException as problem:  # an interrupted notebook ends in one of several ways
        said = "it was interrupted" if isinstance(problem, KeyboardInterrupt) else problem
        said = str(said) or type(problem).__name__
        print(f"chapter: {said}\nchapter: nothing of chapter {words['number']} was kept", file=sys.stderr)
        return 1
    print(told)
    return 0


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: what was begun is removed
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LAB_HOME"] = folder  # the author's own progress is left alone
        sys.exit(main(sys.argv[1:]))
