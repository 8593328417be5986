"""Look up what is known against the versions that are installed, Python packages and those of npm.

Asks OSV, which has the advisories of PyPI and of npm in one place. Ends with an error if there are any, and as well if
it cannot ask: silence is no good news.
"""

import json
import os
import sys
import urllib.request
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICE = os.environ.get("OSV", "https://api.osv.dev")
# Advisories that don't concern the book, each with the reason.
NOT_OURS: dict[str, str] = {}


def installed():
    """Every package as (where it comes from, name, version)."""
    for package in metadata.distributions():
        # A local build, such as torch's for processors, is the release of that number.
        yield "PyPI", package.metadata["Name"], package.version.partition("+")[0]
    lock = json.loads((ROOT / "theme" / "package-lock.json").read_text("utf-8"))
    for path, package in lock["packages"].items():
        if path:
            yield "npm", path.rpartition("node_modules/")[2], package["version"]


def advisories(packages):
    """For each package the names of what is known against it."""
    queries = [{"package": {"ecosystem": source, "name": name}, "version": v} for source, name, v in packages]
    request = urllib.request.Request(
        f"{SERVICE}/v1/querybatch", json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        results = json.load(answer)["results"]
    return [[known["id"] for known in result.get("vulns", [])] for result in results]


def main():
    packages = sorted(set(installed()))
    try:
        answers = advisories(packages)
    except OSError as silence:
        sys.exit(f"No answer from {SERVICE}, so nothing is known of what is known: {silence}")
    found = [
        f"  {name} {version}: {advisory}"
        for (_, name, version), known in zip(packages, answers, strict=True)
        for advisory in known
        if advisory not in NOT_OURS
    ]
    if found:
        sys.exit("\n".join(["Known faults (https://osv.dev/ has each by its name):", *found]))
    print(f"Nothing is known against any of {len(packages)} packages.")


if __name__ == "__main__":
    main()
