"""The lock fits what is wanted, and every platform that the README names."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.home import ROOT

UV = str(Path(sys.executable).with_name("uv"))
OFFLINE = re.compile(
    r"dns error|failed to lookup|error sending request|could not connect|timed out", re.IGNORECASE
)
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "x86_64-apple-darwin", "aarch64-apple-darwin")


def uv(*arguments: str, **more) -> subprocess.CompletedProcess:
    done = subprocess.run([UV, *arguments], capture_output=True, text=True, timeout=300, **more)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip("no network, so the lock cannot be compared with what there is")
    return done


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lock_can_be_installed(platform, python, tmp_path):
    done = uv(
        *(
            "pip",
            "install",
            "--dry-run",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--target",
            str(tmp_path),
        ),
        *("--python-platform", platform, "--python-version", python, "-r", str(ROOT / "requirements.txt")),
    )
    assert done.returncode == 0, done.stderr
    assert "Would install" in done.stderr


@pytest.mark.parametrize("name", ["requirements", "tools/node-requirements"])
def test_the_lock_is_the_one_that_the_wishes_give(name, tmp_path):
    lock = (ROOT / f"{name}.txt").read_text()
    for suffix in ("in", "txt"):
        target = tmp_path / f"{name}.{suffix}"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / f"{name}.{suffix}", target)
    command = re.search(r"uv pip compile (.+)", lock)[1].split()
    done = uv("pip", "compile", *command, cwd=tmp_path, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{name}.txt").read_text() == lock


def test_the_lock_names_no_host_and_holds_a_hash_for_every_package():
    for name in ("requirements.txt", "tools/node-requirements.txt"):
        lock = (ROOT / name).read_text()
        assert "://" not in lock
        entries = re.findall(r"^[a-z0-9._-]+==.*?(?=^[a-z0-9._-]+==|\Z)", lock, re.MULTILINE | re.DOTALL)
        assert len(entries) == len(re.findall(r"^\S+==", lock, re.MULTILINE)) and all(
            "--hash=" in e for e in entries
        )
    assert '"resolved"' not in (ROOT / "tools" / "package-lock.json").read_text()
