"""Run a cell's source in the environment of a service, and report what it printed, gave and raised.

`run` is all that a web worker needs. As a process (`python -m lab.inside JOB`) it reads a job from the
file JOB, sets Django up, runs it, and writes the report to the file named in the job.
"""

import ast
import contextlib
import io
import json
import linecache
import sys
import traceback

DEEPEST = 10  # frames of a cell that a traceback shows: of endless recursion, its beginning and its end
RICH = {
    "text/markdown": "_repr_markdown_",
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
}


def bundle(value) -> dict | None:
    """The MIME bundle of a value as Jupyter would show it, or None for None."""
    if value is None:
        return None
    shown = {"text/plain": repr(value)}
    for mime, method in RICH.items():
        if hasattr(value, method) and not isinstance(value, type):
            shown[mime] = getattr(value, method)()
    return {mime: content for mime, content in shown.items() if isinstance(content, str)}


def readable(problem: BaseException, filename: str) -> str:
    """A traceback with the cell's own frames alone; if none is the cell's, the last one, but none of the lab's."""
    frames = traceback.extract_tb(problem.__traceback__)
    own = [frame for frame in frames if frame.filename == filename]
    if len(own) > DEEPEST:
        own = [*own[: DEEPEST // 2], *own[-DEEPEST // 2 :]]
    shown = own or [frame for frame in frames[-1:] if frame.filename != run.__code__.co_filename]
    lines = [f"  line {frame.lineno}, in {frame.name}\n    {frame.line or ''}" for frame in shown]
    if isinstance(problem, SyntaxError) and problem.lineno and not own:  # the cell's own, not of what it ran
        text = problem.text or linecache.getline(filename, problem.lineno)
        lines = [f"  line {problem.lineno}\n    {text.rstrip()}"]
    return "\n".join([*lines, f"{type(problem).__name__}: {problem}"])


def handed_out(name: str, namespace: dict):
    """The cell's value of that name, as the notebook will get it: through JSON."""
    if name not in namespace:
        raise NameError(f"`-o {name}` asks for a name that the cell did not set")
    try:
        return json.loads(json.dumps(namespace[name]))
    except (TypeError, ValueError, RecursionError) as problem:
        raise TypeError(
            f"`-o {name}` cannot be handed over: {problem}. Numbers, text, lists, dicts can."
        ) from None


def run(
    source: str, names=(), filename: str = "<cell>", namespace: dict | None = None, capture: bool = True
) -> dict:
    """Execute source; `names` are handed out afterwards (they must be JSON-able).

    Returns {"stdout", "data", "values", "error"}, as lab.backend.Ran has them. With `capture` False, what
    it prints goes where the process prints, in order with what its own children print, and "stdout" is "".
    """
    namespace = {"__name__": "__main__"} if namespace is None else namespace
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    printed, report = io.StringIO(), {"data": None, "values": {}, "error": None}
    with contextlib.redirect_stdout(printed) if capture else contextlib.nullcontext():
        try:
            parsed = ast.parse(source, filename)
            last = parsed.body.pop() if parsed.body and isinstance(parsed.body[-1], ast.Expr) else None
            exec(compile(parsed, filename, "exec"), namespace)
            if last is not None:
                report["data"] = bundle(
                    eval(compile(ast.Expression(last.value), filename, "eval"), namespace)
                )
            report["values"] = {name: handed_out(name, namespace) for name in names}
        except BaseException as problem:  # whatever the cell raises is the cell's to show
            report["error"] = readable(problem, filename)
    return {"stdout": printed.getvalue(), **report}


def main() -> None:
    import os

    with open(sys.argv[1]) as file:
        job = json.load(file)
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        import django

        django.setup()
    report = run(job["source"], job["names"], capture=False)
    with open(job["report"], "w") as file:
        json.dump(report, file)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
