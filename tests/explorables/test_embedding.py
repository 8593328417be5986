"""What the build makes of figures on their way into a page.

A test fails where two builds differ, a random name is left in a page, a figure is on no page, or what it needs later is
not beside the page.
"""

import json
import re
import uuid
from pathlib import Path
from types import SimpleNamespace

from placed import FOUND, PAGE_OF, PLACED

from paying_attention import explorables
from theme import figures

HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


# What the build makes of it


def build(models, marks, site=None):
    """What is written into a page that shows these models, those among them that are marked."""
    script = SimpleNamespace(attributes={"type": figures.STATE, "body": json.dumps({"state": models})})
    others = [SimpleNamespace(attributes={"src": "book.js"}), "plain.js"]
    body = "".join(f'<p>{number}</p><script>{{"model_id": "{mark}"}}</script>' for number, mark in enumerate(marks))
    context = {"script_files": [others[0], script, others[1]], "body": body}
    app = SimpleNamespace(env=SimpleNamespace(metadata={}), config=SimpleNamespace(language="en"), outdir=site)
    figures.tidy_state(app, "chapters/made-up", "page.html", context, None)
    assert context["script_files"] == [others[0], script, others[1]]
    return script.attributes["body"], context["body"]


def made_up_models():
    """Two figures and what else a notebook's widgets leave behind, under random names."""
    names = [uuid.uuid4().hex for _ in range(5)]
    own = {"_model_name": "AnyModel", "_view_count": None, "_dom_classes": [], "_anywidget_id": "a.B", "tabbable": None}
    models = {
        names[0]: {"model_module": "@jupyter-widgets/base", "state": {"_model_name": "LayoutModel"}},
        names[1]: {
            "model_module": "anywidget",
            "state": {**own, "layout": f"IPY_MODEL_{names[0]}", "_esm": "'</script>'", "_css": "", "width": 0.5},
        },
        names[2]: {"model_module": "@jupyter-widgets/controls", "state": {"value": 3}},
        names[3]: {"model_module": "@jupyter-widgets/base", "state": {"_model_name": "LayoutModel"}},
        names[4]: {
            "model_module": "anywidget",
            "state": {
                **own,
                "layout": f"IPY_MODEL_{names[3]}",
                "_esm": "",
                "_css": "",
                "word": "注意",
                "tooltip": None,
            },
        },
    }
    return models, [names[4], names[1], names[4]]


def test_two_builds_give_a_page_the_same_names():
    state, body = build(*made_up_models())
    assert (state, body) == build(*made_up_models())
    assert not HEX.search(state + body)
    assert "</script>" not in state
    assert json.loads(state) == {
        "figure-1": {"_esm": "'</script>'", "_css": "", "width": 0.5},
        "figure-2": {"_esm": "", "_css": "", "word": "注意"},
    }
    assert re.findall(r'"model_id": "([^"]+)"', body) == ["figure-2", "figure-1", "figure-2"]


def test_what_a_figure_needs_later_is_a_script_beside_the_page(tmp_path):
    def built(later):
        own = {"_anywidget_id": "a.B", "_esm": "", "_css": ""}
        models = {
            uuid.uuid4().hex: {"model_module": "anywidget", "state": own | {"_later": each}} for each in ({}, later)
        }
        return json.loads(build(models, models, tmp_path)[0])

    states = built({"numbers": "</script>"})
    assert "_later" not in states["figure-1"]
    address = states["figure-2"]["_later"]
    file = tmp_path / "_static" / address.partition("?")[0]
    text = file.read_text("utf-8")
    assert text == f'(globalThis.putAside ??= {{}})["{address}"] = {{"numbers":"<\\/script>"}};\n'
    assert built({"numbers": "</script>"}) == states
    assert built({"numbers": "2"})["figure-2"]["_later"] != address  # whoever has the old one does not take it for this


def test_every_figure_is_on_a_page_and_has_its_tests():
    assert set(PAGE_OF) == set(explorables.__all__)
    assert set(FOUND) == {page for page, _ in PLACED} | {"index.html"}
    assert FOUND["index.html"] == FOUND["intro.html"]
    for name in explorables.__all__:
        room = getattr(explorables, name).__module__.rpartition(".")[2]
        assert f"class Test{name}(EveryFigure)" in (Path(__file__).parent / f"test_{room}.py").read_text("utf-8"), name
