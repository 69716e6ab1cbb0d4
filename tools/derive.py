"""Derive `exercises/` from `solutions/`: the same notebook, with each answer replaced by its stub.

python tools/derive.py            write what differs
python tools/derive.py --check    write nothing; exit 1 when anything differs
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "code"))

from lab.notebooks import answer_of  # noqa: E402 (after the path is set)

KEPT_METADATA = ("kernelspec", "language_info")


def exercise(notebook: dict) -> dict:
    """The exercise notebook of a solution notebook: stubs for answers, no outputs, no hashes."""
    cells = [derived(cell) for cell in notebook["cells"]]
    metadata = {key: notebook["metadata"][key] for key in KEPT_METADATA}
    return {**notebook, "cells": cells, "metadata": metadata}


def exercise_text(notebook: dict) -> str:
    """The exercise notebook of a solution notebook, as it is written."""
    return json.dumps(exercise(notebook), indent=1, ensure_ascii=False) + "\n"


def derived(cell: dict) -> dict:
    metadata = {key: value for key, value in cell["metadata"].items() if key != "stub"}
    fresh = {**cell, "metadata": metadata, "source": "".join(cell["source"]).splitlines(keepends=True)}
    if cell["cell_type"] == "code":
        fresh |= {"outputs": [], "execution_count": None}
    if found := answer_of(cell):
        if "stub" not in cell["metadata"]:
            raise SystemExit(f"derive: the answer cell of {found[0]} has no stub in its metadata")
        fresh["source"] = lines([f"%%answer {found[0]}", *cell["metadata"]["stub"]])
    return fresh


def lines(parts: list[str]) -> list[str]:
    """Source lines as notebooks keep them: each ends with a newline but the last."""
    return [f"{part}\n" for part in parts[:-1]] + parts[-1:]


def main(check_only: bool) -> int:
    wanted = {
        ROOT / "exercises" / path.name: exercise_text(json.loads(path.read_text()))
        for path in sorted((ROOT / "solutions").glob("*.ipynb"))
    }
    stray = set((ROOT / "exercises").glob("*.ipynb")) - wanted.keys()
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in [*differing, *sorted(stray)]:
        print(f"{path.relative_to(ROOT)}: {'has no solution notebook' if path in stray else 'differs'}")
    if not check_only:
        for path in differing:
            path.write_text(wanted[path])
    return 1 if stray or (check_only and differing) else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
