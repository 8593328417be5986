"""What the prose says of a table in words: more, fewer, never, all, rises, falls.

Each sentence is held against the numbers of the cell beside it, as the page shows them. A test fails where a result has
turned round, and where the sentence has left the text, so that its line here goes too.
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


# A chapter, a cell, what the text says, and whether the numbers n that the cell shows bear it out; n[0] is the first.
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
    ("04", "boundary", "for the widest", lambda n: rises([n[1], n[5], n[9]]) and rises([n[3], n[7], n[11]])),
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
]


@pytest.mark.parametrize(("chapter", "cell", "sentence", "holds"), SAID, ids=[f"{s[0]} {s[2]}" for s in SAID])
def test_what_is_said_in_words_holds_in_the_numbers(chapter, cell, sentence, holds):
    text = " ".join(" ".join(text.split()) for _, _, text in CHAPTERS[chapter].texts())
    assert sentence in text
    assert holds([quotes.value_of(number) for number in CHAPTERS[chapter].shown[cell]])
