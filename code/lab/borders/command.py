"""What `lab borders PATH` says about a project, as text for a shell and as JSON."""

import json
from dataclasses import asdict
from pathlib import Path

from lab.borders.report import Borders
from lab.borders.seam import WHY, Seam
from lab.errors import LabError

PLACES = 10


class NotWritten(LabError):
    """The drawing could not be written."""


def write_svg(borders: Borders, path: str) -> None:
    try:
        Path(path).write_text(borders.svg(), encoding="utf-8")
    except OSError as problem:
        raise NotWritten(f"the drawing cannot be written to {path}: {problem.strerror}") from None


def as_text(borders: Borders) -> str:
    lines = [repr(borders)]
    if borders.apps:
        lines += ["", "Apps: " + ", ".join(app.label for app in borders.apps)]
    if kinds := borders.kinds():
        told = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        lines.append(f"All {len(borders.imports)} imports across a border, by kind: {told}")
    if borders.apps:
        lines += ["", *_seam(borders)]
    return "\n".join(lines)


def _seam(borders: Borders) -> list[str]:
    found = borders.seams()
    if not found:
        return ["No seam: there is nothing to cut between these apps."]
    best, others = found[0], found[1:4]
    lines = [f"The cheapest seam: {best.app}", f"  {_sentence(best)}", f"  {WHY}", "  To cut:"]
    lines += [f"    {cut}" for cut in best.cuts[:PLACES]]
    if len(best.cuts) > PLACES:
        lines.append(f"    and {len(best.cuts) - PLACES} more")
    if others:
        lines.append("  Next: " + ", ".join(f"{seam.app} ({seam.cost})" for seam in others))
    costly = {seam.app for seam in found} | {each.app for each in borders.imports if each.internal}
    free = [app.label for app in borders.apps if app.label in borders.models - costly]
    if free:
        lines.append(f"Nothing needs cutting for: {', '.join(free)}")
    return lines


def _sentence(seam: Seam) -> str:
    parts = seam.parts
    return f"{parts[0].upper()}{parts[1:]}: score {seam.cost}."


def as_json(borders: Borders) -> str:
    """All that was found; the keys are those of the objects."""
    return json.dumps(
        {
            "name": borders.name,
            "apps": [asdict(app) for app in borders.apps],
            "counts": borders.counts(),
            "kinds": borders.kinds(),
            "imports": [asdict(each) for each in borders.imports],
            "cycles": [{"apps": cycle.apps, "paths": cycle.paths} for cycle in borders.cycles],
            "relations": [asdict(each) for each in borders.relations],
            "shared": [asdict(each) for each in borders.shared],
            "seams": [
                {"app": seam.app, "score": seam.cost, "parts": seam.parts, "cuts": seam.cuts}
                for seam in borders.seams()
            ],
            "problems": [asdict(each) for each in borders.problems],
            "notes": borders.notes,
        },
        indent=2,
        ensure_ascii=False,
    )
