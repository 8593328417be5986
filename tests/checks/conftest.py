"""What a check says to an answer."""

import pytest
import torch

from paying_attention import checks


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
