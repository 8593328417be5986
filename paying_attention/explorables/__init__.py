"""Interactive figures: each a Python class and a plain script of the same name, alive with and without a kernel."""

from paying_attention.explorables.alignment import Alignment
from paying_attention.explorables.heatmap_reader import HeatmapReader
from paying_attention.explorables.learning import Learning
from paying_attention.explorables.pooling import Pooling
from paying_attention.explorables.sharpness import Sharpness
from paying_attention.explorables.shelf import Shelf
from paying_attention.explorables.soft_lookup import SoftLookup

__all__ = ["Alignment", "HeatmapReader", "Learning", "Pooling", "Sharpness", "Shelf", "SoftLookup"]
