"""What exercises of several chapters share: inputs, and mistakes with the sentences about them."""

import torch

COLUMNS = (
    "Each column sums to 1, but it is the rows that should: a query shares its attention among the keys. "
    "Which axis did you normalise?"
)
TWICE = (
    "These are weights of weights: the softmax was applied to something that was normalised already. "
    "Apply it once, to the scores."
)

UNSHARED = "The weights do not sum to 1: they were not divided by their sum."
LATE = "Minus infinity was put among the weights, after the softmax. Put it among the scores, before."
QUARTER = "The one half was squared as well, and became a quarter. Square first, then halve."


def randn(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def random_mask(queries, keys, seed):
    """What may be seen: some keys by each query."""
    mask = torch.rand(queries, keys, generator=torch.Generator().manual_seed(seed)) < 0.6
    mask[:, seed % keys] = True  # something is left for every query
    return mask


def softmax(scores, dim=-1):
    return torch.softmax(scores, dim)


def overflowing(scores):
    """A softmax that forgets to take the largest score away first."""
    exponentials = torch.exp(scores)
    return exponentials / exponentials.sum(-1, keepdim=True)
