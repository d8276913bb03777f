"""A changed definition: everything is counted anew, and what is published goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.testing.seeded import SeededDesk
from exporter.certify.policies import definition, everything
from exporter.definition import Definition
from exporter.serving.exposition import Exposition
from tests.pipeline import Pipeline, Samples, business, differences, pipeline

PRESENT = datetime(2026, 4, 9, 15, 0, tzinfo=UTC)
OUTCOMES = "support_sla_outcomes_total"


@pytest.fixture
def desk() -> SeededDesk:
    return SeededDesk(3, present=PRESENT, weeks=4, rate=1.0)


@pytest.fixture
def plain(desk: SeededDesk, tmp_path: Path) -> Iterator[Pipeline]:
    """A source without business hours or targets, polled along the way."""
    folder = tmp_path / "plain"
    folder.mkdir()
    with pipeline("zendesk", desk, folder) as source:
        yield source


def polls(source: Pipeline) -> None:
    for days in (14, 15, 18, 21, 28):
        source.poll(source.desk.begins + timedelta(days=days))


def adopt(source: Pipeline, wanted: Definition) -> None:
    """The operator changes the configuration and starts deskpulse again."""
    source.poller.source = replace(source.poller.source, definition=wanted)
    source.store.prepare([source.poller.source])


def scraped(source: Pipeline) -> Samples:
    return business(
        Exposition(source.store.snapshot(), [source.poller.source.name], totals=True).body()
    )


def totals(source: Pipeline) -> Counter[str]:
    """What is counted, offsets left out, by metric."""
    found: Counter[str] = Counter()
    for one in source.store.snapshot().series:
        found[one.metric] += sum(one.amount.buckets or [one.amount.value])
    return found


def test_counting_anew_by_the_same_definition_changes_nothing(
    desk: SeededDesk, tmp_path: Path
) -> None:
    with pipeline("zendesk", desk, tmp_path, policy=everything(desk.hours)) as source:
        polls(source)
        before = source.body()
        changes = source.store.recompute(source.poller.source)
        assert [one for one in changes if one.differs] == []
        assert any(one.metric == "support_sla_outcomes" and one.after for one in changes)
        assert business(source.body()) == business(before)
        source.poll(PRESENT + timedelta(days=3))
        assert differences(source.samples(), source.truth().as_samples()) == []


def test_what_was_published_goes_on_and_what_is_new_begins_at_its_total(
    plain: Pipeline, desk: SeededDesk
) -> None:
    polls(plain)
    before = scraped(plain)
    adopt(plain, definition(everything(desk.hours)))
    changes = plain.store.recompute(plain.poller.source)
    after = scraped(plain)
    counted = {name: value for name, value in before.items() if _grows(name[0])}
    assert {key: after[key] for key in counted} == counted
    business_time = next(
        c for c in changes if c.metric == "support_first_response_business_seconds"
    )
    assert business_time.before == 0
    assert business_time.after > 100
    plain.poll(PRESENT + timedelta(days=3))
    later = scraped(plain)
    assert all(later[key] >= value for key, value in after.items() if _grows(key[0]))


def test_counted_anew_is_what_a_store_of_that_definition_has(
    plain: Pipeline, desk: SeededDesk, tmp_path: Path
) -> None:
    """Apart from the labels of a breach, which are those of the moment at which it was seen."""
    wanted = definition(everything(desk.hours))
    polls(plain)
    adopt(plain, wanted)
    plain.store.recompute(plain.poller.source)
    with pipeline("zendesk", desk, tmp_path, policy=everything(desk.hours)) as source:
        polls(source)
        found, expected = totals(plain), totals(source)
    timed = {
        name for name in expected if name.startswith("support_") and "_by_category" not in name
    }
    assert {name: found[name] for name in timed} == {name: expected[name] for name in timed}
    assert expected["support_sla_outcomes"] > 300


def test_the_page_says_when_earlier_facts_were_counted_otherwise(
    plain: Pipeline, desk: SeededDesk
) -> None:
    def told() -> dict[str, str]:
        (line,) = (x for x in plain.body().decode().splitlines() if x.startswith("deskpulse_defin"))
        return dict(
            pair.split("=") for pair in line[line.index("{") + 1 : line.index("}")].split(",")
        )

    polls(plain)
    same = told()
    assert same["definition"] == same["counted"]
    adopt(plain, definition(everything(desk.hours)))
    changed = told()
    assert changed["counted"] == same["counted"] != changed["definition"]
    plain.store.recompute(plain.poller.source)
    assert told()["counted"] == changed["definition"]


def test_a_definition_that_is_taken_back_gives_the_old_totals(
    plain: Pipeline, desk: SeededDesk
) -> None:
    polls(plain)
    first, page = totals(plain), scraped(plain)
    adopt(plain, definition(everything(desk.hours)))
    plain.store.recompute(plain.poller.source)
    adopt(plain, Definition())
    plain.store.recompute(plain.poller.source)
    later, shown = totals(plain), scraped(plain)
    assert {name: later[name] for name in first} == first
    assert {key: shown[key] for key in page} == page


def test_gauges_are_right_as_soon_as_the_definition_is_adopted(
    plain: Pipeline, desk: SeededDesk
) -> None:
    polls(plain)
    plain.policy = everything(desk.hours)
    adopt(plain, definition(plain.policy))
    plain.store.recompute(plain.poller.source)
    expected = plain.truth().gauges
    found = scraped(plain)
    wrong = differences(
        {key: value for key, value in found.items() if key[0] == "support_sla_open"},
        {("support_sla_open", k): float(v) for k, v in expected["support_sla_open"].items()},
    )
    assert wrong == []


def _grows(name: str) -> bool:
    return name.endswith(("_total", "_bucket", "_count", "_sum"))
