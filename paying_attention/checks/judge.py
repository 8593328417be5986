"""What judges an answer to a coding exercise. It knows no exercise.

A check runs the reader's function on the example of the exercise and on inputs that the exercise does not show, and
compares with the right answer. Where they differ, it tries the mistakes that people make and names the one that gives
the same numbers. It prints what it found and never raises.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from paying_attention.language import fill, listed, say, together

# So many numbers, in words.
_NUMBERS = ("no numbers", "one number", "two numbers", "three numbers", "four numbers")


@dataclass(frozen=True)
class Exercise:
    """What a check needs to know: the name of the function asked for, inputs, the right answer, known mistakes.

    Its sentences are English; they are said in the reader's language.
    """

    name: str
    cases: list[tuple]  # the example of the exercise first
    right: Callable  # may raise, where the answer is to refuse
    mistakes: list[tuple[Callable, str]]
    near: tuple[tuple[Callable, str], ...] = ()  # an outcome and the right one: whether they differ in a known way
    refusal: str = ""  # where the right answer is to refuse: what is right without it, and what is to be raised


def _copy(arguments):
    return tuple(argument.clone() if isinstance(argument, torch.Tensor) else argument for argument in arguments)


def _describe(thing):
    if isinstance(thing, torch.Tensor):
        return say("a tensor of shape {shape}", shape=tuple(thing.shape)) if thing.ndim else say("one number")
    return f"{type(thing).__name__} {thing!r}" if isinstance(thing, bool | int | float | str) else type(thing).__name__


def _asked_for(returned):
    """What an answer is to return, in the words in which an exercise asks for it, from what a right one returns."""
    if isinstance(returned, bool):
        return say("True or False")
    tensor = _as_tensor(returned)
    if isinstance(returned, tuple) and tensor.ndim == 1:
        return say(_NUMBERS[len(returned)])
    return _describe(tensor)


def _as_tensor(result):
    """The result as a tensor of floating-point numbers, or None if it is nothing of that kind."""
    try:
        tensor = torch.as_tensor(result)
        if tensor.is_complex() or tensor.is_nested:
            return None
        return tensor.detach().to("cpu", torch.float32).to_dense()
    except (TypeError, ValueError, RuntimeError):
        try:
            return torch.stack([_as_tensor(part) for part in result])
        except (TypeError, ValueError, RuntimeError):
            return None


def _same(result, expected):
    return result.shape == expected.shape and torch.allclose(result, expected, rtol=1e-4, atol=1e-5, equal_nan=True)


def _try(function, arguments):
    """What a function makes of arguments: a tensor, the exception that it raised, None, or words for anything else."""
    try:
        returned = function(*arguments)
        result = _as_tensor(returned)  # here, because a generator computes only when it is asked
    except Exception as error:
        return error
    if result is not None or returned is None:
        return result
    if isinstance(returned, torch.Tensor):
        return say("a tensor of {dtype} on {device}", dtype=returned.dtype, device=returned.device)
    return _describe(returned)


def _alike(one, other):
    """Whether an outcome of `_try` is as good as another: the same numbers, or an error of the same kind."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return _same(one, other)
    return isinstance(other, Exception) and isinstance(one, type(other))


def finite(outcome):
    return isinstance(outcome, torch.Tensor) and bool(torch.isfinite(outcome).all())


def _recognised(made, outcomes, expected):
    """Whether the outcomes are in every case those that a known mistake has made.

    A mistake may raise where shapes do not allow it; it is known by the cases in which it does not.
    """
    return any(isinstance(result, torch.Tensor) for result in made) and all(map(_alike, outcomes, made))


def _recognised_in_part(made, outcomes, expected):
    """Whether the outcomes are those of a known mistake in the cases in which no other fault may cover it.

    Left out are those where the right answer is to refuse, because a mistake is the same with a refusal and without,
    and otherwise also those where numbers overflow.
    """
    asked = [i for i, wanted in enumerate(expected) if not isinstance(wanted, Exception)]
    computes = any(isinstance(made[i], torch.Tensor) for i in asked)
    different = any(not _alike(made[i], expected[i]) for i in asked)
    if computes and different and all(_alike(outcomes[i], made[i]) for i in asked):
        return True
    plain = [i for i, wanted in enumerate(expected) if finite(wanted) and finite(outcomes[i])]
    different = any(finite(made[i]) and not _same(made[i], expected[i]) for i in plain)
    return different and all(_alike(outcomes[i], made[i]) for i in plain)


def _changed(given, arguments):
    pairs = zip(given, arguments, strict=True)
    return any(isinstance(old, torch.Tensor) and not torch.equal(new, old) for new, old in pairs)


def _verdict(exercise, answer):
    name, cases = exercise.name, exercise.cases
    if not callable(answer):
        return False, not_a_function(name, _describe(answer))
    expected = [_try(exercise.right, _copy(arguments)) for arguments in cases]
    outcomes = []
    for arguments in cases:
        given = _copy(arguments)
        outcomes.append(_try(answer, given))
        if _changed(given, arguments):
            return False, say(
                "{name} changed a tensor that it was given. Whoever calls it goes on using that tensor: "
                "work on a new one, with operations that do not end in an underscore and without assigning into it.",
                name=name,
            )
    right = [_alike(outcome, wanted) for outcome, wanted in zip(outcomes, expected, strict=True)]
    if all(right):
        return True, say(
            "{name} is right, for the example and for {count} other inputs.", name=name, count=len(cases) - 1
        )
    made = [[_try(mistake, _copy(arguments)) for arguments in cases] for mistake, _ in exercise.mistakes]
    for recognised in (_recognised, _recognised_in_part):
        for results, (_, sentence) in zip(made, exercise.mistakes, strict=True):
            if recognised(results, outcomes, expected):
                return False, say(sentence)
    for differs, sentence in exercise.near:
        if all(map(differs, outcomes, expected)):
            return False, say(sentence)
    wrong = [i for i, fits in enumerate(right) if not fits]
    if all(isinstance(expected[i], Exception) for i in wrong):
        did = _did(outcomes[wrong[0]])
        return False, say("{name} {refusal}; it {did}.", name=name, refusal=say(exercise.refusal), did=did)
    if right[0]:
        only = say(
            "{name} is right for the example and wrong for other inputs. Does it use a number or a size that only "
            "the example has?",
            name=name,
        )
        return False, together([only, _difference_elsewhere(outcomes[wrong[0]], exercise.right, cases[wrong[0]])])
    returned = exercise.right(*_copy(cases[0]))
    return False, _difference(name, outcomes[0], returned, cases[0])


def not_a_function(name, thing):
    """What is said to whoever hands in another thing than a function."""
    return say("{name} is to be a function, and {thing} came. Pass it without calling it.", name=name, thing=thing)


def _did(outcome):
    """What was done, in words: raised or returned."""
    if isinstance(outcome, Exception):
        return say("raised {error}", error=type(outcome).__name__)
    if outcome is None:
        return say("returned nothing")
    return say("returned {thing}", thing=outcome if isinstance(outcome, str) else _describe(outcome))


def _difference(name, outcome, returned, arguments):
    """What is wrong with the outcome for the example, in words, where a right answer has returned this."""
    if isinstance(outcome, Exception):
        return say(
            "{name} raised {error} for the example ({sent}): {words}",
            name=name,
            error=type(outcome).__name__,
            sent=listed(map(_describe, arguments)),
            words=outcome,
        )
    asked = _asked_for(returned)
    if outcome is None:
        return say("{name} returned nothing yet. For the example it is to return {asked}.", name=name, asked=asked)
    expected = _as_tensor(returned)
    if not isinstance(outcome, torch.Tensor) or outcome.shape != expected.shape:
        thing = outcome if isinstance(outcome, str) else _describe(outcome)
        return say(
            "{name} returned {thing} for the example. It is to return {asked}.", name=name, thing=thing, asked=asked
        )
    came, wanted = _worst(outcome, returned)
    told = say(
        "{name} is not right yet for the example: it returned {came} where {wanted} was expected.",
        name=name,
        came=came,
        wanted=wanted,
    )
    return together([told, *_about(came)])


def _difference_elsewhere(outcome, right, arguments):
    """What is wrong with the outcome for another input, which the reader has not seen, in words."""
    sent = listed(map(_describe, arguments))
    if isinstance(outcome, Exception):
        error = type(outcome).__name__
        return say("Given {sent}, it raised {error}: {words}", sent=sent, error=error, words=outcome)
    returned = right(*_copy(arguments))
    if not isinstance(outcome, torch.Tensor) or outcome.shape != _as_tensor(returned).shape:
        did, asked = _did(outcome), _asked_for(returned)
        return say("Given {sent}, it {did}. It is to return {asked}.", sent=sent, did=did, asked=asked)
    came, wanted = _worst(outcome, returned)
    told = say("Given {sent}, it returned {came} where {wanted} was expected.", sent=sent, came=came, wanted=wanted)
    return together([told, *_about(came)])


def _worst(outcome, returned):
    """The number of the outcome that is farthest from the right one, and that one, as they are written."""
    expected = _as_tensor(returned)
    worst = int((outcome - expected).abs().nan_to_num(nan=math.inf).argmax())
    came, wanted = (f"{float(numbers.flatten()[worst]):.6g}" for numbers in (outcome, expected))
    if isinstance(returned, bool):
        came, wanted = ({"0": "False", "1": "True"}.get(number, number) for number in (came, wanted))
    return came, wanted


def _about(came):
    """What there is to ask about a number that is none."""
    if came == "nan":
        yield say("nan is no number: it comes of 0 divided by 0, or of infinity times 0. Where may that happen?")


def judge(exercise: Exercise, answer: object) -> None:
    """Print what there is to say about an answer: that it is right, or which mistake it is."""
    tell(*_verdict(exercise, answer))


def tell(passed: bool, message: str) -> None:
    """Print a verdict as every check does."""
    verdict = say("Passed: {message}", message=message) if passed else say("Not yet: {message}", message=message)
    print(fill(verdict))
