"""report writes one whole file and says so."""

from __future__ import annotations

from console import run


def test_the_report_is_one_file(store, tmp_path):
    answer = run("report", "--out", "r.html", "--title", "March", "--from", "2026-03-01",
                 "--to", "2026-04-01", "--store", store)  # fmt: skip

    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert (answer.status, answer.out) == (0, "")
    assert "March" in page
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_report_needs_a_store(tmp_path):
    answer = run("report", "--out", "r.html", "--store", tmp_path / "nowhere")

    assert answer.status == 1
    assert "flora-analytics sync" in answer.err
    assert not (tmp_path / "r.html").exists()
