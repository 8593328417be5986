"""A small network of two layers to be asked and interfered with, for chapter 09."""

import string

import torch
import traitlets

from paying_attention.explorables.base import Choice, Explorable, Number

LETTERS = string.ascii_uppercase
# A whole number from -32 to 31 is written as one of these. None of them is escaped on a page, as a sign in JSON may be.
WRITTEN = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
# What may be switched off: its name, its layer, its heads.
SWITCHED_OFF = {
    "nothing": (0, []),
    "layer 1, head 1": (0, [0]),
    "layer 1, head 2": (0, [1]),
    "all of layer 1": (0, [0, 1]),
    "layer 2, head 1": (1, [0]),
    "layer 2, head 2": (1, [1]),
    "all of layer 2": (1, [0, 1]),
}


class Text(traitlets.Unicode):
    """Capital letters, as many as the network has places for."""

    def __init__(self):
        super().__init__("A")
        self.tag(sync=True)

    def validate(self, obj, value):
        text = super().validate(obj, value)
        places = obj._data.get("places", 1)
        if not 1 <= len(text) <= places or set(text) - set(LETTERS):
            raise traitlets.TraitError(f"{self.name} needs 1 to {places} letters from A to Z; {value!r} came")
        return text


class Place(Number):
    """The place of a letter of the text, counted from 0."""

    def __init__(self):
        super().__init__(0, 0, None)

    def validate(self, obj, value):
        top = len(obj.text) - 1
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= top:
            raise traitlets.TraitError(f"{self.name} needs to be a whole number from 0 to {top}; {value!r} came")
        return value


class Induction(Explorable):
    """Two layers of two heads that read letters: what each looks at, and what is likely to come next. Chapter 09.

    ``network`` has ``letters``, an embedding of 26 letters in d features, ``places`` of shape (places, d), two
    ``layers`` of two heads with ``w_q``, ``w_k``, ``w_v`` and ``w_o`` without bias, as in ``MultiHeadAttention``, and
    ``out``, which makes 26 scores of d features. The figure keeps each of its tensors in 63 steps
    between minus and plus its largest: 6 bits a number.

    ``text`` is what is read, ``place`` says which of its letters asks, ``off`` which heads add nothing. What layer 1
    has added at the places ``one`` and ``other`` is exchanged; nothing is, if they are the same.

    Raises ``ValueError`` for another number of layers or heads, for shapes that do not fit, for NaN and infinity.
    """

    height = 6.0

    text = Text()
    place = Place()
    off = Choice(*SWITCHED_OFF)
    one = Place()
    other = Place()

    def __init__(self, network, text="ABCDABC", **state):
        layers = list(network.layers)
        if [layer.heads for layer in layers] != [2, 2]:
            raise ValueError(f"two layers of two heads are needed; heads came as {[layer.heads for layer in layers]}")
        tensors = [network.letters.weight, network.places]
        for layer in layers:
            tensors += [layer.w_q.weight, layer.w_k.weight, layer.w_v.weight, layer.w_o.weight]
        tensors = [tensor.detach().to("cpu", torch.float64) for tensor in (*tensors, network.out.weight)]
        d, places = tensors[0].shape[-1], len(tensors[1])
        expected = [(26, d), (places, d), *[(d, d)] * 8, (26, d)]
        for tensor, shape in zip(tensors, expected, strict=True):
            if tensor.shape != shape:
                raise ValueError(f"the network's tensors need shapes {expected}; {tuple(tensor.shape)} came")
            if not torch.isfinite(tensor).all():
                raise ValueError("the network holds NaN or infinity")
        steps = [(float(tensor.abs().max()) or 1.0) / 31 for tensor in tensors]
        whole = torch.cat([(tensor / step).round().flatten() for tensor, step in zip(tensors, steps, strict=True)])
        numbers = "".join(WRITTEN[number + 32] for number in whole.int().tolist())
        data = {"numbers": numbers, "steps": steps, "d": d, "places": places, "off": list(SWITCHED_OFF)}
        super().__init__(_data=data, text=text, **state)

    @traitlets.observe("text")
    def _shorter(self, change):
        for trait in ("place", "one", "other"):
            setattr(self, trait, min(getattr(self, trait), len(self.text) - 1))

    def _tensors(self):
        """Letters, places, four matrices for each layer, the last matrix: as the browser has them."""
        d, places = self._data["d"], self._data["places"]
        whole = [WRITTEN.index(letter) - 32 for letter in self._data["numbers"]]
        flat = torch.tensor(whole, dtype=torch.float64)
        parts = flat.split([26 * d, places * d, *[d * d] * 8, 26 * d])
        return [part.view(-1, d) * step for part, step in zip(parts, self._data["steps"], strict=True)]

    def _run(self):
        """Scores of the next letter (letters, 26), and weights (4 heads, letters, letters)."""
        letters, places, *matrices, out = self._tensors()
        n = len(self.text)
        stream = letters[[LETTERS.index(letter) for letter in self.text]] + places[:n]
        looks = []
        silent_layer, silent = SWITCHED_OFF[self.off]
        later = ~torch.ones(n, n, dtype=torch.bool).tril()
        for i in range(2):
            w_q, w_k, w_v, w_o = matrices[4 * i : 4 * i + 4]
            q, k, v = ((stream @ w.T).unflatten(-1, (2, -1)).transpose(0, 1) for w in (w_q, w_k, w_v))  # (2, n, d/2)
            weights = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(later, -torch.inf).softmax(dim=-1)
            pooled = weights @ v
            if i == silent_layer:
                pooled[silent] = 0.0
            adds = pooled.transpose(0, 1).flatten(1) @ w_o.T  # (n, d)
            if i == 0:
                adds[[self.one, self.other]] = adds[[self.other, self.one]]
            stream = stream + adds
            looks += weights
        return stream @ out.T, torch.stack(looks)

    @property
    def looks(self) -> torch.Tensor:
        """What each head looks at when the chosen letter asks: shape (4, letters), layer 1 first."""
        return self._run()[1][:, self.place]

    @property
    def probabilities(self) -> torch.Tensor:
        """How likely each letter is to come after the chosen one: shape (26,)."""
        return self._run()[0][self.place].softmax(dim=-1)

    def draw_still(self, figure):
        heads, bars = figure.subplots(2, 1, height_ratios=(2, 1))
        image = heads.imshow(self.looks.numpy(), cmap="Reds", vmin=0, vmax=1, aspect="auto", interpolation="none")
        names = [f"layer {layer}, head {head}" for layer in (1, 2) for head in (1, 2)]
        heads.set_yticks(range(4), names)
        heads.set_xticks(range(len(self.text)), list(self.text))
        exchanged = f", notes {self.one + 1} and {self.other + 1} exchanged" if self.one != self.other else ""
        heads.set(
            xlabel="Keys: letters read",
            title=f"letter {self.place + 1}, {self.text[self.place]}, asks; switched off: {self.off}{exchanged}",
        )
        figure.colorbar(image, ax=heads, label="Attention weight")
        best = self.probabilities.topk(3)
        bars.barh([LETTERS[i] for i in best.indices], best.values.tolist(), color="#D55E00")
        bars.invert_yaxis()
        bars.set(xlabel="probability of the next letter", xlim=(0, 1))
