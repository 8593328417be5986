"""Measure the build as ratios taken in one run, and what each notebook takes; compare two builds byte by byte.

Prints what it finds and asserts nothing. Works in temporary copies, so that _build stays as it is. A and B take turns,
because a machine's speed drifts.

`python tools/bench.py PART COMMIT [WORDS...]` compares the book as it lies here with a commit: PART is `chapters` (one
notebook after the other), `cold` (all of them, beside the same cells as one script) or `tests` (of what pytest selects
with the words). Notebooks are those that both have, or of these the ones whose names hold one of the words. Wall and
CPU seconds of all processes that were started.
"""

import hashlib
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import nbformat
import psutil
from execute import ROOT, notebooks

ROUNDS = 3
BIN = Path(sys.executable).parent
EXECUTE = [[sys.executable, "tools/execute.py"]]
CHINESE = [[sys.executable, "tools/chinese.py", "build"]]
PAGES = [[BIN / "jupyter-book", "build", ".", "--all"]]
RUN_CHAPTERS = """
import sys
from pathlib import Path

for name in sys.argv[1:]:
    exec(compile(Path(name).read_text(encoding="utf-8"), name, "exec"), {"__name__": "__main__"})
"""
RUN_NOTEBOOK = """
import sys, time
import nbformat
from nbclient import NotebookClient

client = NotebookClient(nbformat.read(sys.argv[1], as_version=4), timeout=600)
begin = time.perf_counter()
client.execute()
print(time.perf_counter() - begin)
"""


def run(commands, folder, **variables):
    """Run commands one after the other, and return how long they took and the last one's output."""
    begin = time.perf_counter()
    for command in commands:
        result = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{result.stdout}{result.stderr}\n{command} failed in {folder}.")
    return time.perf_counter() - begin, result.stdout


def copy_book(folder, execution):
    """A copy of the book with its pictures drawn and nothing else built."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info"))
    config = folder / "_config.yml"
    config.write_text(config.read_text().replace("execute_notebooks: cache", f"execute_notebooks: {execution}"))
    run([[sys.executable, "tools/pictures.py"]], folder)
    return folder


def chinese_build(book):
    """CPU seconds of the Chinese edition, and of executing and building the English one, both from nothing."""
    shutil.rmtree(book / "_build" / ".jupyter_cache", ignore_errors=True)
    shutil.rmtree(book / "_build" / "html", ignore_errors=True)
    english = cpu_of(EXECUTE + PAGES, book)
    return cpu_of(CHINESE, book), english


def cpu_of(commands, folder):
    """CPU seconds of commands and all that they start."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(commands, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cold_build(book, **variables):
    shutil.rmtree(book / "_build" / ".jupyter_cache", ignore_errors=True)
    return warm_build(book, **variables)


def warm_build(book, **variables):
    shutil.rmtree(book / "_build" / "html", ignore_errors=True)
    return run(EXECUTE + PAGES, book, **variables)[0]


def site(book):
    """The name of each file of the site, and a digest of what is in it."""
    folder = book / "_build" / "html"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def build_after_prose(book):
    """Build once more after a change in the first notebook's first cell, which holds text."""
    path = book / notebooks()[0]
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += f"\n\nA paragraph written at {time.time()}."
    nbformat.write(notebook, path)
    return warm_build(book)


def build_without_execution(book):
    shutil.rmtree(book / "_build" / "html", ignore_errors=True)
    return run(PAGES, book)[0]


def write_scripts(book):
    """Each notebook's code cells as a script beside it; returns their names."""
    names = []
    for path in filter(lambda path: (book / path).exists(), notebooks()):
        cells = nbformat.read(book / path, as_version=4).cells
        script = (book / path).with_suffix(".py")
        script.write_text("\n\n".join(cell.source for cell in cells if cell.cell_type == "code"), encoding="utf-8")
        names.append(script.name)
    return names


def peak_of(path):
    """Seconds that a notebook takes and the most memory in MB that a process of its run had, which is the kernel."""
    command = [sys.executable, "-c", RUN_NOTEBOOK, path.name]
    with subprocess.Popen(command, cwd=path.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        seconds = float(child.stdout.read() or "nan")
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def import_of_the_package():
    """What `import paying_attention` adds to the start of Python in seconds, and what a package that is empty adds."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty"
        empty.mkdir()
        (empty / "__init__.py").write_text('"""A docstring."""\n')
        times = {"pass": [], "import paying_attention": [], "import empty": []}
        for _ in range(30):
            for code, taken in times.items():
                taken.append(run([[sys.executable, "-c", code]], ROOT, PYTHONPATH=folder)[0])
    start, package, nothing = map(median, times.values())
    return package - start, nothing - start


class Watch(threading.Thread):
    """What a process and all below it have used of the CPU. A browser's are never waited for, so no rusage has them."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.root, self.used, self.done = psutil.Process(pid), {}, threading.Event()
        self.start()

    def run(self):
        while not self.done.wait(0.1):
            try:
                for process in [self.root, *self.root.children(recursive=True)]:
                    times = process.cpu_times()  # one that ends between two looks loses a tenth of a second
                    self.used[process.pid, process.create_time()] = times.user + times.system
            except psutil.Error:
                continue

    def seconds(self):
        self.done.set()
        self.join()
        return sum(self.used.values())


def wall_and_cpu(commands, folder, **variables):
    """Wall seconds of commands, one after the other, and CPU seconds of all their processes."""
    begin, cpu = time.perf_counter(), 0.0
    variables = {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", **variables}
    for command in commands:
        with open(folder / "said.txt", "w+") as said:
            child = subprocess.Popen(command, cwd=folder, env=os.environ | variables, stdout=said, stderr=said)
            watch = Watch(child.pid)
            code = child.wait()
            cpu += watch.seconds()
        if code:
            failed = f"{(folder / 'said.txt').read_text()[-1000:]}\n{command} ended with {code} in {folder}."
            if not ("pytest" in command and code == 1):
                sys.exit(failed)
            print(failed, file=sys.stderr)  # some tests want what a copy has not, such as .git; the others were run
    return time.perf_counter() - begin, cpu


def in_chapters(book, code, *names, **variables):
    """The same of Python code that is given names, in the folder of the chapters."""
    return wall_and_cpu([[sys.executable, "-c", code, *names]], book / "chapters", PYTHONPATH=str(book), **variables)


def executed_from_nothing(book):
    shutil.rmtree(book / "_build" / ".jupyter_cache", ignore_errors=True)
    return wall_and_cpu(EXECUTE, book)


def jobs_of(part, books, words):
    """What is measured in each of the books, by name. They keep no notebooks but those that are compared."""
    if part == "tests":
        for book in books:
            run(EXECUTE + PAGES + (CHINESE if (book / "zh").exists() else []), book, PYTHONPATH=str(book))
        return {"tests": lambda book: wall_and_cpu([[sys.executable, "-m", "pytest", "-q", *words]], book)}
    paths = [path for path in notebooks() if all((book / path).exists() for book in books)]
    paths = [path for path in paths if any(word in str(path) for word in words or [""])]
    if not paths:
        sys.exit(f"No notebook that both have has a name with {' or '.join(words)} in it.")
    for book in books:
        for path in (book / "chapters").glob("*.ipynb"):
            if path.relative_to(book) not in paths:
                path.unlink()
    if part == "chapters":
        return {str(path): lambda book, name=path.name: in_chapters(book, RUN_NOTEBOOK, name) for path in paths}
    scripts, _ = map(write_scripts, books)
    return {
        "executed by tools/execute.py": executed_from_nothing,
        "the same cells as one script": lambda book: in_chapters(book, RUN_CHAPTERS, *scripts, MPLBACKEND="Agg"),
    }


def against(part, commit, words):
    """Compare a part of the book as it lies here with a commit."""
    with tempfile.TemporaryDirectory() as place:
        books = [copy_book(Path(place) / "now", "cache"), Path(place) / "then"]
        run([["git", "archive", "-o", f"{place}/then.tar", commit]], ROOT)
        shutil.unpack_archive(f"{place}/then.tar", books[1], filter="data")
        run([[sys.executable, "tools/pictures.py"]], books[1], PYTHONPATH=str(books[1]))
        jobs = jobs_of(part, books, words)
        found = {(name, i): [] for name in jobs for i in (0, 1)}
        for _ in range(ROUNDS):
            for name, job in jobs.items():
                for i in (0, 1):
                    found[name, i].append(job(books[i]))
        print(
            f"{f'medians of {ROUNDS}':40}{'wall now':>10}{'then':>8}{'ratio':>7}{'CPU now':>10}{'then':>8}{'ratio':>7}"
        )
        for name in jobs:
            now, then = (list(map(median, zip(*found[name, i], strict=True))) for i in (0, 1))
            pairs = (f"{a:10.1f}{b:8.1f}{a / b:7.2f}" for a, b in zip(now, then, strict=True))
            print(f"{name:40}{''.join(pairs)}")
        if part == "chapters":
            now, then = (sum(median(cpu for _, cpu in found[name, i]) for name in jobs) for i in (0, 1))
            print(f"{'all':65}{now:10.1f}{then:8.1f}{now / then:7.2f}")


def main():
    package, nothing = import_of_the_package()
    with tempfile.TemporaryDirectory() as folder:
        book = copy_book(Path(folder) / "book", "cache")
        other = copy_book(Path(folder) / "in" / "another" / "place", "cache")
        still = copy_book(Path(folder) / "still", '"off"')
        scripts = write_scripts(book)
        script = [[sys.executable, "-c", RUN_CHAPTERS, *scripts]]
        cold, plain, same, prose, off = [], [], [], [], []
        for turn in range(ROUNDS):
            print(f"round {turn + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            cold.append(cold_build(book))
            if turn == 0:
                pages = site(book)
            # One thread, as the build gives each notebook: with more, these small tensors take longer.
            plain.append(run(script, book / "chapters", MPLBACKEND="Agg", OMP_NUM_THREADS="1")[0])
            same.append(warm_build(book))
            off.append(build_without_execution(still))
            prose.append(build_after_prose(book))
        chinese, english = chinese_build(other) if (ROOT / "zh").exists() else (0, 1)
        cold_build(other, WORKERS="1")
        found = site(other)
        peaks = {path: peak_of(book / path) for path in notebooks()}

    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}; ",
        end="",
    )
    print(f"medians of {ROUNDS}, A and B in turn\n")
    print(f"{'A / B':58}{'A':>8}{'B':>9}{'A / B':>8}  target")
    for what, a, b, target in (
        ("cold build / the same cells as one plain script", cold, plain, 2.0),
        ("nothing changed / jupyter-book build, execution off", same, off, 1.3),
        ("prose changed / jupyter-book build, execution off", prose, off, 1.3),
    ):
        a, b = median(a), median(b)
        print(f"{what:58}{a:6.1f} s{b:7.1f} s{a / b:8.2f}  at most {target}")
    what = "the Chinese edition / executing and building the English one, CPU"
    print(f"{what:58}{chinese:6.1f} s{english:7.1f} s{chinese / english:8.2f}  at most 0.10")
    what = "import paying_attention / a package that is empty, beyond Python's own start"
    print(f"{what:58}{1000 * package:5.1f} ms{1000 * nothing:6.1f} ms{package / nothing:8.2f}")
    differ = sorted(name for name in pages.keys() | found.keys() if pages.get(name) != found.get(name))
    print(f"\nbuilt in another folder, one notebook at a time: {len(differ)} of {len(pages)} files differ", *differ)
    print(f"\n{'notebook':58}{'time':>8}{'peak':>11}  target")
    for path, (seconds, megabytes) in peaks.items():
        print(f"{path!s:58}{seconds:6.1f} s{megabytes:8.0f} MB  under 1000 MB")


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case [("chapters" | "cold" | "tests") as part, commit, *words]:
            against(part, commit, words)
        case _:
            sys.exit(__doc__)
