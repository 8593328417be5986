"""Measure every page of the site beside a plain Jupyter Book of the same chapters: python tools/audit.py [PAGE ...]

What a page weighs and asks for, Lighthouse as on a phone (median of three), what axe finds, and whether formulas and
pictures are what they should be, all without a connection. A benchmark: it prints a table and passes no judgement.
"""

import gzip
import http.server
import json
import re
import shutil
import statistics
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browser import FLAGS, find_browser  # noqa: E402

from theme.formulas import NODE  # noqa: E402

MODULES = Path(sys.prefix) / "npm" / "audit" / "node_modules"
PLAIN = ROOT / "_build" / "plain"
PLAIN_CONFIG = """\
title: Paying Attention
bibtex_bibfiles: [references.bib]
execute: {{execute_notebooks: cache, cache: {cache}}}
sphinx: {{extra_extensions: [sphinx.ext.autodoc, sphinx_exercise]}}
"""
RUNS = 3

# In either book: formulas that there are, formulas that were drawn; pictures, those with words, those with a size.
LOOK = """() => {
  const formulas = [...document.querySelectorAll(".katex, .math")];
  const drawn = formulas.filter((formula) => {
    const box = formula.querySelector(".katex-html, mjx-container")?.getBoundingClientRect();
    return box && box.width > 0;
  });
  const pictures = [...document.querySelectorAll("article img, article svg[role=img]")];
  return [
    formulas.length,
    drawn.length,
    pictures.length,
    pictures.filter(({ alt }) => alt && !/\\.(svg|png)$/.test(alt)).length,
    pictures.filter((picture) => picture.hasAttribute("width") && picture.hasAttribute("height")).length,
  ];
}"""


def build_plain():
    """The same chapters, with the configuration of someone who has just installed Jupyter Book."""
    shutil.rmtree(PLAIN, ignore_errors=True)
    shutil.copytree(ROOT / "chapters", PLAIN / "chapters", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(ROOT / "_build" / "pictures", PLAIN / "_build" / "pictures")
    for name in ("intro.md", "references.bib", "_toc.yml"):
        shutil.copy(ROOT / name, PLAIN)
    # What only our theme knows, said in words that any Jupyter Book knows.
    for path, ours, plain in (
        ("chapters/status.md", r"\{run-times\}", "{nb-exec-table}"),
        ("intro.md", r"\{explorable\} \w+\n:state: .*", "{figure} _build/pictures/Shelf.svg"),
    ):
        page = PLAIN / path
        page.write_text(re.sub(ours, plain, page.read_text("utf-8")), "utf-8")
    (PLAIN / "_config.yml").write_text(PLAIN_CONFIG.format(cache=ROOT / "_build" / ".jupyter_cache"))
    subprocess.run([Path(sys.prefix) / "bin" / "jupyter-book", "build", PLAIN, "-q"], check=True, capture_output=True)
    return PLAIN / "_build" / "html"


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves files compressed, as hosts of static sites do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        kind = self.guess_type(path)
        self.send_response(200)
        if re.search(r"text|javascript|json|svg", kind):
            content = gzip.compress(content, 9)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", len(content))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def serve(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def load(browser, address, **options):
    """A page of its own browser context, loaded without a connection, and what it asked for on the way."""
    page = browser.new_context(**options).new_page()
    asked = []
    page.on("request", lambda request: asked.append(request) if request.url.startswith("http") else None)
    host = urlsplit(address).netloc
    page.route(lambda url: urlsplit(url).scheme == "https" or urlsplit(url).netloc != host, lambda route: route.abort())
    page.goto(address, wait_until="networkidle")
    return page, asked


def axe(page):
    page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text("utf-8"))
    violations = page.evaluate("axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)")
    nodes = sum(len(violation["nodes"]) for violation in violations)
    return len(violations), nodes, [violation["id"] for violation in violations]


def measure(browser, address):
    found, remarks = {}, []
    page, asked = load(browser, address)
    own = [request for request in asked if urlsplit(request.url).netloc == urlsplit(address).netloc]
    found["kB"] = f"{sum(request.sizes()['responseBodySize'] for request in own) / 1000:.0f}"
    found["requests"] = f"{len(asked)}"
    found["others"] = f"{len(asked) - len(own)}"
    formulas, drawn, pictures, named, sized = page.evaluate(LOOK)
    found["formulas"] = f"{drawn}/{formulas}"
    found["pictures"] = f"{named}+{sized}/{pictures}"
    for name, options in (
        ("light", {}),
        ("dark", {"color_scheme": "dark"}),
        ("320", {"viewport": {"width": 320, "height": 640}}),
    ):
        page, _ = load(browser, address, **options)
        rules, nodes, names = axe(page)
        found[name] = f"{rules}/{nodes}"
        remarks += [f"axe, {name}: {rule}" for rule in names]
        page.context.close()
    return found, remarks


def lighthouse(addresses):
    command = [NODE, ROOT / "tools" / "audit" / "lighthouse.mjs", MODULES, find_browser(), *FLAGS]
    jobs = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for address in addresses:
        runs = []
        for _ in range(RUNS):
            jobs.stdin.write(address + "\n")
            jobs.stdin.flush()
            runs.append(json.loads(jobs.stdout.readline()))
        scores = [statistics.median(run["scores"][i] for run in runs) for i in range(4)]
        times = {name: statistics.median(run[name] for run in runs) for name in ("lcp", "cls", "tbt")}
        found = {
            "Lighthouse": " ".join(f"{score:.0f}" for score in scores),
            "LCP s": f"{times['lcp']:.1f}",
            "CLS": f"{times['cls']:.3f}",
            "TBT ms": f"{times['tbt']:.0f}",
        }
        yield found, [f"Lighthouse: {name}" for name in runs[-1]["failed"]]
    jobs.stdin.close()
    jobs.wait()


COLUMNS = ("kB", "requests", "others", "Lighthouse", "LCP s", "CLS", "TBT ms", "light", "dark", "320")
COLUMNS += ("formulas", "pictures")


def main():
    wanted = sys.argv[1:]
    books = {"ours": ROOT / "_build" / "html", "plain": build_plain()}
    print("kB: gzipped, of one's own server. others: requests to other servers. Lighthouse: performance,")
    print("accessibility, best practices, SEO. light, dark, 320: axe's rules/nodes. formulas: drawn/all, without")
    print("a connection. pictures: with words + with a size / all.")
    print(f"\n{'page':32} {'':6}" + "".join(f"{name:>{max(9, len(name) + 2)}}" for name in COLUMNS), flush=True)
    remarks = {}
    for book, folder in books.items():
        root = serve(folder)
        pages = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.html"))
        # The start of a plain book is a redirection, and the page on which it ends is measured under its own name.
        pages = [page for page in pages if not page.startswith("_") and page != "index" and page in (wanted or pages)]
        addresses = [f"{root}/{page}.html" for page in pages]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            looked = [measure(browser, address) for address in addresses]
            browser.close()
        for page, (found, first), (times, second) in zip(pages, looked, lighthouse(addresses), strict=True):
            cells = found | times
            line = "".join(f"{cells[name]:>{max(9, len(name) + 2)}}" for name in COLUMNS)
            print(f"{page:32} {book:6}{line}", flush=True)
            if first + second:
                remarks[book, page] = first + second
    print()
    for (book, page), lines in remarks.items():
        print(f"{book} {page}: {'; '.join(lines)}")


if __name__ == "__main__":
    main()
