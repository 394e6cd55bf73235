from __future__ import annotations

from datetime import timedelta

import pyarrow.compute as pc
import pytest
from read_page import Page
from report_runs import READ_AT, a_months_runs

from flora_analytics.certificate import Certificate
from flora_analytics.errors import StoreNotFoundError
from flora_analytics.report.content import collect_content
from flora_analytics.report.media.html import render_html
from flora_analytics.report.page import Content
from flora_analytics.report.source import Source, open_source
from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.store import RunStore


def make_store(folder, **facts):
    """A store of one sync, which vouches for what it says."""
    usual = {"scope": "all", "as_of": READ_AT, "synced_at": READ_AT, "complete": True}
    certificate = Certificate(**(usual | facts))
    store = RunStore(folder / "runs.delta")
    store.commit(
        a_months_runs(), scope="all", memory=lambda _: {"certificate": certificate.to_dict()}
    )
    return store


def content_of(source: Source) -> Content:
    """What the report says beside its sections, which take long."""
    return collect_content(
        source.runs, extent=source.extent, provenance=source.provenance, sections=["objectives"]
    )


def notes(source: Source) -> dict[str, str]:
    return {note.term: note.text for note in content_of(source).basis}


def test_a_store_vouches_for_its_runs(tmp_path):
    source = open_source(make_store(tmp_path))

    assert source.provenance.as_of == READ_AT
    assert source.extent.first == pc.min(a_months_runs()["created_at"]).as_py()
    assert notes(source) | {
        "Data as of": "31 March 2026, 12:00 (UTC).",
        "Completeness": "Complete as of 2026-03-31 12:00:00 UTC.",
        "Rejected": "No run: all that were read kept to the API’s contract.",
    } == notes(source)


def test_a_store_that_is_not_proved_complete_says_so_on_top(tmp_path):
    source = open_source(str(make_store(tmp_path, complete=False, reason="it was stopped.").uri))

    page = Page(render_html(content_of(source)))

    assert "May be incomplete." in page.text()
    assert "it was stopped." in page.text()


def test_a_store_of_several_syncs_speaks_as_long_as_the_one_that_ended_first(tmp_path):
    store = make_store(tmp_path)
    earlier = Certificate(
        scope="two", as_of=READ_AT - timedelta(days=3), synced_at=READ_AT, complete=True
    )
    nothing = RUN_SCHEMA.empty_table()
    store.commit(nothing, scope="two", memory=lambda _: {"certificate": earlier.to_dict()})

    source = open_source(store)

    assert source.provenance.as_of == READ_AT - timedelta(days=3)
    assert notes(source)["Completeness"] == (
        "all: Complete as of 2026-03-31 12:00:00 UTC. two: Complete as of 2026-03-28 12:00:00 UTC."
    )


@pytest.mark.parametrize("days", [-3, 3], ids=["earlier", "later"])
def test_a_store_speaks_up_to_an_earlier_instant_but_no_later_one(tmp_path, days):
    source = open_source(make_store(tmp_path), now=READ_AT + timedelta(days=days))

    assert source.provenance.as_of == READ_AT + timedelta(days=min(days, 0))


def test_runs_that_no_sync_vouches_for_speak_up_to_their_last_reading(tmp_path):
    store = RunStore(tmp_path / "runs.delta")
    store.commit(a_months_runs(), scope="all", memory=lambda _: {})

    source = open_source(store)

    assert source.provenance.as_of == pc.max(a_months_runs()["read_at"]).as_py()
    assert source.provenance.complete is False
    assert notes(source)["Completeness"] == (
        "Not proved complete: no sync has come to its end yet."
    )


def test_a_place_without_a_store_is_an_error(tmp_path):
    with pytest.raises(StoreNotFoundError):
        open_source(tmp_path / "nothing.delta")
