"""The notebooks run, and what they show is what they would show today.

``python tests/test_notebooks.py`` runs them and stores what they show.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def run(path: Path, *, folder: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    # Sockets that are files, because a port may be taken before the kernel has come up.
    with tempfile.TemporaryDirectory() as sockets:
        client = NotebookClient(
            notebook,
            config=Config(
                KernelManager={"transport": "ipc", "connection_file": f"{sockets}/kernel.json"}
            ),
            resources={"metadata": {"path": str(folder)}},
            timeout=600,
            startup_timeout=600,
            iopub_timeout=600,
            coalesce_streams=True,
            record_timing=False,
        )
        client.execute()
    # The kernel notes its own version, which says nothing about the notebook.
    notebook.metadata = nbformat.read(path, as_version=4).metadata
    return notebook


def texts(notebook: nbformat.NotebookNode) -> list[Any]:
    """What each code cell shows, pictures aside: their bytes depend on installed fonts."""
    return [
        [
            output.get("text")
            or {
                kind: "a picture" if kind.startswith("image/") else shown
                for kind, shown in output.data.items()
                if not (kind == "text/plain" and "image/png" in output.data)
            }
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_would_show_today(path: Path):
    stored = nbformat.read(path, as_version=4)

    # What is stored was made in the notebook's own folder, as Jupyter does.
    fresh = run(path, folder=ROOT)

    assert texts(fresh) == texts(stored)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_names_no_machine(path: Path):
    text = path.read_text(encoding="utf-8")

    assert len(text) < 500_000
    assert "image/png" in text
    assert str(Path.home()) not in text
    assert str(ROOT) not in text
    assert "127.0.0.1" not in text
    assert '"stderr"' not in text


if __name__ == "__main__":
    for path in NOTEBOOKS:
        nbformat.write(run(path, folder=path.parent), path)
