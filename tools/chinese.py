"""The Chinese edition: zh/ mirrors pages and notebooks, zh/made-from.json says which English each piece was made from.

A piece is a cell of a notebook, a caption, an alternative text, the comments of a cell of code, or what stands under
one heading of a page. It has to be looked at again when the English has changed since; and both editions have to have
the same of all that is no prose, which `twins.py` compares. What Chinese said which piece when it was agreed on is in
zh/places.json: one that is no longer there may be worded anew, and one that is must stand where it stood.

    python tools/chinese.py check    say where the editions differ in more than language
    python tools/chinese.py bring    bring cells and code of the English notebooks over; translates nothing
    python tools/chinese.py agree    note that the Chinese, as it now is, says what the English says
    python tools/chinese.py build    build the Chinese site from the results of the English one, into _build/html/zh

A half-Chinese edition is worse than none: a reader would follow the switch into English. So nothing of it is built and
no page shows the switch until zh/ has every page. From then on the ledger, which `agree` writes, says that the edition
is whole, and a page that is missing fails the check, as anything does that is not Chinese.
"""

import ast
import copy
import json
import re
import shutil
import sys
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

# As in execute.py.
sys.modules["rfc3987_syntax"] = None

import agreed  # noqa: E402
import nbformat  # noqa: E402
import twins  # noqa: E402
from sphinx_external_toc.parsing import parse_toc_yaml  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# What brings in the toolbox comes after the path: a copy of the book has its own.
import toolbox_words  # noqa: E402

from theme import editions  # noqa: E402

TEXTS = (("figure", "caption"), ("image", "alt"))
README = Path("README.md")
# What the theme, the checks, the interactive figures and the docstrings say, each with its Chinese.
LISTS = ("theme/chinese.json", "paying_attention/*/*.zh.json", "zh/toolbox/*.json")
WHOLE = "is whole"
TITLE = re.compile(r"^#+ (?:Exercise: |练习：)?(.*)", re.MULTILINE)
# What `make address` writes, into both editions alike.
ADDRESSED = re.compile(r"(<!-- make address: (\w+) -->\n).*?(<!-- \2 -->)", re.DOTALL)


def pages(root):
    """What is mirrored: the pages of the book, as paths from its root, and its README."""
    names = [Path(name + end) for name in parse_toc_yaml(root / "_toc.yml") for end in (".ipynb", ".md")]
    return [path for path in [README, *names] if (root / path).exists()]


def read(path):
    return nbformat.read(path, as_version=4).cells


# --- the ledger


def code_words(source):
    """What a cell of code says to a reader in comments and docstrings."""
    try:
        code = twins.code_of(source)
    except (SyntaxError, ValueError):
        return ""
    said = [text for _, text in code.remarks if twins.words_of_remark(text) or twins.CHINESE.search(text)]
    return "\n\n".join([*said, *code.docstrings])


def pieces(path):
    """Name and text of each piece of an English page."""
    if path.suffix == ".md":
        text = without_addresses(path.read_text("utf-8"))
        lines = text.splitlines(keepends=True)
        headings = [token.map[0] for token in twins.PARSER.parse(text) if token.type == "heading_open"]
        edges = [0, *headings, len(lines)]
        parts = ["".join(lines[begin:end]) for begin, end in pairwise(edges)]
        return {named(number, part): part for number, part in enumerate(parts) if part.strip()}
    found = {}
    for cell in read(path):
        if cell.id == "colab":
            continue
        found[cell.id] = code_words(cell.source) if cell.cell_type == "code" else cell.source
        about = cell.metadata.get("mystnb", {})
        for part, key in TEXTS:
            found[f"{cell.id} {key}"] = about.get(part, {}).get(key, "")
    return {name: text for name, text in found.items() if text.strip()}


def without_addresses(text):
    return ADDRESSED.sub(r"\1\3", text)


def named(number, part):
    heading = re.match(r"#+ (.*)", part)
    return f"{number} {heading[1].strip()}" if heading else f"{number}"


def paragraphs(text):
    """The paragraphs of a text, each with its mark; how its lines are broken makes no difference."""
    parts = [part for part in re.split(r"\n[ \t]*\n", text.strip()) if part.strip()]
    return [(sha256(" ".join(part.split()).encode()).hexdigest()[:8], part) for part in parts]


def ledger(root, name="made-from.json"):
    path = root / "zh" / name
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def outdated(english, noted):
    """What has changed in the English of a page since its Chinese was made, as a piece and a sentence."""
    found = pieces(english)
    for name, text in found.items():
        known = noted.get(name, "").split()
        now = paragraphs(text)
        marks = [mark for mark, _ in now]
        if marks == known:
            continue
        if new := [part for mark, part in now if mark not in known]:
            yield name, "made from another English than\n\n" + "\n\n".join(new) + "\n"
        elif gone := len(set(known) - set(marks)):
            yield (
                name,
                f"{gone} paragraphs of the English that it was made from are gone; it is now\n\n{text.strip()}\n",
            )
        else:
            yield name, f"the English has its paragraphs in another order or number now:\n\n{text.strip()}\n"
    yield from ((name, "the English that it was made from is gone") for name in sorted(noted.keys() - found.keys()))


# --- what the Chinese said


def places(page):
    """For each piece of a Chinese page what it says, block by block."""
    if page.suffix == ".md":
        return {"page": agreed.said_in(without_addresses(page.read_text("utf-8")))}
    found = {}
    for cell in read(page):
        about = cell.metadata.get("mystnb", {})
        texts = [about.get(part, {}).get(key, "") for part, key in TEXTS]
        if cell.id != "colab":
            texts.append(code_words(cell.source) if cell.cell_type == "code" else cell.source)
        found[cell.id] = [said for text in texts for said in agreed.said_in(text)]
    return {name: said for name, said in found.items() if said}


# --- the check


def differences(root):
    """Where the editions differ in more than language, each as a line that names the piece."""
    noted, placed = ledger(root), ledger(root, "places.json")
    known = pages(root)
    referred = titles(root, known)
    for path in known:
        twin = root / "zh" / path
        if not twin.exists():
            # While the edition is in the making: its first readers come when it is whole.
            if noted.get(WHOLE) or str(path) in noted:
                yield f"zh/{path} is missing; `make strip` puts it there in English"
            continue
        yield from (
            f"zh/{path}, {name}: {what}" for name, what in outdated(root / path, noted.get(path.as_posix(), {}))
        )
        compare = differences_of_notebooks if path.suffix == ".ipynb" else differences_of_pages
        faults = [f"zh/{path}{what}" for what in compare(root / path, twin, referred)]
        yield from faults
        if not faults:  # what is no notebook has no places
            yield from (
                f"zh/{path}, {name}: {what}; if that is right, `make agree`\n\n    {text}\n"
                for name, what, text in agreed.differences(placed.get(path.as_posix(), {}), places(twin))
            )
    strangers = sorted(
        path.relative_to(root / "zh")
        for pattern in ("*.md", "*.ipynb")
        for path in (root / "zh").rglob(pattern)
        if not any(part.startswith((".", "_")) for part in path.relative_to(root).parts)
    )
    yield from (f"zh/{path}: the English has no such page" for path in strangers if path not in known)
    yield from (
        f"zh/made-from.json has {name}, which is no page" for name in noted if name != WHOLE and Path(name) not in known
    )
    if all((root / "zh" / path).exists() for path in known) and not noted.get(WHOLE):
        yield "zh/made-from.json does not say that the edition is whole, though every page is there; `make agree`"
    for path in sorted(path for pattern in LISTS for path in root.glob(pattern)):
        for english, said in json.loads(path.read_text("utf-8")).items():
            for what in twins.differences_of_words(english, said):
                yield f"{path.relative_to(root).as_posix()}, “{english}”: {what}"
    if (root / "zh").exists():
        yield from editions.faults_of_words(root)
        yield from toolbox_words.faults(root)


def differences_of_pages(english, chinese, known):
    return (f": {what}" for what in twins.differences(english.read_text("utf-8"), chinese.read_text("utf-8")))


def differences_of_notebooks(english, chinese, known):
    try:
        first, second = (nbformat.read(path, as_version=4) for path in (english, chinese))
    except (ValueError, AttributeError, KeyError, TypeError) as broken:
        yield f": it is no notebook ({broken!r})"
        return
    if first.metadata != second.metadata:
        yield ": its metadata are not those of the English notebook; `make strip` brings them over"
    ids = [[cell.id for cell in notebook.cells] for notebook in (first, second)]
    if ids[0] != ids[1]:
        for edit, a, b, c, d in SequenceMatcher(None, *ids, autojunk=False).get_opcodes():
            if edit != "equal":
                here, there = (", ".join(part) or "no cell" for part in (ids[0][a:b], ids[1][c:d]))
                texts = [cell.source for cell in [*second.cells[c:d], *first.cells[a:b]][:1]]
                yield (
                    f": it has {there} where the English has {here}; `make strip` brings cells over\n\n"
                    f"    {texts[0].strip()}\n"
                )
    own = {cell.id: cell for cell in first.cells}
    for twin in second.cells:
        if twin.id in own:
            if twin.cell_type == "markdown":
                found = wrong_references(own[twin.id].source, twin.source, known)
                yield from (f", cell '{twin.id}': {what}\n\n    {twin.source}\n" for what in found)
            yield from (f", cell '{twin.id}': {what}" for what in differences_of_cells(own[twin.id], twin))


def titles(root, known):
    """The Chinese title of each section and exercise of the notebooks, by the English one."""
    found = {}
    for path in known:
        twin = root / "zh" / path
        if path.suffix != ".ipynb" or not twin.exists():
            continue
        try:
            texts = [{cell.id: cell.source for cell in read(each)} for each in (root / path, twin)]
        except (ValueError, AttributeError, KeyError, TypeError):
            continue  # it is said where the two are compared
        for name, text in texts[0].items():
            both = [TITLE.findall(each) for each in (text, texts[1].get(name, ""))]
            found |= {one: (other, name.startswith("ex-")) for one, other in zip(*both, strict=False)}
    return found


def wrong_references(english, chinese, known):
    """Where one names a section or an exercise of the book, and the other does not."""
    for title in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", english):
        other, _ = known.get(title, ("", False))
        if twins.CHINESE.search(other) and other not in chinese:
            yield f"the English refers to *{title}*, the Chinese not to {other}"
    for title, (other, is_exercise) in known.items():
        if is_exercise and f"“{other}”" in chinese and title not in english:
            yield f"the Chinese refers to {other}, the English not to *{title}*"


def differences_of_cells(cell, twin):
    if cell.cell_type != twin.cell_type:
        yield f"it is of another kind, {twin.cell_type}"
        return
    bare = [copy.deepcopy(dict(each.metadata)) for each in (cell, twin)]
    if cell.get("attachments") != twin.get("attachments"):
        yield "its attachments are not those of the English cell"
    texts = [{}, {}]
    for about, said in zip(bare, texts, strict=True):
        for part, key in TEXTS:
            if key in about.get("mystnb", {}).get(part, {}):
                said[key] = about["mystnb"][part].pop(key)
    if bare[0] != bare[1]:
        yield f"its tags and names are {json.dumps(bare[1])}, and in English {json.dumps(bare[0])}"
    for key in dict.fromkeys([*texts[0], *texts[1]]):
        if not texts[1].get(key, "").strip() or key not in texts[0]:
            which = ("the English", "the Chinese") if key in texts[0] else ("the Chinese", "the English")
            yield f"{which[0]} has a text that is its {key}, and {which[1]} has not"
        else:
            yield from (f"{key}: {what}" for what in twins.differences(texts[0][key], texts[1][key]))
    if cell.cell_type == "markdown":
        yield from twins.differences(cell.source, twin.source)
    elif cell.id != "colab":
        yield from twins.differences_of_code(cell.source, twin.source)


def check(root):
    found = list(differences(root))
    if found:
        sys.exit("\n".join([*found, f"{len(found)} differences between the editions; zh/README.md says what to do."]))
    missing = [path.as_posix() for path in pages(root) if not (root / "zh" / path).exists()]
    if missing:
        print(f"What is Chinese says what the English says. Not yet there: {', '.join(missing)}.")
    else:
        print("Both editions say the same.")


# --- the other commands


def agree(root):
    found = {}
    known = pages(root)
    there = [path for path in known if (root / "zh" / path).exists()]
    if there == known or ledger(root).get(WHOLE):
        found[WHOLE] = True
    for path in there:
        marks = {name: " ".join(mark for mark, _ in paragraphs(text)) for name, text in pieces(root / path).items()}
        found[path.as_posix()] = marks
    stood = {
        path.as_posix(): {
            name: " ".join(each.mark for each in said) for name, said in places(root / "zh" / path).items()
        }
        for path in there
    }
    for name, content in (("made-from.json", found), ("places.json", stood)):
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (root / "zh" / name).write_text(text + "\n", "utf-8", newline="\n")


def with_docstrings_of(code, other):
    """Code, with the docstrings that functions and classes of the same names have in other code."""
    known = {node.name: node.body[0].value for node in documented(other)}
    lines, theirs = code.splitlines(), other.splitlines()
    for node in reversed(documented(code)):
        if node.name in known:
            place, said = node.body[0].value, known[node.name]
            lines[place.lineno - 1 : place.end_lineno] = theirs[said.lineno - 1 : said.end_lineno]
    return "\n".join(lines)


def documented(code):
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, twins.DEFINITION)]
    return sorted((node for node in nodes if ast.get_docstring(node)), key=lambda node: node.lineno)


def with_remarks_of(code, other):
    """Code, with the docstrings of other code, and its comments where it has the same lines."""
    try:
        code = with_docstrings_of(code, other)
    except SyntaxError:
        return code
    mine, theirs = code.splitlines(), other.splitlines()
    without = [[re.sub(r"\s*#.*", "", line) for line in lines] for lines in (theirs, mine)]
    for there, here, size in SequenceMatcher(None, *without, autojunk=False).get_matching_blocks():
        mine[here : here + size] = theirs[there : there + size]
    return "\n".join(mine)


def same_code(one, other):
    try:
        return twins.code_of(one).lines == twins.code_of(other).lines
    except (SyntaxError, ValueError):
        return False


def brought(notebook, old):
    """An English notebook with the words that its Chinese twin has so far."""
    known = {cell.id: cell for cell in old.cells} if old else {}
    for cell in notebook.cells:
        twin = known.get(cell.id)
        if not twin or twin.cell_type != cell.cell_type:
            continue
        if cell.cell_type != "code" or cell.id == "colab" or same_code(cell.source, twin.source):
            cell.source = twin.source
        else:
            cell.source = with_remarks_of(cell.source, twin.source)
        for part, key in TEXTS:
            ours, theirs = (each.metadata.get("mystnb", {}).get(part, {}) for each in (cell, twin))
            if key in ours and key in theirs:
                ours[key] = theirs[key]
    return notebook


def bring(root):
    """Bring over what is no prose. A page that the whole edition lacks comes in English, and the check says so."""
    for path in pages(root):
        twin = root / "zh" / path
        if path.suffix == ".ipynb" and (twin.exists() or ledger(root).get(WHOLE)):
            old = nbformat.read(twin, as_version=4) if twin.exists() else None
            text = nbformat.writes(brought(nbformat.read(root / path, as_version=4), old)) + "\n"
            if not old or twin.read_text("utf-8") != text:
                twin.parent.mkdir(parents=True, exist_ok=True)
                twin.write_text(text, "utf-8", newline="\n")
        elif path.suffix == ".md" and ledger(root).get(WHOLE) and not twin.exists():
            shutil.copy(root / path, twin)


def build(root):
    if not editions.is_whole(root):
        print("The Chinese edition is not whole yet: none is built, and no page leads to it.")
        return
    import chinese_site

    chinese_site.build(root)


if __name__ == "__main__":
    {"check": check, "bring": bring, "agree": agree, "build": build}[sys.argv[1]](ROOT)
