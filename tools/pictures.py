"""Draw the pictures of pages that run no code themselves, into _build/pictures."""

from pathlib import Path

import matplotlib.pyplot as plt

from paying_attention.salience import salience_map
from paying_attention.scenes import shelf
from paying_attention.style import use_book_style

FOLDER = Path(__file__).resolve().parent.parent / "_build" / "pictures"


def draw_mark(path):
    """The book's mark: three black books on a board, and a red one."""
    books = {"#222": [(14, 8, 42), (23, 14, 36), (41, 18, 32)], "#a3211c": [(32, 8, 42)]}
    spines = "".join(
        f'<path fill="{colour}" d="{"".join(f"M{x} {y}h8v{height}h-8z" for x, y, height in places)}"/>'
        for colour, places in books.items()
    )
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="12" fill="#f3eee4"/>{spines}'
        '<path fill="#8a6a47" d="M9 50h46v4H9z"/></svg>\n'
    )


def draw_preview(path):
    """The picture beside a link to the book: its title, the shelf, and where the shelf draws the eye."""
    scene = shelf()
    figure = plt.figure(figsize=(12, 6.3), facecolor="#fbfaf8", layout="none")
    figure.text(0.06, 0.78, "Paying Attention", fontsize=52, fontweight="bold", color="#1f1f1f")
    figure.text(0.06, 0.67, "An executable book on attention, from cues to heatmaps", fontsize=24, color="#5c5b57")
    left, right = figure.add_axes((0.06, 0.08, 0.43, 0.5)), figure.add_axes((0.51, 0.08, 0.43, 0.5))
    left.imshow(scene.image.permute(1, 2, 0))
    right.imshow(scene.image.mean(0), cmap="gray", vmin=0, vmax=1)
    right.imshow(salience_map(scene.image), cmap="inferno", vmin=0, vmax=1, alpha=0.8)
    for ax in (left, right):
        ax.set_axis_off()
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    plt.switch_backend("svg")
    use_book_style()
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw_mark(FOLDER / "mark.svg")
    draw_preview(FOLDER / "preview.png")
