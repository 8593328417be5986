"""What the toolbox says to a reader and has no Chinese for, and Chinese that is left over: for `make check`.

Checks and interactive figures have their Chinese beside them, in files .zh.json; docstrings of the page on the toolbox
have theirs in zh/toolbox/. Everything is read and nothing imported, which would bring torch along.
"""

import ast
import inspect
import json
import re
from pathlib import Path

from paying_attention.language import texts_of_script

PAGE = Path("chapters/toolbox.md")


def read(path):
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def faults(root):
    toolbox = root / "paying_attention"
    for path in sorted(toolbox.glob("checks/*.py")):
        if path.stem != "__init__":
            yield from compared(root, path, texts_of_a_check(path), path.with_suffix(".zh.json"))
    for path in sorted(toolbox.glob("explorables/*.js")):
        yield from compared(root, path, texts_of_a_figure(path), path.with_suffix(".zh.json"))
    for listed in sorted(toolbox.glob("*/*.zh.json")):
        own = listed.name.replace(".zh.json", ".py" if listed.parent.name == "checks" else ".js")
        if not listed.with_name(own).exists():
            yield f"{listed.relative_to(root).as_posix()} has no {own} beside it, which it is the Chinese of"
    said = docstrings(root)
    for listed in sorted(root.glob("zh/toolbox/*.json")):
        if listed.stem not in said:
            yield f"zh/toolbox/{listed.name} is the Chinese of docstrings that {PAGE.as_posix()} does not have"
    for room, paragraphs in said.items():
        path = toolbox.joinpath(*room.split(".")).with_suffix(".py")
        path = path if path.exists() else path.with_suffix("") / "__init__.py"
        yield from compared(root, path, paragraphs, root / "zh" / "toolbox" / f"{room}.json")


def compared(root, path, said, listed):
    """Faults of one file that says something, and its list."""
    name, chinese = path.relative_to(root).as_posix(), read(listed)
    where = listed.relative_to(root).as_posix()
    yield from (f"{name} says “{text}”, for which {where} has no Chinese" for text in sorted(said - chinese.keys()))
    yield from (f"{where}: nothing says “{text}” any more" for text in sorted(chinese.keys() - said))
    for text in sorted(said & chinese.keys()):
        words = re.sub(r"\{\w+\}", "", text)
        if re.search("[A-Za-z]{3,}", words) and not re.search("[\u3400-\u9fff]", chinese[text]):
            yield f"{where}: “{text}” is not in Chinese"


def texts_of_a_check(path):
    """All texts of more than a word in the code of a check's file but docstrings, errors and names."""
    tree, others = ast.parse(path.read_text("utf-8")), set()
    for node in ast.walk(tree):
        names = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
        if isinstance(node, ast.Raise | ast.JoinedStr) or {"_JOBS", "_WAYS"} & set(names):
            others.update(map(id, ast.walk(node)))
        if isinstance(node, ast.Expr):
            others.add(id(node.value))
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in others]
    return {text for text in found if isinstance(text, str) and " " in text and len(text) > 2}


def texts_of_a_figure(path):
    """What a script says, and what its Python lets one choose."""
    said = texts_of_script(path.read_text("utf-8"))
    python = path.with_suffix(".py")
    listed = read(path.with_suffix(".zh.json"))
    if python.exists():
        tree = ast.parse(python.read_text("utf-8"))
        chosen = [
            node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Choice"
        ]
        said |= {part.value for call in chosen for part in ast.walk(call) if is_text(part)}
        # Data, which a figure hands on: named in the list, and in the code.
        constants = {part.value for part in ast.walk(tree) if is_text(part)}
        said |= constants & listed.keys()
    return said | {text for text in listed if f'"{text}"' in path.read_text("utf-8")}


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def docstrings(root):
    """The paragraphs that the page of the toolbox shows, by the module that says them."""
    if not (root / PAGE).exists():
        return {}
    found = {}
    for module in re.findall(r"\.\. automodule:: paying_attention\.(\S+)", (root / PAGE).read_text("utf-8")):
        path = root.joinpath("paying_attention", *module.split("."))
        if not (path.is_dir() or path.with_suffix(".py").exists()):
            continue  # mentions.py names it
        inside = [path.with_suffix(".py")] if path.with_suffix(".py").exists() else sorted(path.glob("*.py"))
        top = ast.parse((inside[0] if len(inside) == 1 else path / "__init__.py").read_text("utf-8"))
        public = names_of_all(top)
        for file in inside:
            tree = ast.parse(file.read_text("utf-8"))
            whole = len(inside) == 1 or file.stem == "__init__"
            room = module if whole else f"{module}.{file.stem}"
            said = paragraphs(ast.get_docstring(tree)) if whole else set()
            for node in tree.body:
                shown = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
                if shown and (node.name in public if public is not None else len(inside) == 1 or is_found(node)):
                    said |= said_by(node)
            if said:
                found[room] = said
    return found


def names_of_all(tree):
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            # Checks and figures are found in their files, and written down nowhere.
            return {each.value for each in node.value.elts} if isinstance(node.value, ast.List | ast.Tuple) else None
    return None


def is_found(node):
    """Whether this is what paying_attention.checks and paying_attention.explorables look for in their files."""
    return node.name.startswith("check_") or "Explorable" in [
        getattr(base, "id", "") for base in getattr(node, "bases", ())
    ]


def said_by(node):
    said = paragraphs(ast.get_docstring(node))
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                said |= paragraphs(ast.get_docstring(inner))
    return said


def paragraphs(docstring):
    parts = re.split(r"\n\s*\n", inspect.cleandoc(docstring)) if docstring else []
    return {" ".join(part.split()) for part in parts if part.strip()}
