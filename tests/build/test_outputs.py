"""What a kernel sends for a cell becomes what a page shows: the same at every build, and never an error unnoticed.

Fails if what is printed is cut where the kernel happened to flush, if chance shows on a page, or if a cell counts as
well although its output is a traceback or a widget that nobody could move.
"""

import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from places import ROOT

sys.path.insert(0, str(ROOT / "tools"))

from outputs import STATE, STILL, VIEW, fault_of, tidied


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(*outputs):
    return [output.get("text") or output.data for output in tidied(list(outputs))]


def test_what_is_printed_in_one_go_is_one_output_wherever_the_kernel_flushed():
    assert shown(stream("0\n"), stream("1\n"), stream("2"), stream("\n")) == ["0\n1\n2\n"]


def test_both_streams_come_in_one_order_whichever_was_flushed_first():
    out, error = stream("told\n"), stream("warned\n", "stderr")
    assert shown(out, error) == shown(stream("warned\n", "stderr"), stream("told\n")) == ["told\n", "warned\n"]


def test_what_is_printed_before_and_after_a_picture_stays_there():
    picture = new_output("display_data", data={"image/png": "AA=="})
    assert shown(stream("a"), picture, stream("b"), stream("c")) == ["a", {"image/png": "AA=="}, "bc"]


@pytest.mark.parametrize(
    ("printed", "on_screen"),
    [
        ("\r 10 %\r 90 %\r100 %\n", "100 %\n"),
        ("12345\rab\n", "ab345\n"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("12\b3\n", "13\n"),
        ("\b\bfirst", "first"),
        ("\x1b[31m10 %\r\x1b[32m100 %\n", "\x1b[32m100 %\n"),
        ("a\n\nb  \n", "a\n\nb  \n"),
    ],
)
def test_a_line_that_is_written_over_is_shown_as_it_is_in_the_end(printed, on_screen):
    half = len(printed) // 2
    assert shown(stream(printed[:half]), stream(printed[half:])) == [on_screen]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tmp/ipykernel_4711/3087.py:1: UserWarning: w", "/var/x/ipykernel_9/3087.py:1: UserWarning: w"),
        ("<object object at 0x7f12aa34bb56>", "<object object at 0x7ffe00112233>"),
        ("[<Line2D at 0x7f12aa34bb56>, <Line2D at 0x55aa00]", "[<Line2D at 0x7ffe00112233>, <Line2D at 0x55aa00]"),
    ],
)
def test_numbers_of_chance_are_the_same_at_every_run(one, other):
    assert shown(stream(one)) == shown(stream(other))
    results = (new_output("execute_result", data={"text/plain": text, "text/html": text}) for text in (one, other))
    assert shown(next(results)) == shown(next(results))


@pytest.mark.parametrize("text", ["0x7f12aa34bb56", "at 0x7f12 it begins", "<a href='x'>ipykernel_1</a>"])
def test_a_number_that_is_meant_stays(text):
    assert shown(stream(text)) == [text]


def cell(*outputs, tags=()):
    return new_code_cell("", outputs=list(outputs), metadata={"tags": list(tags)})


ERROR = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=["…"])
THREAD = stream("Exception in thread Thread-1:\nTraceback (most recent call last):\n…\nValueError: no\n", "stderr")


@pytest.mark.parametrize(
    ("output", "said"), [(ERROR, "ZeroDivisionError: division by zero"), (THREAD, "ValueError: no")]
)
def test_an_error_after_the_code_of_a_cell_fails_the_notebook(output, said):
    fine, wrong = cell(stream("Traceback: how to read one\n")), cell(output)
    where, why = fault_of(new_notebook(cells=[fine, wrong]))
    assert where is wrong
    assert said in why
    assert fault_of(new_notebook(cells=[fine, cell(output, tags=["raises-exception"])])) is None


def showing(module, name, tags=(), still=False):
    state = {"state": {"1": {"model_module": module, "model_name": name}}}
    data = {VIEW: {"model_id": "1"}} | ({STILL: "<svg/>"} if still else {})
    shows = new_output("display_data", data=data)
    return new_notebook(cells=[cell(shows, tags=tags)], metadata={"widgets": {STATE: state}})


def test_a_widget_that_needs_a_kernel_fails_the_notebook():
    assert "VBox, which needs a kernel" in fault_of(showing("@jupyter-widgets/controls", "VBoxModel"))[1]
    for tag in ("remove-output", "remove-cell"):
        assert fault_of(showing("@jupyter-widgets/controls", "VBoxModel", [tag])) is None
    assert fault_of(showing("anywidget", "AnyModel", still=True)) is None
    assert "Any, which needs a kernel" in fault_of(showing("anywidget", "AnyModel"))[1]


def test_a_format_that_no_page_knows_fails_the_notebook():
    plotly = new_output("display_data", data={"application/vnd.plotly.v1+json": {}})
    assert "application/vnd.plotly.v1+json, which needs" in fault_of(new_notebook(cells=[cell(plotly)]))[1]
    assert fault_of(new_notebook(cells=[cell(plotly, tags=["remove-output"])])) is None
    both = new_output("display_data", data={"application/vnd.plotly.v1+json": {}, "text/html": "<p>"})
    assert fault_of(new_notebook(cells=[cell(both)])) is None


# In a process of its own: a search that begins anew at each letter would take hours and could not be stopped.
LONG = """
from outputs import without_chance

library = "A" * 3_000_000
assert without_chance(f"<script>{library}</script> /tmp/ipykernel_1/2.py:1") == f"<script>{library}</script> cell.py:1"
"""


def test_a_librarys_script_of_one_long_word_is_read_in_one_go():
    subprocess.run([sys.executable, "-c", LONG], cwd=ROOT / "tools", timeout=60, check=True)
