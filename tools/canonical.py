"""Put notebooks in canonical form: no outputs or counts, every cell with an id, one layout. --check only looks.

nbstripout knows what has to go, but its own check is blind to missing ids and to a file that is laid out differently.
"""

import sys
import warnings
from pathlib import Path

import nbformat
from nbstripout import strip_output

# Beyond outputs and counts, what an editor leaves behind; language_info holds the Python of whoever ran it last.
KEYS = ["metadata.language_info", "metadata.signature", "metadata.widgets"]
KEYS += [f"cell.metadata.{key}" for key in ("collapsed", "execution", "ExecuteTime", "hidden", "scrolled")]


def canonical(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nbformat.validator.MissingIDFieldWarning)
        notebook = nbformat.v4.upgrade(nbformat.reads(text, as_version=4))
    _, notebook = nbformat.validator.normalize(notebook)  # gives a name to cells without one
    strip_output(notebook, keep_output=False, keep_count=False, keep_id=True, extra_keys=KEYS)
    return nbformat.writes(notebook) + "\n"


def main(paths, check):
    wrong = []
    for path in map(Path, paths):
        text = path.read_text(encoding="utf-8")
        wanted = canonical(text)
        if text != wanted:
            wrong.append(f"  {path}")
            if not check:
                path.write_text(wanted, encoding="utf-8", newline="\n")
    if wrong and check:
        sys.exit("\n".join(["Not in canonical form, or with outputs; `make strip` puts them right:", *wrong]))
    print(f"{len(wrong)} of {len(paths)} notebooks put in canonical form." if wrong else "All notebooks are canonical.")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main([path for path in arguments if path != "--check"], "--check" in arguments)
