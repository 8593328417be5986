"""Put notebooks in canonical form: no outputs or counts, every cell with an id, one layout. --check only looks.

nbstripout knows what has to go, but its own check is blind to missing ids and to a file that is laid out differently.

A notebook that imports the toolbox also gets its cell for Colab, which opens a notebook without the rest of the book.
It is written here and nowhere else; the address in it is that of _config.yml, and without one it installs nothing.
"""

import hashlib
import os
import re
import sys
import tomllib
import warnings
from pathlib import Path

import nbformat
import yaml
from nbstripout import strip_output

ROOT = Path(__file__).resolve().parent.parent

# The metadata that mean something to the book or to a reader's editor, and stay. All others go: a list of what editors
# leave behind, who ran a cell and when among it, would always be one editor behind.
NOTEBOOK_METADATA = {"kernelspec", "mystnb", "myst"}
CELL_METADATA = {"tags", "mystnb", "cellView", "jupyter"}
RAW_METADATA = {"format", "raw_mimetype"}
# The kernel of a notebook in Python, whatever the environment was called in which it was written.
PYTHON = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

# Colab has torch, matplotlib and most of the rest, but no toolbox, no d2l and no model, of which requirements-d2l.txt
# and requirements-minilm.txt speak. The toolbox is fetched by the hash that git gives its folder: so it is that of the
# notebook's own commit, whatever comes later or whoever has the address then, and the toolbox alone. What it imports
# comes from the index of packages.
COLAB = """\
# Colab opens a notebook without the rest of the book: there, and only
# there, this fetches what the chapter imports.
import sys
from importlib.util import find_spec
from subprocess import run

if "google.colab" in sys.modules:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    if not find_spec("paying_attention"):
        print("Fetching the book's toolbox: half a minute.")
        book = "{url}"
        toolbox = "{toolbox}"
        unpack = f"git archive --prefix=paying_attention/ {{toolbox}} | tar x"
        run(["git", "clone", "-q", "--bare", book, ".book"], check=True)
        run(f"GIT_DIR=.book {{unpack}}", shell=True, check=True)
        needs = "{needs}"
        run([*pip, *needs.split()], check=True)
"""
COLAB_ALONE = """\
    if not find_spec("{package}"):
        run([*pip, "--no-deps", "{requirement}"], check=True)
"""
NO_ADDRESS = """\
# Colab opens a notebook without the rest of the book: there, and only
# there, this says what to do.
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules and not find_spec("paying_attention"):
    raise ModuleNotFoundError(
        "Put paying-attention-notebooks.zip, which the book's site carries, "
        "into the panel Files, and run this in a cell of its own:  "
        "!pip install paying-attention-notebooks.zip"{more}
    )
"""
# In a Chinese notebook it also has the toolbox speak Chinese, in whatever place the notebook runs.
IN_CHINESE = {
    "# Colab opens a notebook without the rest of the book: there, and only\n# there, this fetches what the chapter "
    "imports.\nimport sys": "# 让练习的检查和互动图说中文。在Colab里，笔记本身边没有书的其余部分：\n"
    "# 只有在那里，这个单元格会取来本章要导入的东西。\nimport os\nimport sys",
    "# Colab opens a notebook without the rest of the book: there, and only\n# there, this says what to do.\n"
    "import sys": (
        "# 让练习的检查和互动图说中文。在Colab里，笔记本身边没有书的其余部分：\n"
        "# 只有在那里，这个单元格会说该怎么做。\nimport os\nimport sys"
    ),
    "\nif ": '\nos.environ["PAYING_ATTENTION_LANGUAGE"] = "zh"\n\nif ',
    "Fetching the book's toolbox: half a minute.": "正在取来本书的工具箱，约需半分钟。",
    '"Put paying-attention-notebooks.zip, which the book\'s site carries, "\n'
    '        "into the panel Files, and run this in a cell of its own:  "': (
        '"把本书网站提供的paying-attention-notebooks.zip放进“文件”面板，"\n        "再在一个新单元格里运行："'
    ),
}


def in_chinese(code):
    for english, chinese in IN_CHINESE.items():
        code = code.replace(english, chinese, 1)
    return code


COLAB_IN_CHINESE, NO_ADDRESS_IN_CHINESE = in_chinese(COLAB), in_chinese(NO_ADDRESS)
# On the page it is left out; JupyterLab and Colab show it folded.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}
COLAB_METADATA = {**FOLDED, "tags": ["remove-cell"]}

TITLE = "# @title The solution in code"
CHINESE_TITLE = "# @title 解答代码"


def imports(cells, package):
    return any(re.search(rf"^\s*(from|import) {package}\b", cell.source, re.M) for cell in cells)


def colab_code(code, chinese=False):
    alone = {}  # what is installed without its own requirements, by the name under which a chapter has it
    for name in ("d2l", "minilm"):
        text = (ROOT / f"requirements-{name}.txt").read_text(encoding="utf-8")
        requirement = re.search(r"^[\w-]+==.*$", text, re.M)[0]
        alone[requirement.partition("==")[0].replace("-", "_")] = requirement
    alone = {
        package: line
        for package, line in alone.items()
        if imports(code, package) or any(f'"{package}"' in cell.source for cell in code)
    }
    url = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    if not url:
        more = "".join(f'\n        " && pip install --no-deps {line}"' for line in alone.values())
        return (NO_ADDRESS_IN_CHINESE if chinese else NO_ADDRESS).format(more=more)
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    source = (COLAB_IN_CHINESE if chinese else COLAB).format(
        url=url, toolbox=tree(ROOT / "paying_attention"), needs=" ".join(needs)
    )
    return source + "".join(COLAB_ALONE.format(package=name, requirement=line) for name, line in alone.items())


def tree(folder):
    """The hash by which git knows a folder, or None for one that it would not keep."""
    entries = []
    for path in folder.iterdir():
        if path.name == "__pycache__" or path.name.startswith("."):
            continue
        if path.is_dir():
            if inner := tree(path):
                entries.append((f"{path.name}/", "40000", path.name, inner))
        else:
            content = path.read_bytes()
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            entries.append((path.name, "100644", path.name, blob))
    lines = (f"{mode} {name}\0".encode() + bytes.fromhex(entry) for _, mode, name, entry in sorted(entries))
    listing = b"".join(lines)
    return hashlib.sha1(b"tree %d\0" % len(listing) + listing).hexdigest() if entries else None


def with_colab_cell(cells, chinese=False):
    """The cells of a notebook with the one for Colab before the first that holds code, if it imports the toolbox."""
    cells = [cell for cell in cells if cell.id != "colab"]
    code = [cell for cell in cells if cell.cell_type == "code"]
    if imports(code, "paying_attention"):
        source = colab_code(code, chinese).strip()
        cell = nbformat.v4.new_code_cell(source, id="colab", metadata=COLAB_METADATA)
        cells.insert(cells.index(code[0]), cell)
    return cells


def with_folded_solutions(cells, title=TITLE):
    """The cells of a notebook with the code of each solution folded, as JupyterLab and Colab have it.

    While it is, they show its first line. VS Code has nothing in a file that would fold a cell of code.
    """
    folding = False
    for cell in cells:
        if cell.cell_type != "code":
            folding = cell.id.startswith("solution-") and cell.source.startswith("<details>")
        elif folding:
            cell.metadata |= FOLDED
            if not cell.source.startswith(title):
                cell.source = f"{title}\n{cell.source.removeprefix(TITLE).lstrip()}"
    return cells


def keep_only(names, metadata):
    for name in metadata.keys() - names:
        del metadata[name]


def keep_what_means_something(notebook):
    """Of the metadata; the version of a language, which language_info holds, is that of whoever ran it last."""
    metadata = notebook.metadata
    kernel, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    if (kernel.get("language") or info.get("name") or "python") == "python":
        metadata["kernelspec"] = dict(PYTHON)
    keep_only(NOTEBOOK_METADATA, metadata)
    for cell in notebook.cells:
        keep_only(CELL_METADATA | (RAW_METADATA if cell.cell_type == "raw" else set()), cell.metadata)


def canonical(text, chinese=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nbformat.validator.MissingIDFieldWarning)
        notebook = nbformat.v4.upgrade(nbformat.reads(text, as_version=4))
    _, notebook = nbformat.validator.normalize(notebook)  # gives a name to cells without one
    notebook.cells = with_folded_solutions(
        with_colab_cell(notebook.cells, chinese), CHINESE_TITLE if chinese else TITLE
    )
    keep_what_means_something(notebook)
    strip_output(notebook, keep_output=False, keep_count=False, keep_id=True)
    return nbformat.writes(notebook) + "\n"


def notebooks():
    """All of the book, in whatever folder; what begins with a dot or an underscore is a tool's own."""
    found = []
    for folder, below, files in os.walk(ROOT):
        below[:] = [name for name in below if not name.startswith((".", "_"))]
        found += [Path(folder, name).relative_to(ROOT) for name in files if name.endswith(".ipynb")]
    return sorted(found)


def main(check):
    paths, wrong, broken = notebooks(), [], []
    for path in paths:
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
            wanted = canonical(text, chinese=path.parts[0] == "zh")
        except Exception as error:  # JSON of something else, or cut short, breaks nbformat in many ways
            broken.append(f"  {path.as_posix()}: {type(error).__name__}: {error}")
            continue
        if text != wanted:
            wrong.append(f"  {path.as_posix()}")
            if not check:
                (ROOT / path).write_text(wanted, encoding="utf-8", newline="\n")
    if broken:
        sys.exit("\n".join(["No notebooks that can be read:", *broken]))
    if wrong and check:
        sys.exit("\n".join(["Not in canonical form, or with outputs; `make strip` puts them right:", *wrong]))
    print(f"{len(wrong)} of {len(paths)} notebooks put in canonical form." if wrong else "All notebooks are canonical.")


if __name__ == "__main__":
    main("--check" in sys.argv[1:])
