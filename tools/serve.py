"""Serve the built site on this machine.

    python tools/serve.py [--port 8000]

Without --port, the first free port from 8000 on is taken, so that two clones do not disturb each other.
"""

import argparse
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parent.parent / "_build" / "html"


class Quiet(SimpleHTTPRequestHandler):
    """Files only, no line a request, and nothing kept by the browser: an author sees each build."""

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_):
        pass


def server(port: int | None) -> ThreadingHTTPServer:
    """Bind the port asked for, or the first free one from 8000; OSError when there is none."""
    handler = partial(Quiet, directory=str(HTML))
    ThreadingHTTPServer.allow_reuse_address = True
    for candidate in [port] if port else range(8000, 8050):
        try:
            return ThreadingHTTPServer(("127.0.0.1", candidate), handler)
        except OSError:
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
    wanted = parser.parse_args().port
    if not (HTML / "index.html").exists():
        print("serve: there is no site yet: `make site` builds it", file=sys.stderr)
        return 1
    try:
        serving = server(wanted)
    except OSError as problem:
        where = f"port {wanted}" if wanted else "a port"
        hint = "Choose another: make book PORT=8123" if wanted else "Stop what you do not need."
        print(f"serve: {where} cannot be had ({problem.strerror or problem}). {hint}", file=sys.stderr)
        return 1
    print(f"The book is at http://127.0.0.1:{serving.server_port}/  (Ctrl-C ends)", flush=True)
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
