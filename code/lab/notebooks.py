"""The exercise notebooks: where answers and their stubs stand, and the learner's copies in `work/`.

A cell is an answer when its first line is `%%answer NN.n`. `solutions/` is the source of all: its
answer cells hold the solution, and the stub in their metadata; `exercises/` is derived from it.
"""

import json
import re
from pathlib import Path

from lab.errors import LabError, NoAnswer, UnknownExercise
from lab.home import ROOT, home

ANSWER = re.compile(r"\A%%answer (\d\d\.\d+)[ \t]*\n")
STEP = re.compile(r"^# lab road diff (\w+)$", re.MULTILINE)
ROOMS = ("book", "exercises")


def read(path: Path) -> dict:
    """A notebook as JSON; LabError when it is none."""
    try:
        notebook = json.loads(path.read_text())
        for number, cell in enumerate(notebook["cells"]):
            source(cell), answer_of(cell)
            cell.setdefault("id", f"cell-{number}")  # notebooks of older tools have none
        return notebook
    except FileNotFoundError:
        raise LabError(f"there is no {path.name} in {path.parent.name}/") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LabError(
            f"{path} is no readable notebook: `lab rescue` sets it aside and makes a new copy"
        ) from None


def write(path: Path, notebook: dict) -> None:
    """Write a notebook as Jupyter does, in one step."""
    fresh = path.with_name(f".{path.name}.tmp")
    fresh.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    fresh.replace(path)


def source(cell: dict) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def answer_of(cell: dict) -> tuple[str, str] | None:
    """(exercise number, answer source) of an answer cell, else None."""
    if cell["cell_type"] != "code" or not (found := ANSWER.match(source(cell))):
        return None
    return found[1], source(cell)[found.end() :]


def answers(notebook: dict) -> dict[str, str]:
    """The answers of a notebook by exercise number."""
    return dict(found for cell in notebook["cells"] if (found := answer_of(cell)))


def chapter_file(number: str, room: str) -> Path:
    """The notebook of a chapter ("01" or "01.2") in a room of the clone."""
    chapter = number.partition(".")[0]
    for path in sorted((ROOT / room).glob("[0-9][0-9]_*.ipynb")):
        if path.name[:2] == chapter:
            return path
    raise UnknownExercise(
        f"there is no chapter {chapter!r} in {room}/. There are: {', '.join(chapters()) or 'none'}"
    )


def chapters() -> list[str]:
    """Numbers of the chapters that have exercises."""
    return sorted(path.name[:2] for path in (ROOT / "exercises").glob("[0-9][0-9]_*.ipynb"))


def stubs(number: str) -> dict[str, str]:
    """The stubs of a chapter's exercises, by number."""
    return answers(read(chapter_file(number, "exercises")))


def solution(number: str) -> str:
    """The book's own answer to an exercise, without the markers around it; for a step of the road, its patch."""
    found = answers(read(chapter_file(number, "solutions")))
    text = without_markers(found[number]).strip() + "\n"
    return named_patch(text) or text


def named_patch(text: str) -> str | None:
    """The author's patch of the step that an answer names, with a line `# lab road diff STEP`."""
    found = STEP.search(text)
    if not found:
        return None
    from lab.road.plan import plan

    return plan().step(found[1]).patch_file().read_text()


def without_markers(text: str) -> str:
    return re.sub(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", "", text, flags=re.MULTILINE)


SHOWN = "# shown beside the book's own answer"


def other_right(number: str) -> str | None:
    """Another right answer to an exercise, from solutions/right/: the one that says it is shown."""
    for path in sorted((ROOT / "solutions" / "right").glob(f"{number}_*")):
        lines = path.read_text().splitlines()
        if SHOWN in lines:
            return "\n".join(line for line in lines if line != SHOWN).strip() + "\n"
    return None


def copies(room: str) -> Path:
    """The learner's folder of copies of a room."""
    return home() / room


def base(room: str) -> Path:
    """The copies as they were handed out, to tell what the learner changed."""
    return home() / ".base" / room


def registered(number: str) -> Path:
    """Where the notebook's last run of an answer cell is kept."""
    return home() / "answers" / f"{number}.py"


def register(number: str, text: str) -> None:
    path = registered(number)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def current_answer(number: str) -> tuple[str, str]:
    """The learner's answer to judge from a shell, and where it was found.

    The saved notebook and the last run of the cell may differ: the newer of the two counts.
    """
    notebook = copies("exercises") / chapter_file(number, "exercises").name
    found = []
    if notebook.exists() and (text := answers(read(notebook)).get(number)) is not None:
        found.append((notebook.stat().st_mtime, text, f"{notebook.name}, as saved"))
    if registered(number).exists():
        path = registered(number)
        found.append((path.stat().st_mtime, path.read_text(), "the cell as it was last run"))
    if not found and notebook.exists() and number in stubs(number):
        raise NoAnswer(
            f"no cell of your {notebook.name} begins with %%answer {number}: was its first line deleted? "
            "Write it again, or begin with a copy from exercises/"
        )
    if not found:
        raise NoAnswer(
            f"there is no answer to {number} yet: `make lab` opens the exercises, `lab update` copies them"
        )
    newest = max(found)
    others = [text for _, text, _ in found if text.strip() != newest[1].strip()]
    older = min(found)[2]
    place = newest[2] + (f"; newer than {older}, which differs" if others else "")
    return newest[1], place


def update() -> list[str]:
    """Bring the learner's copies up to date; returns a line for each thing worth knowing.

    A cell that the learner changed is kept as it is, a cell of the learner's own stays after the cell
    it followed, everything else becomes what the book has now.
    """
    told = []
    for room in ROOMS:
        for folder in (copies(room), base(room)):
            folder.mkdir(parents=True, exist_ok=True)
        _copy_companions(ROOT / room, copies(room))
        for path in sorted((ROOT / room).glob("*.ipynb")):
            told += _update_copy(path, copies(room) / path.name, base(room) / path.name)
    return told


def _copy_companions(room: Path, copy: Path) -> None:
    """The pages and pictures that notebooks link to, as the book has them now."""
    for path in [*room.glob("*.md"), *room.glob("figures/*.svg")]:
        target = copy / path.relative_to(room)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())


def _update_copy(fresh: Path, copy: Path, handed_out: Path) -> list[str]:
    label = f"{copy.parent.name}/{copy.name}"
    new = without_outputs(read(fresh))
    if not copy.exists():
        write(copy, new)
        write(handed_out, new)
        return [f"{label}: new"]
    mine = read(copy)
    try:
        old = read(handed_out)
    except (
        LabError
    ):  # what was handed out is not known any more: what differs from the book counts as changed
        old = new
    else:
        if old == new:
            return []
    was = {cell["id"]: source(cell) for cell in old["cells"]}
    offered = {cell["id"]: source(cell) for cell in new["cells"]}
    changed = {c["id"]: c for c in mine["cells"] if c["id"] in was and source(c) != was[c["id"]]}
    ran = {c["id"]: c for c in mine["cells"] if c["cell_type"] == "code"}
    told = []
    merged = []
    for cell in new["cells"]:
        kept = changed.pop(cell["id"], None)
        if not kept and cell["id"] in ran and source(ran[cell["id"]]) == source(cell):
            kept = ran[cell["id"]]  # the same source: the learner's own output stays with it
        merged.append({**kept, "metadata": cell["metadata"]} if kept else cell)
        if (
            kept
            and offered[cell["id"]] != was.get(cell["id"], offered[cell["id"]])
            and source(kept) != source(cell)
        ):
            number = (answer_of(cell) or (f"the cell {cell['id']}, which you changed,",))[0]
            told.append(f"{label}: {number} is new in the book; your own text was kept")
    place = 0  # after the last of the learner's cells that is still there
    for cell in mine["cells"]:
        ids = [c["id"] for c in merged]
        if cell["id"] in changed or cell["id"] not in {*was, *ids}:
            merged.insert(place, cell)
            place += 1
        elif cell["id"] in ids:
            place = ids.index(cell["id"]) + 1
    write(copy, {**new, "cells": merged})
    write(handed_out, new)
    return [*told, f"{label}: brought up to date"]


def without_outputs(notebook: dict) -> dict:
    """The notebook before anybody ran it: a copy must not show what the reader is asked to guess."""
    blank = {"outputs": [], "execution_count": None}
    cells = [{**cell, **blank} if cell["cell_type"] == "code" else cell for cell in notebook["cells"]]
    return {**notebook, "cells": cells}


def reset(number: str) -> Path:
    """Put an answer's stub back into the learner's copy; returns where the old answer was kept."""
    stub = stubs(number).get(number)
    if stub is None:
        raise UnknownExercise(f"there is no exercise {number}")
    return replace_answer(number, stub, f"{number}-before-reset")[1]


def replace_answer(number: str, text: str, kept_as: str = "") -> tuple[Path, Path]:
    """Write another answer into the learner's copy; returns the copy, and where the old answer was kept."""
    notebook_path = copies("exercises") / chapter_file(number, "exercises").name
    notebook = read(notebook_path)
    for cell in notebook["cells"]:
        found = answer_of(cell)
        if found and found[0] == number:
            kept = free_name(home() / "answers" / f"{kept_as or number + '-before'}.py")
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(found[1])
            cell["source"], cell["outputs"] = f"%%answer {number}\n{text}", []
            cell["execution_count"] = None
            registered(number).unlink(missing_ok=True)
            write(notebook_path, notebook)
            return notebook_path, kept
    raise LabError(f"your copy of {notebook_path.name} has no cell that begins with %%answer {number}")


def free_name(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free
