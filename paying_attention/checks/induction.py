"""The checks of the exercises of chapter 09."""

import math

import torch
import torch.nn.functional as F

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import randn, softmax


def _line(*letters):
    return torch.tensor(letters)


def _causal(n, seed):
    scores = randn(n, n, seed=seed)
    return softmax(scores.masked_fill(~torch.ones(n, n, dtype=torch.bool).tril(), -math.inf))


def _follows(letters, keys_before=1):
    """Which keys come so many places after an earlier letter equal to the query's: (n, n)."""
    n = len(letters)
    found = torch.zeros(n, n, dtype=torch.bool)
    found[:, keys_before:] = letters[:, None] == letters[None, : n - keys_before]
    return found.tril(0 if keys_before else -1)


def _score(weights, follows, over=None):
    over = follows.any(1) if over is None else over
    return (weights * follows).sum(1)[over].mean()


_INDUCTION_SCORE = Exercise(
    "induction_score",
    cases=[
        (_causal(5, seed=100), _line(7, 2, 9, 7, 2)),
        (_causal(8, seed=101), _line(3, 1, 4, 5, 3, 1, 4, 5)),
        (_causal(9, seed=102), _line(0, 6, 2, 0, 6, 8, 0, 5, 6)),
        (_causal(7, seed=103), _line(4, 4, 1, 4, 0, 1, 4)),
    ],
    right=lambda w, x: _score(w, _follows(x)),
    mistakes=[
        (
            lambda w, x: _score(w, _follows(x, 0)),
            "This is the weight on the earlier same letter. The answer stands one place after it: shift the keys "
            "by one.",
        ),
        (
            lambda w, x: _score(w, F.pad(_follows(x, 0)[:, 1:], (0, 1)), _follows(x).any(1)),
            "This is the weight on the letter before the earlier same one. The answer stands one place after it: "
            "shift the keys the other way.",
        ),
        (
            lambda w, x: _score(w, _follows(x), slice(None)),
            "The mean was taken over all queries. Leave out those whose letter has not been there before: they have "
            "nothing to find.",
        ),
        (
            lambda w, x: _score(w.T, _follows(x)),
            "Rows and columns are exchanged. A query is a row: the letter that asks stands downwards.",
        ),
        (
            lambda w, x: (w * _follows(x)).sum() / _follows(x).sum(),
            "The sum was divided by the number of matches. A query may have several; add up their weights and divide "
            "by the number of queries.",
        ),
        (
            lambda w, x: (w * _follows(x)).sum(1)[_follows(x, 0).any(1)].sum(),
            "The weights were added up over the queries. Take their mean.",
        ),
        (
            lambda w, x: w.diagonal(-1).mean(),
            "This is the weight one place back, whatever stands there. Which keys are meant depends on the letters.",
        ),
    ],
)


def check_induction_score(answer) -> None:
    """Chapter 09: ``induction_score(weights, letters)`` returns the mean weight after an earlier same letter.

    Shapes: weights (n, n), letters (n,), whole numbers. The mean is over the queries whose letter was there before.
    """
    judge(_INDUCTION_SCORE, answer)


def _replaced(adds, head, by):
    adds = adds.clone()
    adds[:, head] = by
    return adds


def _adds(lines, heads, n, d, seed):
    return randn(lines, heads, n, d, seed=seed) + 1.0  # no mean is 0


_WITHOUT = Exercise(
    "without",
    cases=[
        (_adds(3, 2, 4, 5, seed=110), 0),
        (_adds(2, 3, 5, 4, seed=111), 2),
        (_adds(4, 2, 3, 3, seed=112), 1),
        (_adds(3, 3, 3, 3, seed=113), 1),
    ],
    right=lambda a, h: _replaced(a, h, a[:, h].mean((0, 1))),
    mistakes=[
        (lambda a, h: _replaced(a, h, 0.0), "The head adds 0. Asked for is its mean, over lines and places."),
        (
            lambda a, h: _replaced(a, h, a.mean(1)),
            "This is the mean over the heads: something of the head is left, and something of the others came in. "
            "Take the mean of this head over lines and places.",
        ),
        (
            lambda a, h: _replaced(a, h, a.mean((0, 1, 2))),
            "The mean was taken over the heads as well, and so the others came into it. Take it of this head alone, "
            "over lines and places.",
        ),
        (
            lambda a, h: _replaced(a, h, a.mean((0, 1))),
            "The mean was taken over lines and heads, which are the first two dimensions of adds. Those of "
            "adds[:, head] are lines and places: take it of that.",
        ),
        (
            lambda a, h: _replaced(a, h, a[:, h].mean(0)),
            "The mean was taken over the lines alone. Take it over the places too.",
        ),
        (
            lambda a, h: _replaced(a, h, a[:, h].mean(1, keepdim=True)),
            "The mean was taken over the places alone, and each line keeps one of its own. Take it over the lines too.",
        ),
        (
            lambda a, h: _replaced(a, h, a[:, h].mean()),
            "One number was taken for all features. Each feature has a mean of its own.",
        ),
        (
            lambda a, h: a.mean((0, 2), keepdim=True).expand_as(a),
            "Every head was replaced. Leave the others as they were.",
        ),
        (
            lambda a, h: torch.cat([a[:, :h], a[:, h + 1 :]], 1),
            "The head was cut out, and the shape has changed. Put its mean in its place.",
        ),
    ],
)


def check_without(answer) -> None:
    """Chapter 09: ``without(adds, head)`` puts a head's mean over lines and places in place of what it adds.

    Shapes: adds (lines, heads, n, d); the result has the same, and the adds are left as they were.
    """
    judge(_WITHOUT, answer)


def _exchanged(adds, head, a, b, what=slice(None)):
    new = adds.clone()
    new[what, head, a], new[what, head, b] = adds[what, head, b], adds[what, head, a]
    return new


_EXCHANGED = Exercise(
    "exchanged",
    cases=[
        (_adds(3, 2, 5, 4, seed=120), 1, 0, 3),
        (_adds(2, 3, 6, 3, seed=121), 2, 4, 1),
        (_adds(4, 2, 4, 2, seed=122), 0, 2, 3),
    ],
    right=_exchanged,
    mistakes=[
        (
            lambda x, h, a, b: _replaced_at(x, h, a, x[:, h, b]),
            "Both places hold the same note now: the first was lost before it was copied. Keep a copy.",
        ),
        (
            lambda x, h, a, b: _replaced_at(x, h, b, x[:, h, a]),
            "Both places hold the same note now: the second was lost before it was copied. Keep a copy.",
        ),
        (
            lambda x, h, a, b: _exchanged(x, slice(None), a, b),
            "The notes of all heads were exchanged. Only the one that is asked for is to change.",
        ),
        (
            lambda x, h, a, b: _exchanged(x, h, a, b, what=0),
            "Only the first line was changed. The notes are to be exchanged in every line.",
        ),
        (lambda x, h, a, b: x, "Nothing has changed: each place holds the note that it held before."),
    ],
)


def _replaced_at(adds, head, place, by):
    adds = adds.clone()
    adds[:, head, place] = by
    return adds


def check_exchanged(answer) -> None:
    """Chapter 09: ``exchanged(adds, head, a, b)`` exchanges what a head adds at two places, in every line.

    Shapes: adds (lines, heads, n, d); the result has the same, and the adds are left as they were.
    """
    judge(_EXCHANGED, answer)


def _shares(letters, offset=1, last=None):
    """Where the last letter stood before, how often each letter came so many places after it."""
    before = (letters[:-1] == letters[-1]).nonzero()[:, 0] if last is None else last
    places = before + offset
    return torch.bincount(letters[places[places >= 0]], minlength=26).to(torch.get_default_dtype())


_BY_LENGTH = (
    "The counts were divided by how long the line is. Divide them by their own sum, so that the shares sum to 1."
)

_SUCCESSOR_SHARES = Exercise(
    "successor_shares",
    cases=[
        (_line(0, 1, 5, 0, 2, 7, 0),),
        (_line(4, 8, 2, 4, 8, 6, 4, 3, 4),),
        (_line(9, 2, 9, 9, 1, 2, 9),),
        (_line(25, 3, 0, 25, 3, 11, 25, 7, 12, 25, 3, 25),),
    ],
    right=lambda x: _shares(x) / _shares(x).sum(),
    mistakes=[
        (lambda x: _shares(x), "These are counts. Divide by their sum, so that the shares sum to 1."),
        (
            lambda x: _shares(x, -1) / _shares(x, -1).sum(),
            "These are the letters that came before. Asked for are those that came after.",
        ),
        (
            lambda x: (_shares(x) > 0) / (_shares(x) > 0).sum(),
            "Every successor got the same share. One that came twice counts twice.",
        ),
        (
            lambda x: _shares(x) / (_shares(x).sum() + 1),
            "They sum to less than 1: the last letter was counted as a match of itself. Nothing has come after it yet.",
        ),
        (
            lambda x: (_shares(x) + F.one_hot(x[0], 26)) / (_shares(x).sum() + 1),
            "The first letter was counted as the successor of the last. A line does not go round.",
        ),
        (lambda x: _shares(x) / len(x), _BY_LENGTH),
        (lambda x: _shares(x) / (len(x) - 1), _BY_LENGTH),
        (
            lambda x: torch.softmax(_shares(x), 0),
            "The counts went through a softmax, and letters that never came get a share. Divide the counts by their "
            "sum.",
        ),
        (
            lambda x: torch.bincount(x, minlength=26) / len(x),
            "These are the shares of the letters in the whole line. Count only what came right after the last letter.",
        ),
    ],
)


def check_successor_shares(answer) -> None:
    """Chapter 09: ``successor_shares(letters)`` returns, for the last letter, the share of each of its successors.

    ``letters`` has shape (n,), whole numbers below 26; the result has shape (26,) and sums to 1.
    """
    judge(_SUCCESSOR_SHARES, answer)


def _left(letters):
    """How many letters have not been there, after each one."""
    return 25.0 - torch.arange(len(letters))


_LOWEST_LOSS = Exercise(
    "lowest_loss",
    cases=[
        (_line(7, 2, 9),),
        (
            _line(
                4,
            ),
        ),
        (_line(11, 3, 25, 0, 8, 19, 2),),
        (torch.arange(16),),
    ],
    right=lambda x: _left(x).log(),
    mistakes=[
        (
            lambda x: torch.full((len(x),), 26.0).log(),
            "This is ln 26 everywhere: the loss of one who forgets what has been there. No letter comes twice in a "
            "segment.",
        ),
        (
            lambda x: torch.full((len(x),), 25.0).log(),
            "This is ln 25 everywhere. At each place one letter more has been there.",
        ),
        (
            lambda x: (_left(x) + 1).log(),
            "One letter too many: after the first letter has been read, 25 are left.",
        ),
        (
            lambda x: (_left(x) - 1).log(),
            "One letter too few: after the first letter has been read, 25 are left, and any of them may come.",
        ),
        (lambda x: _left(x), "These are how many letters are left. The loss is the logarithm of that."),
        (lambda x: _left(x).log2(), "These are bits. The loss is a natural logarithm."),
        (lambda x: _left(x).log().mean(), "This is the mean. Asked for is one number for each place."),
        (
            lambda x: -_left(x).log(),
            "These are logarithms of probabilities, negative. The loss is minus that.",
        ),
    ],
)


def check_lowest_loss(answer) -> None:
    """Chapter 09: ``lowest_loss(letters)`` returns the lowest mean loss after each of the first letters of a segment.

    ``letters`` has shape (n,), whole numbers, none twice; the result has the same: natural logarithms. The end of the
    segment lies further on.
    """
    judge(_LOWEST_LOSS, answer)
