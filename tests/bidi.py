"""Firefox, driven over WebDriver BiDi, which it speaks by itself.

Ours, for want of a library: Selenium needs a driver that Debian does not have, and Playwright 1.65 asks the machine's
own Firefox for `emulation.setMediaFeaturesOverride`, which 153, the long-term release of today, does not know.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from browser import IDLE
from websocket import WebSocketTimeoutException, create_connection

COMMANDS = ("firefox-esr", "firefox")
PLACES = ("/Applications/Firefox.app/Contents/MacOS/firefox", r"C:\Program Files\Mozilla Firefox\firefox.exe")
WHY_NOT = "There is no Firefox on this machine (apt-get install firefox-esr, or set FIREFOX to the path of one)."

SETTINGS = {
    # The network is cut: all but this machine is behind a proxy that is not there.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    # Light, whatever the machine has.
    "layout.css.prefers-color-scheme.content-override": 1,
    # On a Mac Tab leads to links only if one asks for it.
    "accessibility.tabfocus": 7,
    "browser.download.folderList": 2,
    "browser.download.always_ask_before_handling_new_types": False,
    "browser.helperApps.neverAsk.saveToDisk": "image/svg+xml,image/png",
}
# As in the standard, https://www.w3.org/TR/webdriver2/#keyboard-actions
KEYS = {
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Shift": "\ue008",
    "Control": "\ue009",
    "Escape": "\ue00c",
    "PageUp": "\ue00e",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}


def find_firefox() -> str | None:
    """The path of a Firefox, or None."""
    if named := os.environ.get("FIREFOX"):
        if found := shutil.which(named):
            return found
        raise FileNotFoundError(f"FIREFOX names {named!r}, and there is no such program.")
    found = [path for command in COMMANDS if (path := shutil.which(command))]
    return next(iter(found + [place for place in PLACES if Path(place).exists()]), None)


class Firefox:
    """One Firefox without a window, from `with` to its end. Tabs of it know nothing of each other."""

    def __init__(self, path):
        self.path, self.asked, self.tabs = path, 0, {}

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="firefox-"))
        self.downloads = self.folder / "downloads"
        self.downloads.mkdir()
        settings = SETTINGS | {"browser.download.dir": str(self.downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in settings.items()]
        (self.folder / "user.js").write_text("\n".join(lines), "utf-8")
        command = [self.path, "--headless", "--no-remote", "--wait-for-browser", "--profile", self.folder]
        said = self.folder / "said.txt"
        with said.open("w") as out:
            self.process = subprocess.Popen([*command, "--remote-debugging-port", "0"], stdout=out, stderr=out)
        listens = self.folder / "WebDriverBiDiServer.json"
        end = time.monotonic() + 120
        while not (listens.exists() and listens.stat().st_size):
            words = said.read_text("utf-8", "replace")
            assert self.process.poll() is None, f"Firefox did not start: {words}"
            assert time.monotonic() < end, f"Firefox does not listen: {words}"
            time.sleep(0.1)
        where = json.loads(listens.read_text("utf-8"))
        # Firefox takes no origin for a good one that it was not told of.
        self.socket = create_connection(
            f"ws://{where['ws_host']}:{where['ws_port']}/session", suppress_origin=True, timeout=60
        )
        self.send("session.new", capabilities={})
        events = ["log.entryAdded", "network.beforeRequestSent", "browsingContext.load"]
        self.send("session.subscribe", events=events)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.send("browser.close")
        with contextlib.suppress(Exception):
            self.socket.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, method, **parameters):
        """What Firefox answers. What happens in the meantime is noted in its tab."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.asked:
                assert answer["type"] == "success", f"{method}: {answer.get('message')}"
                return answer["result"]
            self.note(answer)

    def note(self, event):
        about = event.get("params", {})
        tab = self.tabs.get(about.get("context") or about.get("source", {}).get("context"))
        if tab:
            tab.note(event["method"], about)

    def listen(self, seconds):
        """Take in what happens, for a while."""
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self.socket.settimeout(left)
                self.note(json.loads(self.socket.recv()))
        except WebSocketTimeoutException:
            pass
        finally:
            self.socket.settimeout(60)


class Tab:
    """A page, with a memory of its own, that is used as by hand."""

    def __init__(self, firefox, width, height):
        self.firefox, self.asked, self.complaints = firefox, [], []
        self.user = firefox.send("browser.createUserContext")["userContext"]
        self.context = firefox.send("browsingContext.create", type="tab", userContext=self.user)["context"]
        firefox.tabs[self.context] = self
        self.resize(width, height)

    def note(self, method, about):
        if method == "network.beforeRequestSent":
            self.asked.append(about["request"]["url"])
        if method == "log.entryAdded" and about["level"] in ("error", "warn"):
            self.complaints.append(about["text"])

    def close(self):
        self.firefox.listen(0.05)
        self.firefox.send("browsingContext.close", context=self.context)
        self.firefox.send("browser.removeUserContext", userContext=self.user)
        del self.firefox.tabs[self.context]

    def send(self, method, **parameters):
        return self.firefox.send(method, context=self.context, **parameters)

    def resize(self, width, height):
        self.send("browsingContext.setViewport", viewport={"width": width, "height": height})

    def go(self, address):
        self.send("browsingContext.navigate", url=address, wait="complete")
        self.say(IDLE)  # a page that is there has more to do, and may grow by it

    def reload(self):
        self.send("browsingContext.reload", wait="complete")
        self.say(IDLE)

    def call(self, function, *arguments):
        """What a function of the page says, in what JSON can say."""
        answer = self.firefox.send(
            "script.callFunction",
            # What is not there is null, as it is for Playwright.
            functionDeclaration=f"""async (given) => JSON.stringify(
              (await ({function})(...JSON.parse(given))) ?? null, (_, value) => value ?? null)""",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def of(self, selector, function, *arguments):
        """What a function says of the first element that a selector finds."""
        return self.call(
            f"(selector, ...rest) => ({function})(document.querySelector(selector), ...rest)", selector, *arguments
        )

    def say(self, expression):
        return self.call(f"() => ({expression})")

    def until(self, expression, seconds=60):
        """Wait until something is so, and say how it is."""
        end = time.monotonic() + seconds
        while not (answer := self.say(expression)):
            assert time.monotonic() < end, f"after {seconds} s still not: {expression}"
            self.firefox.listen(0.05)
        return answer

    # By hand

    def act(self, kind, actions, **parameters):
        self.send("input.performActions", actions=[{"type": kind, "id": kind, "actions": actions, **parameters}])

    def press(self, keys):
        """A key, or several that are held together: Shift+Tab."""
        values = [KEYS.get(key, key) for key in keys.split("+")]
        self.act("key", [{"type": "keyDown", "value": value} for value in values])
        self.act("key", [{"type": "keyUp", "value": value} for value in reversed(values)])

    def type(self, text):
        self.act("key", [{"type": kind, "value": each} for each in text for kind in ("keyDown", "keyUp")])

    def place(self, selector, across=0.5, down=0.5):
        """A point of an element that is in sight and stands still, by shares of its width and height."""
        return self.of(
            selector,
            """async (one, across, down) => {
              const block = one.closest(".side") ? "nearest" : "center"; // what stays in sight moves no page
              const place = () => Object.values(one.getClientRects()[0].toJSON()).join();
              const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
              one.scrollIntoView({ block, behavior: "instant" });
              // The page hears that it was scrolled with its next picture: nobody's finger is there before that.
              for (let before; before !== place(); await painted()) before = place();
              const { left, top, width, height } = one.getClientRects()[0];
              return [left + across * width, top + down * height];
            }""",
            across,
            down,
        )

    def move(self, x, y):
        self.act("pointer", [to(x, y)])

    def hover(self, selector):
        self.move(*self.place(selector))

    def click(self, selector, finger=False):
        actions = [to(*self.place(selector)), {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        parameters = {"parameters": {"pointerType": "touch"}} if finger else {}
        self.act("pointer", actions, **parameters)

    def drag(self, begin, *ways):
        moves = [to(*way, duration=50) for way in ways]
        down, up = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
        self.act("pointer", [to(*begin), down, *moves, up])

    def saved(self, name):
        """What has been saved under a name, once it is all there."""
        path = self.firefox.downloads / name
        end = time.monotonic() + 60
        while not (path.exists() and path.stat().st_size and not path.with_name(f"{name}.part").exists()):
            assert time.monotonic() < end, f"{name} was not saved"
            self.firefox.listen(0.05)
        content = path.read_bytes()
        path.unlink()
        return content


def to(x, y, duration=0):
    return {"type": "pointerMove", "x": round(x), "y": round(y), "duration": duration}
