"""The editions of the book, English and Chinese: where each is, and what the theme itself says in each.

Each is a site that Sphinx builds on its own, from a folder of its own: the English one from the repository, the Chinese
one from `_build/zh`, where tools/chinese_site.py puts its source. A process builds one of them, so its language is
known here once it has begun.
"""

import ast
import json
import re
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import yaml
from sphinx_external_toc.parsing import parse_toc_yaml

from paying_attention.language import script_in_words, texts_of_script

FOLDER = "zh"
# By Sphinx's name: where an edition is below the site, its language as pages name it, and what the other is called.
EDITIONS = {"en": ("", "en", "中文"), "zh_CN": (f"{FOLDER}/", "zh-Hans", "English")}
HERE = Path(__file__).parent
CHINESE = json.loads((HERE / "chinese.json").read_text("utf-8"))
# What the theme says in its templates; how scripts say it is in paying_attention/language.py.
SAID = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"')

_language = "en"


def speak(app, config):
    """What is built from now on is in this language."""
    global _language
    _language = config.language


@contextmanager
def spoken(language):
    """For a while this language, where nothing is built: for tools."""
    global _language
    before, _language = _language, language
    try:
        yield
    finally:
        _language = before


def is_chinese():
    return _language != "en"


def say(english, **parts):
    """A text of the theme in the language of the edition, with its {parts} filled in. None may lack its Chinese."""
    text = CHINESE[english] if is_chinese() else english
    return text.format(**parts) if parts else text


def blank():
    """What is between words."""
    return "" if is_chinese() else " "


def roots(app):
    """The folders of the repository, and of the edition's texts as they were written."""
    source = Path(app.srcdir)
    return (source.parent.parent, source.parent.parent / FOLDER) if is_chinese() else (source, source)


# --- from one edition to the other


def is_whole(root):
    """Whether the Chinese edition is to be built, and led to: tools/chinese.py says when, and why not before."""
    ledger = Path(root, FOLDER, "made-from.json")
    if not ledger.exists() or not json.loads(ledger.read_text("utf-8")).get("is whole"):
        return False
    names = list(parse_toc_yaml(Path(root, "_toc.yml")))
    docstrings = Path(root, FOLDER, "toolbox")
    return docstrings.is_dir() and all(
        any(Path(root, FOLDER, name + end).exists() for end in (".md", ".ipynb")) for name in names
    )


def lead_across(app, pagename, templatename, context, doctree):
    """Tell the templates what they say in this language, and where the page is in the other edition."""
    below, tag, other = EDITIONS[_language]
    context |= {"say": say, "language": tag, "edition": below, "other": None}
    context["unspaced"] = unspaced if is_chinese() else str
    if is_chinese() or is_whole(app.srcdir):
        up = "../" * pagename.count("/")
        # The page that says there is none stands at the address of any; it leads to the beginning.
        path = f"{quote(app.config.root_doc if pagename == '404' else pagename)}.html"
        context["other"] = (other, f"../{up}{path}" if below else f"{up}{FOLDER}/{path}")
        if context.get("pageurl") and pagename != "404":
            base = app.config.html_baseurl.removesuffix(f"{FOLDER}/") if below else app.config.html_baseurl
            context["editions"] = {"en": f"{base}{path}", "zh-Hans": f"{base}{FOLDER}/{path}"}


# What sphinx-exercise writes between a number and a title.
EXERCISE = re.compile(r'(<span class="caption-number">练习) ([\d.]+) (</span>) \((.*?)\)(?=</p>|<a class="headerlink")')

# A citation that a page of prose has from its role.
CITED = re.compile(r'(<span id="[^"]*">)\((<a [^>]*href="[^"]*bibliography\.html#.*?</a>)\)</span>')

# Latin words are named, not stressed: they slant, where the stress of Chinese is bold.
LATIN = re.compile("<em>([^<\u2e80-\u9fff]*)</em>")


def as_chinese_writes(body):
    """A page without the blanks and brackets of English that no setting takes away."""
    body = CITED.sub(r"\1（\2）</span>", EXERCISE.sub(r"\1\2\3（\4）", body))
    return LATIN.sub(r"<i>\1</i>", body)


def unspaced(text):
    """A text without blanks beside Chinese, as Sphinx writes them."""
    return re.sub("(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])", "", text)


# --- the list of words


def with_words(script):
    """A script of the theme as pages have it: what it says stands there, in the language of the edition."""
    return script_in_words(script, CHINESE if is_chinese() else None)


def unescaped(text):
    return text.replace('\\"', '"').replace("\\\\", "\\")


def texts_of_python(source):
    """What is said in a Python file: the first argument of each say()."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "say":
            said = (
                [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)] if node.args else []
            )
            yield from (text for text in said if isinstance(text, str))


def said_by_theme(root):
    theme = Path(root, "theme")
    for path in sorted(theme.glob("*.py")):
        yield from ((path, text) for text in texts_of_python(path.read_text("utf-8")))
    contents = yaml.safe_load(Path(root, "_toc.yml").read_text("utf-8"))
    yield from ((Path(root, "_toc.yml"), part["caption"]) for part in contents.get("parts", []) if "caption" in part)
    for path in sorted(theme.glob("*.html")):
        yield from ((path, unescaped(text)) for text in SAID.findall(path.read_text("utf-8")))
    for path in sorted(theme.glob("static/*.js")):
        yield from ((path, text) for text in sorted(texts_of_script(path.read_text("utf-8"))))


def faults_of_words(root):
    """Texts of the theme without Chinese, and Chinese of no text."""
    theme = Path(root, "theme")
    if not theme.exists():
        return
    listed = json.loads((theme / "chinese.json").read_text("utf-8"))
    said = {}
    for path, text in said_by_theme(root):
        said.setdefault(text, path)
    for text, path in said.items():
        if text not in listed:
            yield f"{path.relative_to(root)} says “{text}”, for which theme/chinese.json has no Chinese"
        elif not listed[text].strip() and text.strip():
            yield f"theme/chinese.json: the Chinese of “{text}” is empty"
        elif parts_of(text) != parts_of(listed[text]):
            yield f"theme/chinese.json: “{text}” has other parts in {{}} than its Chinese, “{listed[text]}”"
        elif re.search("[A-Za-z]{3,} [A-Za-z]{2,}", text) and not re.search("[\u3400-\u9fff]", listed[text]):
            yield f"theme/chinese.json: “{text}” is not in Chinese"
    yield from (f"theme/chinese.json: nothing says “{text}” any more" for text in listed if text not in said)


def parts_of(text):
    return sorted(re.findall(r"\{\w+\}", text))
