"""When an alert would have rung, from the instants at which its expression held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.knowledge import Known, Ledger, State
from exporter.reporting.period import Period
from exporter.reporting.timelines import Axis, Band, Lane, Mark, band, lanes
from exporter.simulation.episodes import Samples, episodes
from exporter.simulation.page import frame, page
from exporter.simulation.rules import Rule, Rules
from exporter.simulation.simulation import Outcome, Simulation
from exporter.simulation.standing import counted, stays
from exporter.simulation.wellness import healthy

STEP = 300
CHAT = (("channel", "chat"),)
HOUR = 3_600_000
FILE = """
groups:
  - name: some
    rules:
      - record: instance_source:support_tickets_open:sum
        expr: sum by (instance, source) (support_tickets_open{status!="deskpulse_up"})
      - record: instance_source:support_tickets_open:usual
        expr: instance_source:support_tickets_open:sum offset 1d
      - alert: Grows
        expr: |
          instance_source:support_tickets_open:sum > instance_source:support_tickets_open:usual
          unless on (source) deskpulse_source_catching_up == 1
        for: 1h30m
        keep_firing_for: 5m
        labels: {severity: ticket, about: business}
      - alert: Down
        expr: up == 0
"""


def rule(hold: int = 0, keep: int = 0) -> Rule:
    return Rule("Any", "", alerts=True, hold=hold, keep=keep, labels={"severity": "page"})


def rang(one: Rule, held: Sequence[int], until: int) -> list[tuple[int, int]]:
    samples: Samples = {CHAT: [(step * STEP, float(step)) for step in held]}
    return [(e.begin // STEP, e.end // STEP) for e in episodes(one, samples, STEP, until * STEP)]


def evaluated(hold: int, keep: int, held: set[int], until: int) -> list[tuple[int, int]]:
    """Prometheus' own way, one evaluation after the other."""
    active = absent = fired = None
    found: list[tuple[int, int]] = []
    for step in range(until + 1):
        if step in held:
            active, absent = step if active is None else active, None
            if fired is None and (step - active) * STEP >= hold:
                fired = step
        elif fired is not None:
            absent = step if absent is None else absent
            if (step - absent) * STEP >= keep:
                found.append((fired, step))
                active = absent = fired = None
        else:
            active = None
    return [*found, (fired, until)] if fired is not None and fired < until else found


def test_an_alert_fires_once_it_held_for_long_enough_and_ends_when_it_no_longer_holds() -> None:
    assert rang(rule(hold=600), [1, 2, 3, 4, 5, 9], until=20) == [(3, 6)]


def test_an_alert_goes_on_over_a_gap_that_is_shorter_than_it_is_kept() -> None:
    assert rang(rule(keep=900), [1, 2, 4, 5, 12], until=20) == [(1, 9), (12, 16)]


def test_what_still_fires_at_the_end_is_told_as_such() -> None:
    (found,) = episodes(rule(), {CHAT: [(3000, 2.0), (3300, 7.0)]}, STEP, 3300)
    assert (found.begin, found.end, found.peak, found.ended) == (3000, 3300, 7.0, False)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(st.integers(0, 60)),
    st.integers(0, 1500),
    st.integers(0, 1500),
)
def test_episodes_are_those_of_evaluating_step_by_step(
    held: set[int], hold: int, keep: int
) -> None:
    found = [one for one in rang(rule(hold, keep), sorted(held), until=60) if one[0] < 60]
    assert found == evaluated(hold, keep, held, until=60)


def test_rules_know_what_stands_behind_them_and_in_which_order_it_is_recorded() -> None:
    rules = Rules.read([FILE])
    grows, down = rules.alerts
    assert (grows.hold, grows.keep, grows.labels["severity"]) == (5400, 300, "ticket")
    assert rules.behind(grows) == {"support_tickets_open", "deskpulse_source_catching_up"}
    assert rules.behind(down) == {"up"}
    assert [[one.name for one in level] for level in rules.levels([grows])] == [
        ["instance_source:support_tickets_open:sum"],
        ["instance_source:support_tickets_open:usual"],
    ]
    assert list(rules.levels([down])) == []


def ticket(id_: str, created: int, solved: int | None = None, removed: str | None = None) -> Known:
    state = State(created, "open", solved is None, "high", "Billing", "chat", True, "", "")
    ledger = Ledger() if solved is None else Ledger(solves=(created + 1, solved))
    return Known(id_, state=state, removed=removed, answered=True, ledger=ledger)


def test_a_ticket_stands_open_from_its_creation_to_its_last_solve() -> None:
    tickets = [ticket("1", 0), ticket("2", 0, 6 * HOUR), ticket("3", 0, 6 * HOUR, "spam")]
    instants = np.array([0, 3 * HOUR, 5 * HOUR, 6 * HOUR, 30 * HOUR])
    found = counted(stays(tickets, {"1": HOUR, "2": 4 * HOUR}), instants)
    by_age = "support_tickets_open_by_age"
    open_ = "support_tickets_open", ("open", "high", "Billing", "chat")
    assert found[open_].tolist() == [2, 2, 2, 1, 1]
    assert found[by_age, ("<4h", "Billing", "high")].tolist() == [2, 2, 0, 0, 0]
    assert found[by_age, ("<1d", "Billing", "high")].tolist() == [0, 0, 2, 1, 0]
    assert found[by_age, ("<3d", "Billing", "high")].tolist() == [0, 0, 0, 0, 1]
    waiting = "support_tickets_awaiting_first_response_by_age", ("<4h", "Billing", "high")
    assert found[waiting].tolist() == [2, 1, 0, 0, 0]


def test_a_ticket_closed_at_an_unknown_moment_is_left_out() -> None:
    state = State(0, "closed", False, "high", "Billing", "chat", True, "", "")
    assert not list(stays([Known("1", state=state)], {}))


def test_guards_find_a_source_that_answers_all_the_time() -> None:
    told = healthy((("source", "desk"),), [300, 600])
    ((_, samples),) = told["deskpulse_source_last_success_timestamp_seconds"].items()
    assert samples == [(300, 300.0), (600, 600.0)]


@pytest.fixture
def simulation() -> Simulation:
    week = 7 * 24 * HOUR
    found = episodes(
        Rule("VolumeSpike", "", True, labels={"severity": "page"}),
        {(("channel", "chat"), ("source", "<desk>")): [(3600, 9.5), (3900, 12.0)]},
        STEP,
        week // 1000,
    )
    return Simulation(
        "<desk>",
        Period(0, week),
        (
            Outcome(Rule("VolumeSpike", "", True, labels={"severity": "page"}), tuple(found)),
            Outcome(Rule("SlaAtRisk", "", True, labels={"severity": "ticket"}), (), "no past"),
        ),
        {"chat": Band([0, 3600], [0, 1], [4, 5], [2, 9])},
    )


def test_the_page_says_when_what_rang_and_what_was_not_tried(simulation: Simulation) -> None:
    text = page(simulation)
    assert "&lt;desk&gt;" in text
    assert "<desk>" not in text
    assert "Thu 01 Jan 01:00" in text
    assert "not tried: no past" in text
    assert 'class="mark page"' in text
    assert 'class="band"' in text
    assert 'class="alarm"' in text


def test_the_table_has_a_row_for_each_time(simulation: Simulation) -> None:
    assert frame(simulation).to_dict("records") == [
        {
            "from": "1970-01-01T01:00:00Z",
            "alert": "VolumeSpike",
            "severity": "page",
            "about": "channel chat",
            "minutes": 10,
            "most": 12.0,
        }
    ]


def test_a_mark_lies_where_it_lies_in_time_and_is_wide_enough_to_be_seen() -> None:
    axis = Axis(0, 86_400 * 28)
    drawn = lanes([Lane("A & B", "page", [Mark(86_400 * 14, 86_400 * 14 + 60, "then")])], axis, "t")
    assert f'x="{axis.x(86_400 * 14):.1f}"' in drawn
    assert 'width="3.0"' in drawn
    assert "A &amp; B" in drawn
    assert band(Band([0, 3600], [0, 0], [2, 3], [1, 9]), [], axis, "t").count("polygon") == 1
