"""An alignment to be read character by character, for chapter 07."""

import copy

import torch
import traitlets

from paying_attention.explorables.base import Explorable, Index

# The tensors of the network, in the order in which the browser gets them.
_RECURRENT = [f"{kind}_{of}" for kind in ("weight", "bias") for of in ("ih", "hh")]
TENSORS = [
    "letters.weight",
    *(f"encoder.{name}_l0{way}" for way in ("", "_reverse") for name in _RECURRENT),
    "digits.weight",
    *(f"score.{name}" for name in ("query_matrix.weight", "query_matrix.bias", "key_matrix.weight", "out.weight")),
    *(f"decoder.{name}" for name in _RECURRENT),
    "out.weight",
    "out.bias",
]
# A whole number from -TOP to TOP is written as two of these signs, which no page or script has to escape.
SIGNS = "".join(chr(code) for code in range(32, 127) if chr(code) not in '"<`\\')
TOP = (len(SIGNS) ** 2 - 1) // 2
# Of a line that a reader writes, so that it can be seen at once.
LONGEST = 30


class Line(traitlets.Unicode):
    """A line of the reader's own, of characters that the network knows; empty where an example is shown."""

    def __init__(self):
        super().__init__("")
        self.tag(sync=True)

    def validate(self, obj, value):
        line = super().validate(obj, value)
        alphabet = obj._data.get("alphabet", "")
        if line and not alphabet:
            raise traitlets.TraitError(f"{self.name} needs a network that reads it, and there is none; {value!r} came")
        if len(line) > LONGEST:
            raise traitlets.TraitError(f"{self.name} needs at most {LONGEST} characters; {value!r} came")
        if unknown := sorted(set(line) - set(alphabet)):
            raise traitlets.TraitError(f"{self.name} needs characters of {alphabet!r}; {unknown} came")
        return line


class Alignment(Explorable):
    """Lines as they were written, their answers, and the weights between the characters of both.

    ``written`` and ``answers`` are lists of texts, ``weights`` a list of as many tensors of shape (characters of the
    answer, characters of the line), each row with a sum of 1. All answers are of one length. ``example`` says which
    line, ``character`` which character of its answer.

    With a ``network`` the reader can write a ``line`` of their own, which takes the place of the example. It is the
    ``Reader`` of chapter 07: called with numbers of characters of shape (1, characters), it returns scores (1, length,
    digits) and weights (1, length, characters). ``alphabet`` has its characters in the order of their numbers, which
    begin with 1, and ``digits`` those of its answers, which begin with 0. The figure keeps each of its tensors in 8281
    steps between minus and plus its largest. That is 13 bits a number: with 8 the chapter's network answers as before,
    but its weights differ by up to 0.02; with 13 they stay within 0.001.

    Raises ``ValueError`` for data of sizes that do not fit together, for NaN and infinity, for negative weights, for an
    alphabet with a character twice, and for one without a network.
    """

    height = 3.4

    example = Index("written")
    character = Index("length")
    line = Line()

    def __init__(self, written, answers, weights, network=None, alphabet="", digits="", **state):
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
            # Six decimals: more are nothing but weight for a page.
            "weights": [matrix.round(decimals=6).tolist() for matrix in weights],
            "length": len(answers[0]),
        }
        later = {}
        if network is None and (alphabet or digits):
            raise ValueError("alphabet and digits belong to a network; there is none, and they came")
        if network is not None:
            data |= {"alphabet": "".join(alphabet), "digits": "".join(digits), "longest": LONGEST}
            self._network, later = rounded(network, data["alphabet"], data["digits"])
        super().__init__(_data=data, _later=later, **state)

    def _read(self):
        """The line that is shown, its answer, and the weights between the two: (length, characters)."""
        data = self._data
        if not self.line:
            weights = torch.tensor(data["weights"][self.example], dtype=torch.float64)
            return data["written"][self.example], data["answers"][self.example], weights
        numbers = [data["alphabet"].index(letter) + 1 for letter in self.line]
        with torch.no_grad():
            scores, weights = self._network(torch.tensor([numbers]))
        return self.line, "".join(data["digits"][i] for i in scores[0].argmax(dim=1)), weights[0]

    @property
    def weights(self) -> torch.Tensor:
        """The weights of the chosen character of the answer: shape (characters of the line,)."""
        return self._read()[2][self.character]

    @property
    def answer(self) -> str:
        """The answer to the line that is shown."""
        return self._read()[1]

    def draw_still(self, figure):
        ax = figure.subplots()
        line, answer, weights = self._read()
        image = ax.imshow(weights.numpy(), cmap="Reds", vmin=0, vmax=1, aspect="auto", interpolation="none")
        ax.set(xlabel="Keys: characters read", ylabel="Queries: characters written")
        ax.set_xticks(range(len(line)), list(line))
        ax.set_yticks(range(len(answer)), list(answer))
        figure.colorbar(image, ax=ax, label="Attention weight")


def rounded(network, alphabet, digits):
    """A network with its numbers in steps, in double precision; and what the browser makes the same one of."""
    tensors = network.state_dict()
    if missing := sorted(set(TENSORS) ^ set(tensors)):
        raise ValueError(f"the network needs the tensors of chapter 07's; lacking or too many: {', '.join(missing)}")
    for name, characters in (("alphabet", alphabet), ("digits", digits)):
        if twice := sorted({letter for letter in characters if characters.count(letter) > 1}):
            raise ValueError(f"{name} needs each character once; {twice} came more often")
    for name, rows, why in (
        ("letters.weight", len(alphabet) + 1, "one for each character of the alphabet, and padding"),
        ("digits.weight", len(digits) + 1, "one for each digit, and the start"),
        ("out.weight", len(digits), "one for each digit"),
    ):
        if len(tensors[name]) != rows:
            raise ValueError(f"{name} needs {rows} rows, {why}; {len(tensors[name])} came")
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise ValueError("the network holds NaN or infinity")
    tensors = {name: tensors[name].detach().to("cpu", torch.float64) for name in TENSORS}
    steps = {name: (float(tensor.abs().max()) or 1.0) / TOP for name, tensor in tensors.items()}
    whole = {name: (tensor / steps[name]).round() for name, tensor in tensors.items()}
    copied = copy.deepcopy(network).to("cpu", torch.float64)
    copied.load_state_dict({name: whole[name] * steps[name] for name in TENSORS})
    places = (torch.cat([whole[name].flatten() for name in TENSORS]).int() + TOP).tolist()
    # First signs first: they vary less than the second ones, and by themselves they are packed smaller.
    first = "".join(SIGNS[place // len(SIGNS)] for place in places)
    second = "".join(SIGNS[place % len(SIGNS)] for place in places)
    shapes = [list(torch.atleast_2d(tensors[name]).shape) for name in TENSORS]
    return copied, {"numbers": first + second, "steps": list(steps.values()), "shapes": shapes}
