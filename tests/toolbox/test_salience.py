"""Salience, against SciPy's filters and scenes of which the answer is known.

A test fails where a map is not what its definition says, or looks at what it must not see, or takes what is no image.
"""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.testing import assert_close

from paying_attention.salience import (
    centre_surround,
    conspicuity_maps,
    opponent_channels,
    orientation_energy,
    promote,
    pyramid,
    salience_map,
    salience_shares,
)
from paying_attention.scenes import search_display, shelf

PAIRS = [(2, 5), (2, 6), (3, 6), (3, 7)]


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    # Images this small are done sooner by one thread than by several that wait for each other.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rand(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def patchwork(height, width, seed=0):
    """An image of coloured squares, 16 pixels wide, on grey: something to see at every scale."""
    squares = rand(3, height // 16, width // 16, seed=seed)
    squares = torch.where(rand(1, height // 16, width // 16, seed=seed + 1) < 0.2, squares, 0.5)
    return squares.repeat_interleave(16, 1).repeat_interleave(16, 2)


def stripes_with_a_gap():
    image = (torch.arange(128) % 10 < 5).float().expand(3, 128, 128).clone()
    image[:, 48:80, 48:80] = 0.5
    return image


def scene_shares(scene):
    return salience_shares(salience_map(scene.image), scene.boxes)


# The same again in NumPy, as the docstrings and the paper have it


def halving(size):
    """The matrix that blurs a line by 1, 3, 3, 1 and keeps every other place, the edge repeated outwards."""
    matrix = np.zeros((size // 2, size))
    for i in range(size // 2):
        for offset, tap in zip((-1, 0, 1, 2), (1, 3, 3, 1), strict=True):
            matrix[i, min(max(2 * i + offset, 0), size - 1)] += tap / 8
    return matrix


def enlarging(small, large):
    """The matrix that reads a line of cells at more places, linearly between the middles of the cells."""
    places = (np.arange(large) + 0.5) * small / large - 0.5
    return np.array([np.interp(places, np.arange(small), row) for row in np.eye(small)]).T


def slow_pyramid(plane, levels):
    copies, small = [plane], plane
    for _ in range(levels):
        small = halving(small.shape[0]) @ small @ halving(small.shape[1]).T
        rows, columns = (enlarging(*sizes) for sizes in zip(small.shape, plane.shape, strict=True))
        copies.append(rows @ small @ columns.T)
    return copies


def slow_promote(plane):
    height, width = plane.shape
    if plane.max() <= 0.02:
        return np.zeros_like(plane)
    scaled, peaks = plane / plane.max(), []
    for i in range(5):
        for j in range(8):
            rows = slice(i * height // 5, math.ceil((i + 1) * height / 5))
            columns = slice(j * width // 8, math.ceil((j + 1) * width / 8))
            peaks.append(scaled[rows, columns].max())
    return scaled * (1 - np.mean(peaks)) ** 4


def slow_orientation_energy(plane):
    y, x = np.mgrid[-9:10, -9:10]
    window = np.exp(-(x**2 + y**2) / (2 * 3**2))
    window /= window.sum()
    maps = []
    for degrees in (0, 45, 90, 135):
        across = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees))
        pair = []
        for wave in (np.cos(2 * np.pi * across / 10), np.sin(2 * np.pi * across / 10)):
            pair.append(ndimage.correlate(plane, window * (wave - (window * wave).sum()), mode="nearest"))
        maps.append(np.hypot(*pair))
    return maps


def slow_salience(image):
    red, green, blue = image
    brightness = (red + green + blue) / 3
    of_colour = [red - green, blue - (red + green) / 2]
    conspicuous = []
    for planes in ([brightness], of_colour, slow_orientation_energy(brightness)):
        total = 0
        for plane in planes:
            levels = slow_pyramid(plane, 7)
            for centre, surround in PAIRS:
                difference = levels[centre] - levels[surround]
                total = total + slow_promote(difference.clip(0))
                if len(planes) < 4:
                    total = total + slow_promote((-difference).clip(0))
        conspicuous.append(slow_promote(total))
    return sum(conspicuous) / sum(conspicuous).max()


# The pyramid


@pytest.mark.parametrize(("size", "levels"), [((16, 32), 3), ((64, 48), 4), ((128, 128), 7)])
def test_a_pyramid_agrees_with_matrices_written_by_hand(size, levels):
    plane = rand(*size)
    copies = pyramid(plane[None], levels)
    assert len(copies) == levels + 1
    for copy, expected in zip(copies, slow_pyramid(plane.double().numpy(), levels), strict=True):
        assert copy.shape == (1, *size)
        np.testing.assert_allclose(copy[0], expected, atol=1e-5)


def test_the_first_level_is_the_map_itself():
    maps = rand(2, 16, 16)
    assert torch.equal(pyramid(maps, 2)[0], maps)


def test_channels_do_not_mix():
    maps = rand(3, 32, 32)
    for together, alone in zip(pyramid(maps, 4), pyramid(maps[1:2], 4), strict=True):
        assert_close(together[1:2], alone)


def test_an_even_map_stays_as_it_is_at_every_level():
    for copy in pyramid(torch.full((1, 40, 56), 0.3), 5):
        assert_close(copy, torch.full((1, 40, 56), 0.3))


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize(
    "size",
    [
        (128, 256),
        (200, 320),
    ],
)
def test_no_level_is_shifted(size, dim):
    maps = rand(1, *size)
    maps = maps + maps.flip(dim)
    for copy in pyramid(maps, 7):
        assert_close(copy, copy.flip(dim), atol=1e-5, rtol=0)


def test_each_level_is_blurrier_than_the_one_before():
    contrasts = [copy.std().item() for copy in pyramid(rand(1, 128, 128), 7)]
    assert contrasts == sorted(contrasts, reverse=True)


# Centre and surround


def test_four_differences_between_a_finer_and_a_coarser_level():
    plane = rand(128, 256)
    levels = slow_pyramid(plane.double().numpy(), 7)
    differences = centre_surround(plane[None])
    assert len(differences) == 4
    for difference, (centre, surround) in zip(differences, PAIRS, strict=True):
        np.testing.assert_allclose(difference[0], levels[centre] - levels[surround], atol=1e-5)


def test_a_bright_spot_is_positive_and_a_dark_one_negative():
    maps = torch.full((2, 128, 128), 0.5)
    maps[0, 56:72, 56:72], maps[1, 56:72, 56:72] = 1, 0
    for difference in centre_surround(maps):
        assert difference[0, 64, 64] > 0.05
        assert difference[1, 64, 64] < -0.05


# Promotion


@pytest.mark.parametrize("size", [(20, 32), (23, 37), (128, 130), (5, 8)])
def test_promotion_agrees_with_a_loop_over_patches(size):
    maps = rand(3, *size) ** torch.tensor([1, 8, 40])[:, None, None]
    expected = [slow_promote(plane) for plane in maps.double().numpy()]
    np.testing.assert_allclose(promote(maps), expected, rtol=1e-4, atol=1e-7)


def test_one_peak_is_raised_over_many_alike():
    lone, many = torch.zeros(40, 64), torch.zeros(40, 64)
    lone[20, 20], many[4::8, 4::8] = 0.3, 0.9
    promoted = promote(torch.stack([lone, many]))
    assert promoted[0].max().item() == pytest.approx((1 - 1 / 40) ** 4)
    assert promoted[1].max().item() == 0


def test_a_map_that_peaks_below_a_fiftieth_counts_as_empty():
    maps = torch.zeros(3, 40, 64)
    maps[:, 20, 20] = torch.tensor([0.0, 0.019, 0.021])
    assert (promote(maps).amax((1, 2)) > 0).tolist() == [False, False, True]


# Channels


def test_opponent_channels_are_as_worked_out_by_hand():
    grey, red, green, blue, yellow = (0.5, 0.5, 0.5), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)
    image = torch.tensor([grey, red, green, blue, yellow], dtype=torch.float).T[:, None]  # (3, 1, 5)
    expected = [[1 / 2, 1 / 3, 1 / 3, 1 / 3, 2 / 3], [0, 1, -1, 0, 0], [0, -1 / 2, -1 / 2, 1, -1]]
    assert_close(opponent_channels(image), torch.tensor(expected)[:, None])


def test_orientation_energy_agrees_with_scipy():
    plane = rand(40, 56)
    expected = slow_orientation_energy(plane.double().numpy())
    np.testing.assert_allclose(orientation_energy(plane), expected, atol=1e-5)


@pytest.mark.parametrize(("index", "look"), list(enumerate(["|", "/", "-", "\\"])))
def test_a_bar_excites_the_filter_that_lies_along_it_most(index, look):
    y, x = np.mgrid[-32:33, -32:33]
    off_axis = {"|": x, "-": y, "/": (x + y) / math.sqrt(2), "\\": (x - y) / math.sqrt(2)}[look]
    middle = orientation_energy(torch.from_numpy(abs(off_axis) < 2.5).float())[:, 32, 32].tolist()
    assert middle.index(max(middle)) == index
    assert max(middle) > 2 * sorted(middle)[-2]
    assert middle.index(min(middle)) == (index + 2) % 4


def test_orientation_energy_is_blind_to_even_brightness():
    plane = rand(40, 56)
    assert_close(orientation_energy(plane + 0.5), orientation_energy(plane), atol=1e-5, rtol=0)
    assert_close(orientation_energy(torch.full((40, 56), 0.7)), torch.zeros(4, 40, 56), atol=1e-5, rtol=0)


# Salience


@pytest.mark.parametrize(
    "image", [patchwork(128, 128), patchwork(128, 256), stripes_with_a_gap()], ids=["128x128", "128x256", "stripes"]
)
def test_salience_agrees_with_the_same_in_numpy(image):
    np.testing.assert_allclose(salience_map(image), slow_salience(image.double().numpy()), atol=1e-4)


def test_salience_runs_from_0_to_1():
    salience = salience_map(patchwork(160, 240))
    assert salience.shape == (160, 240)
    assert salience.min() >= 0
    assert salience.max() == 1


@pytest.mark.parametrize("rgb", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.3, 0.3, 0.3), (0.9, 0.1, 0.4)])
def test_nothing_stands_out_in_a_flat_image(rgb):
    image = torch.tensor(rgb)[:, None, None].expand(3, 128, 160)
    assert torch.equal(salience_map(image), torch.zeros(128, 160))


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize(
    "image",
    [
        pytest.param(patchwork(128, 256), id="128x256"),
        pytest.param(shelf().image, id="shelf"),
    ],
)
def test_a_mirror_image_has_the_mirrored_salience(image, dim):
    assert_close(salience_map(image.flip(dim)), salience_map(image).flip(dim - 1), atol=1e-4, rtol=0)


def test_only_differences_in_brightness_count():
    image = 0.5 * patchwork(128, 160)
    assert_close(salience_map(image + 0.4), salience_map(image), atol=1e-4, rtol=0)


@pytest.mark.parametrize("change", [lambda image: 1 - image, lambda image: image[[1, 0, 2]]], ids=["negative", "swap"])
def test_dark_stands_out_from_light_as_light_from_dark_and_green_from_red_as_red_from_green(change):
    image = patchwork(128, 160)
    assert_close(salience_map(change(image)), salience_map(image), atol=1e-4, rtol=0)


def spot(rgb, around):
    image = torch.tensor(around)[:, None, None].repeat(1, 128, 128)
    image[:, 56:72, 56:72] = torch.tensor(rgb)[:, None, None]
    return image


def test_each_conspicuity_map_sees_its_own_kind_of_difference():
    # Grey on grey has no colour; red on green of the same brightness has nothing else.
    by_brightness = conspicuity_maps(spot((0.8, 0.8, 0.8), (0.2, 0.2, 0.2)))
    by_colour = conspicuity_maps(spot((0.6, 0.2, 0.1), (0.2, 0.6, 0.1)))
    assert by_brightness.shape == (3, 128, 128)
    assert (by_brightness.amax((1, 2)) > 0).tolist() == [True, False, True]
    assert (by_colour.amax((1, 2)) > 0).tolist() == [False, True, False]


@pytest.mark.parametrize("rgb", [(0.9, 0.9, 0.9), (0.1, 0.1, 0.1), (0.8, 0.35, 0.35), (0.3, 0.3, 0.9)])
def test_the_one_spot_in_an_image_holds_the_highest_salience(rgb):
    salience = salience_map(spot(rgb, (0.5, 0.5, 0.5)))
    row, column = divmod(salience.argmax().item(), 128)
    assert 52 <= row < 76
    assert 52 <= column < 76


def test_the_image_is_left_as_it_is():
    image = patchwork(128, 128)
    salience_map(image)
    assert torch.equal(image, patchwork(128, 128))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_any_floating_point_image_will_do(dtype):
    image = patchwork(128, 128)
    assert_close(salience_map(image.to(dtype)).float(), salience_map(image), atol=0.02, rtol=0)


# What people see


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("items", [4, 8, 16, 32])
def test_a_lone_red_bar_among_green_ones_is_the_most_salient(items, seed):
    shares = scene_shares(search_display(items, "colour", seed))
    assert shares.argmax() == 0
    assert shares[0] > 1.1 * shares[1:].max()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_conjunction_does_not_pop_out_where_a_colour_does(seed):
    for search, pops_out in (("colour", True), ("conjunction", False)):
        shares = scene_shares(search_display(32, search, seed))
        assert (shares[0] > 2 * shares[1:].max()) == pops_out


@pytest.mark.parametrize("place", range(4))
def test_a_red_book_among_black_ones_takes_more_than_half(place):
    shares = scene_shares(shelf(["red" if i == place else "black" for i in range(4)]))
    assert shares[place] > 0.5


@pytest.mark.parametrize("place", range(1, 4))
def test_a_black_book_among_red_ones_has_the_largest_share(place):
    shares = scene_shares(shelf(["black" if i == place else "red" for i in range(4)]))
    assert shares.argmax() == place


def test_a_black_book_at_the_left_end_of_red_ones_has_the_largest_share():
    assert scene_shares(shelf(["black", "red", "red", "red"])).argmax() == 0


@pytest.mark.parametrize("colour", ["red", "black"])
def test_books_all_alike_share_alike(colour):
    assert_close(scene_shares(shelf([colour] * 4)), torch.full((4,), 0.25), atol=0.05, rtol=0)


# Shares


def test_shares_are_the_means_over_the_boxes_in_proportion():
    salience, boxes = rand(30, 40), [(0, 0, 10, 10), (5, 20, 30, 40), (29, 39, 30, 40), (0, 0, 30, 40)]
    means = [salience.numpy()[top:bottom, left:right].mean() for top, left, bottom, right in boxes]
    shares = salience_shares(salience, boxes)
    np.testing.assert_allclose(shares, np.array(means) / np.sum(means), rtol=1e-5)
    assert shares.sum().item() == pytest.approx(1)


def test_shares_are_as_worked_out_by_hand_and_the_last_row_and_column_of_a_box_do_not_count():
    salience = torch.tensor([[3.0, 9.0, 9.0], [9.0, 1.0, 1.0]])
    assert_close(salience_shares(salience, [(0, 0, 1, 1), (1, 1, 2, 3)]), torch.tensor([3 / 4, 1 / 4]))


def test_a_large_thing_has_no_advantage():
    assert_close(salience_shares(torch.ones(9, 9), [(0, 0, 1, 1), (2, 2, 9, 9)]), torch.tensor([0.5, 0.5]))


# What is refused


@pytest.mark.parametrize("function", [salience_map, conspicuity_maps])
class TestImagesThatAreRefused:
    @pytest.mark.parametrize(
        ("image", "came"),
        [
            (torch.ones(3, 128, 128, dtype=torch.uint8), "torch.uint8"),
            (np.ones((3, 128, 128)), "ndarray"),
            (None, "NoneType"),
        ],
    )
    def test_what_is_not_a_tensor_of_floating_point_numbers(self, function, image, came):
        with pytest.raises(TypeError, match=f"tensor of floating-point numbers from 0 to 1, not {came}"):
            function(image)

    @pytest.mark.parametrize("shape", [(128, 160, 3), (128, 160), (1, 128, 160), (4, 128, 160), (1, 3, 128, 160)])
    def test_another_shape(self, function, shape):
        came = ", ".join(map(str, shape))
        with pytest.raises(ValueError, match=rf"shape \(3, height, width\); \({came}\) came"):
            function(torch.zeros(shape))

    @pytest.mark.parametrize("size", [(127, 200), (200, 127), (0, 0)])
    def test_too_small(self, function, size):
        with pytest.raises(ValueError, match=rf"at least 128 pixels each way.*\({size[0]}, {size[1]}\) came"):
            function(torch.zeros(3, *size))

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_nan_and_infinity(self, function, bad):
        image = torch.zeros(3, 128, 128)
        image[1, 2, 3] = bad
        with pytest.raises(ValueError, match="image holds NaN or infinity"):
            function(image)

    def test_values_from_0_to_255(self, function):
        with pytest.raises(ValueError, match="values from 0 to 1; they run from 0 to 255"):
            function(spot((255.0, 255.0, 255.0), (0.0, 0.0, 0.0)))

    def test_negative_values(self, function):
        with pytest.raises(ValueError, match=r"values from 0 to 1; they run from -0\.5 to 1"):
            function(spot((1.0, 1.0, 1.0), (-0.5, -0.5, -0.5)))


@pytest.mark.parametrize("shape", [(3, 8, 9), (8,), ()])
def test_shares_need_a_map_of_two_dimensions(shape):
    came = ", ".join(map(str, shape))
    with pytest.raises(ValueError, match=rf"shape \(height, width\); \({came},?\) came"):
        salience_shares(torch.ones(shape), [(0, 0, 1, 1)])


@pytest.mark.parametrize(
    "box", [(2, 2, 2, 4), (2, 2, 4, 2), (4, 2, 2, 4), (-1, 0, 2, 2), (0, -1, 2, 2), (0, 0, 9, 2), (0, 0, 2, 10)]
)
def test_a_box_that_is_empty_or_leaves_the_map_is_refused(box):
    came = ", ".join(map(str, box))
    with pytest.raises(ValueError, match=rf"box \({came}\) does not lie within the map of shape \(8, 9\)"):
        salience_shares(torch.ones(8, 9), [(0, 0, 8, 9), box])


@pytest.mark.parametrize("boxes", [[], (), iter([])])
def test_shares_need_a_box(boxes):
    with pytest.raises(ValueError, match="no box came"):
        salience_shares(torch.ones(8, 9), boxes)


def test_no_salience_cannot_be_shared():
    salience = torch.zeros(8, 9)
    salience[7, 8] = 1
    with pytest.raises(ValueError, match="the salience is 0 in every box"):
        salience_shares(salience, [(0, 0, 2, 2), (3, 3, 7, 8)])


@pytest.mark.parametrize(
    ("salience", "came"), [(torch.ones(8, 9).long(), "int64"), (np.ones((8, 9)), "ndarray"), ([[1.0]], "list")]
)
def test_shares_need_a_tensor_of_floating_point_numbers(salience, came):
    with pytest.raises(TypeError, match=f"salience needs .*{came}"):
        salience_shares(salience, [(0, 0, 1, 1)])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_shares_need_salience_that_is_finite_and_not_negative(bad):
    salience = torch.ones(8, 9)
    salience[1, 1] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity|negative"):
        salience_shares(salience, [(0, 0, 2, 2), (3, 3, 7, 8)])
