"""Salience drawn over its image.

A test fails where a map does not stand under its image, has another scale than its neighbours, or where input that
cannot be drawn is drawn.
"""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from drawings import bar_ranges, bars, draw, panels, svg_elements

from paying_attention.heatmaps import show_salience

pytestmark = pytest.mark.usefixtures("no_window_and_no_trace")


def pictures(*highest, size=(4, 6)):
    """An image and a salience map for each of these highest values."""
    generator = torch.Generator().manual_seed(0)
    images = [torch.rand(3, *size, generator=generator) for _ in highest]
    maps = [torch.rand(size, generator=generator) for _ in highest]
    return images, [high * salience / salience.max() for high, salience in zip(highest, maps, strict=True)]


def test_salience_is_drawn_over_the_darkened_image_under_the_image_itself():
    images, maps = pictures(0.5, 1.0)
    figure = draw(images, maps, show=show_salience, titles=["one", "two"], figsize=(6, 5))
    assert tuple(figure.get_size_inches()) == (6, 5)
    above, below = panels(figure)[:2], panels(figure)[2:]
    assert [ax.get_title() for ax in panels(figure)] == ["one", "two", "", ""]
    for upper, lower, image, salience in zip(above, below, images, maps, strict=True):
        assert upper.get_subplotspec().colspan == lower.get_subplotspec().colspan
        np.testing.assert_array_equal(upper.images[0].get_array(), image.movedim(0, -1))
        grey, over = lower.images
        np.testing.assert_allclose(grey.get_array(), image.sum(0) / 3, rtol=1e-6)
        assert grey.get_clim() == (0, 1)
        np.testing.assert_array_equal(over.get_array(), salience)
        assert 0 < over.get_alpha() < 1


@pytest.mark.parametrize(("columns", "figsize"), [(1, (4, 4)), (2, (7, 4.2)), (4, (8, 3.4))])
def test_a_salience_map_stands_exactly_under_its_image(columns, figsize):
    figure = draw(*pictures(*[1.0] * columns, size=(20, 32)), show=show_salience, figsize=figsize)
    figure.canvas.draw()  # the layout is made here
    for upper, lower in zip(panels(figure)[:columns], panels(figure)[columns:], strict=True):
        above, below = upper.get_position(), lower.get_position()
        np.testing.assert_allclose([below.x0, below.x1], [above.x0, above.x1], atol=1e-3)


@pytest.mark.parametrize(("highest", "shown"), [((0.25, 0.5), 0.5), ((2.0, 0.5), 2), ((0.0, 0.5), 0.5), ((0.0,), 1)])
def test_all_salience_maps_share_one_scale_from_0_and_one_bar(highest, shown):
    images, maps = pictures(*(high or 1 for high in highest))
    maps = [salience * (high > 0) for high, salience in zip(highest, maps, strict=True)]
    figure = draw(images, maps, show=show_salience)
    assert [ax.images[1].get_clim() for ax in panels(figure)[len(highest) :]] == [(0, shown)] * len(highest)
    assert bar_ranges(figure) == [(0, shown)]
    assert bars(figure)[0].get_ylabel() == "Salience"


def test_text_over_salience_can_be_searched():
    texts = {
        element.text for element in svg_elements(draw(*pictures(1, 1), ["one", "two"], show=show_salience), "text")
    }
    assert {"one", "two", "Salience"} <= texts


@pytest.mark.parametrize(("images", "maps"), [(2, 1), (1, 2), (0, 0)])
def test_each_image_needs_a_salience_map(images, maps):
    with pytest.raises(ValueError, match=f"one map: {images} images and {maps} maps came"):
        show_salience(pictures(1, 1)[0][:images], pictures(1, 1)[1][:maps])
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("image", "salience"), [((3, 4, 6), (6, 4)), ((4, 6), (4, 6)), ((4, 6, 3), (4, 6)), ((3, 4, 6), (1, 4, 6))]
)
def test_a_salience_map_has_the_size_of_its_image(image, salience):
    message = f"{image} and {salience} came".replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ValueError, match=message):
        show_salience([torch.zeros(image)], [torch.zeros(salience)])
    assert plt.get_fignums() == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.1])
def test_salience_is_finite_and_not_negative(bad):
    images, (salience,) = pictures(1)
    salience[1, 1] = bad
    with pytest.raises(ValueError, match="NaN, infinity or a negative value"):
        show_salience(images, [salience])
    assert plt.get_fignums() == []


@pytest.mark.parametrize("titles", [["one"], "ab", ["one", "two", "three"]])
def test_titles_over_images_are_one_for_each(titles):
    with pytest.raises(ValueError, match=r"^titles needs .*for each image"):
        show_salience(*pictures(1, 1), titles)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_an_image_has_three_channels(channels):
    with pytest.raises(ValueError, match=rf"\({channels}, 4, 6\)"):
        show_salience([torch.zeros(channels, 4, 6)], [torch.zeros(4, 6)])


def test_salience_that_requires_grad_may_be_drawn():
    images, (salience,) = pictures(1)
    figure = draw(images, [salience.requires_grad_()], show=show_salience)
    np.testing.assert_array_equal(panels(figure)[1].images[1].get_array(), salience.detach())
