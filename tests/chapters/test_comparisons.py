"""What the prose says of a table in words: more, fewer, never, all, rises, falls.

Each sentence is held against the numbers of the cell beside it, as the page shows them, or of several cells one after
the other. A test fails where a result has turned round, where the sentence has left the text, so that its line here
goes too, and where no number could ever make it fail.
"""

from itertools import pairwise

import pytest
import quotes

CHAPTERS = {chapter.path.stem[:2]: chapter for chapter in quotes.chapters()}


def rises(numbers):
    return all(first < second for first, second in pairwise(numbers))


def falls(numbers):
    return rises(numbers[::-1])


def every(numbers, low, high):
    return all(low <= number <= high for number in numbers)


def largest(row, at):
    return row[at] == max(row)


def about(number, wanted, by=0.05):
    return abs(number - wanted) <= by


# A chapter, its cells, what the text says, and whether the numbers n that they show bear it out; n[0] is the first.
SAID = [
    ("01", "shares", "One red book among black ones takes", lambda n: n[2] == max(n[0:4])),
    ("01", "shares", "but barely", lambda n: n[13] == max(n[12:16]) and n[13] < 0.5 * n[2]),
    ("01", "count-looks", "A single feature needs about one look, whatever the size", lambda n: every(n[4:12], 1, 1.2)),
    ("01", "count-looks", "only among four items", lambda n: n[8] > 1 and every(n[9:12], 1, 1)),
    (
        "01",
        "count-looks",
        "still found sooner than in random order",
        lambda n: rises(n[12:16]) and all(looks < (size + 1) / 2 for looks, size in zip(n[12:16], n[:4], strict=True)),
    ),
    ("01", "tasks", "while the red book, still just as salient", lambda n: n[5] == max(n[4:8]) and n[6] < n[2]),
    ("01", "desk-scene", "With nothing asked it has", lambda n: n[22] == max(n[20:25])),
    (
        "02",
        "digit-example",
        "But the ones, each with a smaller weight",
        lambda n: n[1] > max(n[3:12:4]) and n[15] > n[14],
    ),
    ("02", "digits-temperature", "In between the curve falls", lambda n: all(a >= b for a, b in pairwise(n[9:17]))),
    ("02", "digits-temperature", "It does not help enough", lambda n: n[21] == max(n[17:25]) and n[21] < n[9]),
    ("03", "widths-trap", "The first is five times the last", lambda n: falls(n[:4]) and 4.5 < n[0] / n[3] < 5.5),
    ("03", "blocks", "Have ones and eights been confused?", lambda n: n[1] < n[2] and n[4] > n[1]),
    ("04", "boundary", "for the widest", lambda n: rises([0, n[1], n[5], n[9]]) and falls([0, n[3], n[7], n[11]])),
    ("04", "motorcycle", "where average pooling manages", lambda n: n[2] < n[3]),
    ("05", "ablation", "all that are not", lambda n: n[1] + n[25] == n[0]),
    ("05", "arc-table", "A fixed width does better, a chosen one better again", lambda n: falls([n[1], n[4], n[6]])),
    ("05", "arc-table", "learning the width lands where choosing it does", lambda n: n[8] == n[6] and n[9] == n[7]),
    ("05", "arc-table", "nearly to where it is without the two extra", lambda n: n[9] <= n[10] < 1.5 * n[9] < n[8]),
    ("06", "loud", "the bare dot product does slightly better", lambda n: n[12] > n[19] and n[13] > n[20]),
    ("06", "loud", "puts it exactly on the Gaussian's line", lambda n: n[14:21] == n[21:28]),
    ("06", "scale", "the largest of sixteen weights grows", lambda n: rises(n[6:12])),
    ("06", "scale", "The Jacobian rises a little at first and then falls", lambda n: n[12] < n[13] and falls(n[13:18])),
    ("06", "scale", "neither moves", lambda n: max(n[25:30]) - min(n[25:30]) < 0.03 > max(n[31:36]) - min(n[31:36])),
    ("06", "learning-table", "trials find the key at every size", lambda n: set(n[13:16]) == {n[0]}),
    ("06", "learning-table", "shorter steps help nobody", lambda n: n[9] == n[6] and n[8] > n[5]),
    ("06", "learning-table", "trials thaw", lambda n: set(n[10:13]) == {n[0]}),
    ("06", "additive-table", "The additive score learns the curve", lambda n: max(n[12:17]) < 0.2 * min(n[7:12])),
    ("07", "compare", "days that they have never seen, both do well", lambda n: every(n[3:9], 0.95, 1)),
    ("07", "compare", "forms that they have never seen the two part", lambda n: min(n[12:15]) > max(n[15:18]) + 0.2),
    ("07", "by-length", "the longest lines are read no worse than most", lambda n: n[12] < n[13] < n[15]),
    ("07", "cover-table", "Covering another hardly ever changes", lambda n: max(n[8:16]) < min(n[0:8])),
    ("08", "position-table", "*One stays.*", lambda n: max(n[32:35]) - min(n[32:35]) < 0.02),
    ("08", "position-table", "*Added vectors break off.*", lambda n: max(n[9], n[12], n[15], n[18]) < 0.2),
    ("08", "cost", "four heads make nearly four times as many bytes", lambda n: 3.5 < n[14] / n[10] < 4),
    ("08", "contents-train", "Two heads do better, most of the time", lambda n: sum(x < 0.01 for x in n[9:12]) >= 2),
    ("09", "right", "Two layers name every letter that can be known", lambda n: n[0] == 1),
    ("09", "right", "is below ln 26, which is 3.26, and near ln 13", lambda n: n[5] < n[7] and about(n[5], n[9], 0.1)),
    ("09", "by-place", "falls off a cliff that is one letter wide", lambda n: n[3] > 2 > 0.1 > max(n[4:6])),
    (
        "09",
        "scores-table",
        "In layer 2 both heads have nearly all their weight",
        lambda n: min(n[11], n[15]) > 0.95 and max(n[3], n[7], n[17]) < 0.1,
    ),
    ("09", "off-table right", "fewer than one layer alone manages", lambda n: n[3] < n[21]),
    (
        "09",
        "off-table",
        "It makes no difference here whether a head adds nothing or its mean",
        lambda n: all(about(*pair, 0.011) for pair in zip(n[3:6] + n[11:14], n[7:10] + n[15:18], strict=True)),
    ),
    ("09", "off-table", "without both there is next to nothing left", lambda n: n[13] < 0.1 < 0.6 < min(n[11:13])),
    ("09", "shuffle", "If these heads look at places, whatever stands there", lambda n: n[5] == n[2] > 3 * n[8]),
    ("09", "shuffle", "its own picture must fall apart", lambda n: max(n[9:11]) < 0.2 * min(n[3:5])),
    ("09", "hide", "The keys, and only the keys", lambda n: n[0] == n[2] == 1 and n[1] < 0.2),
    ("09", "exchange", "and elsewhere nothing moves", lambda n: n[2] > n[1] and n[5] > n[4] and n[6] == 1),
    ("09", "lengths", "Longer segments are no trouble", lambda n: min(n[14:20]) >= 0.99),
    ("09", "lengths", "Shorter ones are read less well", lambda n: max(n[10:14]) < min(n[14:20])),
    (
        "09",
        "pointer-table",
        "the first collapses while the second stays at 0.94",
        lambda n: n[5] < 0.2 and n[12] == 0.94 and n[11] < 0.2 < 0.95 < n[4],
    ),
    ("09", "pointer-move", "the second network goes one letter further", lambda n: n[5] > n[4] and n[1] > n[2]),
    (
        "09",
        "pointer-lengths",
        "That may be why it reads them less well",
        lambda n: all(places < notes for notes, places in zip(n[11:15], n[22:26], strict=True)),
    ),
    ("09", "third", "It is right in most cases", lambda n: n[0] > 0.5),
    ("09", "third", "not one of its heads is an induction head", lambda n: max(n[4], n[8], n[12], n[16]) < 0.06),
    ("09", "third scores-table", "No head looks one back", lambda n: max(n[3], n[7], n[11], n[15]) < n[20 + 16]),
    ("09", "third", "the values need layer 1 most, and the keys hardly less", lambda n: n[19] < n[18] < 0.5 < n[17]),
    ("09", "third-backwards", "On the way back this network names the letter before", lambda n: n[3] > 0.5 > n[2]),
    ("09", "third-cut", "and the answers should be neighbours too", lambda n: n[4] + n[5] > n[3] and n[0] == 1),
    ("09", "fixed", "On any other length nothing is left", lambda n: n[20] == 1 and not any(n[17:20] + n[21:24])),
    ("09", "again-table", "Two matches share them about alike", lambda n: about(n[1], 0.5) and about(n[5], 0.5)),
    (
        "09",
        "again-table",
        "Of three or four the first gets more than its due",
        lambda n: n[9] > n[8] and n[13] > n[12] and n[17] < n[16] and n[21] > n[20],
    ),
    (
        "09",
        "again-table",
        "which makes the larger share larger",
        lambda n: n[10] > n[9] > 0.5 and n[14] > n[13] > 0.5 and n[18] < n[17] < 0.5 and n[22] < n[21] < 0.5,
    ),
    ("09", "shifted", "and it reads every length", lambda n: set(n[15:25]) == {1}),
    (
        "10",
        "count",
        "A sixth of it is attention. More than half is a table",
        lambda n: n[3] > 0.5 and about(n[7], 1 / 6, 0.01),
    ),
    (
        "10",
        "shelf",
        "The first four are right",
        lambda n: [n[i : i + 4].index(max(n[i : i + 4])) for i in range(0, 16, 4)] == [0, 2, 3, 1],
    ),
    ("10", "called", "Now it is Probability", lambda n: largest(n[16:20], 1)),
    (
        "10",
        "salience",
        "Asked for maps or for baking, you still get them",
        lambda n: all(largest(n[i : i + 4], 0) and largest(n[i + 4 : i + 8], 3) for i in (4, 22)),
    ),
    ("10", "salience", "you get the red one", lambda n: largest(n[16:20], 2) and largest(n[34:38], 2)),
    ("10", "salience", "that we have just improved it loses", lambda n: n[32] > n[31] and n[13] > n[14]),
    ("10", "salience phrasings", "What mends one thing costs another", lambda n: n[20] < n[40] and n[38] < n[42]),
    ("10", "library", "where common words find next to nothing", lambda n: n[2] < 0.05 < n[0] < n[1]),
    ("10", "heads", "one goes from a pronoun to its noun", lambda n: largest(n[16:20], 2)),
    ("10", "mean-heads heads", "Here it hides nearly all that the four heads do", lambda n: n[4] < 0.2 * n[9 + 18]),
    ("10", "pronouns", "it matches gender with gender, sentence or no sentence", lambda n: n[3] >= n[2]),
    ("10", "it", "as a coin would be", lambda n: n[2] == 0.5 and n[4] < 0.65),
    ("10", "weight-table", "and in layers 2 to 5 about half", lambda n: every(n[7:11], 0.45, 0.55)),
    ("10", "weight-table", "gets next to nothing from layer 2 on", lambda n: max(n[13:18]) < 0.05 < n[12]),
    ("10", "weight-table", "is a tenth to a thirtieth as long as the others'", lambda n: every(n[20:25], 0.03, 0.1)),
    ("10", "weight-table", "Nearly half of all weight goes to the first place", lambda n: about(n[31], 0.5)),
    ("10", "away", "Emptied, nearly nothing happens", lambda n: n[3] > 0.99 and n[4] > 0.8),
    ("10", "away", "Masked, the model is ruined", lambda n: n[1] < 0.7 and n[2] < 0.5 * n[4]),
    ("10", "away", "The word in the middle costs next to nothing, and so does", lambda n: min(n[5], n[7]) > 0.95),
    (
        "10",
        "word-or-place",
        "Either is enough. With neither the sink is gone",
        lambda n: min(n[1], n[4], n[7], n[13]) > 0.45 > 0.1 > max(n[10], n[16]),
    ),
    (
        "10",
        "word-or-place away",
        "and the harm is that of masking it, or worse",
        lambda n: about(n[11], n[18 + 1], 0.02) and n[17] < n[18 + 1],
    ),
    ("10", "plainer-table", "of each row do nearly all the work", lambda n: n[6] == max(n[0:8:2]) > 0.95 > n[4]),
    ("10", "plainer-table", "And of the layers it is the last that counts", lambda n: n[19] < min(n[14:19]) - 0.1),
    ("10", "off-curve", "And 12 at random cost as much as 36 chosen ones", lambda n: about(n[14], n[10], 0.01)),
    ("10", "off-curve", "at random a dozen hurt more", lambda n: n[14] < n[9]),
    ("10", "off-layers", "One layer is worth as much as the five below it", lambda n: about(n[2], n[3], 0.01)),
    ("10", "senses", "and less of it than we had thought", lambda n: max(n[6:13]) < 0.2),
    (
        "10",
        "opposites-table",
        "The opposite is nearer than the sentence in other words",
        lambda n: n[1] == n[2] and n[3] > n[0],
    ),
    (
        "10",
        "opposites-table",
        "So a good part of the famous blind spot is shared words",
        lambda n: about(n[4], n[3], 0.02),
    ),
    ("10", "other-blind-spots", "a German sentence is nearer to another German one", lambda n: n[8] > n[7]),
    ("10", "show-own-test", "Here the mistake costs as much as another word", lambda n: about(n[0], n[1], 0.02)),
]


EACH = pytest.mark.parametrize(("chapter", "cells", "sentence", "holds"), SAID, ids=[f"{s[0]} {s[2]}" for s in SAID])


def numbers_of(chapter, cells):
    return [quotes.value_of(number) for cell in cells.split() for number in CHAPTERS[chapter].shown[cell]]


@EACH
def test_what_is_said_in_words_holds_in_the_numbers(chapter, cells, sentence, holds):
    text = " ".join(" ".join(text.split()) for _, _, text in CHAPTERS[chapter].texts())
    assert sentence in text
    assert holds(numbers_of(chapter, cells))


@EACH
def test_one_other_number_would_make_it_false(chapter, cells, sentence, holds):
    numbers = numbers_of(chapter, cells)
    others = [[*numbers[:i], other, *numbers[i + 1 :]] for i in range(len(numbers)) for other in (0.01, 0.3, 0.8, 50)]
    assert not all(holds(changed) for changed in others)
