import pytest


@pytest.fixture
def render():
    """Draw a chart for real, as PNG, so that a warning of any layer is an error here."""

    def draw(ax):
        ax.figure.savefig("/dev/null", format="png", dpi=60)
        return ax

    return draw
