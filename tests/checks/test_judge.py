"""The words in which a check asks for what an exercise asks for.

A test fails where a check speaks of tensors and shapes to somebody who was asked for two numbers, or for yes or no.
"""

import pytest
import torch

ASKED = {
    "share_attention": "a tensor of shape (2, 3)",
    "gaze": "a tensor of shape (4,)",
    "soft_lookup": "a tensor of shape (2, 1)",
    "colour_limits": "two numbers",
    "are_weights": "True or False",
    "left_out_error": "one number",
}
each_exercise = pytest.mark.parametrize(("exercise", "asked"), ASKED.items())


@each_exercise
def test_who_has_returned_nothing_hears_what_is_asked_for(exercise, asked, told):
    said = told(exercise, lambda *arguments: None)
    assert said.endswith(f"returned nothing yet. For the example it is to return {asked}.")


@each_exercise
@pytest.mark.parametrize(
    ("returned", "words"),
    [("?", "str '?'"), (torch.zeros(5, 6), "a tensor of shape (5, 6)"), (torch.zeros(7), "a tensor of shape (7,)")],
)
def test_who_has_returned_another_thing_hears_what_came_and_what_is_asked_for(exercise, asked, returned, words, told):
    said = told(exercise, lambda *arguments: returned)
    assert said.endswith(f"{exercise} returned {words} for the example. It is to return {asked}.")


@pytest.mark.parametrize("number", [7, 0.5, torch.tensor(2.0)])
def test_a_number_is_called_one_number_whatever_holds_it(number, told):
    assert "colour_limits returned one number for the example." in told("colour_limits", lambda matrices: number)


def test_a_wrong_yes_or_no_is_told_in_these_words(told):
    said = told("are_weights", lambda matrix: False)
    assert said.endswith("it returned False where True was expected.")
    assert told("are_weights", lambda matrix: 0.25).endswith("it returned 0.25 where True was expected.")
