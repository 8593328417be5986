"""Settle which build of PyTorch the environment gets, before pip is asked for the rest: tools/torch_build.py [cpu|cuda]

On Linux PyPI's torch is for NVIDIA's graphics cards and brings 4 GB of their libraries, which no chapter uses. Where
such a card has no driver, this takes the builds for processors from PyTorch's own index, if that answers: torch and
torchvision alone, and both or neither, for one does not run with the other's kind. pip then finds the pinned releases
in place. What this leaves undone, pip does as it always has, with what PyPI has.

`make TORCH=cpu` and `make TORCH=cuda` decide themselves; an environment that has both packages keeps them otherwise.
An empty TORCH_INDEX says that there is no such index.
"""

import os
import re
import sys
import urllib.request
from http.client import HTTPException
from importlib import metadata
from pathlib import Path
from subprocess import run
from threading import Thread
from urllib.parse import unquote

from install import install, mend

INDEX = os.environ.get("TORCH_INDEX", "https://download.pytorch.org/whl/cpu")
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements-notebooks.txt"
PINNED = dict(re.findall(r"^(torch|torchvision)==(\S+)", REQUIREMENTS.read_text("utf-8"), re.MULTILINE))
# One of these is there where NVIDIA's driver is; the last under Windows, in its Linux.
DRIVER = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")
# Seconds within which the index has to answer: nobody has asked for it, or someone has.
PATIENCE, WHEN_ASKED = 3, 30
# What only the build for graphics cards stands on.
CARDS = re.compile(r"(cuda|nvidia|triton)(-|$)")


def builds():
    """The builds of the two that are installed, "cpu" or another, whether or not of the pinned release."""
    found = {package.metadata["Name"]: package.version for package in metadata.distributions()}
    return {name: found[name].partition("+") for name in PINNED if name in found}


def is_whole(there):
    """Whether both are there, in the pinned releases and of one kind."""
    return {name: version for name, (version, _, _) in there.items()} == PINNED and len(kinds(there)) < 2


def kinds(there):
    return {kind for _, _, kind in there.values()}


def has_it(patience):
    """Whether the index has the pinned torch and says so within some seconds."""
    said = []

    def ask():
        try:
            with urllib.request.urlopen(f"{INDEX}/torch/", timeout=patience) as page:
                said.append(unquote(page.read().decode("utf-8", "replace")))
        except (OSError, ValueError, HTTPException):
            pass

    # In a thread, because the limit of urlopen does not hold while a name is looked up.
    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(patience)
    return bool(said) and f"torch-{PINNED['torch']}+cpu" in said[0]


def take_cpu_builds():
    """Whether they are in place now."""
    print(f"PyTorch without what graphics cards need, from {INDEX}", flush=True)
    if install(["--no-deps", "--index-url", INDEX, *(f"{name}=={version}+cpu" for name, version in PINNED.items())]):
        return False
    remove(name for package in metadata.distributions() if CARDS.match(name := package.metadata["Name"]))
    return True


def remove(names):
    if names := list(names):
        run([sys.executable, "-m", "pip", "uninstall", "--yes", "--quiet", *names], check=True)


def main(wish=""):
    if wish not in ("", "cpu", "cuda"):
        sys.exit(f"TORCH={wish} is neither cpu nor cuda.")
    if sys.platform != "linux":
        return  # elsewhere there is one build, and PyPI has it
    mend()
    there = builds()
    if is_whole(there) and (not wish or (wish == "cpu") == ("cpu" in kinds(there))):
        return
    if wish == "cpu" or not (wish or any(map(os.path.exists, DRIVER))):
        if INDEX and has_it(WHEN_ASKED if wish else PATIENCE) and take_cpu_builds():
            return
        if wish:
            sys.exit(
                f"\nThe builds of torch and torchvision for processors cannot be had from '{INDEX}'. "
                "Without TORCH=cpu the environment gets those that PyPI has, which are larger."
            )
        print("PyTorch as PyPI has it: its index of smaller builds cannot be had from here.", flush=True)
    if "cpu" in kinds(builds()):  # one alone, or of another release; pip would put the other kind beside it
        remove(PINNED)


if __name__ == "__main__":
    main(*sys.argv[1:])
