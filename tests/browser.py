"""The browser that the tests drive: the machine's own Chromium or Chrome, or else the one that Playwright brings.

Run as a script, by `make test`, it makes sure that there is one.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

# The first draws no window and so costs a third; it is the same engine.
COMMANDS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
HOW_TO_GET_ONE = (
    "The tests need a browser, and none was found. Install Chromium or Chrome (on Debian and Ubuntu: "
    "apt-get install chromium-headless-shell), or set CHROMIUM to the path of the one you have."
)
FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium's sandbox refuses to start for root, who runs most CI machines.
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]

# Resolved when a page has time to spare. One that paints nothing more may never say so by itself.
IDLE = "new Promise((done) => requestAnimationFrame(() => requestIdleCallback(() => done(0), { timeout: 2000 })))"


def wait_until(tab, condition, argument=None, seconds=60):
    """Ask a page again and again. Its own policy forbids the waiting that Playwright does inside of it."""
    end = time.monotonic() + seconds
    while not tab.evaluate(condition, argument):
        assert time.monotonic() < end, f"after {seconds} s still not: {condition}"
        tab.wait_for_timeout(50)


def find_browser() -> str | None:
    """The path of a browser, or None."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    for command in COMMANDS:
        if found := shutil.which(command):
            return found
    with sync_playwright() as playwright:
        for place in (*PLACES, playwright.chromium.executable_path):
            if Path(place).exists():
                return place
    return None


if __name__ == "__main__" and find_browser() is None:
    if named := os.environ.get("CHROMIUM"):
        sys.exit(f"CHROMIUM names {named!r}, and there is no such program.")
    print("No browser on this machine; asking Playwright for one.", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find_browser() is None:
        sys.exit(HOW_TO_GET_ONE)
