"""Build the Chinese site from zh/ and the results of the English notebooks, into _build/html/zh.

Nothing is executed: a Chinese notebook gets the results of its English twin, cell by cell, before it is made into a
page, and Jupyter Book is told not to run anything. A result that is missing stops the build. What the checks of the
exercises have printed is put into Chinese on its way.
"""

import json
import shutil
import subprocess
import sys

import nbformat
import verdicts
import yaml
from execute import CACHE, notebooks
from jupyter_cache import get_cache

from theme.editions import CHINESE


def lent(root, path, cache):
    """A Chinese notebook with the results of its English twin, and how long those took."""
    english, notebook = (nbformat.read(folder / path, as_version=4) for folder in (root, root / "zh"))
    try:
        record = cache.match_cache_notebook(english)
        _, executed = cache.merge_match_into_notebook(english)
    except KeyError:
        sys.exit(f"zh/{path}: its English twin has no results to lend; `make html` executes it first.")
    ran = {cell.id: cell for cell in executed.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if cell.id not in ran:
                sys.exit(f"zh/{path}, cell '{cell.id}': the English notebook has no such cell, and so no result of it.")
            cell.execution_count = ran[cell.id].execution_count
            cell.outputs = [in_chinese(output) for output in ran[cell.id].outputs]
    kept = ("language_info", "widgets")
    notebook.metadata |= {key: executed.metadata[key] for key in kept if key in executed.metadata}
    return notebook, (record.data or {}).get("execution_seconds")


def in_chinese(output):
    """An output with what checks have said in Chinese; what the chapters' code prints stays as it is."""
    if output.output_type == "stream":
        output.text = verdicts.in_chinese(output.text)
    return output


def write(root, source):
    """The source of the Chinese site."""
    shutil.rmtree(source, ignore_errors=True)
    pictures = source / "_build" / "pictures"
    shutil.copytree(root / "_build" / "pictures", pictures)
    for file in sorted((root / "zh").rglob("*.md")):
        target = source / file.relative_to(root / "zh")
        if target.name != "README.md":
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    for name in ("references.bib", "LICENSE", "CITATION.cff"):
        shutil.copy(root / name, source)
    cache, seconds = get_cache(CACHE), {}
    for path in notebooks():
        notebook, taken = lent(root, path, cache)
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, source / path)
        seconds[path.with_suffix("").as_posix()] = taken
    (source / "run-times.json").write_text(json.dumps(seconds), "utf-8")
    config, contents = (yaml.safe_load((root / name).read_text("utf-8")) for name in ("_config.yml", "_toc.yml"))
    for part in contents.get("parts", []):
        part["caption"] = CHINESE[part["caption"]]
    config["execute"] = {"execute_notebooks": "off"}
    config["sphinx"]["local_extensions"] = {"theme": "../.."}
    config["sphinx"]["config"] |= {
        "language": "zh_CN",
        "numfig_format": {"figure": "图%s", "table": "表%s", "code-block": "代码%s", "section": "%s"},
        "nb_code_prompt_show": "展开这一部分",
        "nb_code_prompt_hide": "收起这一部分",
    }
    for name, values in (("_config.yml", config), ("_toc.yml", contents)):
        (source / name).write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), "utf-8")


def build(root):
    source, site = root / "_build" / "zh", root / "_build" / "html" / "zh"
    write(root, source)
    done = subprocess.run([sys.executable, root / "tools" / "book.py", "build", source, "--all", "-W", "--keep-going"])
    if done.returncode:
        sys.exit("The Chinese site was not built. What is wrong stands above.")
    shutil.rmtree(site, ignore_errors=True)
    shutil.move(source / "_build" / "html", site)
    for path in notebooks():  # to be downloaded as they were written, without results
        shutil.copy(root / "zh" / path, site / "_sources" / path)
    print(f"The Chinese edition is at file://{site}/index.html")
