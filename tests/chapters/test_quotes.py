"""Each number of the prose is the one at the place that its list names.

A test fails where a number stands in the text and not at its place; where a digit that changes, in the text or in a
result, goes through; or where a change that touches no number is refused.
"""

import random

import nbformat
import pytest
import quotes
from quotes import Chapter, Quote, numbers_said

TIMES = 500
CHAPTERS = list(quotes.chapters())


@pytest.fixture(scope="module")
def lists():
    return {chapter.path: chapter.read_list() for chapter in CHAPTERS}


def another_digit(number, at, draw):
    return number[:at] + draw.choice([digit for digit in "0123456789" if digit != number[at]]) + number[at + 1 :]


def caught(times, tries):
    assert len(times) == tries
    return sum(times) / tries


# --- the chapters


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.path.stem)
def test_each_number_of_a_chapter_is_the_one_at_its_place(chapter):
    assert not list(chapter.faults())


def test_every_chapter_has_been_compared():
    assert [chapter.path for chapter in CHAPTERS] == quotes.notebooks()


def changed_texts(draw):
    """Of a number of the prose, drawn at random, one digit is another one: the chapter, its text, and the text then."""
    texts = [(chapter, *text) for chapter in CHAPTERS for text in chapter.texts()]
    numbers = [
        (*text, match) for text in texts for match in quotes.matches_said(text[-1]) if quotes.in_digits(match[0])
    ]  # (chapter, name, position, text, match)
    for _ in range(TIMES):
        chapter, name, position, text, match = draw.choice(numbers)
        at = draw.choice([n for n, letter in enumerate(match[0]) if letter.isdigit()])
        number = another_digit(match[0], at, draw)
        yield chapter, name, position, text[: match.start()] + number + text[match.end() :]


def test_a_digit_that_changes_in_the_prose_is_caught(lists):
    found = [
        any(chapter.faults_of(name, text, lists[chapter.path].get(name, [])))
        for chapter, name, _, text in changed_texts(random.Random(0))
    ]
    assert caught(found, TIMES) >= 0.95


def test_it_is_caught_even_if_the_lists_are_written_again(lists):
    """`make quotes` leaves a number that has changed at its place, or asks where it comes from."""
    found = []
    for chapter, name, position, text in changed_texts(random.Random(1)):
        anew = chapter.bound(name, position, text, lists[chapter.path].get(name, []))
        found.append(any(chapter.faults_of(name, text, anew)))
    assert caught(found, TIMES) >= 0.95


def test_a_number_word_that_changes_in_the_prose_is_caught(lists):
    draw = random.Random(3)
    words = [
        (chapter, name, text, match)
        for chapter in CHAPTERS
        for name, _, text in chapter.texts()
        for match in quotes.matches_said(text)
        if match[0].lower() in quotes.COUNTS
    ]
    assert len(words) > 150
    found = []
    for _ in range(TIMES):
        chapter, name, text, match = draw.choice(words)
        other = draw.choice([word for word in quotes.COUNTS if word != match[0].lower()])
        changed = text[: match.start()] + other + text[match.end() :]
        found.append(any(chapter.faults_of(name, changed, lists[chapter.path].get(name, []))))
    assert caught(found, TIMES) >= 0.95


def quoted(lists, digits):
    """What quotes the result of a cell, in digits or in words: chapter, text and its name, quote, cell, number."""
    return [
        (chapter, name, text, quote, *quote.place.rsplit(" ", 1))
        for chapter in CHAPTERS
        for name, _, text in chapter.texts()
        for quote in lists[chapter.path].get(name, [])
        if quotes.in_digits(quote.said) is digits and not quotes.is_said(quote.place)
        if quote.place.count(" ") == 1 and quote.place[0] != "|"  # neither code nor worked out
    ]


def test_a_result_that_changes_is_caught_where_a_word_quotes_it(lists):
    for chapter, name, text, _, cell, number in quoted(lists, digits=False):
        numbers, n = chapter.shown[cell], int(number) - 1
        printed = numbers[n]
        for other in (f"{quotes.value_of(printed) * 2}", f"-{printed}"):
            numbers[n] = other
            assert any(chapter.faults_of(name, text, lists[chapter.path][name])), (name, printed, other)
        numbers[n] = printed


def test_a_sign_that_changes_in_a_quoted_result_is_caught(lists):
    found = []
    for chapter, name, text, _, cell, number in quoted(lists, digits=True):
        numbers, n = chapter.shown[cell], int(number) - 1
        printed = numbers[n]
        if quotes.value_of(printed) != 0:
            numbers[n] = f"-{printed}" if printed[0].isdigit() else printed[1:]
            found.append(any(chapter.faults_of(name, text, lists[chapter.path][name])))
            numbers[n] = printed
    assert caught(found, len(found)) == 1


def test_a_digit_that_changes_in_a_quoted_result_is_caught(lists):
    draw = random.Random(2)
    places = quoted(lists, digits=True)
    found = []
    for _ in range(TIMES):
        chapter, name, text, quote, cell, number = draw.choice(places)
        numbers, n = chapter.shown[cell], int(number) - 1
        printed = numbers[n]
        # Digits beyond those that the text gives may be what they like, as long as they round to the same.
        given = len(printed) if "." not in printed else printed.index(".") + 1 + len(quote.said.partition(".")[2])
        at = draw.choice([k for k, letter in enumerate(printed[:given]) if letter.isdigit()])
        numbers[n] = another_digit(printed, at, draw)
        found.append(any(chapter.faults_of(name, text, lists[chapter.path][name])))
        numbers[n] = printed
    assert caught(found, TIMES) >= 0.95


HARMLESS = {
    "other words": lambda text: text.replace(" the ", " this "),
    "other lines": lambda text: text.replace(". ", ".\n"),
    "a citation": lambda text: f"{text} See [Bahdanau et al. (2015)](https://arxiv.org/abs/1409.0473).",
    "a chapter": lambda text: f"{text} More in chapter 01, and in chapters 01 and 02.",
    "code": lambda text: f"{text} Then call `score(3, 0.25)`.",
    "a formula": lambda text: f"{text} Here $2 d + 1$ and $x_2 = y$.",
    "small counts": lambda text: f"{text} The two go on, and three others; two-fold, a four-legged one.",
    "an ordinal": lambda text: f"{text} There is a third way, and a fifth book.",
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_change_of_words_is_not_refused(change, lists):
    for chapter in CHAPTERS:
        for name, _, text in chapter.texts():
            assert not list(chapter.faults_of(name, change(text), lists[chapter.path].get(name, []))), (name, text)


# --- a small chapter


def svg(*texts, ticks=()):
    along = "".join(f'<g id="xtick_{n}"><g><text>{tick}</text></g></g>' for n, tick in enumerate(ticks))
    drawn = "".join(f"<text>{text}</text>" for text in texts)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{along}{drawn}</svg>'


def printing(name, text, source="pass"):
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell.outputs = [nbformat.v4.new_output("stream", text=text)]
    return cell


def drawing(name, image, caption="It rises.", alt="A line."):
    cell = nbformat.v4.new_code_cell("draw()", id=name)
    cell.outputs = [nbformat.v4.new_output("display_data", {"image/svg+xml": image})]
    cell.metadata["mystnb"] = {"figure": {"caption": caption, "name": name}, "image": {"alt": alt}}
    return cell


def says(text, name="read"):
    return nbformat.v4.new_markdown_cell(text, id=name)


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """Makes a chapter of these cells; its list, if it writes one, lies in a temporary folder."""
    monkeypatch.setattr(quotes, "LISTS", tmp_path / "quotes")
    return lambda *cells: Chapter("chapters/small.ipynb", nbformat.v4.new_notebook(cells=list(cells)))


SHARES = printing("shares", "shares 0.737 0.25\n1,000 drawn, 4.5e-05 left")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It is 0.74, of 1,000, or 4.5e-05.", ["0.74", "1,000", "4.5e-05"]),
        ("From -0.5 to 3, minus 2.", ["-0.5", "3", "minus 2"]),
        ("On 2026-11-24, from 1-2.", ["2026", "1"]),
        ("Sixteen, and seventy-two of three hundred; ten times.", ["Sixteen", "seventy-two", "three hundred", "ten"]),
        ("Two books, three seeds, four times that.", ["three", "four"]),
        ("A 2 million times, and a million.", ["2", "a million"]),
        ("Half of it, twice that, two thirds, a third of 0.9.", ["Half", "twice", "two thirds", "a third", "0.9"]),
        ("A third book, and a second one.", []),
        ("In chapter 03, [Fig. 2](#fig-x) and Question 4.", []),
        ("As in [Itti et al. (1998)](https://doi.org/10.1109/34.730558).", []),
        ("Call `f(3)` with $d + 4$, in float16.\n\n$$\nx = 5\n$$\n\n```python\ny = 6\n```", []),
        ("Here $d = 4$ and $d_k = 0.5$, not $d = n - 1$.", ["4", "0.5"]),
        ("1. First\n2. Then 7", ["7"]),
        ("## Ten or 12?\n\n<details class='a1'><summary>All 8</summary>", ["Ten", "12", "8"]),
        ("**It takes** some 20 minutes.\n\nBut 5.", ["5"]),
    ],
)
def test_the_numbers_of_a_text(text, numbers):
    assert numbers_said(text) == numbers


def test_what_a_cell_shows_is_what_it_prints_then_what_it_draws_then_its_axes():
    cell = drawing("curve", svg("best 0.3", "at 7", ticks=(0, 10)))
    cell.outputs.insert(0, nbformat.v4.new_output("stream", text="error 0.05"))
    assert quotes.shown(cell) == (["0.05", "0.3", "7"], ["0", "10"])


@pytest.mark.parametrize(
    ("said", "number", "agree"),
    [
        ("0.74", 0.737, True),
        ("0.73", 0.737, False),
        ("0.740", 0.74, True),
        ("3", 3.0, True),
        ("3", 3.2, False),
        ("4.5e-05", 4.53e-5, True),
        ("4.5e-05", 4.7e-5, False),
        ("half", 0.47, True),
        ("half", 0.3, False),
        ("two thirds", 0.66, True),
        ("a third", 0.31, True),
        ("twice", 1.4, False),
        ("-0.5", -0.52, True),
        ("0.5", -0.52, False),
        ("minus 3", -3.0, True),
        ("seventy-two", 72, True),
        ("ten", 11, False),
        ("five", 5.3, True),
        ("five", 6.3, False),
    ],
)
def test_a_number_agrees_as_far_as_its_digits_go(said, number, agree):
    assert quotes.agrees(said, number) is agree


@pytest.mark.parametrize(
    ("said", "place", "fault"),
    [
        ("0.74", "shares 1", None),
        ("0.73", "shares 1", "shares 1 shows 0.737"),
        ("0.74", "shares 9", "shares 9 shows no number"),
        ("0.74", "shares 0", "shares 0 shows no number"),
        ("0.74", "gone 1", "gone 1 shows no number"),
        ("a third", "shares 2 / shares 1", None),
        ("half", "shares 2 / shares 1", "shares 2 / shares 1 shows 0.3392"),
        ("0.487", "shares 1 - shares 2", None),
        ("0.987", "shares 1 + shares 2", None),
        ("0.7", "shares 1 - shares 2 / shares 1", None),
        ("3", "|shares 3|", None),
        ("-3", "shares 3", None),
        ("3", "shares 3", "shares 3 shows -3"),
        ("five", "code shares 1", None),
        ("six", "code shares 1", "code shares 1 shows 5"),
        ("5", "code shares 1", None),
        ("6", "code shares 1", "code shares 1 shows 5"),
        ("1", "mathematics", None),
        ("1", "given", None),
        ("1", "drawn", "only a caption or an alternative text reads numbers off a drawing"),
        ("1", "?", "nobody has said where it comes from"),
        ("46", "fact itti1998model", "its source, itti1998model, is not cited beside it"),
    ],
)
def test_a_place_is_looked_up(chapter, said, place, fault):
    small = chapter(printing("shares", "0.737 0.25 -3", source="n = 5"), says(f"It is {said}."))
    assert small.fault(Quote(said, place), "read", f"It is {said}.") == fault


def test_a_fact_has_its_source_beside_it(chapter):
    source, entry = next(
        (key, entry) for key, entry in quotes.bibliography(quotes.ROOT / "references.bib").items() if entry.address
    )
    cited = f"It was 46 ([{entry.authors}, {entry.year}]({entry.address}))."
    assert chapter().fault(Quote("46", f"fact {source}"), "read", cited) is None


def test_a_drawing_may_be_read_by_its_caption(chapter):
    small = chapter(drawing("curve", svg(), caption="It peaks near 3.", alt="From 0 to 3."))
    for name in ("curve caption", "curve alt"):
        assert small.fault(Quote("3", "drawn"), name, "") is None


def bound(small):
    """Its list, written and read again, as text: place by place."""
    small.write_list(small.bind())
    return {name: [f"{quote.said} {quote.place}" for quote in of_text] for name, of_text in small.read_list().items()}


def test_a_number_is_bound_to_the_nearest_cell_that_shows_it(chapter):
    small = chapter(
        printing("far", "0.25 0.8"), printing("near", "0.251 0.30"), says("So 0.25, 0.8 and half of 0.4."), SHARES
    )
    assert bound(small) == {"read": ["0.25 near 1", "0.8 far 2", "half ?", "0.4 ?"]}
    assert list(small.faults()) == [
        f"chapters/small.ipynb, read: it says {said}, but nobody has said where it comes from"
        for said in ("half", "0.4")
    ]


def test_prose_quotes_no_axis_and_a_caption_may(chapter):
    small = chapter(drawing("curve", svg("peak 0.9", ticks=(0, 50)), caption="Up to 50."), says("Up to 50, 0.9."))
    assert bound(small) == {"curve caption": ["50 curve 3"], "read": ["50 ?", "0.9 curve 1"]}


def test_all_that_differ_are_named_in_one_run_and_a_result_that_has_moved_is_followed(chapter):
    read = says("It is 0.74 and 0.25 of 1,000.")
    bound(chapter(SHARES, read))
    other = chapter(printing("shares", "1,000 drawn\nshares 0.412 0.25"), read)
    assert list(other.faults()) == [
        "chapters/small.ipynb, read: it says 0.74, but shares 1 shows 1,000",
        "chapters/small.ipynb, read: it says 0.25, but shares 2 shows 0.412",
        "chapters/small.ipynb, read: it says 1,000, but shares 3 shows 0.25",
    ]
    assert bound(other) == {"read": ["0.74 shares 1", "0.25 shares 3", "1,000 shares 1"]}
    assert list(other.faults()) == ["chapters/small.ipynb, read: it says 0.74, but shares 1 shows 1,000"]


def test_a_number_that_has_changed_in_the_text_stays_where_it_was_and_is_named(chapter):
    bound(chapter(SHARES, says("It is 0.74 and 0.25.")))
    other = chapter(SHARES, says("It is 0.47 and 0.25."))
    assert list(other.faults()) == ["chapters/small.ipynb, read: it says 0.47, where its list has 0.74 (shares 1)"]
    assert bound(other) == {"read": ["0.47 shares 1", "0.25 shares 2"]}
    assert list(other.faults()) == ["chapters/small.ipynb, read: it says 0.47, but shares 1 shows 0.737"]


def test_somebodys_word_holds_for_the_number_of_which_it_was_given(chapter):
    small = chapter(says("Weights sum to 1."))
    small.write_list({"read": [Quote("1", "mathematics")]})
    assert not list(small.faults())
    other = chapter(says("Weights sum to 2."))
    assert bound(other) == {"read": ["2 ?"]}


def test_numbers_and_texts_that_come_and_go_are_named(chapter):
    bound(chapter(SHARES, says("It is 0.74."), says("And 0.25.", name="more")))
    other = chapter(SHARES, says("It is 0.74, of 1,000."))
    assert list(other.faults()) == [
        "chapters/small.ipynb, read: it says 1,000, which its list does not have",
        "chapters/small.ipynb: small.txt knows a text 'more', which is gone",
    ]
    assert bound(other) == {"read": ["0.74 shares 1", "1,000 shares 3"]}
    assert list(chapter(SHARES, says("It is.")).faults()) == [
        "chapters/small.ipynb, read: it no longer says 0.74 (shares 1), 1,000 (shares 3)"
    ]


def test_the_build_ends_with_all_faults_and_binding_says_what_it_did(chapter, monkeypatch, capsys):
    small = chapter(SHARES, says("It is 0.74 of 7."))
    monkeypatch.setattr(quotes, "chapters", lambda: [small])
    with pytest.raises(SystemExit, match=r"it says 0\.74, 7, which its list does not have"):
        quotes.main(binds=False)
    with pytest.raises(SystemExit, match="nobody has said where it comes from\n\n1 in all"):
        quotes.main(binds=True)
    assert "read: 0.74 is bound to shares 1\n" in capsys.readouterr().out
    small.write_list({"read": [Quote("0.74", "shares 1"), Quote("7", "given")]})
    quotes.main(binds=False)


def test_a_chapter_that_says_no_number_has_no_list(chapter, monkeypatch):
    small = chapter(SHARES, says("It is."))
    small.write_list({"read": [Quote("1", "given")]})
    monkeypatch.setattr(quotes, "chapters", lambda: [small])
    quotes.main(binds=True)
    assert not small.list.exists()
