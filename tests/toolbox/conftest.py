"""What tests that draw have in common."""

import matplotlib
import matplotlib.pyplot as plt
import pytest


@pytest.fixture
def no_window_and_no_trace():
    """Drawn without a screen; no figure is left to the next test, and no setting."""
    plt.switch_backend("Agg")
    with matplotlib.rc_context():
        yield
    plt.close("all")
