"""Serve the built site at http://localhost:PORT, for a look at it: the port is the only argument."""

import http.server
import sys
from functools import partial
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"


def main(port):
    if not (port.isdecimal() and 0 < int(port) < 65536):
        sys.exit(f"A port is a number from 1 to 65535, not {port!r}: make serve PORT=8000")
    try:
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", int(port)), partial(http.server.SimpleHTTPRequestHandler, directory=SITE)
        )
    except OSError as taken:
        another = int(port) % 65535 + 1
        sys.exit(f"Port {port} cannot be had ({taken.strerror}). Name another one: make serve PORT={another}")
    print(f"The book is at http://localhost:{port}; Ctrl+C ends this.", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(sys.argv[1])
