"""The made-up scenes: what is in them, where, and whether boxes, keys and pixels agree.

A test fails where a thing lies elsewhere than its box says, or the same call draws another picture.
"""

from itertools import combinations

import pytest
import torch
from torch.testing import assert_close

from paying_attention.scenes import BOARD, DESK, INKS, WALL, desk, search_display, shelf

SEARCHES = ["colour", "orientation", "conjunction"]


def colour(rgb):
    return torch.tensor(rgb) / 255


def crop(scene, box):
    top, left, bottom, right = box
    return scene.image[:, top:bottom, left:right]


def median_colour(scene, box):
    return crop(scene, box).flatten(1).median(1).values


def is_colour(pixels, rgb):
    """Where pixels, shape (3, ...), have exactly this colour."""
    return (pixels - colour(rgb).view(3, *[1] * (pixels.ndim - 1))).abs().amax(0) < 1e-6


def outside_boxes(scene):
    """The pixels that belong to no thing: shape (3, pixels)."""
    free = torch.ones(scene.image.shape[1:], dtype=torch.bool)
    for top, left, bottom, right in scene.boxes:
        free[top:bottom, left:right] = False
    return scene.image[:, free]


def overlap(one, other):
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(one[3], other[3])


@pytest.mark.parametrize("scene", [shelf(), desk(), search_display(20, "conjunction")], ids=["shelf", "desk", "search"])
class TestEveryScene:
    def test_the_image_holds_colours_from_0_to_1(self, scene):
        assert scene.image.shape[0] == 3
        assert scene.image.dtype == torch.float32
        assert 0 <= scene.image.min() < scene.image.max() <= 1

    def test_each_thing_has_a_key_and_a_value_and_each_of_their_numbers_a_name(self, scene):
        assert scene.keys.shape == (len(scene.items), len(scene.key_names))
        assert scene.values.shape == (len(scene.items), len(scene.value_names))
        assert scene.keys.is_floating_point()
        assert scene.values.is_floating_point()
        assert len(set(scene.key_names)) == len(scene.key_names)
        assert len(set(scene.value_names)) == len(scene.value_names)

    def test_names_boxes_keys_and_values_stand_in_the_order_of_the_items(self, scene):
        for i, item in enumerate(scene.items):
            assert (scene.names[i], scene.boxes[i]) == (item.name, item.box)
            assert_close(scene.keys[i], torch.tensor(item.key))
            assert_close(scene.values[i], torch.tensor(item.value))

    def test_every_box_lies_in_the_image_and_no_two_overlap(self, scene):
        height, width = scene.image.shape[1:]
        for top, left, bottom, right in scene.boxes:
            assert 0 <= top < bottom <= height
            assert 0 <= left < right <= width
        assert not any(overlap(*pair) for pair in combinations(scene.boxes, 2))


# The shelf


@pytest.mark.parametrize("colours", [("black", "black", "red", "black"), ("red", "black", "red", "red")])
def test_each_book_fills_its_box_with_its_colour(colours):
    scene = shelf(colours)
    for item, name in zip(scene.items, colours, strict=True):
        assert_close(median_colour(scene, item.box), colour(INKS[name]))
        assert is_colour(crop(scene, item.box), INKS[name]).float().mean() > 0.5
        border = torch.cat([crop(scene, item.box)[:, 0], crop(scene, item.box)[:, -1]], dim=1)
        assert is_colour(border, INKS[name]).all()


def test_around_the_books_there_is_wall_above_the_board():
    scene = shelf()
    floor = scene.boxes[0][2]
    assert all(bottom == floor for _, _, bottom, _ in scene.boxes)
    assert is_colour(scene.image[:, floor:], BOARD).all()
    rest = outside_boxes(scene)
    assert (is_colour(rest, WALL) | is_colour(rest, BOARD)).all()
    assert is_colour(rest, BOARD).sum() == (200 - floor) * 320


def test_each_book_has_its_title_on_its_spine():
    scene = shelf()
    assert all(is_colour(crop(scene, box), WALL).sum() > 20 for box in scene.boxes)


def test_the_shelf_of_the_running_example():
    scene = shelf()
    assert scene.image.shape == (3, 200, 320)
    assert scene.names == ["Atlas", "Probability", "Poems", "Bread"]
    assert [item.colour for item in scene.items] == ["black", "black", "red", "black"]
    assert scene.key_names == ("red", "tall", "numbers", "pictures")
    assert scene.value_names == ("words", "formulas", "pictures")
    assert scene.keys.shape == (4, 4)
    assert scene.values.shape == (4, 3)


def test_a_new_coat_of_paint_changes_the_colours_and_the_red_of_the_keys_alone():
    before, after = shelf(), shelf(name for name in ("red", "black", "red", "red"))
    assert [item.colour for item in after.items] == ["red", "black", "red", "red"]
    assert after.keys[:, 0].tolist() == [1, 0, 1, 1]
    assert before.keys[:, 0].tolist() == [0, 0, 1, 0]
    assert_close(after.keys[:, 1:], before.keys[:, 1:])
    assert_close(after.values, before.values)
    assert (after.names, after.boxes) == (before.names, before.boxes)
    changed = (after.image != before.image).any(0)
    for (top, left, bottom, right), is_changed in zip(after.boxes, [True, False, False, True], strict=True):
        assert changed[top:bottom, left:right].any() == is_changed


def test_a_taller_book_has_a_greater_number_for_tall():
    scene = shelf()
    heights = torch.tensor([bottom - top for top, _, bottom, _ in scene.boxes])
    assert heights.argsort().tolist() == scene.keys[:, scene.key_names.index("tall")].argsort().tolist()


@pytest.mark.parametrize("draw", [shelf, desk])
def test_the_same_scene_comes_out_each_time(draw):
    assert torch.equal(draw().image, draw().image)
    assert draw().items == draw().items


@pytest.mark.parametrize("count", [0, 3, 5])
def test_a_shelf_needs_a_colour_for_each_book(count):
    with pytest.raises(ValueError, match=f"needs 4 colours, one for each book, but {count} came"):
        shelf(["red"] * count)


@pytest.mark.parametrize("name", ["green", "Red", ""])
def test_a_book_is_black_or_red(name):
    with pytest.raises(ValueError, match=f"'black' or 'red', not '{name}'"):
        shelf(["red", "black", name, "black"])


# The desk


def test_one_thing_on_the_desk_is_red_and_it_is_the_cup():
    scene = desk()
    assert scene.image.shape == (3, 200, 320)
    assert scene.names == ["newspaper", "paper", "cup", "notebook", "book"]
    assert [item.name for item in scene.items if item.colour == "red"] == ["cup"]
    assert scene.keys[:, scene.key_names.index("red")].tolist() == [0, 0, 1, 0, 0]
    red = [is_colour(crop(scene, box), INKS["red"]).sum().item() for box in scene.boxes]
    assert red[2] > 1000
    assert red[:2] + red[3:] == [0] * 4


def test_around_the_things_there_is_desk():
    assert is_colour(outside_boxes(desk()), DESK).float().mean() > 0.999


def test_nothing_on_the_desk_leaves_its_box():
    assert is_colour(outside_boxes(desk()), DESK).all()


# Search displays


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("items", [2, 7, 16, 48])
def test_a_search_display_has_as_many_items_as_asked_for_and_one_target(items, search):
    scene = search_display(items, search)
    assert scene.image.shape == (3, 240, 320)
    assert len(scene.items) == items
    assert scene.value_names == ("is the target",)
    assert scene.values[:, 0].tolist() == [1] + [0] * (items - 1)
    assert scene.key_names == ("red", "green", "vertical", "horizontal")
    assert scene.keys[0].tolist() == [1, 0, 1, 0]
    assert scene.names[0] == "red vertical"
    assert scene.names.count("red vertical") == 1


@pytest.mark.parametrize(
    ("search", "kinds"),
    [
        ("colour", {"green vertical": (0, 1, 1, 0)}),
        ("orientation", {"red horizontal": (1, 0, 0, 1)}),
        ("conjunction", {"green vertical": (0, 1, 1, 0), "red horizontal": (1, 0, 0, 1)}),
    ],
)
@pytest.mark.parametrize("items", [9, 16])
def test_each_distractor_differs_from_the_target_as_the_search_says(search, kinds, items):
    distractors = search_display(items, search).items[1:]
    assert {item.name: item.key for item in distractors} == kinds
    counts = [sum(item.name == kind for item in distractors) for kind in kinds]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(("search", "different"), [("colour", [0, 1]), ("orientation", [2, 3])])
def test_in_a_feature_search_one_feature_tells_the_target_from_all(search, different):
    target, *distractors = search_display(12, search).keys
    for distractor in distractors:
        assert (target != distractor).nonzero().flatten().tolist() == different


def test_in_a_conjunction_search_each_distractor_shares_one_feature_with_the_target():
    target, *distractors = search_display(12, "conjunction").keys
    assert [float(target @ distractor) for distractor in distractors] == [1] * 11


@pytest.mark.parametrize("search", SEARCHES)
def test_the_bars_look_as_their_keys_say(search):
    scene = search_display(12, search)
    for item in scene.items:
        pixels = crop(scene, item.box)
        bar = is_colour(pixels, INKS["red" if item.key[0] else "green"])
        assert (bar | is_colour(pixels, WALL)).all()
        rows, columns = bar.any(1).sum().item(), bar.any(0).sum().item()
        assert bar.sum() == rows * columns == 132
        assert (rows, columns) == ((22, 6) if item.key[2] else (6, 22))
        assert item.colour == ("red" if item.key[0] else "green")


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("items", [2, 48])
def test_bars_keep_apart_and_inside_their_boxes(items, seed):
    scene = search_display(items, "conjunction", seed)
    assert not any(overlap(*pair) for pair in combinations(scene.boxes, 2))
    for top, left, bottom, right in scene.boxes:
        assert 0 <= top < bottom <= 240
        assert 0 <= left < right <= 320
        assert (bottom - top, right - left) == (24, 24)
    assert is_colour(outside_boxes(scene), WALL).all()


def test_a_seed_settles_the_picture():
    assert torch.equal(search_display(8, seed=3).image, search_display(8, seed=3).image)
    assert search_display(8, seed=3).items == search_display(8, seed=3).items
    assert search_display(8, seed=3).boxes != search_display(8, seed=4).boxes
    assert not torch.equal(search_display(8, seed=3).image, search_display(8, seed=4).image)
    assert torch.equal(search_display(8).image, search_display(8, "colour", 0).image)


def test_the_caller_s_random_numbers_are_left_alone():
    before = torch.get_rng_state()
    search_display(8)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("items", [-1, 0, 1, 49])
def test_a_search_display_holds_2_to_48_items(items):
    with pytest.raises(ValueError, match=f"2 to 48 items; {items} came"):
        search_display(items)


@pytest.mark.parametrize("search", ["color", "", None])
def test_an_unknown_search_is_refused(search):
    with pytest.raises(ValueError, match=f"one of 'colour', 'orientation', 'conjunction', not {search!r}"):
        search_display(8, search)
