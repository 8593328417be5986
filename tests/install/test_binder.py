"""Binder, and the links that launch a chapter.

A test fails where Binder gets other versions than the book pins, a chapter needs more memory than it lends, or a link
leads to another repository.
"""

import json
import re
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

from machine import (
    CHAPTERS,
    MEMORY,
    ask_kernel,
    copy_of_the_book,
    lab,
    offline,
    page,
    peak_memory,
    posix,
    run,
    run_all,
    settings,
    write_wheel,
)
from packaging.specifiers import SpecifierSet
from places import ROOT


@posix
def test_binder_builds_and_opens_a_chapter_which_runs_in_its_memory(place, wheels, packages):
    """The steps that repo2docker takes where there is a folder binder/, in an environment that stands for its own.

    Not walked: the image below it (Ubuntu, conda's packages), and the download of the CPU build; a package without
    content stands for that, and what runs is the build that the tests run with.
    """
    book = copy_of_the_book(place)
    house = place / "house"
    house.mkdir()
    for wheel in wheels.iterdir():
        (house / wheel.name).symlink_to(wheel)
    for name in ("torch", "torchvision"):
        write_wheel(house, name, f"{distribution(name).version.partition('+')[0]}+cpu", {})
    mine = place / "packages"
    shutil.copytree(packages, mine, symlinks=True)
    for name in ("torch", "torchvision"):
        for path in mine.glob(f"{name}-*.dist-info"):
            path.unlink()
    env = offline(place, house, mine)
    version = (book / "binder" / "runtime.txt").read_text().strip()
    requires = SpecifierSet(re.search(r'requires-python = "(.*)"', (book / "pyproject.toml").read_text())[1])
    assert re.fullmatch(r"python-3\.\d+", version)
    assert version.removeprefix("python-") in requires
    # From here on as in the Dockerfile that it writes; all of it runs in the repository's folder.
    prefix = place / "conda"
    run([sys._base_executable, "-m", "venv", prefix], book, env)
    env |= {"PATH": f"{prefix}/bin:{env['PATH']}"}
    said = run([f"{prefix}/bin/pip", "install", "--no-cache-dir", "-r", "binder/requirements.txt"], book, env)
    assert re.search(r"Successfully installed .*\btorch-[\d.]+\+cpu torchvision-[\d.]+\+cpu", "\n".join(said))
    run(["chmod", "+x", "binder/postBuild"], book, env)
    run(["./binder/postBuild"], book, env)
    # What BinderHub adds to the server's address is what follows urlpath= in the links.
    run(["chmod", "+x", "binder/start"], book, env)
    with lab(["./binder/start", "jupyter", "lab", "--ip", "127.0.0.1"], book, env) as started:
        for path in binder_paths():
            assert path.startswith("lab/tree/chapters/")
            assert "<title>JupyterLab" in started.ask(f"/{path}")
            assert json.loads(started.ask(f"/api/contents/{path.removeprefix('lab/tree/')}"))["type"] == "notebook"
        notebook, client = started.open("chapters/03-visualizing-attention.ipynb")
        assert ask_kernel(client, "__import__('sys').prefix") == str(prefix)
        threshold = ask_kernel(client, "__import__('os').environ['MALLOC_MMAP_THRESHOLD_']")
        assert f"MALLOC_MMAP_THRESHOLD_ := {threshold}\n" in (book / "Makefile").read_text()
        run_all(notebook, client)
        if Path("/proc/self/status").exists():
            assert peak_memory(started.process) < MEMORY


def binder_paths():
    pages = [(ROOT / "README.md").read_text("utf-8"), *(page(name) for name in CHAPTERS)]
    return {
        path for text in pages for path in re.findall(r"https://mybinder\.org/[^\"')]*\?urlpath=([^\"')\s]*)", text)
    }


def test_binder_gets_the_versions_that_the_book_pins():
    pins = (ROOT / "requirements-notebooks.txt").read_text("utf-8")
    lines = (ROOT / "binder" / "requirements.txt").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    assert lines[0] == "--extra-index-url https://download.pytorch.org/whl/cpu"
    assert lines[-1] == "-r ../requirements-notebooks.txt"
    for line in lines[1:-1]:
        assert line.endswith("+cpu"), line
        assert re.search(rf"^{re.escape(line.removesuffix('+cpu'))}$", pins, re.M), line


# --- the links


def test_all_links_that_launch_lead_to_the_address_in_the_settings():
    repository, launch = settings()["repository"], settings()["launch_buttons"]
    branch = repository["branch"]
    name = repository["url"].removeprefix("https://github.com/") or "OWNER/REPOSITORY"  # a form to fill in
    binder = f"{launch['binderhub_url']}/v2/gh/{name}/{branch}?urlpath=lab/tree/chapters/"
    colab = f"{launch['colab_url']}/github/{name}/blob/{branch}/chapters/"
    for document in ("README.md", "chapters/running.md"):
        text = (ROOT / document).read_text("utf-8")
        for start in (binder, colab):
            host = start.split("/")[2]
            links = re.findall(rf"https://{re.escape(host)}/[^\s)>]+", text)
            links = [link for link in links if "badge" not in link]
            assert links
            assert all(link.startswith(start) and link.removeprefix(start) in CHAPTERS for link in links), links
    for chapter in CHAPTERS:
        for start in (binder, colab):
            assert (f'href="{start}{chapter}"' in page(chapter)) == bool(repository["url"])
