"""What `make bench` prints, and what it does when something is wrong; no figure of a real run."""

import json
import subprocess
import sys
import time

import bench
import bench_pages
import pytest
import yaml
from bench import Lacking, Row

from lab.measure import Sample


@pytest.fixture(autouse=True)
def result(tmp_path, monkeypatch):
    """Where a run writes to; what it sets for itself ends with the test."""
    monkeypatch.setattr(bench, "RESULT", tmp_path / "bench.json")
    monkeypatch.setenv("LAB_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))  # no node, no Chromium
    return tmp_path / "bench.json"


def test_the_table_has_medians_spreads_repeats_and_stock_where_there_is_one():
    points = (Sample((97, 98, 99), "performance"), Sample((100, 100, 100), "seo"))
    rows = [
        Row("site", (Sample((1.04, 1.14, 3), "s"),), (Sample((2, 2, 2), "s"),), "as a command"),
        Row("seed", (Sample((1234.4,), "ms"),)),
        Row("a page", points),
        Row("another", Lacking("there is no Chromium"), RuntimeError("it broke\nin line 2"), "a phone"),
    ]
    assert bench.table(rows).splitlines() == [
        "         ours                 stock   how",
        "site     1.1 s (1.0 to 3.0)   2.0 s   median of 3; as a command",
        "seed     1 234 ms             –       once",
        "a page   98 (97 to 99) / 100  –       median of 3",
        "another  not measured         failed  a phone; there is no Chromium; stock: it broke",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["build", "biuld"],
            "bench: there is no group biuld: choose from clone, build, nbval, lab, arrangements, sockets, pages, lighthouse",
        ),
        (["--repeats", "0"], "bench: --repeats must be 1 or more"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence_and_exit_2(arguments, said, capsys, result):
    assert bench.main(arguments) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.splitlines()) == ("", [said])
    assert not result.exists()


def test_what_the_machine_lacks_is_said_and_is_no_failure(capsys, result):
    assert bench.main(["lighthouse", "pages", "clone"]) == 0
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    for title, reason in (
        ("fresh clone to served site", "there is no git on PATH"),
        ("page weight", "there is no Chromium on this machine"),
        ("Lighthouse", "there is no Chromium on this machine"),
    ):
        assert "not measured" in lines[title] and lines[title].endswith(reason)
    assert [one["ours"]["reason"] for one in json.loads(result.read_text())["figures"]][1:] == [
        "there is no Chromium on this machine"
    ] * 2


def test_without_npm_lighthouse_is_lacking_unless_it_is_installed(monkeypatch, tmp_path):
    with pytest.raises(Lacking, match="no node"):
        bench_pages.lighthouse()
    (tmp_path / "node").write_text("")
    (tmp_path / "node").chmod(0o755)
    (tmp_path / "package-lock.json").write_text("")
    monkeypatch.setattr(bench_pages, "LIGHTHOUSE", tmp_path)
    with pytest.raises(Lacking, match="no npm"):
        bench_pages.lighthouse()
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / ".package-lock.json").write_text("")
    assert bench_pages.lighthouse()[0] == str(tmp_path / "node")


def test_a_failure_is_said_and_the_rest_is_measured_and_written(monkeypatch, capsys, result):
    def broken(_):
        raise RuntimeError("the disk is full")

    def works(run):
        figures = bench.timed({"good": lambda: None, "bad": lambda: 1 / 0}, run.repeats, unit="ms")
        return [Row(name, figure) for name, figure in figures.items()]

    monkeypatch.setitem(bench.GROUPS, "clone", ("a clone", broken))
    monkeypatch.setitem(bench.GROUPS, "lab", ("the lab", works))
    assert bench.main(["lab", "clone", "--repeats", "2"]) == 1
    printed = capsys.readouterr().out
    assert "failed" in printed and "the disk is full" in printed and "division by zero" in printed
    assert "load at the end" in printed
    written = json.loads(result.read_text())
    assert {"cores", "load", "load at the end", "python", "lighthouse"} <= set(written["machine"])
    clone, good, bad = written["figures"]
    assert clone["ours"] == {"reason": "the disk is full"} and bad["ours"] == {"reason": "division by zero"}
    assert len(good["ours"]["ms"]) == 2 and good["stock"] is None


def test_the_stock_book_has_the_same_pages_and_none_of_our_own_directives(tmp_path, root):
    book = bench.Bench(tmp_path, 1).stock()
    assert (book / "_toc.yml").read_bytes() == (root / "_toc.yml").read_bytes()
    assert "```{" in (root / "index.md").read_text() and "```{" not in (book / "index.md").read_text()
    assert set(yaml.safe_load((book / "_config.yml").read_text())) == {"title", "execute", "parse"}
    for name in ("book", "exercises"):
        assert {p.name for p in (book / name).glob("*.*")} == {p.name for p in (root / name).glob("*.*")}


# commands


def test_a_command_that_fails_or_hangs_says_so_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(RuntimeError, match="ended with 3: no such luck"):
        bench.run(sys.executable, "-c", "import sys; print('no such luck'); sys.exit(3)")
    child = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(tmp_path / 'late')!r}).touch()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(RuntimeError, match="took more than"):
        bench.run(sys.executable, "-c", parent, seconds=0.5)
    time.sleep(1.5)
    assert not (tmp_path / "late").exists()


def test_a_server_that_ends_before_it_answers_is_a_failure(tmp_path):
    with (
        bench.Running(tmp_path / "log", sys.executable, "-c", "print('port taken')", cwd=tmp_path) as server,
        pytest.raises(RuntimeError, match="ended: port taken"),
    ):
        server.until(lambda: False, 20)


def test_as_a_command_an_unknown_group_is_exit_2(root):
    command = [sys.executable, "tools/bench.py", "speed"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and not done.stdout
