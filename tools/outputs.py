"""What a kernel sent for a cell, as a page should have it: the same at every build, and whole."""

import re
from itertools import groupby

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
STILL = "image/svg+xml"
# Formats of an output that say something on a page, or that theme/markup.py speaks of.
SHOWN = {STILL, "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/gif"}
SHOWN |= {"image/webp", "application/javascript"}

# Other numbers at every run, which no reader can use: the kernel's process in the name that Python gives to a cell, and
# where in memory a thing lies. The first begins where a word does: a library's whole script may be one word of
# megabytes, and a search that began anew at each of its letters would take hours.
CHANCE = {
    re.compile(r"(?<![^\s\"'(<])[^\s\"'(<]*ipykernel_\d+[/\\]\d+\.py"): "cell.py",
    re.compile(r"(?<= at 0x)[0-9a-fA-F]{6,}(?=[>,])"): "…",
}


def without_chance(text):
    for pattern, words in CHANCE.items():
        text = pattern.sub(words, text)
    return text


def as_on_screen(line):
    """One printed line after its carriage returns and backspaces, as a terminal would show it in the end."""
    if "\x1b" in line:  # colours take no room on the screen; only what follows the last return is sure to show
        return line.rstrip("\r").rsplit("\r", 1)[-1]
    shown, place = [], 0
    for character in line:
        if character == "\r":
            place = 0
        elif character == "\b":
            place = max(place - 1, 0)
        else:
            shown[place : place + 1] = character
            place += 1
    return "".join(shown)


def printed(streams):
    """What was printed in one go: one output of each stream, however often the kernel happened to flush.

    How the two streams were interleaved is up to chance too; stdout comes first.
    """
    for name in ("stdout", "stderr"):
        if parts := [output for output in streams if output["name"] == name]:
            text = "".join(output["text"] for output in parts)
            text = "\n".join(as_on_screen(line) if re.search("[\r\b]", line) else line for line in text.split("\n"))
            parts[0]["text"] = without_chance(text)
            yield parts[0]


def tidied(outputs):
    """The outputs of a cell without what depends on the speed of the machine or on the run."""
    found = []
    for is_stream, group in groupby(outputs, lambda output: output["output_type"] == "stream"):
        outputs_in_a_row = list(group)
        found += printed(outputs_in_a_row) if is_stream else outputs_in_a_row
    for output in found:
        for kind, text in output.get("data", {}).items():
            if kind in ("text/plain", "text/html") and isinstance(text, str):
                output["data"][kind] = without_chance(text)
    return found


def error_in(cell):
    """What went wrong in a cell after its own code, such as while its figure was drawn; or None.

    The kernel answers that all is well, and the error is one of the outputs: it would be published as a picture is. An
    error in a thread of its own is no more than a text on stderr.
    """
    if "raises-exception" in cell.metadata.get("tags", []):
        return None
    for output in cell.get("outputs", []):
        if output["output_type"] == "error":
            return f"Its code ran, but what it shows could not be made.\n{output['ename']}: {output['evalue']}"
        if output["output_type"] == "stream" and "\nTraceback (most recent call last):" in "\n" + output["text"]:
            return output["text"]
    return None


def dead_in(cell, notebook):
    """What a cell shows that nobody would see or could move on a page: a widget, a library's own format; or None."""
    if {"remove-output", "remove_output", "remove-cell", "remove_cell"} & set(cell.metadata.get("tags", [])):
        return None
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if VIEW in data:
            model = models.get(data[VIEW]["model_id"], {})
            # A figure of the toolbox brings a still along, and its page brings it to life.
            if model.get("model_module") != "anywidget" or STILL not in data:
                name = model.get("model_name", "a widget").removesuffix("Model")
                return model.get("state", {}).get("_anywidget_id", name).rpartition(".")[2]
        elif data and not data.keys() & SHOWN:
            return " and ".join(data)
    return None


def fault_of(notebook):
    """The first cell of an executed notebook whose output a page cannot show, and why; or None."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if error := error_in(cell):
            return cell, error
        if dead := dead_in(cell, notebook):
            return cell, (
                f"It shows {dead}, which needs a kernel or a script, and a page has none. Draw a picture of it, or "
                "give the cell the tag remove-output: it stays in the notebook, and the page shows its code."
            )
    return None
