"""What holds for the check of every exercise, and what tests of checks share.

A chapter's file of tests names its answers, and gets all tests of `EveryCheck` for them.
"""

import contextlib
import io
import itertools
import math
import random
import re
import runpy
import textwrap

import numpy as np
import pytest
import torch
from over import over

from paying_attention import checks
from paying_attention.checks.judge import Exercise, _try

INF = math.inf
softmax = torch.softmax


# Answers that exercises of several chapters need


def by_hand(scores, axis=1):
    exponentials = torch.exp(scores - scores.max(axis, keepdim=True).values)
    return exponentials / exponentials.sum(axis, keepdim=True)


def exponentials_over_their_sum(scores):
    return torch.exp(scores) / torch.exp(scores).sum(dim=1, keepdim=True)


def masked_in_a_loop(scores, mask):
    weights = torch.zeros_like(scores)
    for i in range(len(scores)):
        weights[i, mask[i]] = softmax(scores[i, mask[i]], 0)
    return weights


# What is done with answers


def given(exercise):
    """All that a check calls a function with; the example comes first."""
    calls = []
    with contextlib.redirect_stdout(io.StringIO()):
        getattr(checks, f"check_{exercise}")(lambda *arguments: calls.append(arguments))
    return calls


def tensor_of(result):
    return torch.as_tensor(result, dtype=torch.float32)


def change(tensor):
    tensor.logical_not_() if tensor.dtype is torch.bool else tensor.mul_(2).add_(1)


def states():
    kind, numbers, *rest = np.random.get_state()
    return [torch.get_rng_state().tolist(), random.getstate(), kind, numbers.tolist(), rest]


# What a function makes of what it should return, and what it hears about that.
RETURNS = {
    "nothing": (lambda right: None, "returned nothing"),
    "a string": (lambda right: "?", "'?'"),
    "a dictionary": (lambda right: {0: right}, "returned"),
    "a function": (lambda right: lambda: right, "returned function"),
    "an object": (lambda right: object(), "returned object"),
    "a list of nothing": (lambda right: [None, None], "returned list"),
    "a ragged list": (lambda right: [[1.0], [1.0, 2.0]], "returned list"),
    "an empty list": (lambda right: [], "returned"),
    "an empty tensor": (lambda right: torch.empty(0), r"shape (0,)"),
    "five numbers": (lambda right: [1, 2, 3, 4, 5], "returned"),
    "a tuple of two": (lambda right: (right, right), "returned"),
    "one dimension more": (lambda right: tensor_of(right)[None], "returned a tensor of shape (1,"),
    "one dimension more at the end": (lambda right: tensor_of(right)[..., None], "returned a tensor of shape ("),
    "lists in a list": (lambda right: [tensor_of(right).tolist()], "returned"),
    "a generator of nothing": (lambda right: (None for _ in range(2)), "returned generator"),
    "a generator that fails": (lambda right: (1 / 0 for _ in range(2)), "raised ZeroDivisionError for the example"),
    "an error": (lambda right: ValueError("?"), "returned ValueError"),
    "complex numbers in a list": (lambda right: [1j, 2j], "returned list"),
    "complex numbers": (lambda right: tensor_of(right) + 1j, "returned a tensor of torch.complex64"),
    "a tensor without numbers": (lambda right: tensor_of(right).to("meta"), "on meta"),
    "too large a number": (lambda right: [10**400, 0], "returned list"),
    "NaN everywhere": (lambda right: tensor_of(right) * math.nan, "nan is no number"),
    "infinity everywhere": (lambda right: tensor_of(right) + INF, "returned inf"),
    "a little too much": (lambda right: tensor_of(right) + 0.01, "is not right yet for the example: it returned"),
    "a factor": (lambda right: 1.5 * tensor_of(right) + 0.25, "is not right yet for the example: it returned"),
    "NotImplemented": (lambda right: NotImplemented, "NotImplementedType"),
}


def itself(*arguments):
    return itself(*arguments)


def fail(error):
    def answer(*arguments):
        raise error

    return answer


ERRORS = {
    "ZeroDivisionError": (lambda *arguments: 1 / 0, "division by zero"),
    "NameError": (lambda *arguments: temperatur, "temperatur"),  # noqa: F821
    "NotImplementedError": (fail(NotImplementedError), "NotImplementedError"),
    "AssertionError": (fail(AssertionError()), "AssertionError"),
    "KeyError": (fail(KeyError("keys")), "keys"),
    "StopIteration": (fail(StopIteration()), "StopIteration"),
    "RecursionError": (itself, "recursion"),
    "ValueError": (fail(ValueError("of two lines:\n\n  the second\n")), "of two lines: the second"),
    "RuntimeError": (fail(RuntimeError("long " * 100 + "x" * 200)), "long long"),
}


class EveryCheck:
    """The tests. A table has answers by exercise and by what the answer does."""

    room: object  # the module with the checks
    tensors: dict  # how many tensors each function is given; they come first, a temperature or a width may follow
    right: dict  # answers that are right, however they are written; the first is the one to compare with
    known: dict  # mistakes that the check knows, each after words of the sentence that names it
    example_only: dict  # answers that fit the example alone
    other: dict  # mistakes that no sentence is about
    changed: dict  # answers that work in place
    tables = ("right", "known", "example_only", "other", "changed")
    # Exercises of which some test has to know more.
    known_by_the_example = ()  # the result for the example, as an answer, is a mistake that the check knows
    one_number = ()  # the result is one number
    tested_elsewhere = ()  # checks that judge something else than a function of tensors
    a_constant_is_known = ()  # there is a sentence about an answer that is too large by a constant

    def pytest_generate_tests(self, metafunc):
        table = getattr(metafunc.function, "over", None)
        if table in ("exercises", "arguments"):
            ids = [(name,) for name in self.tensors]
            if table == "arguments":
                ids = [(name, position) for name in self.tensors for position in range(self.tensors[name])]
            metafunc.parametrize(("exercise", "position")[: len(ids[0])], ids)
        elif table:
            cases = [
                pytest.param(exercise, *(answer if isinstance(answer, tuple) else (answer,)), id=f"{exercise}: {what}")
                for exercise, written in getattr(self, table).items()
                for what, answer in written.items()
            ]
            metafunc.parametrize(("exercise", "word", "answer") if table == "known" else ("exercise", "answer"), cases)

    def reference(self, exercise):
        return next(iter(self.right[exercise].values()))

    def exercises(self):
        return {thing.name: thing for thing in vars(self.room).values() if isinstance(thing, Exercise)}

    # Answers

    @over("right")
    def test_a_right_answer_passes_however_it_is_written(self, exercise, answer, told):
        assert told(exercise, answer).startswith(f"Passed: {exercise} is right, for the example and for ")

    @over("known")
    def test_a_mistake_that_is_known_is_named(self, exercise, word, answer, told):
        said = told(exercise, answer)
        assert said.startswith("Not yet: ")
        assert word in said

    def test_every_sentence_about_a_mistake_is_told_to_somebody(self, told):
        exercises = self.exercises()
        assert sorted(exercises) == sorted(self.tensors)
        for name, exercise in exercises.items():
            sentences = [*exercise.mistakes, *exercise.near]
            heard = {told(name, answer) for _, answer in self.known[name].values()}
            known = {" ".join(textwrap.fill(f"Not yet: {sentence}", 78).split("\n")) for _, sentence in sentences}
            assert heard == known

    @over("exercises")
    def test_only_what_is_to_be_refused_needs_words_for_a_refusal(self, exercise):
        asked = self.exercises()[exercise]
        assert bool(asked.refusal) == any(isinstance(_try(asked.right, case), Exception) for case in asked.cases)

    @over("example_only")
    def test_an_answer_that_fits_the_example_alone_is_told_so(self, exercise, answer, told):
        said = told(exercise, answer)
        assert said.startswith(f"Not yet: {exercise} is right for the example and wrong for other inputs")
        assert re.search(r"\? Given .+, it (raised \w+: .|returned .* (was expected|It is to return .))", said)

    @over("exercises")
    def test_the_result_for_the_example_is_not_an_answer(self, exercise, told):
        example, result = given(exercise)[0], self.reference(exercise)(*given(exercise)[0])
        said = told(exercise, lambda *arguments: result)
        if exercise in self.known_by_the_example:
            assert said.startswith("Not yet: ")
            return
        right_for_the_example = f"Not yet: {exercise} is right for the example and wrong for other inputs"
        assert said.startswith(right_for_the_example)
        # Nor is an answer that knows the example when it sees it.
        wrong = torch.zeros_like(tensor_of(result))
        known = lambda *arguments: result if all(map(torch.equal, arguments, example)) else wrong  # noqa: E731
        if self.tensors[exercise] == len(example):
            assert told(exercise, known).startswith(right_for_the_example)

    @over("other")
    def test_a_mistake_that_is_not_known_does_not_pass(self, exercise, answer, told):
        assert told(exercise, answer).startswith(f"Not yet: {exercise} ")

    # Whatever is handed in

    @pytest.mark.parametrize(("make", "word"), RETURNS.values(), ids=RETURNS)
    @over("exercises")
    def test_what_comes_back_is_compared_in_kind_shape_and_size(self, exercise, make, word, told):
        right = self.reference(exercise)
        said = told(exercise, lambda *arguments: make(right(*arguments)))
        if exercise in self.a_constant_is_known and make is RETURNS["a little too much"][0]:
            assert "by a constant" in said
            return
        assert said.startswith(f"Not yet: {exercise} ")
        assert word in said

    @over("exercises")
    def test_one_number_is_not_enough_where_many_are_asked_for(self, exercise, told):
        for number in (7, 0.5, True, np.float64(1)):
            said = told(exercise, lambda *arguments, number=number: number)
            assert said.startswith("Not yet: ")
            assert exercise in self.one_number or f"{exercise} returned " in said

    @over("exercises")
    def test_random_numbers_do_not_pass(self, exercise, told):
        right = self.reference(exercise)
        for seed in range(3):
            generator = torch.Generator().manual_seed(seed)
            answer = lambda *arguments, g=generator: torch.rand(tensor_of(right(*arguments)).shape, generator=g)  # noqa: E731
            assert told(exercise, answer).startswith("Not yet: ")

    @pytest.mark.parametrize(
        ("error", "answer", "word"), [(error, *case) for error, case in ERRORS.items()], ids=ERRORS
    )
    @over("exercises")
    def test_an_error_in_the_answer_is_told_and_not_raised(self, exercise, error, answer, word, told):
        said = " ".join(told(exercise, answer).split())
        assert said.startswith(f"Not yet: {exercise} raised ")
        assert error in said
        assert word in said

    @over("exercises")
    def test_an_error_for_other_inputs_than_the_example_is_not_raised(self, exercise, told):
        calls = itertools.count()
        right = self.reference(exercise)
        said = told(exercise, lambda *arguments: right(*arguments) if next(calls) == 0 else [][0])
        assert said.startswith(f"Not yet: {exercise} is right for the example and wrong for other inputs")
        assert said.endswith(", it raised IndexError: list index out of range")

    @over("exercises")
    def test_another_number_of_arguments_is_an_error_with_python_s_own_words(self, exercise, told):
        count = len(given(exercise)[0])
        fewer = [lambda: None, lambda a: None, lambda a, b: None, lambda a, b, c: None, lambda a, b, c, d: None]
        for answer, word in [
            (lambda: None, "takes 0 positional arguments"),
            (lambda a, b, c, d, e, f: None, f"missing {6 - count} required positional argument"),
            (fewer[count - 1], "positional argument"),
            (lambda *, scores=None, **more: None, "takes 0 positional arguments"),
        ]:
            said = " ".join(told(exercise, answer).split())
            assert said.startswith(f"Not yet: {exercise} raised TypeError for the example (a tensor of shape ")
            assert word in said

    @over("exercises")
    def test_what_is_no_function_is_sent_back(self, exercise, told):
        called = self.reference(exercise)(*given(exercise)[0])
        things = (None, 3, 0.5, True, "softmax", ..., [by_hand], {"answer": by_hand}, called, torch.ones(2, 3), math)
        for thing in things:
            said = told(exercise, thing)
            assert said.startswith(f"Not yet: {exercise} is to be a function, and ")
            assert said.endswith("Pass it without calling it.")

    # The tensors that a check gives away

    @over("arguments")
    def test_an_argument_that_was_changed_is_noticed(self, exercise, position, told):
        right = self.reference(exercise)

        def still_right(*arguments):
            result = right(*arguments)
            change(arguments[position])
            return result

        def wrong(*arguments):
            change(arguments[position])
            return right(*arguments)

        def handed_back(*arguments):
            change(arguments[position])
            return arguments[position]

        def and_then_an_error(*arguments):
            change(arguments[position])
            raise ValueError

        def one_number(*arguments):
            result = right(*arguments)
            arguments[position].view(-1)[-1] = not arguments[position].view(-1)[-1]
            return result

        for answer in (still_right, wrong, handed_back, and_then_an_error, one_number):
            assert told(exercise, answer).startswith(f"Not yet: {exercise} changed a tensor that it was given.")

    @over("changed")
    def test_an_answer_that_works_in_place_hears_so_even_if_it_is_right(self, exercise, answer, told):
        assert told(exercise, answer).startswith(f"Not yet: {exercise} changed a tensor that it was given.")

    @over("exercises")
    def test_one_answer_does_not_spoil_the_inputs_for_the_next(self, exercise, told):
        before, tensors = given(exercise), self.tensors[exercise]

        def spoil(*arguments):
            for tensor in arguments[:tensors]:
                change(tensor)

        told(exercise, spoil)
        for old, new in zip(before, given(exercise), strict=True):
            assert all(map(torch.equal, old[:tensors], new[:tensors]))
            assert old[tensors:] == new[tensors:]
        assert told(exercise, self.reference(exercise)).startswith("Passed: ")

    # The checks themselves

    @over("exercises")
    def test_inputs_differ_in_size_and_are_plain_numbers(self, exercise):
        calls, count = given(exercise), self.tensors[exercise]
        assert len(calls) >= 3
        shapes = {tuple(tuple(tensor.shape) for tensor in call[:count]) for call in calls}
        assert len(shapes) >= 3
        for call in calls:
            tensors, numbers = call[:count], call[count:]
            assert all(isinstance(number, float | int) for number in numbers)  # whole: which head, which place
            assert all(tensor.dtype in (torch.float32, torch.bool, torch.int64) for tensor in tensors)
            assert all(torch.isfinite(tensor).all() and not tensor.requires_grad for tensor in tensors)

    @over("exercises")
    def test_a_check_draws_no_random_numbers(self, exercise, told):
        before = states()
        answers = [self.reference(exercise), fail(ValueError()), lambda *arguments: None, 3]
        for answer in answers + [answer for _, answer in self.known[exercise].values()]:
            told(exercise, answer)
        assert states() == before
        assert torch.is_grad_enabled()

    def test_nor_are_any_drawn_for_the_inputs(self):
        torch.rand(1)
        before = states()
        runpy.run_path(self.room.__file__, run_name="checks_again")
        assert states() == before

    @over("exercises")
    def test_an_answer_hears_the_same_twice(self, exercise, told):
        answers = [answer for table in (self.right, self.other, self.changed) for answer in table[exercise].values()]
        answers += [answer for _, answer in self.known[exercise].values()]
        first = [told(exercise, answer) for answer in answers]
        assert [told(exercise, answer) for answer in reversed(answers)] == first[::-1]

    @over("exercises")
    def test_whatever_is_said_in_english_is_said_in_chinese(self, exercise, told_in_both):
        answers = [answer for table in self.tables for answer in getattr(self, table)[exercise].values()]
        answers = [answer[1] if isinstance(answer, tuple) else answer for answer in answers]
        answers += [make for make, _ in RETURNS.values()] + [fail(ValueError("?")), 3]
        for answer in answers:
            told_in_both(exercise, answer)

    @over("exercises")
    def test_what_the_answer_prints_stays(self, exercise, capsys):
        right = self.reference(exercise)

        def chatty(first, *others):
            print(f"given shape {tuple(first.shape)}")
            return right(first, *others)

        getattr(checks, f"check_{exercise}")(chatty)
        count = len(given(exercise))
        printed = capsys.readouterr().out.splitlines()
        assert printed[:count] == [f"given shape {tuple(call[0].shape)}" for call in given(exercise)]
        assert printed[count].startswith("Passed: ")

    def test_there_is_a_test_for_every_check(self):
        here = [name for name in vars(self.room) if name.startswith("check_") and name not in self.tested_elsewhere]
        assert sorted(here) == sorted(f"check_{name}" for name in self.tensors)
        for name in self.tensors:
            check = getattr(checks, f"check_{name}")
            assert check is getattr(self.room, f"check_{name}")
            assert check.__doc__.startswith("Chapter ")
            assert f"``{name}(" in check.__doc__
