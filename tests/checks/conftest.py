"""What a check says to an answer."""

import re
import unicodedata

import pytest
import torch
from verdicts import in_chinese

from paying_attention import checks

# Words in a row that are neither a name nor code: an English sentence that has no Chinese.
ENGLISH = re.compile(r"[A-Za-z]+(?:,? [A-Za-z]+){2}")
# What Python says of an error, and names in a shape.
OTHERS_WORDS = re.compile(r"(?<=Error：).*|\([^()]*\)", re.DOTALL)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """So small are the tensors here that threads only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def told(capsys):
    """What a check says to an answer. Whatever the answer is, it is one paragraph and nothing else."""

    def ask(exercise, answer):
        assert getattr(checks, f"check_{exercise}")(answer) is None
        printed = capsys.readouterr()
        assert printed.err == ""
        lines = printed.out.split("\n")
        assert lines.pop() == ""
        assert all(line.strip() for line in lines)
        assert max(map(len, lines)) <= 78
        said = " ".join(lines)
        assert said.startswith(("Passed: ", "Not yet: "))
        assert len(said) > 30
        return said

    return ask


@pytest.fixture
def told_in_both(capsys, monkeypatch):
    """What a check says to an answer in English and in Chinese, which are held against each other."""

    def ask(exercise, answer):
        said = []
        for language in ("en", "zh"):
            monkeypatch.setenv("PAYING_ATTENTION_LANGUAGE", language)
            getattr(checks, f"check_{exercise}")(answer)
            said.append(capsys.readouterr().out)
        english, chinese = said
        assert english.startswith(("Passed: ", "Not yet: "))
        assert chinese.startswith("通过：" if english.startswith("Passed: ") else "还不对：")
        assert not ENGLISH.search(OTHERS_WORDS.sub("", chinese)), chinese
        assert set(re.findall(r"\d+", english)) <= set(re.findall(r"\d+", chinese)), chinese
        for line in chinese.splitlines():
            assert sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in line) <= 78, line
            assert line[0] not in "，。；：？、）”", chinese
            assert line[-1] not in "（“", chinese
        # What stands on a page was said in English, and is put into Chinese there.
        assert in_chinese(english) == chinese
        more = "" if " raised " in english else "more\n"  # nobody knows where Python's words for an error end
        assert in_chinese(f"first\n{english}{more}") == f"first\n{chinese}{more}"
        return chinese

    return ask
