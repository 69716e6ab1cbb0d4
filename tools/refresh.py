"""Execute the book's notebooks and store them normalised, with a hash of what their outputs rest on.

    python tools/refresh.py                 those whose outputs are stale
    python tools/refresh.py book/01…ipynb   these, stale or not
    python tools/refresh.py --all           every one
    python tools/refresh.py --check         execute nothing; name the stale ones, and exit 1 if there are any

A notebook's outputs rest on its cells, on the code that its metadata names under `uses`, and on the lock.
`uses` holds files, folders, and patterns such as `solutions/right/01.*`.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {".py", ".html", ".txt", ".css", ".yml", ".js", ".patch"}
CELL_METADATA = ("tags", "nbgrader", "stub", "editable", "deletable")


def notebooks() -> list[Path]:
    return sorted([*(ROOT / "book").glob("*.ipynb"), *(ROOT / "solutions").glob("*.ipynb")])


def read(path: Path) -> dict:
    return json.loads(path.read_text())


def source(cell: dict) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def rests_on(notebook: dict) -> str:
    """The hash of all that the notebook's outputs rest on."""
    digest = hashlib.sha256()
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        digest.update(json.dumps([cell["cell_type"], source(cell).rstrip("\n"), sorted(tags)]).encode())
    for used in notebook["metadata"].get("split_decisions", {}).get("uses", []):
        for path in files_of(used):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    digest.update((ROOT / "requirements.txt").read_bytes())
    return digest.hexdigest()[:20]


def files_of(used: str) -> list[Path]:
    """What an entry under `uses` stands for, in order; one that stands for nothing ends the run."""
    places = sorted(ROOT.glob(used))
    if not places:
        raise SystemExit(f"refresh: a notebook uses {used}, which does not exist")
    files = []
    for place in places:
        files += [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.suffix in SOURCES)
    return files


def stored(notebook: dict) -> str | None:
    return notebook["metadata"].get("split_decisions", {}).get("rests_on")


def normalised(notebook: dict) -> dict:
    """Stable order and no noise, so that a diff shows what changed."""
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        kept = {key: cell["metadata"][key] for key in CELL_METADATA if key in cell["metadata"]}
        fresh = {"cell_type": cell["cell_type"]}
        if cell["cell_type"] == "code":
            fresh["execution_count"] = cell["execution_count"]
        fresh |= {"id": cell.get("id") or f"cell-{number}", "metadata": kept}
        if cell["cell_type"] == "code":
            fresh["outputs"] = [normalised_output(output) for output in merged(cell["outputs"])]
        fresh["source"] = source(cell).rstrip("\n").splitlines(keepends=True)
        cells.append(fresh)
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        "split_decisions": notebook["metadata"].get("split_decisions", {}),
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def merged(outputs: list[dict]) -> list[dict]:
    """Neighbouring pieces of one stream as one: how a kernel cuts its output is a matter of timing."""
    joined: list[dict] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] = "".join(last["text"]) + "".join(output["text"])
        else:
            joined.append(dict(output))
    return joined


def normalised_output(output: dict) -> dict:
    output = {key: value for key, value in output.items() if key != "transient"}
    if "text" in output:
        output["text"] = "".join(output["text"]).splitlines(keepends=True)
    if "data" in output:
        output["data"] = {
            mime: "".join(value).splitlines(keepends=True) if isinstance(value, list | str) else value
            for mime, value in sorted(output["data"].items())
        }
    return output


def execute(path: Path) -> dict:
    """Run the notebook from top to bottom in a fresh kernel; its own errors end the run, naming the cell."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", store_widget_state=False)
    client.record_timing = False
    try:
        client.execute(cwd=str(path.parent))
    except CellExecutionError as problem:
        raise SystemExit(f"refresh: {path.relative_to(ROOT)} failed:\n{problem}") from None
    return json.loads(nbformat.writes(notebook))


def refresh(path: Path) -> None:
    """Execute the notebook, and store it normalised, with the hash of what its outputs now rest on."""
    notebook = normalised(execute(path))
    notebook["metadata"]["split_decisions"]["rests_on"] = rests_on(notebook)
    path.write_text(text_of(notebook))


def text_of(notebook: dict) -> str:
    """A notebook as it is written."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    chosen = [path.resolve() for path in args.paths] or notebooks()
    forced = args.all or bool(args.paths)
    stale = [path for path in chosen if forced or stored(read(path)) != rests_on(read(path))]
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'stale' if args.check else 'executing'}", flush=True)
        if not args.check:
            refresh(path)
    return int(args.check and bool(stale))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LAB_HOME"] = folder  # the author's own progress is left alone
        sys.exit(main())
