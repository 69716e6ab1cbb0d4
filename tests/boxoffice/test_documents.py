"""The OpenAPI documents that are committed are what the code says, and each service shows its own."""

import shutil
import subprocess
import sys

import pytest
import requests
import yaml

from lab import Stack
from lab.arrangements import CONTEXTS
from lab.home import CODE, ROOT


def document(context: str) -> dict:
    return yaml.safe_load((CODE / "boxoffice" / "contexts" / context / "api" / "openapi.yaml").read_text())


def tool(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "tools/openapi.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_the_documents_are_what_the_code_says():
    done = tool("--check")
    assert done.returncode == 0, f"{done.stdout}\nmake openapi writes them anew"


@pytest.mark.parametrize("context", CONTEXTS)
def test_each_document_names_each_operation_once(context):
    found = document(context)
    assert found["openapi"] == "3.1.0"
    operations = [
        operation
        for methods in found["paths"].values()
        for method, operation in methods.items()
        if method in ("get", "put", "post")
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) > 0
    assert all(operation["summary"].endswith(".") for operation in operations)


def test_a_breaking_change_is_named_and_not_written(tmp_path):
    """In a copy of the box office, where a hold needs a channel from now on."""
    shutil.copytree(
        ROOT / "code", tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3")
    )
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("node_modules"))
    serializers = tmp_path / "code/boxoffice/contexts/inventory/api/serializers.py"
    was = serializers.read_text()
    now = was.replace("    band_id = Whole()\n", "    band_id = Whole()\n    channel = Whole()\n", 1)
    assert now != was
    serializers.write_text(now)
    path = tmp_path / "code/boxoffice/contexts/inventory/api/openapi.yaml"
    committed = path.read_text()

    def run(*arguments):
        command = [sys.executable, "tools/openapi.py", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin"}
        )

    for arguments in (["--check"], []):
        done = run(*arguments)
        assert done.returncode == 1
        assert "breaks callers: POST /api/v1/holds, request body, channel: is needed now" in done.stdout
        assert path.read_text() == committed
    assert run("--break").returncode == 0
    assert path.read_text() != committed
    assert run("--check").returncode == 0


@pytest.fixture(scope="module")
def stack():
    with Stack(arrangement="apart:catalog", env={"LAB": "1"}, seed=False, name="documents") as started:
        yield started


def test_a_service_shows_its_own_document_and_a_page_whose_script_is_its_own(stack):
    url = stack.url("catalog")
    page = requests.get(f"{url}/api/docs", timeout=10)  # of one context there is one page
    assert page.url == f"{url}/api/docs/catalog"
    assert page.headers["Content-Type"].startswith("text/html")
    assert "//" not in page.text.replace("<!--", "")  # nothing from another host
    shown = requests.get(f"{url}/api/docs/catalog.yaml", timeout=10)
    assert shown.headers["Content-Type"] == "application/yaml"
    assert yaml.safe_load(shown.text) == document("catalog")
    script = requests.get(
        f"{url}/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js", timeout=10
    )
    assert script.ok and len(script.content) > 100_000
    assert requests.get(f"{url}/api/docs/orders", timeout=10).status_code == 404


def test_where_many_contexts_run_each_has_its_page(stack):
    front = stack.front
    index = requests.get(f"{front}/api/docs", timeout=10).text
    assert "/api/docs/orders" in index and "/api/docs/catalog" not in index
    assert requests.get(f"{front}/api/docs/orders.yaml", timeout=10).ok
