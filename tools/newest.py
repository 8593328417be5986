"""Install the newest releases of all that the requirements name, in place of the pinned ones.

What a reader meets who doesn't keep to the pins, and the book after its next update. To go back: remove .venv.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where the next release is known to be another program.
BELOW = {"jupyter-book": "2"}


def unpinned(line):
    """A line of a requirements file that asks for the pinned release or any later one."""
    name, pinned, version = line.partition("==")
    if not pinned:
        return line
    return f"{name}>={version},<{BELOW[name]}" if name in BELOW else f"{name}>={version}"


def requirements():
    for file in ("requirements-notebooks.txt", "requirements-site.txt", "requirements-dev.txt"):
        lines = (ROOT / file).read_text("utf-8").splitlines()
        yield from (unpinned(line) for line in lines if re.match(r"[a-z]|-e ", line))


if __name__ == "__main__":
    arguments = [word for line in requirements() for word in line.split()]
    command = [sys.executable, "-m", "pip", "install", "--upgrade", "--upgrade-strategy", "eager", *arguments]
    sys.exit(subprocess.run(command, cwd=ROOT).returncode)
