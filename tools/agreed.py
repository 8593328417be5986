"""What the Chinese said when `make agree` was run, as zh/places.json remembers it, and what has become of it since.

What Chinese said which block is known by its marks. A block that is no longer there may be worded anew; one that is
must stand where it stood, its sentences must be all there, and none may differ in the one word that turns its sense
(`senses.py` says which). The English that is given once beside a Chinese term, in brackets, must be on the page still.
"""

import re
from collections import Counter
from dataclasses import dataclass

import senses
import twins
from senses import digest


@dataclass
class Said:
    """A block as zh/places.json has it: its marks with : between them, and what each of them is of."""

    text: str
    words: str  # a mark of its words, numbers and formulas, wherever these stand
    order: str  # and of what is where
    sentences: list
    glosses: list

    @property
    def mark(self):
        about = [".".join(each.mark for each in self.sentences), ".".join(map(gloss_mark, self.glosses))]
        return ":".join([self.words + self.order, *about]).rstrip(":")


def gloss_mark(gloss):
    return digest(" ".join(gloss.lower().split()), 4)


@dataclass
class Noted:
    """The marks of a block, as they were read."""

    words: str
    order: str
    sentences: list
    glosses: list


def noted(marks):
    for each in marks.split():
        block, sentences, glosses = [*each.split(":"), "", ""][:3]
        yield Noted(block[:6], block[6:], *(part.split(".") if part else [] for part in (sentences, glosses)))


def said_in(text):
    """The blocks of a Chinese text that say something. Citations, which may change places, are in no mark."""
    found = []
    for block in twins.blocks(twins.without_what_is_only_here(text)):
        if block.words.strip():
            words = "".join(block.words.split()).replace("−", "-")
            order = [thing for kind, thing in block.has if kind in ("the formula", "the code")]
            whole = [words.replace(",", ""), order, re.findall(r"\*\*([^*]+)\*\*", block.text)]
            parts = [twins.NUMBER.sub("0", words), sorted(twins.numbers(words).items()), sorted(order)]
            found.append(
                Said(
                    block.text.strip(),
                    digest(repr(parts), 6),
                    digest(repr(whole), 3),
                    senses.sentences(block.words),
                    senses.GLOSS.findall(block.words),
                )
            )
    return found


def differences(ledger, now):
    """Where the Chinese is not as it was when it was agreed on: the piece, what is wrong, and the paragraph."""
    then = {name: list(noted(marks)) for name, marks in ledger.items()}
    moved = list(misplaced(then, now))
    yield from moved
    yield from lost_glosses(then, now)
    if moved:
        return
    for name, blocks in now.items():
        if len(blocks) == len(then.get(name, [])):  # else the English has others, and is looked at anyway
            for before, block in zip(then[name], blocks, strict=True):
                for what, sentence in senses.differences(before.sentences, block.sentences):
                    yield name, what, sentence or block.text


def misplaced(then, now):
    seen = [Counter(block.words for blocks in each.values() for block in blocks) for each in (then, now)]
    once = {mark for mark, number in seen[0].items() if number == 1 and seen[1][mark] == 1}
    home = {block.words: (name, at, block.order) for name, blocks in then.items() for at, block in enumerate(blocks)}
    for name, blocks in now.items():
        before = -1
        for block in blocks:
            if block.words not in once:
                continue
            place, at, order = home[block.words]
            if place != name:
                yield name, f"this was said in '{place}'", block.text
            elif at < before:
                yield name, "this stood before what is above it", block.text
            elif block.order != order:
                yield name, "the words are as they were, but numbers, formulas or bold moved", block.text
            if place == name:
                before = at


def lost_glosses(then, now):
    here = {gloss_mark(gloss) for blocks in now.values() for block in blocks for gloss in block.glosses}
    for name, blocks in then.items():
        for at, block in enumerate(blocks):
            for gloss in block.glosses:
                if gloss not in here:
                    here.add(gloss)
                    still = now.get(name, [])
                    text = still[at].text if len(still) == len(blocks) else ""
                    yield name, "English that stood here in brackets is nowhere on the page", text
