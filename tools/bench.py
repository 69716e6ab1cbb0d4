"""Measure our own speed: what readers and authors wait for, beside stock where there is a stock thing to run.

    python tools/bench.py                            everything (about 30 minutes on two cores)
    python tools/bench.py build pages --repeats 3    some groups: clone, build, nbval, lab, arrangements, …

Prints one table of medians and spreads, and writes the raw values of this run, with the machine's facts, to
`_build/bench.json`. What this machine lacks is said in the row. A measurement that fails says why, the others go on, and the exit status is 1.
Stock is a plain Jupyter Book of the same pages, and nbval without workers. Absolute times, so never part of a test.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from bench_pages import LIGHTHOUSE, Lacking, chromium, end, last_line, lighthouse, node, run, scores, weigh

from lab.measure import Sample, import_time, interleaved, machine

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
RESULT = ROOT / "_build" / "bench.json"
PYTHON = sys.executable
BIN = Path(PYTHON).parent
REPEATS = 5
# The directives of our own, which stock does not know.
OWN = re.compile(r"^```\{(contents-of-the-book|ways-through)\}\n```\n", re.MULTILINE)
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "work", "_build", "node_modules", "__pycache__")
REBUILT = re.compile(r"^[\d.]+ s: .*", re.MULTILINE)

# The values of one or more units, or why there are none.
Figure = tuple[Sample, ...] | Exception


@dataclass
class Row:
    """A line of the table; `stock` is None where there is no stock thing."""

    name: str
    ours: Figure
    stock: Figure | None = None
    how: str = ""


@dataclass(frozen=True)
class Bench:
    """What the groups share: a folder that is removed at the end, and how often to repeat."""

    folder: Path
    repeats: int

    def stock(self) -> Path:
        """A stock Jupyter Book of the same pages, not yet built."""
        book = self.folder / "stock"
        if not book.exists():
            for name in ("book", "exercises"):
                shutil.copytree(ROOT / name, book / name, ignore=NOT_COPIED)
            shutil.copy(ROOT / "_toc.yml", book)
            (book / "index.md").write_text(OWN.sub("", (ROOT / "index.md").read_text()))
            ours = yaml.safe_load((ROOT / "_config.yml").read_text())
            config = {
                "title": ours["title"],
                "execute": {"execute_notebooks": "off"},
                "parse": {"myst_enable_extensions": ours["parse"]["myst_enable_extensions"]},
            }
            (book / "_config.yml").write_text(yaml.safe_dump(config))
        return book

    def sites(self) -> tuple[Path, Path]:
        """The folders of our site and of the stock one, both built."""
        run(PYTHON, "tools/build.py")
        if not (self.stock() / "_build" / "html").exists():
            build_stock(self.stock())
        return HTML, self.stock() / "_build" / "html"


def timed(
    conditions: dict[str, Callable[[], object]], repeats: int, warm_up: int = 1, unit: str = "s"
) -> dict[str, Figure]:
    """Time all conditions in turns, in s or ms; one that fails has its reason instead, and is not tried again."""
    failed: dict[str, Exception] = {}

    def guarded(name: str) -> None:
        if name in failed:
            return
        try:
            conditions[name]()
        except Exception as problem:
            failed[name] = problem

    taken = interleaved({name: partial(guarded, name) for name in conditions}, repeats, warm_up)
    per = {"s": 1000, "ms": 1}[unit]
    return {
        name: failed.get(name) or (Sample(tuple(value / per for value in sample.values), unit),)
        for name, sample in taken.items()
    }


class Running:
    """A command that runs until the `with` ends, with all that it starts."""

    def __init__(self, log: Path, *command, cwd: Path, env: dict[str, str] | None = None) -> None:
        self.log, self.command, self.how = log, [str(part) for part in command], {"cwd": cwd, "env": env}

    def __enter__(self) -> "Running":
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.how,
            )
        return self

    def __exit__(self, *_) -> None:
        end(self.process)

    def said(self) -> str:
        return self.log.read_text()

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until it is true; RuntimeError when the command ends before, or after `seconds`."""
        began = time.monotonic()
        while not true():
            over = self.process.poll() is not None
            if over or time.monotonic() - began > seconds:
                told = "ended" if over else f"was not ready after {seconds:.0f} s"
                raise RuntimeError(f"`{' '.join(self.command[:3])} …` {told}: {last_line(self.said())}")
            time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port: int) -> bool:
    """Whether a server here answers 200 for its first page."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
        try:
            asked.request("GET", "/")
            return asked.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


# a fresh clone


def clone(bench: Bench) -> list[Row]:
    for name in ("git", "make"):
        if not shutil.which(name):
            raise Lacking(f"there is no {name} on PATH")
    if not (ROOT / ".git").exists():
        raise Lacking("this folder is no git repository")
    place, port = bench.folder / "clone", free_port()
    # as in a shell of its own: nothing of the make, or of the environment, that runs this
    apart = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MFLAGS")
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name and name not in apart}
    env["PATH"] = os.pathsep.join(part for part in env["PATH"].split(os.pathsep) if part != str(BIN))
    began = time.perf_counter()
    run("git", "clone", "--quiet", ROOT, place)
    with Running(bench.folder / "clone.log", "make", "book", f"PORT={port}", cwd=place, env=env) as book:
        book.until(lambda: answers(port), 1800)
        taken = Sample((time.perf_counter() - began,), "s")
    shutil.rmtree(place)
    return [
        Row("fresh clone to served site", (taken,), how="`git clone`, `make book`; package cache as it was")
    ]


# building


def edit(folder: Path) -> None:
    """Change a notebook as an author does who saves: here, only by a blank line at the end of its file."""
    with sorted((folder / "book").glob("[0-9][0-9]_*.ipynb"))[0].open("a") as notebook:
        notebook.write("\n")


def build_ours(folder: Path) -> None:
    run(PYTHON, "tools/build.py", cwd=folder)


def build_stock(folder: Path) -> None:
    run(BIN / "jupyter-book", "build", ".", cwd=folder)


def build(bench: Bench) -> list[Row]:
    """In copies of the tree: the reader's own is left alone, and so is who watches it."""
    ours, watched, stock = bench.folder / "ours", bench.folder / "watched", bench.stock()
    shutil.copytree(ROOT, ours, ignore=NOT_COPIED)
    shutil.copytree(ROOT, watched, ignore=NOT_COPIED)
    build_ours(watched)
    port = free_port()
    serve = (PYTHON, "tools/serve.py", "--watch", "--port", port)
    with Running(bench.folder / "watched.log", *serve, cwd=watched) as server:
        server.until(lambda: answers(port), 60)
        time.sleep(1)  # it begins to watch a moment after its first answer

        def nothing(folder: Path, make: Callable[[Path], None]) -> None:
            shutil.rmtree(folder / "_build", ignore_errors=True)
            make(folder)

        def edited(folder: Path, make: Callable[[Path], None]) -> None:
            edit(folder)
            make(folder)

        def in_watcher() -> None:
            before = len(REBUILT.findall(server.said()))
            edit(watched)
            server.until(lambda: len(REBUILT.findall(server.said())) > before, 120)
            if "reloads" not in REBUILT.findall(server.said())[-1]:
                raise RuntimeError(f"the rebuild failed: {last_line(server.said())}")

        taken = timed(
            {
                "nothing": partial(nothing, ours, build_ours),
                "edited": partial(edited, ours, build_ours),
                "up to date": partial(build_ours, ours),
                "in the watcher": in_watcher,
                "stock, nothing": partial(nothing, stock, build_stock),
                "stock, edited": partial(edited, stock, build_stock),
            },
            bench.repeats,
        )
    return [
        Row("site from nothing", taken["nothing"], taken["stock, nothing"], "stock: `jupyter-book build`"),
        Row("site after one edit of a notebook", taken["edited"], taken["stock, edited"], "as a command"),
        Row(
            "the same, while `make book` watches",
            taken["in the watcher"],
            taken["stock, edited"],
            "from the edit to the reload; stock has no watcher: its command again",
        ),
        Row("site that is up to date", taken["up to date"]),
    ]


# checking the notebooks


def nbval(bench: Bench) -> list[Row]:
    from test import NBVAL, environment  # tools/test.py

    flags = [flag for flag in NBVAL if flag not in ("--dist", "loadfile")]
    command = (PYTHON, "-m", "pytest", "-q", "book", "solutions", *flags)
    # ours first, so that a cold start counts against it
    ways = {"ours": ("-n", "2", "--dist", "loadfile"), "stock": ("-p", "no:xdist")}
    runs = {name: partial(run, *command, *more, env=environment()) for name, more in ways.items()}
    taken = timed(runs, repeats=min(bench.repeats, 2), warm_up=0)  # each takes a minute or more
    return [
        Row("nbval of all notebooks", taken["ours"], taken["stock"], "two workers; stock: one after another")
    ]


# the lab


def stack(database: str) -> None:
    from lab import Stack

    Stack("monolith", database=database).stop()


def checked(number: str) -> None:
    from lab import notebooks
    from lab.checks import desk
    from lab.checks.judge import judge

    if not judge(desk.exercise(number), notebooks.solution(number)).passed:
        raise RuntimeError(f"the solution of {number} does not pass its check")


def seeded(events: int, orders: int) -> float:
    """Milliseconds to fill an empty database, without the start of its stack."""
    from lab import Stack

    with Stack("monolith", database="sqlite", seed=False) as running:
        began = time.perf_counter()
        running.manage("monolith", "seed", f"--events={events}", f"--orders={orders}")
        return (time.perf_counter() - began) * 1000


def lab(bench: Bench) -> list[Row]:
    waits = {
        "stack on PostgreSQL, started and stopped": lambda: stack("postgres"),
        "stack on SQLite, started and stopped": lambda: stack("sqlite"),
        "check 01.1": lambda: checked("01.1"),
        "check 01.4, the slowest": lambda: checked("01.4"),
        "`lab --help`": lambda: run(PYTHON, "-m", "lab", "--help"),
    }
    takes = {
        "seed: 20 events, 2 000 orders": lambda: Sample(
            tuple(seeded(20, 2000) for _ in range(bench.repeats))
        ),
        "`import lab.stack`": lambda: import_time("lab.stack", repeats=bench.repeats)["lab.stack"],
    }
    figures = timed(waits, bench.repeats, unit="ms")
    for name, take in takes.items():
        try:
            figures[name] = (take(),)
        except Exception as problem:
            figures[name] = problem
    return [Row(name, figure) for name, figure in figures.items()]


# the box office

SHOWN = "the-last-lamplighter"


def arranged(bench: Bench) -> list[Row]:
    """How long each arrangement takes to start, and what a purchase takes in it, beside the monolith's."""
    from lab import Stack
    from lab.buyers import Buyer

    ready: dict[str, list[float]] = {}
    for _ in range(bench.repeats):
        for name in ("monolith", "databases", "split"):
            began = time.perf_counter()
            with Stack(arrangement=name):
                ready.setdefault(name, []).append(time.perf_counter() - began)
    rows = [
        Row(f"box office as {name}, on PostgreSQL, ready", (Sample(tuple(seconds), "s"),))
        for name, seconds in ready.items()
    ]

    def purchase(buyer: Buyer) -> None:
        if not buyer.pay(buyer.hold(SHOWN)):
            raise RuntimeError(f"no order at {buyer.url}")

    with contextlib.ExitStack() as stacks:
        running = {"code/monolith": stacks.enter_context(Stack("monolith", name="old"))}
        for name in ready:
            running[name] = stacks.enter_context(Stack(arrangement=name, name=name))
        buyers = {
            name: Buyer(stack.front, "buyer001@example.org").log_in() for name, stack in running.items()
        }
        acts = {name: partial(purchase, buyer) for name, buyer in buyers.items()}
        taken = timed(acts, bench.repeats * 5, warm_up=3, unit="ms")
    base = taken["code/monolith"]
    for name, figure in taken.items():
        factor = ""
        if isinstance(base, tuple) and isinstance(figure, tuple):
            factor = f"{figure[0].median / base[0].median:.2f} × code/monolith"
        rows.append(Row(f"a purchase, hold to order, {name}", figure, how=factor))
    return rows


def told(bench: Bench) -> list[Row]:
    """From a buyer's answer until the open pages show it: the medians and p99 of so many rounds."""
    from lab import Stack
    from lab.sockets import fan_out

    rows = []
    with Stack(arrangement="split", events=True, env={"HOLD_SECONDS": "3600"}, name="told") as stack:
        for sockets in (10, 100, 1000):
            found = [fan_out(stack, sockets) for _ in range(bench.repeats)]
            missed, disorder = sum(one.missed for one in found), sum(one.disorder for one in found)
            how = f"20 changes a round, one a second; missed {missed}, out of order {disorder}"
            for share in (0.5, 0.99):
                values = tuple(one.latency.percentile(share) for one in found)
                rows.append(
                    Row(f"a change on {sockets} open pages, p{share * 100:.0f}", (Sample(values),), how=how)
                )
    return rows


# the pages


def main_pages(html: Path) -> list[str]:
    """The landing page, the chapters and their exercises."""
    chapters = [*html.glob("book/[0-9][0-9]_*.html"), *html.glob("exercises/*.html")]
    return ["index.html", *sorted(str(path.relative_to(html)) for path in chapters)]


def pages(bench: Bench) -> list[Row]:
    chromium()  # first: without it, nothing has to be built
    html, stock = bench.sites()
    names = main_pages(html)
    ours, theirs = weigh(html, names), weigh(stock, names)
    measures = {
        "first": ("HTML and what blocks the first paint", "B"),
        "all": ("all that it loads", "B"),
        "requests": ("requests", "requests"),
    }
    rows = []
    for name in names:
        for field, (words, unit) in measures.items():
            one, other = ((Sample((getattr(w[name], field),), unit),) for w in (ours, theirs))
            rows.append(Row(f"{name}: {words}", one, other, foreign(ours[name], theirs[name], field)))
    return rows


def foreign(ours, theirs, field: str) -> str:
    """Whether requests went to other hosts: these may have no answer here, and then no bytes."""
    if field == "first" or not (ours.elsewhere or theirs.elsewhere):
        return ""
    return f"to other hosts: ours {ours.elsewhere} requests, stock {theirs.elsewhere}"


def of_lighthouse(bench: Bench) -> list[Row]:
    chromium()  # first: without them, nothing has to be built
    lighthouse()
    html, stock = bench.sites()
    names = sorted(str(path.relative_to(html)) for path in html.rglob("*.html") if path.name != "404.html")
    beside = main_pages(html)[1]
    found = scores({"ours": (html, names), "stock": (stock, [beside])}, bench.repeats)
    return [
        Row(
            f"Lighthouse: {name}",
            points(found["ours", name]),
            points(found["stock", beside]) if name == beside else None,
            "performance / accessibility / best practices / SEO",
        )
        for name in names
    ]


def points(found: dict | Exception) -> Figure:
    if isinstance(found, Exception):
        return found
    return tuple(Sample(tuple(values), category) for category, values in found.items())


GROUPS: dict[str, tuple[str, Callable[[Bench], list[Row]]]] = {
    "clone": ("fresh clone to served site", clone),
    "build": ("building the site", build),
    "nbval": ("nbval of all notebooks", nbval),
    "lab": ("the lab", lab),
    "arrangements": ("the box office in its arrangements", arranged),
    "sockets": ("open pages that are told", told),
    "pages": ("page weight", pages),
    "lighthouse": ("Lighthouse", of_lighthouse),
}


def measured(groups: list[str], bench: Bench) -> list[Row]:
    """The rows of these groups; a group that fails, or lacks something, is one row that says so."""
    rows = []
    for name in groups:
        title, group = GROUPS[name]
        print(f"bench: {title} …", file=sys.stderr, flush=True)
        try:
            rows += group(bench)
        except Exception as problem:
            rows.append(Row(title, problem))
    return rows


# what is printed and written


def number(value: float, unit: str) -> str:
    return f"{value:,.{1 if unit == 's' else 0}f}".replace(",", " ")


def cell(figure: Figure | None) -> str:
    """Median, unit, and spread if there is any; several figures stand beside one another, without their units."""
    if figure is None:
        return "–"
    if isinstance(figure, Exception):
        return "not measured" if isinstance(figure, Lacking) else "failed"
    told = []
    for sample in figure:
        low, high = (number(value, sample.unit) for value in sample.spread)
        unit = f" {sample.unit}" if len(figure) == 1 else ""
        told.append(
            number(sample.median, sample.unit) + unit + (f" ({low} to {high})" if low != high else "")
        )
    return " / ".join(told)


def remark(row: Row) -> str:
    """How often it was measured and how, or why not."""
    parts = []
    if isinstance(row.ours, tuple):
        repeats = len(row.ours[0].values)
        parts.append("once" if repeats == 1 else f"median of {repeats}")
    parts += [row.how] if row.how else []
    for name, figure in (("", row.ours), ("stock: ", row.stock)):
        if isinstance(figure, Exception):
            parts.append(name + (str(figure).strip() or type(figure).__name__).splitlines()[0])
    return "; ".join(parts)


def table(rows: list[Row]) -> str:
    lines = [("", "ours", "stock", "how")]
    lines += [(row.name, cell(row.ours), cell(row.stock), remark(row)) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(3)] + [0]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def raw(figure: Figure | None) -> dict | None:
    if isinstance(figure, Exception):
        return {"reason": str(figure)}
    return figure and {sample.unit: sample.values for sample in figure}


def write(target: Path, rows: list[Row], facts: dict[str, str]) -> None:
    """Every value that was measured, as JSON, with the machine's facts."""
    figures = [
        {"name": row.name, "ours": raw(row.ours), "stock": raw(row.stock), "how": row.how} for row in rows
    ]
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"machine": facts, "figures": figures}, indent=1, ensure_ascii=False) + "\n")


def machine_facts() -> dict[str, str]:
    """Processor count, load, and versions of what is measured, as far as it is there."""
    facts = machine("django", "jupyter-book", "sphinx", "nbval")
    for name, program in (("node", node), ("chromium", chromium)):
        with contextlib.suppress(Lacking, RuntimeError):
            if found := re.search(r"\d+(\.\d+)+", run(program(), "--version")):
                facts[name] = found[0]
    return {**facts, **json.loads((LIGHTHOUSE / "package.json").read_text())["devDependencies"]}


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure our own speed.")
    parser.add_argument("groups", nargs="*", metavar="group", help=", ".join(GROUPS))
    parser.add_argument("--repeats", type=int, default=REPEATS)
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    wanted = arguments(argv)
    if unknown := [name for name in wanted.groups if name not in GROUPS]:
        print(
            f"bench: there is no group {', '.join(unknown)}: choose from {', '.join(GROUPS)}", file=sys.stderr
        )
        return 2
    if wanted.repeats < 1:
        print("bench: --repeats must be 1 or more", file=sys.stderr)
        return 2
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"  # node may have come with the lock
    facts = machine_facts()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LAB_HOME"] = str(Path(folder, "home"))  # the reader's own folder is left alone
        groups = [name for name in GROUPS if name in wanted.groups or not wanted.groups]
        rows = measured(groups, Bench(Path(folder), wanted.repeats))
    facts["load at the end"] = f"{os.getloadavg()[0]:.1f}"
    print(f"\n{table(rows)}\n\nload at the end {facts['load at the end']}")
    write(RESULT, rows, facts)
    failed = [
        figure
        for row in rows
        for figure in (row.ours, row.stock)
        if isinstance(figure, Exception) and not isinstance(figure, Lacking)
    ]
    return int(bool(failed))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started ends, and the folder goes
    sys.exit(main(sys.argv[1:]))
