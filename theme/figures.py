"""Interactive figures on a page without a kernel.

myst-nb writes the state of a notebook's widgets and a mark where each is shown, and `static/figures.js` brings them to
life. What a figure needs only once a reader asks for it stays out of the page, in a script of its own. A still of each
goes beside its mark, for print, for readers without a script, and to hold the place. Below every figure, moving or not,
stand the buttons that enlarge it.
"""

import hashlib
import json
import re
from pathlib import Path
from types import MappingProxyType

from docutils import nodes
from docutils.parsers.rst import directives
from rjsmin import jsmin
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from traitlets import TraitError

from paying_attention.language import script_in_chinese, script_in_english
from theme.editions import say
from theme.finish import without_what_is_unused

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
STILL = "image/svg+xml"


class Explorable(SphinxDirective):
    """An interactive figure on a page that runs no code, such as the first."""

    required_arguments = 1  # the name of its class
    option_spec = MappingProxyType(
        {"alt": directives.unchanged_required, "name": directives.unchanged, "state": json.loads}
    )
    has_content = True  # the caption

    def run(self):
        from paying_attention import explorables  # brings torch along, which few pages need

        name = self.arguments[0]
        if name not in explorables.__all__:
            raise self.error(f"There is no figure {name!r} among the explorables: {', '.join(explorables.__all__)}.")
        if "alt" not in self.options:
            raise self.error(f"The figure {name} needs :alt:, which says what is drawn.")
        try:
            figure = getattr(explorables, name)(**self.options.get("state", {}))
        except (TypeError, ValueError, TraitError) as wrong:
            raise self.error(f"The figure {name} does not take this :state: {wrong}") from wrong
        path = Path(self.env.srcdir, "_build", "pictures", f"{self.arguments[0]}.svg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(figure.still())
        self.env.metadata[self.env.docname]["explorable"] = json.dumps(figure.get_state())
        view = nodes.raw("", f'<script type="{VIEW}">{{"model_id": "figure-1"}}</script>', format="html")
        still = nodes.image(uri=f"/_build/pictures/{path.name}", alt=self.options["alt"])
        box = nodes.container("", still, view, classes=["explorable", "first"])
        caption = nodes.caption("", "", *self.state.inline_text(" ".join(self.content), self.lineno)[0])
        placed = nodes.figure("", box, caption)
        self.add_name(placed)  # for links to it as it is set
        return [placed]


class KeepStills(SphinxPostTransform):
    """Of an output that can be a widget or a picture, keep both."""

    default_priority = 3  # before myst-nb chooses one of them
    formats = ("html",)

    def run(self):
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            kinds = {child["mime_type"]: child for child in bundle}
            if VIEW in kinds and STILL in kinds:
                figure = nodes.container("", *kinds[STILL].children, *kinds[VIEW].children, classes=["explorable"])
                kinds[VIEW].children = []
                kinds[VIEW] += figure


def tidy_state(app, pagename, templatename, context, doctree):
    """Keep of the widgets' state what the figures need, under names that are the same at every build."""
    language = app.config.language
    if state := app.env.metadata.get(pagename, {}).get("explorable"):
        context["explorable_state"] = embed({"figure-1": alive(json.loads(state), language)})
    for script in context["script_files"]:
        if getattr(script, "attributes", {}).get("type") != STATE:
            continue
        models = json.loads(script.attributes["body"])["state"]
        figures = {name: model for name, model in models.items() if model["model_module"] == "anywidget"}
        names = {name: f"figure-{number}" for number, name in enumerate(figures, start=1)}
        states = {names[name]: alive(model["state"], language) for name, model in figures.items()}
        for name, state in states.items():
            if "_later" in state:
                state["_later"] = put_aside(Path(app.outdir, "_static"), pagename, name, state["_later"])
        script.attributes["body"] = embed(states)
        for name, short in names.items():
            context["body"] = context["body"].replace(name, short)


def add_tools(app, pagename, templatename, context, doctree):
    """Below each figure the buttons for static/figure-tools.js; their words are the style sheet's, and in no index."""

    def with_tools(match):
        number = re.search(r'caption-number">([^<]*)', match[0])
        name = number[1].strip() if number else say("this figure")
        kinds = {say("Enlarge"): say("Enlarge {name}", name=name)}
        if VIEW in match[0]:
            kinds[say("Copy link")] = say("Copy a link to {name} as it is set", name=name)
        buttons = "".join(
            f'<button type="button" data-tool="{kind}" aria-label="{label}"></button>' for kind, label in kinds.items()
        )
        return f'{match[0].removesuffix("</figure>")}<div class="tools">{buttons}</div></figure>'

    if "body" in context:
        context["body"] = re.sub(r"<figure\b[^>]* id=.*?</figure>", with_tools, context["body"], flags=re.DOTALL)


def alive(state, language):
    """The parts of a widget's state that mean something without JupyterLab; its code without comments, its own style.

    A notebook is run once, in English. On a Chinese page the words of a figure come in here.
    """
    if state["_anywidget_id"].startswith("paying_attention."):
        script, figure = state["_esm"], state["_anywidget_id"].split(".")[-2]
        said = script_in_chinese(script, figure) if language.startswith("zh") else script_in_english(script)
        # Of the style that all figures share, what this one has elements for.
        state = state | {"_esm": said, "_css": without_what_is_unused(state["_css"], said)}
    dead = re.compile(r"layout|tabbable|tooltip|_dom_classes|_anywidget_id|_model_\w+|_view_\w+")
    return {
        trait: jsmin(value) if trait == "_esm" else value
        for trait, value in state.items()
        if not dead.fullmatch(trait) and (trait, value) != ("_later", {})
    }


def put_aside(folder, pagename, name, data):
    """Write what a figure needs only once a reader asks for it into a script, and return that script's address."""
    file = f"{pagename.replace('/', '-')}-{name}.js"
    text = embed(data)
    # Whoever has the script of an earlier build gets this one.
    address = f"{file}?v={hashlib.sha256(text.encode()).hexdigest()[:8]}"
    folder.mkdir(exist_ok=True)
    (folder / file).write_text(f"(globalThis.putAside ??= {{}})[{json.dumps(address)}] = {text};\n", "utf-8")
    return address


def embed(state):
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
