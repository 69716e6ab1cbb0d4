"""A thousand requests and more to each service, made from its OpenAPI document: valid ones, broken ones, and chains.

Schemathesis makes them (the same ones each time) and checks each answer: no server error, no status, media type or
field that the document does not name, nothing refused that it allows, nothing taken that it forbids. The services
are real: one process each, on PostgreSQL.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest
import requests
import yaml

from lab import Stack
from lab.arrangements import CONTEXTS
from lab.home import CODE

LEAST = 1000  # cases
# how many of each kind schemathesis makes for one operation; the fewer operations, the more
EXAMPLES = {
    "accounts": 150,
    "catalog": 70,
    "inventory": 90,
    "orders": 60,
    "payments": 230,
    "reporting": 1000,
    "notifications": 125,
}
PATIENCE = 240  # seconds; a run takes 15 to 40


@pytest.fixture(scope="module")
def stack():
    env = {"LAB": "1", "PASSWORD_HASHER": "md5", "TOKEN_SECONDS": "3600"}
    with Stack(arrangement="split", env=env, name="fuzzing") as started:
        yield started


@pytest.fixture(scope="module")
def tokens(stack) -> dict[str, str]:
    """One of a buyer, one of the staff, and one of a service that everybody lets in."""
    address = f"{stack.url('accounts')}/api/v1/tokens"
    found = {}
    for who in ("buyer001", "staff"):
        body = {"email": f"{who}@example.org", "password": "curtain-call"}
        found[who] = requests.post(address, json=body, timeout=10).json()["access"]
    claims = jwt.decode(found["staff"], options={"verify_signature": False})
    header = jwt.get_unverified_header(found["staff"])
    claims = {name: claims[name] for name in ("iss", "aud")} | {
        "use": "service",
        "sub": "fuzzing",
        "contexts": list(CONTEXTS),
        "iat": time.time(),
        "exp": time.time() + 3600,
    }
    key = stack.env["accounts"]["TOKEN_PRIVATE_KEY"]
    found["service"] = jwt.encode(claims, key, algorithm=header["alg"], headers={"kid": header["kid"]})
    return found


def document(context: str) -> Path:
    return CODE / "boxoffice" / "contexts" / context / "api" / "openapi.yaml"


def fuzz(
    path: Path, url: str, tokens: dict[str, str], folder: Path, examples: int, person: str
) -> subprocess.CompletedProcess:
    config = folder / "schemathesis.toml"
    config.write_text(
        f"[auth.openapi.person]\nbearer = {json.dumps(tokens[person])}\n"
        f"[auth.openapi.service]\nbearer = {json.dumps(tokens['service'])}\n"
        # a well-written request may still find nothing there, be too late, or ask for what cannot be
        '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", 401, 402, 404, 409, 422]\n'
    )
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        *("--config-file", str(config), "run", str(path), "--url", url),
        *(
            "--max-examples",
            str(examples),
            "--generation-deterministic",
            "--continue-on-failure",
            "--no-shrink",
        ),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.parametrize("context", CONTEXTS)
def test_nothing_that_is_sent_is_an_error_of_ours_or_a_surprise(stack, tokens, tmp_path, context):
    person = "staff" if context == "reporting" else "buyer001"
    done = fuzz(document(context), stack.url(context), tokens, tmp_path, EXAMPLES[context], person)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    generated, passed = map(int, re.search(r"(\d+) generated, (\d+) passed", done.stdout).groups())
    assert passed == generated >= LEAST
    if context in ("catalog", "inventory", "orders"):
        assert "✅ Stateful" in done.stdout  # chains: a hold is placed, looked up, given back


def test_a_document_that_does_not_tell_the_truth_is_found_out(stack, tokens, tmp_path):
    """Else the runs above could be green for nothing."""
    lie = yaml.safe_load(document("catalog").read_text())
    lie["components"]["schemas"]["VenueContract"]["properties"]["city"] = {"type": "integer"}
    path = tmp_path / "lie.yaml"
    path.write_text(yaml.safe_dump(lie))
    done = fuzz(path, stack.url("catalog"), tokens, tmp_path, 5, "buyer001")
    assert done.returncode == 1
    assert "Response violates schema" in done.stdout
