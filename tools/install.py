"""`pip install` for the book's environment: python tools/install.py ARGUMENTS, with what pip leaves to the reader.

It mends what an installation that was cut short has left, says how far it is while pip is silent, and ends a failure
with one line: what happened, and what to do. The command that failed can then simply be repeated.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import PathDistribution
from pathlib import Path

PREFIX = Path(sys.prefix)
PACKAGES = Path(sysconfig.get_path("purelib"))
LOG = PREFIX / "pip.log"
SYSTEM = f"{sysconfig.get_platform()}, Python {sys.version.split()[0]}"
# What stands in pip's log, and what it means; the first that fits. A full disk can break a connection, and a broken
# connection looks to pip as if there were no such package.
CAUSES = {
    r"Errno 28|No space left|not enough space|Errno 122|quota exceeded": (
        "The disk is full, or the folder for temporary files is: the book needs 2 GB, 7 with the libraries of CUDA. "
        "Make room and run the same command again."
    ),
    r"Errno 13|Permission denied|WinError 5\b": (
        "A file may not be written; pip names it above. Put that right and run the same command again."
    ),
    r"CERTIFICATE_VERIFY_FAILED": (
        "The package index was reached, but its certificate was refused: a proxy may stand in between. "
        "Ask who runs the network, or use another, and run the same command again."
    ),
    r"Retry\(total=0|NewConnectionError|NameResolutionError|Timeout(Error)?\b|ConnectionResetError|IncompleteRead": (
        "The package index cannot be reached. Check the network and run the same command again: "
        "what has been downloaded is kept."
    ),
    r"No matching distribution found for (\S+)": (
        "There is no ready-made build of \\1 for this machine ({system}). README.md says under "
        "'What it weighs' for which there is."
    ),
}
UNKNOWN = "pip failed, and says why above and in {log}. If it does again, remove the folder {prefix} and start afresh."


def mend():
    """Forget packages whose files are missing or cut short, so that they are installed again, and have pip there."""
    for rest in PACKAGES.glob("~*"):
        shutil.rmtree(rest, ignore_errors=True)
    for info in PACKAGES.glob("*.dist-info"):
        files = PathDistribution(info).files
        if files is None or not all(is_whole(file) for file in files if file.hash):
            print(f"{info.stem} is there by halves and will be installed again.", flush=True)
            shutil.rmtree(info)
    if not list(PACKAGES.glob("pip-*.dist-info")):
        print("pip is missing and will be put back.", flush=True)
        if subprocess.run([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL).returncode:
            sys.exit(f"This Python brings no pip (on Debian and Ubuntu: apt-get install python3-venv): {SYSTEM}.")


def is_whole(file):
    path = file.locate()
    return path.exists() and path.stat().st_size == file.size


def install(arguments):
    """Run pip; its exit status. Large packages take it minutes to unpack, in which older ones say nothing."""
    LOG.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pip", "install", "--only-binary", ":all:", "--log", str(LOG), *arguments]
    before = shutil.disk_usage(PREFIX).used
    pip = subprocess.Popen(command, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    while True:
        try:
            return pip.wait(timeout=10)
        except subprocess.TimeoutExpired:
            if LOG.exists() and "Installing collected packages" in LOG.read_text("utf-8", errors="replace"):
                print(f"  … {(shutil.disk_usage(PREFIX).used - before) / 1e9:.1f} GB written", flush=True)
        except KeyboardInterrupt:
            pip.wait()
            sys.exit("Stopped. The same command goes on from here.")


def cause():
    text = LOG.read_text("utf-8", errors="replace") if LOG.exists() else ""
    for sign, meaning in CAUSES.items():
        if found := re.search(sign, text):
            return found.expand(meaning).format(system=SYSTEM)
    return UNKNOWN.format(log=LOG, prefix=PREFIX)


if __name__ == "__main__":
    mend()
    if install(sys.argv[1:]):
        sys.exit(f"\n{cause()}")
