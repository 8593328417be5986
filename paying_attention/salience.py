"""Salience computed from pixels: what stands out before anyone has asked for anything.

Taught in chapter 01, *Attention cues*. After Itti, Koch and Niebur, "A model of saliency-based visual attention for
rapid scene analysis", IEEE TPAMI 20 (1998), 1254-1259, with five simplifications that the chapter names: two centre
scales instead of three; plain differences of red, green and blue instead of four colours divided by intensity; more
and less than the surroundings apart, and of stripes only more, instead of the size of the difference; patch maxima
instead of local maxima; and a fourth power instead of a square in ``promote``.
"""

import math
import operator
from collections.abc import Iterable

import torch
import torch.nn.functional as F

from paying_attention.pooling import FLOATING

SCALES = ((2, 5), (2, 6), (3, 6), (3, 7))
PATCHES = (5, 8)
SMALLEST_SIDE = 2 ** max(surround for _, surround in SCALES)


def pyramid(maps: torch.Tensor, levels: int) -> list[torch.Tensor]:
    """Ever blurrier copies of the same maps, all of the same size.

    ``maps`` has shape (channels, height, width). Level k is halved k times, each time after a blur, and enlarged
    again, so that one of its details is some 2**k pixels wide. Returns ``levels + 1`` tensors of the shape of ``maps``;
    ``levels`` is from 0 to 12.
    """
    _check_maps("maps", maps, 3)
    if not isinstance(levels, int) or not 0 <= levels <= 12:
        raise ValueError(f"levels needs to be a whole number from 0 to 12; {levels!r} came")
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=maps.dtype, device=maps.device) / 8
    kernel = torch.outer(taps, taps)[None, None]  # (1, 1, 4, 4)
    height, width = maps.shape[-2:]
    # Repeat the edges outwards until each side can be halved evenly; uneven halves would lose rows and shift the rest.
    tall, wide = -height % 2**levels, -width % 2**levels
    top, left = tall // 2, wide // 2
    small = F.pad(maps[:, None], (left, wide - left, top, tall - top), mode="replicate")
    size, copies = small.shape[-2:], [maps]
    for _ in range(levels):
        small = F.conv2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), kernel, stride=2)  # (channels, 1, h/2, w/2)
        large = F.interpolate(small, size=size, mode="bilinear")
        copies.append(large[:, 0, top : top + height, left : left + width])  # (channels, height, width)
    return copies


def centre_surround(maps: torch.Tensor) -> list[torch.Tensor]:
    """How much each place differs from its surroundings, at four pairs of scales.

    ``maps`` has shape (channels, height, width); so has each of the four results. Positive: more than around it.
    """
    levels = pyramid(maps, max(surround for _, surround in SCALES))
    return [levels[centre] - levels[surround] for centre, surround in SCALES]


def promote(maps: torch.Tensor) -> torch.Tensor:
    """Raise maps in which one place stands out; put down maps in which many places are alike.

    ``maps`` has shape (channels, height, width) and no negative values; so has the result. Each map is scaled to a
    peak of 1 and multiplied by ``(1 - mean of the peaks in 5 x 8 patches) ** 4``. A map that peaks below 0.02 counts
    as empty.
    """
    _check_maps("maps", maps, 3)
    if maps.min() < 0:
        raise ValueError(f"maps to promote are not negative; the smallest value that came is {maps.min():.3g}")
    patches = F.adaptive_max_pool2d(maps, PATCHES)  # (channels, 5, 8)
    peaks = patches.amax((1, 2), keepdim=True)  # (channels, 1, 1)
    peaks = torch.where(peaks > 0.02, peaks, torch.inf)  # by which an empty map becomes 0
    alike = (patches / peaks).mean((1, 2), keepdim=True)
    return maps * ((1 - alike) ** 4 / peaks)


def opponent_channels(image: torch.Tensor) -> torch.Tensor:
    """Intensity, red against green, blue against yellow: shape (3, height, width) for an image of that shape."""
    _check_maps("image", image, 3)
    if len(image) != 3:
        raise ValueError(f"image needs shape (3, height, width); {tuple(image.shape)} came")
    red, green, blue = image
    return torch.stack([image.mean(0), red - green, blue - (red + green) / 2])


def orientation_energy(intensity: torch.Tensor) -> torch.Tensor:
    """How strongly stripes run through each place: upright, leaning right, lying, leaning left.

    ``intensity`` has shape (height, width); the result has shape (4, height, width). The filters are pairs of Gabor
    functions, a cosine and a sine wave 10 pixels long under a Gaussian of 3 pixels.
    """
    _check_maps("intensity", intensity, 2)
    steps = torch.arange(-9.0, 10.0, dtype=intensity.dtype, device=intensity.device)
    y, x = torch.meshgrid(steps, steps, indexing="ij")  # (19, 19)
    window = torch.exp(-(x**2 + y**2) / 18)
    filters = []
    for angle in (0, math.pi / 4, math.pi / 2, 3 * math.pi / 4):
        across = 2 * math.pi / 10 * (x * math.cos(angle) + y * math.sin(angle))
        for wave in (torch.cos(across), torch.sin(across)):
            wave = wave - (window * wave).sum() / window.sum()  # blind to even brightness
            filters.append(window * wave / window.sum())
    padded = F.pad(intensity[None, None], (9, 9, 9, 9), mode="replicate")
    waves = F.conv2d(padded, torch.stack(filters)[:, None])  # (1, 8, height, width)
    return waves.unflatten(1, (4, 2))[0].pow(2).sum(1).sqrt()


def conspicuity_maps(image: torch.Tensor) -> torch.Tensor:
    """What stands out by brightness, by colour and by orientation.

    ``image`` has shape (3, height, width) with values from 0 to 1; the result has shape (3, height, width), each map
    scaled and weighted by ``promote``. Raises what ``salience_map`` raises.
    """
    _check_image(image)
    image = image.float()
    opponents = opponent_channels(image)
    channels = torch.cat([opponents, orientation_energy(opponents[0])])  # (7, height, width)
    total = torch.zeros_like(channels)
    for difference in centre_surround(channels):
        total += promote(difference.clamp(min=0))
        total[:3] += promote(-difference[:3].clamp(max=0))  # darker, greener or yellower than around it
    return promote(torch.stack([total[0], total[1:3].sum(0), total[3:].sum(0)]))


def salience_map(image: torch.Tensor) -> torch.Tensor:
    """The salience of every place in an image: shape (height, width), the highest value being 1.

    ``image`` has shape (3, height, width) with values from 0 to 1, both sides at least 128 pixels. An image without
    any difference in it has salience 0 everywhere.

    Raises ``TypeError`` for what is not a tensor of floating-point numbers, ``ValueError`` for another shape, for
    NaN and infinity, and for values outside 0 to 1.
    """
    salience = conspicuity_maps(image).sum(0)
    return salience / salience.max() if salience.max() > 0 else salience


def salience_shares(salience: torch.Tensor, boxes: Iterable[tuple[int, int, int, int]]) -> torch.Tensor:
    """How the salience of a scene is shared among the things in it: shape (things,), the sum being 1.

    ``salience`` has shape (height, width). Each box is ``(top, left, bottom, right)`` in pixels, the last two
    exclusive; a thing counts by the mean over its box, so that a large one has no advantage.

    Raises ``ValueError`` for a map that is not 2-D, for no boxes, for a box that is empty or leaves the map, and for
    salience that is 0 in every box.
    """
    _check_tensor("salience", salience)
    if salience.ndim != 2:
        raise ValueError(f"salience needs shape (height, width); {tuple(salience.shape)} came")
    if not (torch.isfinite(salience).all() and (salience >= 0).all()):
        raise ValueError("salience holds NaN, infinity or a negative value")
    height, width = salience.shape
    means = []
    for box in _as_boxes(boxes):
        if len(box) != 4:
            raise ValueError(f"a box is (top, left, bottom, right); {box} came")
        top, left, bottom, right = box
        if not (0 <= top < bottom <= height and 0 <= left < right <= width):
            raise ValueError(f"box {tuple(box)} does not lie within the map of shape {(height, width)}")
        means.append(salience[top:bottom, left:right].mean())
    if not means:
        raise ValueError("salience is shared among boxes, but no box came")
    means = torch.stack(means)
    if not means.sum() > 0:
        raise ValueError("there is nothing to share: the salience is 0 in every box")
    return means / means.sum()


def _as_boxes(boxes):
    try:
        return [tuple(operator.index(side) for side in box) for box in boxes]
    except TypeError:
        raise TypeError("boxes needs a list of (top, left, bottom, right), four whole numbers each") from None


def _check_tensor(name, tensor, what="floating-point numbers"):
    if not isinstance(tensor, torch.Tensor) or tensor.dtype not in FLOATING:
        kind = tensor.dtype if isinstance(tensor, torch.Tensor) else type(tensor).__name__
        raise TypeError(f"{name} needs to be a tensor of {what}, not {kind}")
    if tensor.layout != torch.strided or tensor.is_meta:
        raise TypeError(f"{name} needs to be an ordinary, dense tensor with numbers in it")


def _check_maps(name, maps, dimensions):
    _check_tensor(name, maps)
    if maps.ndim != dimensions or not maps.numel():
        shape = "(channels, height, width)" if dimensions == 3 else "(height, width)"
        raise ValueError(f"{name} needs shape {shape}, none of them 0; {tuple(maps.shape)} came")
    if not math.isfinite(maps.detach().sum()) and not torch.isfinite(maps).all():
        raise ValueError(f"{name} holds NaN or infinity")


def _check_image(image):
    _check_tensor("image", image, "floating-point numbers from 0 to 1")
    if image.ndim != 3 or image.shape[0] != 3:
        raise ValueError(f"image needs shape (3, height, width); {tuple(image.shape)} came")
    if min(image.shape[1:]) < SMALLEST_SIDE:
        raise ValueError(
            f"image needs at least {SMALLEST_SIDE} pixels each way, for its coarsest scale; "
            f"{tuple(image.shape[1:])} came"
        )
    if not torch.isfinite(image).all():
        raise ValueError("image holds NaN or infinity")
    if image.min() < 0 or image.max() > 1:
        raise ValueError(f"image needs values from 0 to 1; they run from {image.min():.3g} to {image.max():.3g}")
