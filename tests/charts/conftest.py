import sys

import pytest


@pytest.fixture
def render():
    """Draw a chart for real, as PNG, so that a warning of any layer is an error here."""

    def draw(ax):
        ax.figure.savefig("/dev/null", format="png", dpi=60)
        return ax

    return draw


@pytest.fixture(autouse=True)
def _close_figures():
    """`pyplot`, once anybody has loaded it, keeps what nobody closes."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
