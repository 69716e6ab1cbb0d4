"""Feedback for a person: what was asked, what is met, what to do next."""

import re
from html import escape

from lab import notebooks, progress
from lab.checks.judge import Report
from lab.errors import UnknownExercise

MARKS = {True: "✓", False: "✗", None: "·"}
SHOWN = 1500  # characters of the answer's own output


class Feedback:
    """A report as a notebook or a terminal shows it."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def headline(self) -> str:
        report = self.report
        name = f"{report.exercise.number} {report.exercise.title}"
        if report.state == "not started":
            change = "change your tree" if report.exercise.tree else "change the stub, run it"
            return f"{name}: not started. The requirements stand above the cell; {change}, check again."
        if report.state == "cannot run":
            return f"{name}: your answer cannot run yet"
        met = sum(bool(verdict.met) for verdict in report.verdicts)
        end = ": passed" if report.passed else ""
        return f"{name}: {met} of {len(report.verdicts)} requirements met{end}"

    def lines(self) -> list[str]:
        report = self.report
        lines = [self.headline()]
        if report.message:
            lines += ["", *_indented(report.message)]
        texts = {r.key: r.text for r in report.exercise.requirements}
        for verdict in report.verdicts:
            lines.append(f"{MARKS[verdict.met]} {verdict.key} {texts[verdict.key]}")
            lines += _indented(verdict.message)
            if verdict.met is None:
                lines.append("    not reached")
        if report.failed:
            first = report.failed[0]
            number = report.exercise.number
            lines += [
                "",
                f'A hint for {first}: hint("{number}", "{first}"), in a shell: lab hint {number} {first}',
            ]
        if report.printed.strip():
            lines += ["", "Your answer printed:", *_indented(report.printed.strip()[-SHOWN:])]
        if report.passed:
            lines += ["", f"For review: {report.exercise.review}"]
        return lines

    def right_answers(self) -> list[tuple[str, str]]:
        """After a pass: the book's answer, and another right one."""
        number = self.report.exercise.number
        found = [("The book's answer", notebooks.solution(number))]
        if other := notebooks.other_right(number):
            found.append(("Another right one", other))
        if self.report.exercise.tree:
            found = [(title, to_read(patch)) for title, patch in found]
        return found

    def __repr__(self) -> str:
        lines = self.lines()
        if self.report.passed:
            for title, text in self.right_answers():
                lines += ["", f"{title}:", "", *_indented(text.rstrip())]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        shown = f'<pre class="lab-feedback">{escape(chr(10).join(self.lines()))}</pre>'
        if not self.report.passed:
            return shown
        answers = "".join(
            f'<div style="flex:1 1 20em;min-width:0"><p><strong>{title}</strong></p>'
            f'<pre style="overflow-x:auto">{escape(text.rstrip())}</pre></div>'
            for title, text in self.right_answers()
        )
        side_by_side = f'<div style="display:flex;flex-wrap:wrap;gap:1em">{answers}</div>'
        return f"{shown}<details><summary>Two right answers, side by side</summary>{side_by_side}</details>"


def to_read(patch: str) -> str:
    """A patch without what it does to tests, and without git's own lines; what stands before it stays."""
    before, *files = re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE)
    kept = [text for text in files if not re.match(r"diff --git a/\S*(/tests\.py|/tests/\S*) ", text)]
    return before + re.sub(r"^(diff --git|index) .*\n", "", "".join(kept), flags=re.MULTILINE)


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def hint_for(exercise, key: str | None, failed: list[str]) -> str:
    """The next hint of a requirement: the one named, or the first that failed last time."""
    keys = [r.key for r in exercise.requirements]
    key = key.upper() if key else (failed or keys)[0]
    if key not in keys:
        raise UnknownExercise(f"{exercise.number} has no requirement {key}. It has: {', '.join(keys)}")
    requirement = next(r for r in exercise.requirements if r.key == key)
    count = progress.next_hint(exercise.number, key, len(requirement.hints))
    rungs = "\n".join(f"  {n}. {text}" for n, text in enumerate(requirement.hints[:count], 1))
    rest = len(requirement.hints) - count
    after = f"  ({rest} more: ask again)" if rest else "  (that was the last one)"
    return f"{exercise.number} {key}: {requirement.text}\n{rungs}\n{after}"
