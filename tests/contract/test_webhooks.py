"""Webhooks change no number: repeated, reordered, lost or forged, the desk's truth is published."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from connectors.testing.seeded import SeededDesk
from connectors.webhooks import SCHEMES, Scheme, Unsigned
from exporter.waking import SETTLING, Wakes
from exporter.webhooks.receiver import Receiver
from exporter.webhooks.result import Result
from tests.pipeline import Pipeline, differences, pipeline

PRESENT: Final = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
SECRET: Final = b"throw-away-secret-of-a-test"
HOURS: Final = 4
REGULAR: Final = timedelta(hours=1)
GAP: Final = timedelta(seconds=15)


class Delivery(NamedTuple):
    """A webhook on its way: when it arrives (Unix seconds) and when what it tells happened."""

    arrives: float
    happened: float
    headers: dict[str, str]
    body: bytes


def deliveries(scheme: Scheme, begin: datetime, seed: int) -> Iterator[Delivery]:
    """Four hours of them: bursts, each late by itself; some twice, some late, lost or forged."""
    rng = random.Random(seed)
    moments = [begin.timestamp() + rng.uniform(0, HOURS * 3600) for _ in range(9)]
    bursts = [one + rng.uniform(0, 40) for one in moments for _ in range(rng.choice((1, 1, 5)))]
    for number, happened in enumerate(bursts):
        sent = datetime.fromtimestamp(int(happened), UTC)
        written = f"{sent:%Y-%m-%dT%H:%M:%SZ}" if scheme.written == "iso8601" else f"{happened:.0f}"
        body = f'{{"event":{number}}}'.encode()
        headers = scheme.sign(SECRET, body, written)
        fate = rng.choice(("well", "well", "twice", "replayed", "lost", "forged"))
        if fate == "lost":
            continue
        if fate == "forged":
            body = body[:-2] + b"7}"
        yield Delivery(happened + rng.uniform(0, 25), happened, headers, body)
        if fate in {"twice", "replayed"}:
            late = rng.uniform(1, 60) if fate == "twice" else rng.uniform(400, 4000)
            yield Delivery(happened + 25 + late, happened, headers, body)


def lived(
    source: Pipeline, scheme: Scheme, begin: datetime, seed: int
) -> dict[Result, list[Delivery]]:
    """Four hours of the desk, polled when it is due; what came of the deliveries."""
    lag = source.measures.lag
    source.poll(begin - lag)

    def now() -> float:
        return source.clock.at.timestamp()

    wakes = Wakes(lag, GAP, now)
    receiver = Receiver(scheme, [SECRET], wakes.wake, clock=now)
    came: dict[Result, list[Delivery]] = {result: [] for result in Result}
    coming = list(deliveries(scheme, begin, seed))
    heapq.heapify(coming)
    began = now()
    end = (begin + timedelta(hours=HOURS, minutes=5)).timestamp()
    while True:
        woken = wakes.next(began)
        due = min(woken or end, began + REGULAR.total_seconds(), end)
        if coming and coming[0].arrives <= due:
            one = heapq.heappop(coming)
            source.clock.at = datetime.fromtimestamp(one.arrives, UTC)
            came[received(receiver, one)].append(one)
            continue
        began = due
        source.poll(datetime.fromtimestamp(due, UTC) - lag)
        wakes.polled(due, well=True)
        if due >= end:
            return came


def received(receiver: Receiver, one: Delivery) -> Result:
    try:
        claim = receiver.claim(one.headers)
    except Unsigned:
        return Result.UNSIGNED
    verifier = receiver.verifier(claim)
    verifier.update(one.body)
    result = receiver.judged(claim, verifier)
    receiver.conclude(result)
    return result


@pytest.mark.parametrize(
    ("vendor", "scheme", "seed"),
    [("zendesk", "zendesk", 1), ("stripe", "stripe", 2), ("stripe", "intercom", 3)],
)
def test_whatever_becomes_of_webhooks_the_truth_is_published_in_time(
    vendor: str, scheme: str, seed: int, tmp_path: Path
) -> None:
    desk = SeededDesk(20 + seed, present=PRESENT, rate=1)
    begin = PRESENT - timedelta(hours=HOURS + 1)
    with pipeline(vendor, desk, tmp_path) as source:
        came = lived(source, SCHEMES[scheme], begin, seed)
        assert differences(source.samples(), source.truth().as_samples()) == []
        lag = source.measures.lag
    told = [complete_to.timestamp() for complete_to in source.polls]
    for one in came[Result.ACCEPTED]:
        # What happened has been told by a poll soon after the vendor could tell it.
        latest = one.arrives + (SETTLING + 2 * GAP).total_seconds()
        assert any(one.happened <= moment <= latest for moment in told)
    assert min(b - a for a, b in pairwise(told)) >= GAP.total_seconds() - 0.001
    assert {result for result, some in came.items() if some} == {
        *(Result.ACCEPTED, Result.FORGED, Result.REPEATED),
        *([Result.STALE] if SCHEMES[scheme].is_stamped else []),
    }
    assert lag or vendor != "zendesk"
