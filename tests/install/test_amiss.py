"""What setting up says when something is amiss, and whether the next run mends it.

A test fails where the last line does not name the cause, or an environment that was left by halves is taken for whole.
"""

import re
import shutil
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from machine import offline, posix, run, write_wheel
from places import ROOT


@pytest.fixture(scope="module")
def set_up(tmp_path_factory):
    """A book of the Makefile, what sets up, and small requirements, set up; and what make said meanwhile."""
    root = tmp_path_factory.mktemp("small")
    book, house = root / "book", root / "house"
    (book / "tools").mkdir(parents=True)
    house.mkdir()
    for name in ("Makefile", "tools/install.py", "tools/torch_build.py"):
        shutil.copy(ROOT / name, book / name)
    named = {"requirements-notebooks.txt": "large", "requirements-d2l.txt": "alone", "requirements-minilm.txt": "model"}
    for name, text in {**named, "constraints.txt": ""}.items():
        (book / name).write_text(text)
    (book / "pyproject.toml").touch()
    write_wheel(house, "large", "1.0", {f"large/{number}.py": b"number = 1\n" * 99 for number in range(9)})
    write_wheel(house, "alone", "1.0", {"alone.py": b"1\n"})
    write_wheel(house, "model", "1.0", {"model.py": b"1\n"})
    said = make(book, offline(root, house))
    return root, said


@pytest.fixture
def damaged(set_up, place):
    """A copy of it that lacks the mark of success, which comes last; and the variables of its machine."""
    root = Path(shutil.copytree(set_up[0], place / "small", symlinks=True))
    (root / "book/.venv/.book").unlink()
    return root / "book", offline(root, root / "house")


@pytest.fixture
def small(damaged):
    """The same without the packages that were installed."""
    for path in damaged[0].glob(".venv/lib/*/site-packages/*"):
        if path.name.startswith(("large", "alone")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return damaged


def make(book, env, *arguments, status=0):
    return run(["make", ".venv/.book", *arguments], book, env, status)


def is_mended(book, env):
    make(book, env)
    again = run(
        [".venv/bin/python", "-c", "import large, alone; from pathlib import Path; print(*large.__path__)"], book, env
    )
    assert [len(path.read_text()) for path in Path(again[0]).glob("*.py")] == [99 * 11] * 9
    assert make(book, env) == ["make: '.venv/.book' is up to date."]


def complaint(lines):
    """The last line before make's own, after an empty one: it has to say all."""
    assert lines[-1].startswith("make: *** ")
    assert lines[-3] == ""
    return lines[-2]


@posix
def test_no_network_is_named_and_the_next_run_mends_it(small):
    book, env = small
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    kept = {name: value for name, value in env.items() if name not in ("PIP_NO_INDEX", "PIP_FIND_LINKS")}
    said = complaint(make(book, kept | nowhere, status=1))
    assert said.startswith("The package index cannot be reached. Check the network and run the same command again")
    is_mended(book, env)


@posix
@pytest.mark.parametrize(
    ("number", "line"),
    [(28, "The disk is full, or the folder for temporary files is"), (13, "A file may not be written")],
)
def test_a_disk_that_takes_no_more_is_named_and_the_next_run_mends_it(small, tmp_path, number, line):
    book, env = small
    (tmp_path / "disk").mkdir()
    # pip writes the third file of a package, and the system says no.
    (tmp_path / "disk" / "sitecustomize.py").write_text(
        dedent(f"""
            import os, shutil, sys

            copy, written = shutil.copyfileobj, []

            def full(source, target, *size):
                if "large" in str(getattr(target, "name", "")) and len(written) == 2:
                    target.write(b"half")
                    raise OSError({number}, os.strerror({number}), target.name)
                written.append(target)
                copy(source, target, *size)

            if "install" in sys.argv or "-m" in sys.argv:
                shutil.copyfileobj = full
        """)
    )
    said = complaint(make(book, env | {"PYTHONPATH": str(tmp_path / "disk")}, status=1))
    assert said.startswith(line)
    is_mended(book, env)


@posix
def test_a_package_that_would_need_a_compiler_is_named(small):
    book, env = small
    (book / "requirements-notebooks.txt").write_text("large\nrare==2.0\n")
    (book.parent / "house" / "rare-2.0.tar.gz").write_bytes(b"what a compiler would be needed for")
    (book.parent / "house" / "rare-2.0-cp399-cp399-plan9_mips.whl").write_bytes(b"")
    said = complaint(make(book, env, status=1))
    assert said.startswith("There is no ready-made build of rare==2.0 for this machine (")
    assert f"Python {sys.version.split()[0]}" in said
    assert "What it weighs" in said
    assert "### What it weighs" in (ROOT / "README.md").read_text("utf-8")
    (book / "requirements-notebooks.txt").write_text("large\n")
    is_mended(book, env)


@posix
def test_an_unknown_failure_says_where_to_read_on(small):
    book, env = small
    (book / "requirements-notebooks.txt").write_text("large\n--no-such-option\n")
    assert re.match(
        r"pip failed, and says why above and in .*/book/\.venv/pip\.log\.", complaint(make(book, env, status=1))
    )


def half_of_pip(venv):
    (path,) = venv.glob("lib/*/site-packages/pip/_internal")
    shutil.rmtree(path)


def package_cut_short(venv):
    (path,) = venv.glob("lib/*/site-packages/large")
    (path / "3.py").write_text("num")
    (path / "4.py").unlink()


def package_without_record(venv):
    (path,) = venv.glob("lib/*/site-packages/large-1.0.dist-info")
    (path / "RECORD").unlink()
    package_cut_short(venv)


def python_gone(venv):
    for path in venv.glob("bin/python*"):
        path.unlink()
        path.symlink_to("/no/such/python")


@posix
@pytest.mark.parametrize(
    "damage",
    [half_of_pip, package_cut_short, package_without_record, python_gone],
    ids=lambda f: f.__name__,
)
def test_an_environment_that_was_left_by_halves_is_mended(damaged, damage):
    book, env = damaged
    damage(book / ".venv")
    is_mended(book, env)


@posix
def test_an_environment_that_moved_with_its_folder_is_set_up_again_once(set_up, place):
    moved = Path(shutil.copytree(set_up[0], place / "moved", symlinks=True))
    book, env = moved / "book", offline(moved, moved / "house")
    assert any("tools/install.py" in line for line in make(book, env))
    assert make(book, env) == ["make: '.venv/.book' is up to date."]


@posix
def test_a_python_that_cannot_make_environments_is_named(small):
    book, env = small
    shutil.rmtree(book / ".venv")
    python = book.parent / "commands" / "python3"
    python.unlink()
    python.write_text(f'#!/bin/sh\n[ "$1" != -m ] || exit 1\nexec {sys._base_executable} "$@"\n')
    python.chmod(0o755)
    *_, said, end = make(book, env, status=1)
    assert "Python could not make the environment in .venv" in said
    assert "apt-get install python3-venv" in said
    assert end.startswith("make: *** ")


@posix
def test_progress_shows_what_pip_does(set_up):
    said = "\n".join(set_up[1])
    assert (
        said.index("Setting up the environment in .venv.")
        < said.index("large-1.0")
        < said.index("Installing collected")
    )
