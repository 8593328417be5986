"""The address of the repository, and what follows from it. It may be empty: then nothing leads anywhere outside."""

import re

FORM = re.compile(
    r"(?:https://(?:[^/@\s]*@)?github\.com/|(?:ssh://)?git@github\.com[:/])"
    r"(?P<owner>[A-Za-z\d](?:[A-Za-z\d-]{0,38}))/(?P<name>[\w.-]{1,100}?)(?:\.git)?/?",
    re.ASCII,
)


def address(said):
    """The address of a repository on GitHub, as a browser has it, from how git or a person says it."""
    match = FORM.fullmatch(said)
    if not match or match["name"] in (".", "..") or match["owner"].endswith("-") or match["owner"] == "OWNER":
        raise ValueError(f"'{said}' is not the address of a repository such as https://github.com/OWNER/REPOSITORY")
    return f"https://github.com/{match['owner']}/{match['name']}"


def name_of(repository):
    return repository.removeprefix("https://github.com/")


def site_of(repository):
    """Where GitHub Pages shows the site of a repository."""
    if not repository:
        return ""
    owner, name = name_of(repository).split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"
