"""Write the address of the repository everywhere it has to stand, or --check that it does.

    make address                                         takes what git calls origin
    make address TO=https://github.com/OWNER/REPOSITORY  takes this one
    make address TO=none                                 takes it out again

It stands in _config.yml, and all else follows that: CITATION.cff, passages of README.md and of the page on running the
book, which have to say other things while there is no address, and the cell of each notebook that is for Colab, which
`tools/canonical.py` writes.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import address_in_chinese  # noqa: E402

from theme.address import address, name_of, site_of  # noqa: E402

FIRST = "chapters/01-attention-cues.ipynb"
BINDER = f"https://mybinder.org/v2/gh/{{name}}/{{branch}}?urlpath=lab/tree/{FIRST}"
COLAB = f"https://colab.research.google.com/github/{{name}}/blob/{{branch}}/{FIRST}"
CLASS = (
    "https://hub.example.org/hub/user-redirect/git-pull?repo={quoted}&branch={branch}&targetPath=paying-attention"
    "&urlpath=lab%2Ftree%2Fpaying-attention%2F{first}"
)

# For each passage, by its file and its name there: what it says without an address, and with one.
PASSAGES = {
    ("README.md", "badges"): (
        "",
        "[![Book]({url}/actions/workflows/book.yml/badge.svg)]({url}/actions/workflows/book.yml)\n"
        f"[![Binder](https://mybinder.org/badge_logo.svg)]({BINDER})\n"
        f"[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]({COLAB})",
    ),
    ("README.md", "read"): (
        "**Read** the site: build it, below, and open `_build/html/index.html`.",
        "**Read** the site at <{site}>, or build it yourself, below.",
    ),
    ("README.md", "launch"): (
        "**Launch** it in the browser, on a machine that is lent to you. Binder asks for no account, Colab for a\n"
        "Google account. Both take a book from where it is published, and this copy knows no such place yet: once it\n"
        "is on GitHub, `make address` writes where into the settings, the pages and here. Until then put its owner\n"
        "and its name for `OWNER` and `REPOSITORY`:\n\n"
        f"```\n{BINDER}\n{COLAB}\n```",
        "**Launch** it in the browser, on a machine that is lent to you:\n"
        f"[Binder]({BINDER})\nasks for no account,\n[Colab]({COLAB})\n"
        "asks for a Google account. Each chapter's page has both links.",
    ),
    ("chapters/running.md", "copy"): (
        "",
        "Or take the whole book, with its pages and its tests, if you have git:\n\n```\ngit clone {url}\n```",
    ),
    ("chapters/running.md", "launch"): (
        "Binder and Colab open a notebook with nothing to install. They take it from where the book is published, and "
        "this copy of it doesn't know such a place. If it is on GitHub, put its owner and its name for `OWNER` and "
        "`REPOSITORY`.\n\n"
        "**Binder** asks for no account:\n\n"
        f"```\n{BINDER}\n```\n\n"
        "{binder}\n\n"
        "**Colab** asks for a Google account:\n\n"
        f"```\n{COLAB}\n```\n\n"
        "Colab opens a notebook without the rest of the book. Its first cell, which is folded, says so there and does "
        "nothing elsewhere. Before you choose *Runtime*, *Run all*, put paying-attention-notebooks.zip into the panel "
        "*Files* and run `!pip install paying-attention-notebooks.zip` in a cell of its own.",
        "At the top of each chapter are links that open it as a notebook elsewhere, with nothing to install.\n\n"
        f"**Binder** asks for no account: [chapter 01 in Binder]({BINDER}). {{binder}}\n\n"
        f"**Colab** asks for a Google account: [chapter 01 in Colab]({COLAB}). Choose *Runtime*, *Run all*. Colab "
        "opens a notebook without the rest of the book, so the first cell, which is folded, fetches the toolbox as it "
        "was when the notebook was written, and `d2l` or the model of chapter 10 where the chapter needs it: half a "
        "minute, once for each session. In other places that cell does nothing.",
    ),
    ("chapters/running.md", "image"): (
        "```\npython -m pip install jupyter-repo2docker\n"
        "jupyter-repo2docker --no-run --image-name paying-attention \\\n"
        '  --target-repo-dir /srv/paying-attention --appendix "RUN pip install nbgitpuller==1.3.0" \\\n'
        "  {url}\n```",
    )
    * 2,
    ("chapters/running.md", "class"): (f"```\n{CLASS}\n```",) * 2,
}
PASSAGES |= address_in_chinese.PASSAGES
# What leads a class there is the same in both but for the chapter that it opens.
PASSAGES |= {(f"zh/{file}", name): PASSAGES[file, name] for file, name in list(PASSAGES) if name in ("image", "class")}
IT_LENDS = (
    "If the book has changed since someone last opened it there, the machine is made anew first, which takes minutes. "
    "It has 2 GB of memory; no chapter needs more than 1.1 GB of it, JupyterLab included. When you have done nothing "
    "for ten minutes it is gone, with all that you changed: download what you want to keep."
)


def settings(text):
    return yaml.safe_load(text)["repository"]


def with_address(file, text, url, branch):
    """A file's text with this address at all of its places."""
    if file == "_config.yml":
        value = url or '""'
        return re.sub(r"(?<=^repository:\n  url: ).*$", lambda _: value, text, flags=re.MULTILINE)
    if file == "CITATION.cff":
        text = re.sub(r"^repository-code:.*\n", "", text, flags=re.MULTILINE)
        return re.sub(r"^(?=keywords:)", f"repository-code: {url}\n" if url else "", text, flags=re.MULTILINE)
    form = url or "https://github.com/OWNER/REPOSITORY"
    values = {"url": form, "name": name_of(form), "branch": branch, "site": site_of(url), "binder": IT_LENDS}
    first = address_in_chinese.FIRST if file.startswith("zh/") else FIRST
    values |= {"quoted": quote(form, ""), "first": quote(first, "")}
    values["lends_in_chinese"] = address_in_chinese.IT_LENDS
    for (name, passage), said in PASSAGES.items():
        if name != file:
            continue
        begin, end = f"<!-- make address: {passage} -->\n", f"<!-- {passage} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            sys.exit(f"{file} lacks the lines {begin.strip()} and {end}, between which the address is written.")
        words = said[bool(url)].format(**values)
        text = f"{before}{begin}{words}\n{end}{after}" if words else f"{before}{begin}{end}{after}"
    return text


def asked(said):
    """The address to write: what was said, or what git calls origin."""
    if said == "none":
        return ""
    if not said:
        origin = subprocess.run(
            ["git", "-C", ROOT, "remote", "get-url", "origin"], capture_output=True, text=True, check=False
        )
        if origin.returncode:
            sys.exit("git knows no origin here. Name the address: make address TO=https://github.com/OWNER/REPOSITORY")
        said = origin.stdout.strip()
    try:
        return address(said)
    except ValueError as wrong:
        sys.exit(f"{wrong}")


def main(said, check):
    files = dict.fromkeys(["_config.yml", "CITATION.cff", *(file for file, _ in PASSAGES)])
    texts = {file: (ROOT / file).read_text("utf-8") for file in files if (ROOT / file).exists()}
    now = settings(texts["_config.yml"])
    url = asked(now["url"] or "none") if check else asked(said)
    wanted = {file: with_address(file, text, url, now["branch"]) for file, text in texts.items()}
    if not check:
        for file, text in wanted.items():
            (ROOT / file).write_text(text, encoding="utf-8", newline="\n")
        print(f"The address of the book is {url}." if url else "The book has no address.")
        return
    if wrong := [file for file, text in texts.items() if text != wanted[file]]:
        sys.exit(f"The address in _config.yml, {url or 'none'}, is not that in {', '.join(wrong)}: run `make address`.")
    here = os.environ.get("GITHUB_REPOSITORY")
    if here and name_of(url).lower() != here.lower():
        sys.exit(f"The address in _config.yml, {url or 'none'}, is not that of {here}: run `make address` and commit.")
    print(f"The address is {url} everywhere." if url else "The book has no address, and none is given.")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(next((argument for argument in arguments if argument != "--check"), ""), "--check" in arguments)
