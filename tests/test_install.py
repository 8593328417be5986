"""From a fresh copy to a running notebook: on the reader's machine, in Binder, in Colab, and when something is amiss.

Environments are made anew. What would take long to install they see through PYTHONPATH, from the one that the tests
run in; the rest pip installs from wheels that are put together here. Nothing reaches the network.
"""

import ast
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from textwrap import dedent
from urllib.request import Request, urlopen

import nbformat
import pytest
import yaml
from jupyter_client import BlockingKernelClient
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted(path.name for path in (ROOT / "chapters").glob("[0-9]*.ipynb"))
PACKAGES = Path(distribution("torch").locate_file(""))
LEFT_OUT = shutil.ignore_patterns("_build", ".git", ".venv", "__pycache__", "*.egg-info", ".*_cache", ".*_checkpoints")
# What is installed for the sake of its commands, its kernel or its being without its requirements.
WHEELS = ("d2l", "ipykernel", "jupyter_core", "jupyterlab", "setuptools")
MEMORY = 1200  # megabytes; Binder lends 2,000

posix = pytest.mark.skipif(os.name == "nt", reason="the commands are those of Linux and macOS")


def settings():
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))


# --- what environments are made of


def write_wheel(folder, name, version, files):
    """A wheel of these files, paths in it to their bytes."""
    stem = f"{name}-{version}"
    files = {
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{stem}.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **files,
    }
    record = [f"{path},sha256={digest(data)},{len(data)}" for path, data in files.items()]
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for path, data in files.items():
            wheel.writestr(path, data)
        wheel.writestr(f"{stem}.dist-info/RECORD", "\n".join([*record, f"{stem}.dist-info/RECORD,,", ""]))


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def repack(folder, name):
    """The wheel that an installed distribution came from, but for the commands, which pip makes anew."""
    installed = distribution(name)
    info = next(file.parts[0] for file in installed.files if file.name == "METADATA")
    stem = info.removesuffix(".dist-info")
    files = {}
    for file in installed.files:
        path = file.as_posix()
        if path.startswith("../") and "/bin/" not in path:
            path = f"{stem}.data/data/{path.lstrip('./')}"
        if ".." not in path and not re.search(r"\.pyc$|dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$", path):
            files[path] = file.locate().read_bytes()
    write_wheel(folder, *stem.split("-"), files)


def linked(folder, without):
    """A folder that shows the installed packages, without the toolbox and without these distributions."""
    hidden = {"_virtualenv.py", "distutils-precedence.pth"}
    for name in without:
        hidden |= {file.parts[0] for file in distribution(name).files}
    for path in PACKAGES.iterdir():
        if path.name not in hidden and not re.match(r"(__editable__.*)?paying_attention|~|__pycache__", path.name):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    for name in WHEELS:
        repack(folder, name)
    return folder


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    return linked(tmp_path_factory.mktemp("packages"), WHEELS)


def offline(tmp_path, wheels, packages=None, **more):
    """The environment variables of a machine that has these wheels and packages, a home of its own and no network."""
    home = tmp_path / "home"
    commands = tmp_path / "commands"
    (home / ".jupyter").mkdir(parents=True, exist_ok=True)
    commands.mkdir(exist_ok=True)
    for name in ("python", "python3"):
        (commands / name).unlink(missing_ok=True)
        (commands / name).symlink_to(sys._base_executable)
    return {
        "HOME": str(home),
        "PATH": f"{commands}:/usr/bin:/bin",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_NO_WARN_CONFLICTS": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_RETRIES": "0",
        **({"PYTHONPATH": str(packages)} if packages else {}),
        **more,
    }


def run(command, cwd, env, status=0):
    """What a command says, in lines."""
    done = subprocess.run(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300
    )
    assert (done.returncode == 0) == (status == 0), done.stdout
    return done.stdout.splitlines()


def copy_of_the_book(tmp_path):
    return Path(shutil.copytree(ROOT, tmp_path / "book", ignore=LEFT_OUT))


# --- JupyterLab


class Lab:
    """A JupyterLab that has started, asked as the browser asks it."""

    def __init__(self, process, runtime, address, token):
        self.process, self.runtime, self.address, self.token = process, runtime, address, token
        self.kernels = []

    def ask(self, path, data=None):
        request = Request(f"{self.address}{path}", headers={"Authorization": f"token {self.token}"})
        if data is not None:
            request.data = json.dumps(data).encode()
        with urlopen(request, timeout=60) as answer:
            return answer.read().decode()

    def open(self, path):
        """The notebook and a client of the kernel that JupyterLab starts for it."""
        notebook = json.loads(self.ask(f"/api/contents/{path}"))["content"]
        kernel = {"name": notebook["metadata"]["kernelspec"]["name"]}
        session = {"path": path, "name": path, "type": "notebook", "kernel": kernel}
        name = json.loads(self.ask("/api/sessions", session))["kernel"]["id"]
        client = BlockingKernelClient(connection_file=str(self.runtime / f"kernel-{name}.json"))
        client.load_connection_file()
        client.start_channels(hb=False)  # a busy machine answers late, and that is all right
        client.wait_for_ready(timeout=60)
        self.kernels.append(client)
        return nbformat.from_dict(notebook), client


@contextmanager
def lab(command, cwd, env):
    """JupyterLab, started by a command that opens a browser; the browser is a script that notes what it is to open."""
    home, runtime = Path(env["HOME"]), Path(env["HOME"]) / "runtime"
    browser, opened = home / "browser", home / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part; mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    # Root may not start it by default, and who runs the tests may have one open already.
    answers = {"ServerApp": {"allow_root": True, "port": 0}}
    (home / ".jupyter" / "jupyter_server_config.json").write_text(json.dumps(answers))
    # A kernel of the same name, from another environment: that of the book has to come before it.
    other = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["false"], "display_name": "other", "language": "python"}')
    env = env | {"BROWSER": str(browser), "JUPYTER_RUNTIME_DIR": str(runtime)}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        for _ in range(600):
            assert process.poll() is None, (home / "log").read_text()
            if opened.exists():
                break
            time.sleep(0.1)
        page = Path(opened.read_text().strip().removeprefix("file://")).read_text()
        address, token = re.search(r'href="(http://[^"]*?)/lab[^"]*\?token=(\w+)"', page).groups()
        started = Lab(process, runtime, address, token)
        yield started
        for client in started.kernels:
            client.stop_channels()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def run_all(notebook, client):
    """Run every cell, as the menu's "Run All Cells" does."""
    said = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            reply = client.execute_interactive(
                cell.source, timeout=600, allow_stdin=False, output_hook=lambda message: said.append(message["content"])
            )
            assert reply["content"]["status"] == "ok", (cell.id, reply["content"])
    return "".join(content.get("text", "") for content in said)


def ask_kernel(client, expression):
    cell = nbformat.v4.new_code_cell(f"print({expression})")
    return run_all(nbformat.v4.new_notebook(cells=[cell]), client).strip()


def peak_memory(process):
    """Megabytes that a process and all that it started have held, each at its peak."""
    tree, total = [process.pid], 0
    for pid in tree:
        tree += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        total += int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
    return total / 1024


@pytest.fixture
def place(tmp_path):
    """A folder for an environment, which takes too much room to keep."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


# --- on the reader's machine


def plain_commands(text):
    """The commands for readers without make, as they are on Linux and macOS."""
    windows = re.search(r"```\n(python -m venv .*?)```", text, re.S)[1].splitlines()
    windows[1] = re.search(r"on Linux and macOS the\s+second line is `([^`]+)`", text, re.I)[1]
    return windows


def test_the_plain_commands_are_the_same_everywhere():
    readme, chapter = ((ROOT / name).read_text("utf-8") for name in ("README.md", "chapters/running.md"))
    assert plain_commands(readme) == plain_commands(chapter)


@posix
def test_the_plain_commands_open_jupyterlab_and_a_chapter_runs_twice(place, wheels, packages):
    book, env = copy_of_the_book(place), offline(place, wheels, packages)
    *setup, start = plain_commands((book / "README.md").read_text("utf-8"))
    run(["bash", "-ec", "\n".join(setup)], book, env)
    with lab(["bash", "-ec", f"{setup[1]}\n{start}"], book, env) as started:
        assert "<title>JupyterLab" in started.ask("/lab")
        shown = {item["name"] for item in json.loads(started.ask("/api/contents/"))["content"]}
        assert shown >= set(CHAPTERS)
        notebook, client = started.open("04-attention-pooling.ipynb")
        assert ask_kernel(client, "__import__('sys').prefix") == str(book / ".venv")
        assert ask_kernel(client, "__import__('paying_attention').__path__[0]") == str(book / "paying_attention")
        first, second = run_all(notebook, client), run_all(notebook, client)
        assert first == second
        assert "Passed: " in first


@posix
def test_make_lab_opens_jupyterlab_on_the_chapters(place, wheels, packages):
    book, env = copy_of_the_book(place), offline(place, wheels, packages)
    with lab(["make", "lab"], book, env) as started:
        shown = {item["name"] for item in json.loads(started.ask("/api/contents/"))["content"]}
        assert shown >= set(CHAPTERS)
        _, client = started.open("04-attention-pooling.ipynb")
        assert ask_kernel(client, "__import__('sys').prefix") == str(book / ".venv")


# --- when something is amiss


@pytest.fixture(scope="module")
def set_up(tmp_path_factory):
    """A book of the Makefile, what sets up, and small requirements, set up; and what make said meanwhile."""
    root = tmp_path_factory.mktemp("small")
    book, house = root / "book", root / "house"
    (book / "tools").mkdir(parents=True)
    house.mkdir()
    for name in ("Makefile", "tools/install.py"):
        shutil.copy(ROOT / name, book / name)
    for name, text in {"requirements.txt": "large", "requirements-d2l.txt": "alone", "constraints.txt": ""}.items():
        (book / name).write_text(text)
    (book / "pyproject.toml").touch()
    write_wheel(house, "large", "1.0", {f"large/{number}.py": b"number = 1\n" * 99 for number in range(9)})
    write_wheel(house, "alone", "1.0", {"alone.py": b"1\n"})
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
    (book / "requirements.txt").write_text("large\nrare==2.0\n")
    (book.parent / "house" / "rare-2.0.tar.gz").write_bytes(b"what a compiler would be needed for")
    (book.parent / "house" / "rare-2.0-cp399-cp399-plan9_mips.whl").write_bytes(b"")
    said = complaint(make(book, env, status=1))
    assert said.startswith("There is no ready-made build of rare==2.0 for this machine (")
    assert f"Python {sys.version.split()[0]}" in said
    assert "What it weighs" in said
    assert "### What it weighs" in (ROOT / "README.md").read_text("utf-8")
    (book / "requirements.txt").write_text("large\n")
    is_mended(book, env)


@posix
def test_an_unknown_failure_says_where_to_read_on(small):
    book, env = small
    (book / "requirements.txt").write_text("large\n--no-such-option\n")
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


# --- Binder


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
    with lab(["jupyter", "lab", "--ip", "127.0.0.1"], book, env) as started:
        for path in binder_paths():
            assert path.startswith("lab/tree/chapters/")
            assert "<title>JupyterLab" in started.ask(f"/{path}")
            assert json.loads(started.ask(f"/api/contents/{path.removeprefix('lab/tree/')}"))["type"] == "notebook"
        notebook, client = started.open("chapters/03-visualizing-attention.ipynb")
        assert ask_kernel(client, "__import__('sys').prefix") == str(prefix)
        run_all(notebook, client)
        if Path("/proc/self/status").exists():
            assert peak_memory(started.process) < MEMORY


def binder_paths():
    pages = [(ROOT / "README.md").read_text("utf-8"), *(page(name) for name in CHAPTERS)]
    return {path for text in pages for path in re.findall(r"https://mybinder\.org/[^\"')]*\?urlpath=([^\"')]*)", text)}


def test_binder_gets_the_versions_that_the_book_pins():
    pins = (ROOT / "requirements.txt").read_text("utf-8")
    lines = (ROOT / "binder" / "requirements.txt").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    assert lines[0] == "--extra-index-url https://download.pytorch.org/whl/cpu"
    assert lines[-1] == "-r ../requirements.txt"
    for line in lines[1:-1]:
        assert line.endswith("+cpu"), line
        assert re.search(rf"^{re.escape(line.removesuffix('+cpu'))}$", pins, re.M), line


# --- the links


def page(name):
    return (ROOT / "_build" / "html" / "chapters" / name).with_suffix(".html").read_text("utf-8")


def test_all_links_that_launch_lead_to_the_address_in_the_settings():
    repository, launch = settings()["repository"], settings()["launch_buttons"]
    name, branch = repository["url"].removeprefix("https://github.com/"), repository["branch"]
    binder = f"{launch['binderhub_url']}/v2/gh/{name}/{branch}?urlpath=lab/tree/chapters/"
    colab = f"{launch['colab_url']}/github/{name}/blob/{branch}/chapters/"
    for document in ("README.md", "chapters/running.md"):
        text = (ROOT / document).read_text("utf-8")
        for start in (binder, colab):
            host = start.split("/")[2]
            links = re.findall(rf"https://{re.escape(host)}/[^\s)>]+", text)
            assert links
            assert all(link.startswith(start) and link.removeprefix(start) in CHAPTERS for link in links), links
    # A page that was built on GitHub's machines leads to the fork it was built from.
    if "GITHUB_REPOSITORY" not in os.environ:
        for chapter in CHAPTERS:
            assert f'href="{binder}{chapter}"' in page(chapter)
            assert f'href="{colab}{chapter}"' in page(chapter)


# --- Colab


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
    """In one environment, a chapter with d2l first: the cell of the others begins the same and ends sooner. Of their
    other cells, what takes names from the toolbox runs, and other packages are looked for: to import d2l takes long."""
    notebooks = []
    for chapter in CHAPTERS:
        first, *others = code(chapter)
        lines = [line for cell in others for node in ast.parse(cell.source).body for line in import_lines(node)]
        assert any("paying_attention" in line for line in lines)
        notebooks.append((first.source, "\n".join([first.source, *lines])))
    notebooks.sort(reverse=True)
    assert all(notebooks[0][0].startswith(source) for source, _ in notebooks)
    env = offline(tmp_path, wheels, packages, **published)
    python = tmp_path / "env" / "bin" / "python"
    # pip is among the packages.
    run([sys._base_executable, "-m", "venv", "--without-pip", tmp_path / "env"], tmp_path, env)
    (tmp_path / "colab.py").write_text(COLAB)
    paths = [tmp_path / f"{number}.py" for number in range(len(notebooks))]
    for path, (_, text) in zip(paths, notebooks, strict=True):
        path.write_text(text)
    for name in ("paying_attention", "d2l"):
        said = run([python, "-c", f"import {name}"], tmp_path, env, status=1)
        assert f"No module named '{name}'" in said[-1]
    said = run([python, tmp_path / "colab.py", *paths], tmp_path, env)
    assert sum("Installing the book's toolbox" in line for line in said) == 1
    assert not any("Traceback" in line for line in said)
    run(
        [python, "-c", "import paying_attention; from importlib.util import find_spec; assert find_spec('d2l')"],
        tmp_path,
        env,
    )


@pytest.mark.parametrize("source", {code(chapter)[0].source for chapter in CHAPTERS})
def test_elsewhere_the_cell_for_colab_does_nothing(source):
    quiet = "import subprocess\nsubprocess.run = None\nimport importlib.util\nimportlib.util.find_spec = None\n"
    done = subprocess.run([sys.executable, "-c", quiet + source], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
