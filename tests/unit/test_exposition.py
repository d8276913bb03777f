"""From a snapshot to bytes: formats, folding, what is kept back."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from prometheus_client.openmetrics import parser as openmetrics

from exporter.catalog import CATALOG
from exporter.metric import DURATION_BUCKETS
from exporter.serving.exposition import Exposition
from exporter.store import Series, Snapshot, SourceState
from exporter.tally import Amount
from tests.pipeline import samples, total

BUCKETS = len(DURATION_BUCKETS) + 1
OLDEST = "support_oldest_open_created_timestamp_seconds"
SHOWN = {
    ("desk", "team", "Billing"): "Billing",
    ("desk", "team", "Night"): "other",
    ("desk", "team", "Weekend"): "other",
}


def state(source: str = "desk", *, primed: bool = True) -> SourceState:
    return SourceState(
        source=source,
        vendor="zendesk",
        version=3,
        primed=primed,
        catching_up=False,
        up=True,
        complete_to=1_458_000_000_123,
        newest_change=None,
        last_success=1_458_000_060_500,
        clock_skew=-1500,
        sync=250,
        gaps=("groups",),
        error=None,
    )


def one(metric: str, labels: tuple[str, ...], amount: Amount, *, held: bool = False) -> Series:
    return Series("desk", metric, labels, amount, Amount(), held)


def resolution(team: str, milliseconds: int, *, held: bool = False) -> Series:
    buckets = [1] + [0] * (BUCKETS - 1)
    amount = Amount(milliseconds, buckets)
    return one("support_resolution_seconds", (team, "high"), amount, held=held)


def exposition(*series: Series, **options: object) -> Exposition:
    snapshot = Snapshot(3, {"desk": state()}, series, SHOWN)
    return Exposition(snapshot, ["desk"], **options)  # type: ignore[arg-type]


def test_both_formats_and_their_compressed_forms_say_the_same() -> None:
    page = exposition(resolution("Billing", 30_000), one(OLDEST, ("Billing",), Amount(5_500)))
    text = samples(page.body())
    families = openmetrics.text_string_to_metric_families(  # type: ignore[no-untyped-call]
        page.body(openmetrics=True).decode()
    )
    parsed = {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples}
    assert parsed == text
    for form in (False, True):
        assert gzip.decompress(page.body(openmetrics=form, compressed=True)) == page.body(
            openmetrics=form
        )


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    series = resolution("Billing", 30_000)
    assert exposition(series).body() == exposition(series).body()


def test_the_order_of_the_store_does_not_show() -> None:
    series = [resolution(team, 1000) for team in ("Night", "Billing")]
    assert exposition(*series).body() == exposition(*reversed(series)).body()


def test_milliseconds_come_out_as_seconds_to_the_last_digit() -> None:
    page = exposition(resolution("Billing", 1_234_567)).body().decode()
    assert (
        'support_resolution_seconds_sum{priority="high",source="desk",team="Billing"} 1234.567'
        in page
    )
    assert 'complete_to_timestamp_seconds{source="desk"} 1.458000000123e+09' in page


def test_buckets_are_cumulative_and_their_bounds_canonical() -> None:
    page = exposition(resolution("Billing", 30_000)).body().decode()
    assert 'le="60.0"' in page
    assert 'le="2.592e+06"' in page or 'le="2592000.0"' in page
    assert '_bucket{le="+Inf",priority="high",source="desk",team="Billing"} 1.0' in page


def test_no_created_series_is_emitted() -> None:
    """Prometheus 2.42 stores `_created` as further series."""
    assert "_created{" not in exposition(resolution("Billing", 1)).body(openmetrics=True).decode()


def test_teams_beyond_the_cap_are_summed_as_other() -> None:
    found = samples(exposition(resolution("Night", 1000), resolution("Weekend", 2000)).body())
    other = {labels: v for (name, labels), v in found.items() if name.endswith("_sum")}
    assert [dict(labels)["team"] for labels in other] == ["other"]
    assert list(other.values()) == [3.0]


def test_the_oldest_of_the_teams_beyond_the_cap_is_the_oldest_of_all() -> None:
    night, weekend = (one(OLDEST, (t,), Amount(a)) for t, a in (("Night", 9000), ("Weekend", 5000)))
    assert total(samples(exposition(night, weekend).body()), OLDEST) == 5.0


def test_a_team_that_has_no_place_yet_has_no_series() -> None:
    assert "support_resolution" not in exposition(resolution("Unheard of", 1)).body().decode()


def test_a_held_series_is_shown_at_zero_and_named() -> None:
    series = resolution("Billing", 1000, held=True)
    page = exposition(series)
    assert total(samples(page.body()), "support_resolution_seconds_count") == 0
    assert page.held == {series.key}
    assert total(samples(exposition(series, totals=True).body()), series.metric + "_count") == 1


@pytest.mark.parametrize(
    "page",
    [
        Exposition(
            Snapshot(3, {"desk": state(primed=False)}, [resolution("Billing", 1)], SHOWN), ["desk"]
        ),
        exposition(resolution("Billing", 1), unexposed=["desk"]),
    ],
    ids=["not primed", "restored"],
)
def test_business_that_is_kept_back_is_absent_and_health_is_not(page: Exposition) -> None:
    text = page.body().decode()
    assert "support_" not in text
    assert 'deskpulse_source_up{source="desk"} 1.0' in text


def test_sources_that_are_not_configured_are_not_shown() -> None:
    snapshot = Snapshot(3, {"desk": state()}, [resolution("Billing", 1)], SHOWN)
    assert b"desk" not in Exposition(snapshot, []).body().replace(b"deskpulse", b"")


def test_what_is_not_known_is_absent() -> None:
    assert "newest_change" not in exposition().body().decode()
    assert "deskpulse_render_seconds" not in exposition().body().decode()
    assert "deskpulse_render_seconds" in CATALOG


def test_a_metric_of_another_version_does_not_hurt_the_page() -> None:
    page = exposition(one("support_not_yet_invented", (), Amount(1)), resolution("Billing", 1))
    assert total(samples(page.body()), "support_resolution_seconds_count") == 1


def test_a_restored_source_shows_no_count_at_all() -> None:
    requests = one("deskpulse_source_requests", ("200",), Amount(5))
    shown = exposition(requests, unexposed=["desk"]).body().decode()
    assert "deskpulse_source_requests" not in shown


# --- every kind of number -------------------------------------------------------------------------


def lines(page: Exposition, name: str) -> list[str]:
    """The samples of a name, as they stand on the page."""
    return [line for line in page.body().decode().splitlines() if line.startswith(f"{name}{{")]


def test_replies_have_a_bucket_of_none_and_of_one() -> None:
    """One-touch is the one without the other."""
    replies = Amount(9, [2, 3, 0, 1, 0, 0, 0, 0, 0])
    page = exposition(one("support_replies_per_ticket", ("Billing", "high"), replies))
    found = samples(page.body())
    by_le = {
        dict(labels)["le"]: value
        for (name, labels), value in found.items()
        if name.endswith("_bucket")
    }
    assert by_le == {
        "0.0": 2,
        "1.0": 5,
        "2.0": 5,
        "3.0": 6,
        **dict.fromkeys(("5.0", "8.0", "13.0", "21.0", "+Inf"), 6),
    }
    assert total(found, "support_replies_per_ticket_sum") == 9


def test_a_score_is_shown_as_it_was_given() -> None:
    score = Amount(6, [0, 0, 0, 0, 0, 1, 0, 0])
    page = exposition(one("support_effort_score", ("7", "Billing"), score))
    assert lines(page, "support_effort_score_sum") == [
        'support_effort_score_sum{scale="7",source="desk",team="Billing"} 6.0'
    ]


def test_a_quantile_is_shown_in_seconds() -> None:
    page = exposition(one("support_first_response_quantile_seconds", ("7d", "90"), Amount(90_500)))
    assert lines(page, "support_first_response_quantile_seconds") == [
        'support_first_response_quantile_seconds{percentile="90",source="desk",window="7d"} 90.5'
    ]


def test_how_promises_ended_and_stand_is_shown_by_target() -> None:
    labels = ("Billing", "high")
    page = exposition(
        one("support_sla_outcomes", ("resolution", "met", *labels), Amount(3)),
        one("support_sla_open", ("next_response", "at_risk", *labels), Amount(2)),
    )
    assert lines(page, "support_sla_outcomes_total") == [
        (
            'support_sla_outcomes_total{outcome="met",priority="high",source="desk",'
            'target="resolution",team="Billing"} 3.0'
        )
    ]
    assert lines(page, "support_sla_open") == [
        (
            'support_sla_open{priority="high",source="desk",state="at_risk",'
            'target="next_response",team="Billing"} 2.0'
        )
    ]


@pytest.mark.parametrize("label", ["category", "language"])
def test_categories_and_languages_beyond_the_cap_are_summed_as_other(label: str) -> None:
    name = f"support_tickets_open_by_{label}"
    shown = {
        ("desk", label, "a"): "a",
        ("desk", label, "b"): "other",
        ("desk", label, "c"): "other",
    }
    series = [
        one(name, (value,), Amount(amount)) for value, amount in zip("abc", (1, 2, 3), strict=True)
    ]
    page = Exposition(Snapshot(3, {"desk": state()}, series, shown), ["desk"])
    assert lines(page, name) == [
        f'{name}{{{label}="a",source="desk"}} 1.0',
        f'{name}{{{label}="other",source="desk"}} 5.0',
    ]


def test_a_gauge_of_a_team_that_has_no_place_yet_is_shown_as_other() -> None:
    """A backlog is never left out; only what may not move later is kept back."""
    page = exposition(one("support_tickets_unassigned", ("Unheard of", "high"), Amount(4)))
    assert lines(page, "support_tickets_unassigned") == [
        'support_tickets_unassigned{priority="high",source="desk",team="other"} 4.0'
    ]


def test_what_was_counted_anew_goes_on_where_it_was() -> None:
    before = resolution("Billing", 30_000)
    offset = Amount(5_000, [0, 2] + [0] * (BUCKETS - 2))
    page = exposition(replace(before, offset=offset))
    found = samples(page.body())
    assert total(found, "support_resolution_seconds_sum") == 35
    assert total(found, "support_resolution_seconds_count") == 3
    assert total(samples(exposition(before).body()), "support_resolution_seconds_count") == 1
    solved = one("support_tickets_reopened", ("Billing", "high", "email"), Amount(7))
    page = exposition(replace(solved, offset=Amount(-2)))
    assert total(samples(page.body()), "support_tickets_reopened_total") == 5


def test_the_definition_in_use_is_told_with_the_one_that_was_counted_by() -> None:
    known = replace(state(), definition="new", counted="old")
    page = Exposition(Snapshot(3, {"desk": known}, [], {}), ["desk"])
    assert lines(page, "deskpulse_definition_info") == [
        'deskpulse_definition_info{counted="old",definition="new",source="desk"} 1.0'
    ]
    assert lines(exposition(), "deskpulse_definition_info") == []
