"""A JupyterLab, notebooks in it, and figures that a page and a kernel share."""

import ast
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from jupyter_client import BlockingKernelClient
from live_figure import LOOK


def until(happens, what, seconds=60):
    """Wait until something is true; it may take the page or the kernel a while."""
    end = time.monotonic() + seconds
    while not (result := happens()):
        assert time.monotonic() < end, f"after {seconds} s: {what}"
        time.sleep(0.05)
    return result


def listens(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


class Lab:
    """A JupyterLab of its own, which sees nothing of the reader's, and notebooks in it with their kernels."""

    def __init__(self, home, browser):
        self.home, self.browser = home, browser
        self.token = secrets.token_hex(16)
        (home / "notebooks").mkdir()
        settings = home / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        quiet = {"fetchNews": "false", "checkForUpdates": False}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))

    @contextmanager
    def running(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folders = {f"JUPYTER_{kind}_DIR": kind.lower() for kind in ("CONFIG", "DATA", "RUNTIME")}
        folders |= {f"JUPYTERLAB_{kind}_DIR": kind.lower() for kind in ("SETTINGS", "WORKSPACES")}
        folders |= {"HOME": "", "IPYTHONDIR": "ipython"}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [f"--port={port}", f"--IdentityProvider.token={self.token}", "--ServerApp.root_dir=notebooks"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_"))}
        environment |= {name: str(self.home / folder) for name, folder in folders.items()}
        with open(self.home / "log", "w") as log:
            process = subprocess.Popen(command, cwd=self.home, env=environment, stdout=log, stderr=log)
            try:
                told = self.home / "runtime" / f"jpserver-{process.pid}.json"
                until(lambda: told.exists() or process.poll() is not None, "no JupyterLab", 60)
                assert told.exists(), (self.home / "log").read_text()
                self.address = json.loads(until(told.read_text, "nothing said"))["url"]
                until(partial(listens, port), "nobody listens", 60)
                yield self
            finally:
                process.terminate()
                process.wait(30)

    @contextmanager
    def opened(self, name):
        """A notebook, run from top to bottom, in a tab, with its kernel to talk to."""
        wish = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        request = urllib.request.Request(
            f"{self.address}api/sessions",
            json.dumps(wish).encode(),
            {"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            kernel = json.load(answer)["kernel"]["id"]
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        client = BlockingKernelClient(connection_file=str(self.home / "runtime" / f"kernel-{kernel}.json"))
        try:
            client.load_connection_file()
            client.start_channels(hb=False)  # a busy machine answers late, and that is all right
            client.wait_for_ready(180)
            tab = context.new_page()
            tab.set_default_timeout(60_000)
            # In a workspace of its own, where no other notebook is still open.
            tab.goto(f"{self.address}lab/workspaces/{Path(name).stem}/tree/{name}?token={self.token}")
            tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            tab.get_by_role("menuitem", name="Run", exact=True).click()
            tab.get_by_text("Run All Cells", exact=True).click()
            tab.locator(".pa-figure").first.wait_for()
            yield tab, partial(ask, client), partial(tell, client)
        finally:
            client.stop_channels()
            context.close()


def tell(client, code, **expressions):
    """Run code in the kernel; return what expressions are after it."""
    for _ in range(100):
        reply = client.execute_interactive(
            code, silent=True, user_expressions=expressions, timeout=180, output_hook=lambda _: None
        )["content"]
        # An exercise that is not done yet raises an error, and the kernel drops what waits behind it.
        if reply["status"] != "aborted":
            break
        time.sleep(0.1)
    assert reply["status"] == "ok", reply
    return reply["user_expressions"]


def ask(client, question):
    """What an expression is in the kernel."""
    answer = tell(client, "", it=question)["it"]
    assert answer["status"] == "ok", answer
    return ast.literal_eval(answer["data"]["text/plain"])


class Shared:
    """A figure that a page and a kernel share, under the name of a variable."""

    def __init__(self, case, figure, ask, variable):
        self.case, self.figure, self.ask, self.variable = case, figure, ask, variable
        self.data = ask(f"{{name: value for name, value in {variable}._data.items() if name != 'image'}}")

    def settled(self, as_wished=lambda state: True, seconds=60):
        """The state in Python, once it is as wished and the page shows it."""
        end = time.monotonic() + seconds
        while True:
            state = self.ask(f"{self.variable}.get_state({list(self.case.state)})")
            try:
                assert as_wished(state)
                self.case.check({"_data": self.data, **state}, self.figure.evaluate(LOOK))
                return state
            except AssertionError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)
