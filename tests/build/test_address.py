"""The address of the repository: written everywhere it has to stand, nowhere while there is none.

These fail if a place keeps another address, if a form to fill in can be followed, or if what no repository has as its
address is taken for one.
"""

import re
import shutil
import subprocess
from urllib.parse import unquote, urlsplit

import address as tool
import pytest
import yaml
from markdown_it import MarkdownIt
from places import ROOT

from theme.address import address, site_of

FILES = ["_config.yml", "CITATION.cff", "README.md", "chapters/running.md"]
OURS = "https://github.com/Reader/my.book"


class Copy:
    """The files that an address stands in, elsewhere."""

    def __init__(self, root):
        self.root = root
        for file in FILES:
            (root / file).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / file, root / file)

    def write(self, said):
        tool.main(said, check=False)
        return self

    def texts(self):
        return {file: (self.root / file).read_text("utf-8") for file in FILES}

    def links(self, file):
        tokens = MarkdownIt("commonmark").parse((self.root / file).read_text("utf-8"))
        parts = [part for token in tokens for part in token.children or []]
        return [part.attrs.get("href", part.attrs.get("src")) for part in parts if part.type in ("link_open", "image")]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    return Copy(tmp_path)


def refusal(said="", check=False):
    """The one line with which it ends."""
    with pytest.raises(SystemExit) as ended:
        tool.main(said, check)
    assert "\n" not in ended.value.code
    return ended.value.code


@pytest.mark.parametrize(
    "said",
    [
        OURS,
        f"{OURS}/",
        f"{OURS}.git",
        "git@github.com:Reader/my.book.git",
        "ssh://git@github.com/Reader/my.book",
        "https://reader:secret@github.com/Reader/my.book.git",
    ],
)
def test_an_address_is_taken_as_git_or_a_browser_says_it(said):
    assert address(said) == OURS


@pytest.mark.parametrize(
    "said",
    [
        "https://gitlab.com/reader/book",
        "https://github.com/reader",
        "https://github.com/reader/book/tree/main",
        "https://github.com/-reader/book",
        "https://github.com/reader/..",
        "https://github.com/reader/my book",
        "https://github.com.example.org/reader/book",
        "https://github.com/OWNER/REPOSITORY",
        "reader/book",
        "../book.git",
    ],
)
def test_what_is_no_address_on_github_is_refused(copy, said):
    before = copy.texts()
    assert refusal(said) == f"'{said}' is not the address of a repository such as https://github.com/OWNER/REPOSITORY"
    assert copy.texts() == before


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("https://github.com/Reader/Copy", "https://reader.github.io/Copy/"),
        ("https://github.com/Reader/reader.github.io", "https://reader.github.io/"),
        ("https://github.com/Reader/other.github.io", "https://reader.github.io/other.github.io/"),
        ("", ""),
    ],
)
def test_the_address_of_the_site_follows(repository, site):
    assert site_of(repository) == site


def test_there_and_back_again_is_the_same(copy):
    none = copy.write("none").texts()
    there = copy.write(OURS).texts()
    assert all(there[file] != none[file] for file in FILES)
    other = copy.write("https://github.com/other/copy").texts()
    assert not [file for file in FILES if "Reader" in other[file] or "OWNER" in other[file]]
    assert copy.write("none").texts() == none


def test_without_an_argument_it_is_what_git_calls_origin(copy):
    subprocess.run(["git", "init", "-q"], cwd=copy.root, check=True)
    assert refusal().startswith("git knows no origin here.")
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:Reader/my.book.git"], cwd=copy.root, check=True)
    assert copy.write("").texts() == copy.write(OURS).texts()


def test_with_an_address_every_place_has_it(copy):
    copy.write(OURS)
    texts = copy.texts()
    assert yaml.safe_load(texts["_config.yml"])["repository"]["url"] == OURS
    assert yaml.safe_load(texts["CITATION.cff"])["repository-code"] == OURS
    for file in ("README.md", "chapters/running.md"):
        outside = [link for link in copy.links(file) if "mybinder" in link or "colab" in link]
        assert len({urlsplit(link).netloc for link in outside}) == 2
        assert not [link for link in outside if "badge" not in link and "/Reader/my.book/" not in link]
        assert "OWNER" not in texts[file]
    assert "https://reader.github.io/my.book/" in copy.links("README.md")
    assert f"git clone {OURS}\n" in texts["chapters/running.md"]
    assert "repo=https%3A%2F%2Fgithub.com%2FReader%2Fmy.book&" in texts["chapters/running.md"]


def test_without_an_address_forms_stand_as_code_and_no_link_leads_to_a_copy(copy):
    copy.write("none")
    texts = copy.texts()
    assert yaml.safe_load(texts["_config.yml"])["repository"]["url"] == ""
    assert "repository-code" not in yaml.safe_load(texts["CITATION.cff"])
    for file in ("README.md", "chapters/running.md"):
        assert not [link for link in copy.links(file) if re.search(r"github\.com|mybinder|colab|OWNER", link)]
        for host in ("https://mybinder.org/v2/gh/", "https://colab.research.google.com/github/"):
            assert texts[file].count(host) == texts[file].count(f"{host}OWNER/REPOSITORY/") == 1


@pytest.mark.parametrize("file", FILES[1:])
@pytest.mark.parametrize("now", ["none", OURS])
def test_check_names_a_file_that_has_another_address(copy, file, now):
    other = copy.write("https://github.com/other/copy").texts()[file]
    copy.write(now)
    tool.main("", check=True)
    (copy.root / file).write_text(other, "utf-8")
    assert refusal(check=True).endswith(f"is not that in {file}: run `make address`.")


def test_check_refuses_an_address_that_is_none(copy):
    copy.write("none")
    path = copy.root / "_config.yml"
    path.write_text(path.read_text("utf-8").replace('url: ""', "url: https://gitlab.com/a/b"), "utf-8")
    assert refusal(check=True).startswith("'https://gitlab.com/a/b' is not the address of a repository")


@pytest.mark.parametrize("now", ["none", OURS])
def test_on_githubs_machines_it_has_to_be_that_of_the_repository(copy, monkeypatch, now):
    copy.write(now)
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/my.book")
    assert refusal(check=True) == (
        f"The address in _config.yml, {now}, is not that of fork/my.book: run `make address` and commit."
    )
    copy.write("https://github.com/Fork/My.Book")
    tool.main("", check=True)


def test_no_notebook_or_page_names_a_repository_that_the_book_is_not_in():
    ours = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]
    found = set()
    for path in [*ROOT.glob("*.*"), *(ROOT / "chapters").glob("*.*"), *(ROOT / ".github").rglob("*.yml")]:
        if path.suffix in (".md", ".ipynb", ".yml", ".cff", ".toml"):
            text = unquote(path.read_text("utf-8"))
            found |= set(re.findall(r"(?:mybinder\.org/v2/gh|research\.google\.com/github)/([\w.-]+/[\w.-]+)", text))
            found |= set(re.findall(r"git\+https://github\.com/([\w.-]+/[\w.-]+)", text))
    assert found == {ours.removeprefix("https://github.com/") or "OWNER/REPOSITORY"}
