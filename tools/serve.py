"""Serve the built site on this machine; with --watch, rebuild it and reload the page whenever a source changes.

    python tools/serve.py [--port 8000] [--watch]

Without --port, the first free port from 8000 on is taken, so that two clones do not disturb each other.
"""

import argparse
import contextlib
import importlib
import os
import socket
import sys
import time

import build
import uvicorn
import yaml
from sphinx_autobuild.filter import IgnoreFilter
from sphinx_autobuild.middleware import JavascriptInjectorMiddleware
from sphinx_autobuild.server import RebuildServer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles

ROOT = build.ROOT
WATCHED = ["book", "solutions", "index.md", "_config.yml", "_toc.yml"]
# What editors leave beside a file, and the page that the build itself writes.
NOT_WATCHED = [
    r"\.ipynb_checkpoints",
    r"__pycache__",
    r"~$",
    r"\.sw[a-z]$",
    r"/\.[^/]*$",
    r"/4913$",
    r"book/claims\.md$",
]


class Pages(StaticFiles):
    """Files only, and nothing kept by the browser: an author sees each build."""

    def file_response(self, *args, **more):
        response = super().file_response(*args, **more)
        response.headers["Cache-Control"] = "no-cache"
        return response


def rebuild(changed_paths) -> None:
    """Build what has changed, in a process of its own; a failed build leaves the site as it was."""
    names = sorted({os.path.relpath(path, ROOT) for path in changed_paths})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    print(f"changed: {', '.join(names[:3])}{more}", flush=True)
    began = time.perf_counter()
    try:
        failed = build.build()
    except Exception as problem:  # a notebook half written, say: the next change builds again
        print(f"serve: {type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
        failed = 1
    told = "the site is as it was; mend that, and it is built again" if failed else "the page reloads"
    print(f"{time.perf_counter() - began:.1f} s: {told}", flush=True)


def load_ahead() -> None:
    """Import what a build needs once, here: the process of each build is forked from this one, and begins at once."""
    importlib.import_module("jupyter_book.sphinx")
    importlib.import_module("lighten")
    for name in yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]["extensions"]:
        importlib.import_module(name)


def application(watch: bool, address: str) -> Starlette:
    pages = Mount("/", Pages(directory=build.HTML, html=True))
    if not watch:
        return Starlette(routes=[pages])
    rebuilding = RebuildServer([ROOT / name for name in WATCHED], IgnoreFilter([], NOT_WATCHED), rebuild)
    return Starlette(
        routes=[WebSocketRoute("/websocket-reload", rebuilding), pages],
        middleware=[Middleware(JavascriptInjectorMiddleware, ws_url=address)],
        lifespan=rebuilding.lifespan,
    )


def listener(port: int | None) -> socket.socket:
    """Bind the port asked for, or the first free one from 8000; OSError when there is none."""
    for candidate in [port] if port else range(8000, 8050):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", candidate))
            one.listen(64)
            return one
        except OSError:
            one.close()
            if port:
                raise
    raise OSError("no port between 8000 and 8049 is free")


def port_number(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: use a number from 1 to 65535")
    return int(text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the built site on this machine.")
    parser.add_argument("--port", type=port_number)
    parser.add_argument("--watch", action="store_true", help="rebuild and reload when a source changes")
    wanted = parser.parse_args()
    if not (build.HTML / "index.html").exists():
        print("serve: there is no site yet: `make site` builds it", file=sys.stderr)
        return 1
    try:
        bound = listener(wanted.port)
    except OSError as problem:
        where = f"port {wanted.port}" if wanted.port else "a port"
        hint = "Choose another: make book PORT=8123" if wanted.port else "Stop what you do not need."
        print(f"serve: {where} cannot be had ({problem.strerror or problem}). {hint}", file=sys.stderr)
        return 1
    address = f"127.0.0.1:{bound.getsockname()[1]}"
    print(f"The book is at http://{address}/  (Ctrl-C ends)", flush=True)
    if wanted.watch:
        load_ahead()
        print("A change in book/ or solutions/ is built at once, and the page reloads.", flush=True)
    config = uvicorn.Config(
        application(wanted.watch, address), log_level="error", timeout_graceful_shutdown=1
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[bound])
    return 0


if __name__ == "__main__":
    sys.exit(main())
