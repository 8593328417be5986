"""The Chinese of the checks: every text that a check says has it, and no list has more than is said.

A test fails where a sentence was added or changed in English alone, where a part of it is missing in Chinese, or where
an English sentence reaches a reader who asked for Chinese.
"""

import ast
import json
import re
from pathlib import Path

import pytest
import toolbox_words
from verdicts import in_chinese

from paying_attention import checks
from paying_attention.checks import scoring_functions, self_attention
from paying_attention.language import HERE

ROOMS = sorted(path.stem for path in (HERE / "checks").glob("*.py") if path.stem != "__init__")
LISTS = {path.name.removesuffix(".zh.json"): path for path in sorted((HERE / "checks").glob("*.zh.json"))}
PART = re.compile(r"\{.*?\}")
each_room = pytest.mark.parametrize("room", ROOMS)


def read(room):
    return json.loads(LISTS[room].read_text("utf-8")) if room in LISTS else {}


@each_room
def test_each_text_of_a_room_has_its_chinese_beside_it_and_no_other_has(room):
    assert toolbox_words.texts_of_a_check(HERE / "checks" / f"{room}.py") == set(read(room))


def test_there_is_no_list_without_a_room():
    assert set(LISTS) <= set(ROOMS)


@each_room
def test_a_text_keeps_its_parts_and_its_numbers(room):
    for english, chinese in read(room).items():
        assert sorted(PART.findall(english)) == sorted(PART.findall(chinese)), chinese
        assert set(re.findall(r"\d+", english)) <= set(re.findall(r"\d+", chinese)), chinese
        assert re.search(r"[\u4e00-\u9fff]", chinese), chinese
        assert not re.search(r"[\u4e00-\u9fff，。；：？][ ,;:?!.]|[ ,;:?!.][\u4e00-\u9fff]", chinese), chinese
        assert not english.endswith((".", "?")) or chinese.endswith(("。", "？")), chinese


def test_a_text_of_two_rooms_has_one_chinese():
    said = {}
    for room in LISTS:
        for english, chinese in read(room).items():
            assert said.setdefault(english, chinese) == chinese, room


def test_a_sentence_is_written_in_full_where_it_is_said():
    """A text that is put together of pieces has no entry, and no test would miss it."""
    for room in ROOMS:
        tree = ast.parse((HERE / "checks" / f"{room}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                own = [part.value for part in node.values if isinstance(part, ast.Constant)]
                assert not re.search("[A-Za-z]{2}", "".join(own)), ast.unparse(node)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                assert not isinstance(node.args[0], ast.BinOp), ast.unparse(node)


@pytest.mark.parametrize("error", [AssertionError, TypeError, None])
def test_a_refusal_of_another_kind_is_told_in_chinese(error, told_in_both):
    def answer(queries, keys, values, mask):
        right = scoring_functions._ATTENTION.right
        try:
            return right(queries, keys, values, mask)
        except ValueError:
            if error:
                raise error("none") from None
            return None

    assert "实际上" in told_in_both("attention", answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda layer: True,
        lambda layer: False,
        lambda layer: None,
        lambda layer: 3,
        lambda layer: 1 / 0,
        3,
        *(lambda layer, wrong=layer: layer is not wrong for layer, _ in scoring_functions._CAUSAL.values()),
        *(lambda layer, wrong=layer: layer is wrong for layer, _ in scoring_functions._NOT_CAUSAL.values()),
    ],
)
def test_a_test_of_causality_is_judged_in_chinese(answer, told_in_both):
    told_in_both("is_causal", answer)


def test_a_right_test_of_causality_hears_so_in_chinese(told_in_both):
    right = [layer for layer, _ in scoring_functions._CAUSAL.values()]
    assert told_in_both("is_causal", lambda layer: layer in right).startswith("通过：")


def choices():
    jobs = self_attention._JOBS
    yield 3
    yield {}
    yield dict.fromkeys(jobs)
    yield dict.fromkeys(jobs, "no way")
    right = {job: next(iter(ways)) for job, (ways, _) in jobs.items()}
    yield right
    for job, (_, wrong) in jobs.items():
        yield from (right | {job: way} for way in wrong)


@pytest.mark.parametrize("choice", list(choices()))
def test_a_choice_of_positions_is_judged_in_chinese(choice, capsys, monkeypatch):
    said = []
    for language in ("en", "zh"):
        monkeypatch.setenv("PAYING_ATTENTION_LANGUAGE", language)
        checks.check_positions(choice)
        said.append(capsys.readouterr().out)
    assert in_chinese(said[0]) == said[1]
    assert said[1].startswith(("通过：", "还不对："))


def test_things_in_a_row_stand_as_each_language_has_them(told, told_in_both, capsys, monkeypatch):
    error = lambda *arguments: 1 / 0  # noqa: E731
    assert "(a tensor of shape (2, 2), a tensor of shape (3, 2), a tensor of" in told("soft_lookup", error)
    assert "张量、一个形状为(3, 2)的张量、一个" in told_in_both("soft_lookup", error).replace("\n", "")
    monkeypatch.setenv("PAYING_ATTENTION_LANGUAGE", "zh")
    checks.check_positions({})
    assert "in no order；one back" in capsys.readouterr().out.replace("\n", "")
    checks.check_positions(dict.fromkeys(self_attention._JOBS, "no way"))
    assert "'none'、'learned'、'sinusoids'" in capsys.readouterr().out.replace("\n", "")


def test_what_no_check_has_said_stays():
    printed = "tensor([1., 2.])\nIt says: Passed: or Not yet: nothing\nQuery 1 of 3, in English.\n"
    assert in_chinese(printed) == printed


@pytest.mark.parametrize(
    "printed",
    [
        "Passed: never said by a check.\n",
        "a\nNot yet: gaze returned nothing, ever.\n",
        "Passed: some answer of yours is right, for the example and for 3 other inputs.\n",
        "Not yet: gaze is right at times; it returned nothing.\n",
        "Not yet: Of three right layers it refuses 1: one that is not known. The mask has no effect.\n",
    ],
)
def test_what_a_check_may_have_said_and_no_list_has_is_refused(printed):
    with pytest.raises(ValueError, match="has no Chinese"):
        in_chinese(printed)


def test_several_checks_of_one_cell_are_each_put_into_chinese(capsys, monkeypatch):
    def both():
        print("one", end=": ")
        checks.check_gaze(lambda *arguments: None)
        print("two", end=": ")
        checks.check_gaze(lambda shares, query, keys: shares)
        checks.check_share_attention(lambda scores: scores.softmax(-1))
        return capsys.readouterr().out

    english = both()
    monkeypatch.setenv("PAYING_ATTENTION_LANGUAGE", "zh")
    assert in_chinese(english) == both()


def test_a_list_is_beside_each_file_that_is_installed():
    project = Path(HERE.parent, "pyproject.toml").read_text("utf-8")
    assert '"checks/*.zh.json"' in project
    assert '"explorables/*.zh.json"' in project
