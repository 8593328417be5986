"""The workflows on GitHub's machines, and what they run that nothing else here does."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from typing import ClassVar

import pytest
import yaml
from places import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXTS = {path.name: path.read_text("utf-8") for path in WORKFLOWS}
JOBS = [
    pytest.param(job, id=f"{name}: {key}")
    for name, text in TEXTS.items()
    for key, job in yaml.safe_load(text)["jobs"].items()
]
every_job = pytest.mark.parametrize("job", JOBS)


def commands(job):
    return [step["run"] for step in job["steps"] if "run" in step]


# The workflows


def test_the_workflows_are_there():
    assert {"book.yml", "release.yml", "weekly.yml"} <= set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
def test_an_action_is_pinned_to_a_commit_of_a_named_release(name):
    actions = re.findall(r"uses: (.*)", TEXTS[name])
    assert actions
    assert not [
        action for action in actions if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
    ]


def test_an_action_is_the_same_everywhere():
    actions = {action for text in TEXTS.values() for action in re.findall(r"uses: (\S+)", text)}
    assert len({action.split("@")[0] for action in actions}) == len(actions)


@every_job
def test_a_job_ends_and_may_do_little(job):
    assert job["timeout-minutes"] <= 90
    may_write = {what for what, how in job["permissions"].items() if how == "write"}
    assert may_write <= {"pages", "id-token", "contents"}
    # Who may write runs nothing of the book, so none of the packages that the book installs.
    if may_write:
        assert not any("make" in command for command in commands(job))
        assert not any("checkout" in step.get("uses", "") for step in job["steps"])


@every_job
def test_a_job_runs_what_the_makefile_has(job):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for command in commands(job):
        assert command.startswith(("make ", "gh release create ", "sudo apt-get install "))
        if command.startswith("make"):
            assert command.split()[1] in targets


def test_every_python_of_the_book_is_tested_and_every_system():
    matrix = yaml.safe_load(TEXTS["book.yml"])["jobs"]["test"]["strategy"]["matrix"]
    allowed = re.search(r"requires-python = \">=3\.(\d+).*<3\.(\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert matrix["python"] == [f"3.{minor}" for minor in range(int(allowed[1]), int(allowed[2]))]
    systems = {*matrix["os"], *(row["os"] for row in matrix["include"])}
    assert systems == {"ubuntu-latest", "macos-latest", "windows-latest"}


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("timeout-minutes: 20", "timeout-minuts: 20", "timeout-minuts"),
        ("persist-credentials: false", "fetch-depth: 1", "credential persistence"),
        ("permissions: {}", "permissions: write-all", "overly broad permissions"),
        ("checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "checkout@v6", "unpinned"),
    ],
)
def test_check_finds_what_is_wrong_with_a_workflow(tmp_path, good, bad, complaint):
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    assert good in TEXTS["book.yml"]
    (folder / "book.yml").write_text(TEXTS["book.yml"].replace(good, bad), "utf-8")
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text("utf-8"), "utf-8")
    lines = subprocess.run(
        ["make", "-n", "check", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.dev"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    ).stdout.splitlines()
    lints = [line for line in lines if "check-jsonschema" in line or "zizmor" in line]
    assert len(lints) == 2
    done = [subprocess.run(lint, shell=True, capture_output=True, text=True, cwd=tmp_path) for lint in lints]
    assert any(lint.returncode for lint in done)
    assert complaint in "".join(lint.stdout + lint.stderr for lint in done)


# The newest releases


def test_the_newest_releases_are_asked_for():
    sys.path.insert(0, str(ROOT / "tools"))
    from newest import requirements

    found = list(requirements())
    alone = ("requirements-d2l.txt", "requirements-minilm.txt")  # each a release that nothing comes after
    files = [path for path in ROOT.glob("requirements-*.txt") if path.name not in alone]
    pinned = "".join(path.read_text("utf-8") for path in files)
    assert len(found) == pinned.count("==") + 1
    assert not any("==" in line for line in found)
    assert "-e ." in found
    assert "jupyter-book>=1.0.4.post1,<2" in found


# What is known against what is installed


class Advisories(http.server.BaseHTTPRequestHandler):
    known: ClassVar = {}
    asked: ClassVar = []

    def do_POST(self):
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.asked[:] = [
            (query["package"]["ecosystem"], query["package"]["name"], query["version"]) for query in queries
        ]
        results = [{"vulns": [{"id": self.known[name]}]} if name in self.known else {} for _, name, _ in self.asked]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"results": results}).encode())

    def log_message(self, *_):
        pass


def ask(address):
    command = [sys.executable, ROOT / "tools" / "advisories.py"]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OSV": address})


@pytest.fixture
def service():
    with http.server.HTTPServer(("127.0.0.1", 0), Advisories) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_is_known_is_told_by_name(service, monkeypatch):
    monkeypatch.setattr(Advisories, "known", {"katex": "GHSA-1", "Jinja2": "PYSEC-2"})
    done = ask(service)
    assert done.returncode != 0
    assert "katex 0." in done.stderr
    assert "Jinja2 3" in done.stderr
    assert "GHSA-1" in done.stderr
    assert "PYSEC-2" in done.stderr
    versions = {name: version for _, name, version in Advisories.asked}
    assert versions["torch"] == re.search(r"torch==(\S+)", (ROOT / "requirements-notebooks.txt").read_text("utf-8"))[1]


def test_nothing_known_is_told_as_well(service):
    done = ask(service)
    assert done.returncode == 0, done.stderr
    assert "Nothing is known" in done.stdout


def test_not_being_able_to_ask_is_an_error():
    done = ask("http://127.0.0.1:9")
    assert done.returncode != 0
    assert "No answer from" in done.stderr
