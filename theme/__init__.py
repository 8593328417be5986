"""The look of the book: a Sphinx theme small enough to read, and what happens to the pages on their way to it.

`layout.html` is a page, `static/` holds its one style sheet and its scripts.

On the way of a page:
- `plain.py` adds to a notebook what only the site has;
- `figures.py` keeps interactive figures alive, `exercises.py` folds solutions, `folds.py` other boxes;
- `terms.py` links words to the glossary, `links.py` to other places, `backlinks.py` leads back from sources and terms;
- `overview.py` makes the picture and the table of the introduction, `run_times.py` that of the status page;
- `docstrings.py` has those of the toolbox in the language of the book;
- `lectures.py` makes the tables for lecturers, `citing.py` says how the book is cited;
- `formulas.py` has KaTeX draw the formulas;
- `editions.py` says in English or Chinese what the theme itself says, and leads from one edition to the other;
  `anchors.py` gives a place the same name in both;
- `markup.py` names what a page could not show, `places.py` where that is;
- `pages.py` adds what a template cannot know.

Beside the chapters `handouts.py` makes a page of what each asks.

On the whole site, once all pages are written, `finish.py` has
- `previews.py` put into each page what its links lead to;
- `search.py` make the index of the search;
- `download.py` put the notebooks into a file;
- `licences.py` say whose work is in it.
"""

from pathlib import Path

from sphinx_exercise.nodes import solution_node
from sphinxcontrib.bibtex.plugin import register_plugin

from theme import (
    anchors,
    backlinks,
    citing,
    docstrings,
    editions,
    exercises,
    figures,
    finish,
    folds,
    formulas,
    handouts,
    lectures,
    links,
    markup,
    overview,
    pages,
    places,
    plain,
    run_times,
    terms,
)


def setup(app):
    app.connect("config-inited", editions.speak, priority=100)
    places.name_cells()
    app.add_transform(anchors.KeepAnchors)
    app.add_transform(places.GiveLinesToPictures)
    app.add_transform(markup.MissTitle)
    app.add_html_theme("theme", str(Path(__file__).parent))
    app.add_html_math_renderer("katex", (formulas.visit_inline, None), (formulas.visit_display, None))
    # Jupyter Book sets it for an extension that the book does without; unknown, it would be warned of.
    app.add_config_value("comments_config", {}, "")
    app.add_node(solution_node, override=True, html=(exercises.visit_solution, exercises.depart_solution))
    register_plugin("sphinxcontrib.bibtex.style.referencing", "round", plain.RoundBrackets)
    app.add_directive("explorable", figures.Explorable)
    app.add_directive("run-times", run_times.RunTimes)
    app.add_directive("chapters", overview.Chapters)
    app.add_directive("way", overview.Way)
    app.add_directive("cite-this-book", citing.CiteThisBook)
    app.add_directive("files", citing.Files)
    app.add_directive("lectures", lectures.LecturesDirective)
    app.add_node(lectures.Lectures)
    app.add_post_transform(lectures.FillLectures)
    app.add_node(overview.Overview)
    app.add_post_transform(overview.FillOverview)
    app.add_node(run_times.Table)
    app.add_post_transform(run_times.FillTable)
    app.add_post_transform(figures.KeepStills)
    app.add_post_transform(exercises.NameStraySolutions)
    app.add_post_transform(exercises.UnwrapContent)
    app.add_post_transform(exercises.DropTitles)
    app.add_post_transform(backlinks.LeadBack)
    app.add_post_transform(links.LinkPlaces)
    app.add_post_transform(terms.LinkTerms)
    app.add_post_transform(pages.MarkChinese)
    app.add_post_transform(pages.WrapTables)
    app.add_post_transform(pages.MarkPrintedProse)
    app.add_post_transform(formulas.GluePunctuation)
    app.add_node(folds.Fold, html=(folds.visit_fold, folds.depart_fold))
    app.add_node(folds.Summary, html=(folds.visit_summary, folds.depart_summary))
    app.add_post_transform(folds.NameFoldedCode)
    app.add_post_transform(folds.FoldBoxes)
    app.add_post_transform(markup.NameWhatCannotBeShown)
    app.connect("config-inited", pages.configure)
    app.connect("builder-inited", pages.leave_search_to_us)
    app.connect("source-read", plain.read)
    app.connect("autodoc-process-docstring", docstrings.put_into_chinese)
    app.connect("doctree-read", overview.note)
    app.connect("env-check-consistency", backlinks.note_in_index)
    app.connect("html-page-context", pages.add_context, priority=900)
    app.connect("html-page-context", editions.lead_across, priority=901)
    app.connect("html-page-context", handouts.lead_there, priority=905)
    app.connect("html-page-context", figures.tidy_state, priority=910)
    app.connect("html-page-context", figures.add_tools, priority=920)
    app.connect("html-collect-pages", handouts.collect)
    # After all others: Sphinx and its extensions still write files at this event.
    app.connect("build-finished", finish.finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
