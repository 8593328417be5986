"""An alignment to be read character by character, for chapter 07."""

import torch

from paying_attention.explorables.base import Explorable, Index


class Alignment(Explorable):
    """Lines as they were written, their answers, and the weights between the characters of both.

    ``written`` and ``answers`` are lists of texts, ``weights`` a list of as many tensors of shape (characters of the
    answer, characters of the line), each row with a sum of 1. All answers are of one length. ``example`` says which
    line, ``character`` which character of its answer.
    """

    height = 2.7

    example = Index("written")
    character = Index("length")

    def __init__(self, written, answers, weights, **state):
        weights = [torch.as_tensor(matrix, dtype=torch.float64) for matrix in weights]
        if not len(written) == len(answers) == len(weights) > 0:
            raise ValueError(
                "written, answers and weights need the same length, at least 1; "
                f"{len(written)}, {len(answers)} and {len(weights)} came"
            )
        if len({len(answer) for answer in answers}) != 1:
            raise ValueError(f"answers need one length; {sorted({len(answer) for answer in answers})} came")
        for line, answer, matrix in zip(written, answers, weights, strict=True):
            if matrix.shape != (len(answer), len(line)):
                raise ValueError(
                    f"weights of {line!r} need shape {(len(answer), len(line))}, one row a character of the answer; "
                    f"{tuple(matrix.shape)} came"
                )
            if not torch.isfinite(matrix).all() or (matrix < 0).any():
                raise ValueError(f"weights of {line!r} hold NaN, infinity or a negative number")
        data = {
            "written": list(written),
            "answers": list(answers),
            "weights": [matrix.tolist() for matrix in weights],
            "length": len(answers[0]),
        }
        super().__init__(_data=data, **state)

    @property
    def weights(self) -> torch.Tensor:
        """The weights of the chosen character of the answer: shape (characters of the line,)."""
        return torch.tensor(self._data["weights"][self.example][self.character], dtype=torch.float64)

    def draw_still(self, figure):
        ax = figure.subplots()
        line, answer = self._data["written"][self.example], self._data["answers"][self.example]
        weights = self._data["weights"][self.example]
        image = ax.imshow(weights, cmap="Reds", vmin=0, vmax=1, aspect="auto", interpolation="none")
        ax.set(xlabel="Keys: characters read", ylabel="Queries: characters written")
        ax.set_xticks(range(len(line)), list(line))
        ax.set_yticks(range(len(answer)), list(answer))
        figure.colorbar(image, ax=ax, label="Attention weight")
