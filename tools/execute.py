"""Execute the notebooks that changed, several at a time, into the cache that the book is built from.

`jupyter-book build` would do it too, one notebook after the other; here they run side by side, say how far they are,
and a failure names the notebook and the cell. As many notebooks run at a time as there are cores, four at the most;
`make html WORKERS=1` asks for another number where memory is short.
"""

# ruff: noqa: E402

import hashlib
import os
import re
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# nbformat's import of jsonschema would compile a grammar of web addresses that no notebook needs, for a second or two;
# without this module it does not.
sys.modules["rfc3987_syntax"] = None

import nbformat
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
STAMP = CACHE / "made-with.txt"


def notebooks():
    """The notebooks of the book, as paths from its root, in the order of _toc.yml."""
    paths = (Path(f"{document}.ipynb") for document in parse_toc_yaml(ROOT / "_toc.yml"))
    return [path for path in paths if (ROOT / path).exists()]


def fingerprint():
    """Changes when anything does that the notebooks run with."""
    files = [ROOT / name for name in ("requirements.txt", "requirements-d2l.txt", "constraints.txt")]
    files += [
        path for path in (ROOT / "paying_attention").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def open_cache():
    if not STAMP.exists() or STAMP.read_text() != fingerprint():
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        STAMP.write_text(fingerprint())
    return get_cache(CACHE)


def is_cached(cache, path):
    try:
        cache.match_cache_notebook(nbformat.read(ROOT / path, as_version=4))
    except nbformat.reader.NotJSONError as broken:  # saved by halves, or with the marks of a merge in it
        sys.exit(f"{path}: {broken}")
    except KeyError:
        return False
    return True


def execute(path, timeout):
    """Run one notebook in its own folder; return it with the seconds it took and what went wrong, if anything did."""
    print(f"  {path}: executing", flush=True)
    notebook = nbformat.read(ROOT / path, as_version=4)
    begun = []
    begin = time.perf_counter()
    try:
        error = single_nb_execution(
            notebook,
            cwd=str((ROOT / path).parent),
            timeout=timeout,
            allow_errors=False,
            on_cell_execute=lambda cell, cell_index: begun.append(cell),
            # Each kernel would warn that this machine could listen in on itself.
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        ).err
    except RuntimeError as died:  # the kernel never answered, or ended before its time
        error = died
    seconds = time.perf_counter() - begin
    print(f"  {path}: {'FAILED after' if error else 'done in'} {seconds:.1f} s", flush=True)
    if not error:
        return notebook, seconds, None
    where = f"cell '{begun[-1].id}'" if begun else "before its first cell"
    trace = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    return notebook, seconds, f"{path}, {where}:\n\n{trace}"


def main():
    timeout = yaml.safe_load((ROOT / "_config.yml").read_text())["execute"]["timeout"]
    cache = open_cache()
    paths = notebooks()
    due = [path for path in paths if not is_cached(cache, path)]
    if not due:
        print(f"Nothing to execute: the results of all {len(paths)} notebooks are at hand.")
        return
    workers = min(len(due), int(os.environ.get("WORKERS") or min(os.cpu_count() or 1, 4)))
    print(f"Executing {len(due)} of {len(paths)} notebooks, {workers} at a time.", flush=True)
    # A library may still write a date into its figures; then it is always the same one.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    # Sums come out the same to the last bit on any number of cores, and no threads fight for one. Tensors as small as
    # the chapters' gain nothing from more.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    failures = []
    with ThreadPoolExecutor(workers) as pool:
        runs = {path: pool.submit(execute, path, timeout) for path in due}
        for path, run in runs.items():
            notebook, seconds, failure = run.result()
            if failure:
                failures.append(failure)
                continue
            bundle = CacheBundleIn(notebook, str(ROOT / path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if failures:
        sys.exit("\n" + "\n\n".join(failures) + f"\n\n{len(failures)} of {len(due)} notebooks failed; see above.")


if __name__ == "__main__":
    main()
