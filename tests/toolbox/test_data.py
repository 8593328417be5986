"""The data of the toolbox: measurements, against what R's package MASS prints of the same ones, summary(mcycle), and
texts, which are as many as chapter 10 says and do not give the answer away."""

import re

import torch

from paying_attention.data import library, motorcycle, sentences


def test_motorcycle_is_complete_and_in_order():
    time, acceleration = motorcycle()
    assert time.shape == acceleration.shape == (133, 1)
    assert time.dtype == acceleration.dtype == torch.float32
    assert (time.diff(dim=0) >= 0).all()


def test_motorcycle_has_the_known_summary():
    # Least, quartile, median, mean, quartile, most.
    known = torch.tensor([[2.4, 15.6, 23.4, 25.18, 34.8, 57.6], [-134.0, -54.9, -13.3, -25.55, 0.0, 75.0]])
    for values, summary in zip(motorcycle(), known, strict=True):
        quartiles = torch.quantile(values, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]))
        found = torch.cat([quartiles[:3], values.mean()[None], quartiles[3:]])
        torch.testing.assert_close(found, summary, rtol=0, atol=0.005)


def test_sentences_are_different_and_short():
    found = sentences()
    assert len(set(found)) == 120
    assert all(20 < len(sentence) < 100 and sentence[0].isupper() and sentence[-1] in ".?" for sentence in found)


def test_no_question_names_its_book():
    books = library()
    assert len({book.title for book in books}) == len({book.question for book in books}) == 60
    for book in books:
        words = {word for word in re.findall(r"[a-z]{4,}", f"{book.title} {book.line}".lower())}
        assert len(words & set(re.findall(r"[a-z]{4,}", book.question.lower()))) <= 1, book
