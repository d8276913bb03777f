"""The Tryton connector against a real Tryton 8, filled as its users fill it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from connectors import Customer, Money, Page, Subscription
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.tryton import wire
from connectors.tryton.connector import TrytonConnector
from connectors.tryton.settings import TrytonSettings
from connectors.tryton.simulator import KEY, TrytonSimulator
from exporter.certify.line import Samples, business
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.sync import Poller
from tests.tryton import RealTryton, day, money, real_tryton

TODAY = datetime.now(UTC).date()
LINE: dict[str, object] = {"quantity": 2.0, "unit_price": money("25.00")}


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealTryton]:
    with real_tryton(tmp_path_factory.mktemp("tryton")) as server:
        yield server


@contextmanager
def connected(server: RealTryton, **changes: object) -> Iterator[TrytonConnector]:
    given = {"url": server.url, "database": "crm", "key": server.keys["connector"], **changes}
    connector = TrytonConnector("erp", TrytonSettings.model_validate(given))
    try:
        yield connector
    finally:
        connector.close()


def told(pages: list[Page]) -> dict[str, Subscription]:
    """What is told of each subscription at last."""
    assert [one for page in pages for one in page.rejected] == []
    records = (record for page in pages for record in page.records)
    return {one.id: one for one in records if isinstance(one, Subscription)}


class Following:
    """A store that is kept up to date from the server."""

    def __init__(self, server: RealTryton, folder: Path) -> None:
        given = {"url": server.url, "database": "crm", "key": server.keys["connector"]}
        settings = TrytonSettings.model_validate({**given, "page_size": 2})
        with connected(server) as connector:
            source = Source("erp", "tryton", connector.measures())
        self._store = Store.open(f"sqlite:///{folder / 'erp.db'}")
        self._store.prepare([source])
        self._poller = Poller(
            self._store, source, lambda: TrytonConnector("erp", settings), time.time
        )

    def samples(self) -> Samples:
        """What is published after one more poll."""
        time.sleep(1.1)  # the watermark is the server's Date, which has whole seconds
        outcome = self._poller.poll()
        assert outcome.error is None
        return business(Exposition(self._store.snapshot(), ["erp"], totals=True).body())

    def close(self) -> None:
        self._poller.close()
        self._store.close()


@pytest.fixture
def following(tryton: RealTryton, tmp_path: Path) -> Iterator[Following]:
    made = Following(tryton, tmp_path)
    yield made
    made.close()


def sample(found: Samples, name: str, **labels: str) -> float:
    return found.get((f"support_{name}", frozenset(labels.items())), 0.0)


def moved(found: Samples, movement: str) -> float:
    return sample(found, "mrr_movement_total", movement=movement, currency="EUR")


def counts(found: Samples) -> tuple[float, ...]:
    """Active, ending, started, returned, lost, and what is paid a month."""
    return (
        sample(found, "customers", state="active"),
        sample(found, "customers", state="ending"),
        sample(found, "customers_started_total"),
        sample(found, "customers_reactivated_total"),
        sample(found, "customers_churned_total", reason="none"),
        sample(found, "mrr", currency="EUR"),
    )


def test_what_users_of_tryton_do_is_what_is_counted(
    tryton: RealTryton, following: Following
) -> None:
    parties = [tryton.party(f"Customer {number}", ("phone", "+49 30 1")) for number in range(6)]
    grows, leaves, ends, waits, tries, archived = parties
    growing = tryton.subscription(grows, TODAY, LINE)
    leaving = tryton.subscription(leaves, TODAY - timedelta(days=40), LINE)
    ending = tryton.subscription(
        ends, TODAY - timedelta(days=70), {**LINE, "end_date": day(TODAY - timedelta(days=5))}
    )
    tryton.subscription(waits, TODAY, LINE)
    trying = tryton.subscription(tries, TODAY, LINE)
    hidden = tryton.subscription(archived, TODAY, LINE)
    for number in (growing, leaving, ending, hidden):
        tryton.push(number, "quote", "run")
    tryton.push(trying, "quote", "cancel")
    tryton.write("party.party", archived, active=False)

    first = following.samples()
    assert counts(first) == (3, 0, 4, 0, 1, 150)
    assert (moved(first, "new"), moved(first, "churn")) == (200, 50)

    (line,) = tryton.get("sale.subscription", "lines", domain=[["id", "=", growing]])
    tryton.push(growing, "draft")
    tryton.write("sale.subscription.line", line["lines"][0], quantity=5.0)
    assert counts(following.samples()) == (3, 0, 4, 0, 1, 150)  # being edited is no price
    tryton.push(growing, "quote", "run")
    tryton.push(leaving, "draft", "cancel")
    tryton.push(hidden, "draft")
    tryton.write("sale.subscription", hidden, end_date=day(TODAY + timedelta(days=30)))
    tryton.push(hidden, "quote", "run")
    tryton.run_cron(TODAY)  # closes what ended five days ago, which changes nothing
    second = following.samples()
    assert counts(second) == (1, 1, 4, 0, 2, 175)
    assert (moved(second, "expansion"), moved(second, "churn")) == (75, 100)

    tryton.push(leaving, "draft", "quote", "run")
    third = following.samples()
    assert counts(third) == (2, 1, 4, 1, 2, 225)
    assert moved(third, "reactivation") == 50
    assert following.samples() == third


def test_the_log_tells_seconds_and_the_dates_tell_days(tryton: RealTryton) -> None:
    before = datetime.now(UTC)
    today = tryton.subscription(tryton.party("Today"), TODAY, LINE)
    backdated = tryton.subscription(tryton.party("Earlier"), date(2026, 2, 3), LINE)
    planned = tryton.subscription(tryton.party("Later"), TODAY + timedelta(days=9), LINE)
    charged = tryton.subscription(
        tryton.party("Closed"), date(2026, 1, 1), {**LINE, "end_date": day(date(2026, 3, 15))}
    )
    for number in (today, backdated, planned, charged):
        tryton.push(number, "quote", "run")
    tryton.run_cron(date(2026, 3, 10))
    (closed,) = tryton.get("sale.subscription", "state", domain=[["id", "=", charged]])
    with connected(tryton) as connector:
        found = told(list(connector.changes(None)))
    started = found[str(today)].started_at
    assert started is not None
    assert before <= started <= datetime.now(UTC)
    assert found[str(backdated)].started_at == datetime(2026, 2, 3, tzinfo=UTC)
    later = datetime.combine(TODAY + timedelta(days=9), datetime.min.time(), UTC)
    assert found[str(planned)].started_at == later
    assert closed["state"] == "closed"
    assert found[str(charged)].ended_at == datetime(2026, 3, 16, tzinfo=UTC)


def test_prices_follow_the_lines_and_their_recurrences(tryton: RealTryton) -> None:
    rule = {"freq": "weekly", "interval": 2}
    weekly = tryton.create(
        "sale.subscription.recurrence.rule.set",
        name="Every second week",
        rules=[["create", [rule]]],
    )
    number = tryton.subscription(
        tryton.party("Upgraded"),
        date(2026, 1, 1),
        {**LINE, "end_date": day(date(2026, 3, 31))},
        {**LINE, "quantity": 3.0, "start_date": day(date(2026, 4, 1))},
        {"quantity": 1.0, "unit_price": money("12.00"), "consumption_recurrence": weekly},
    )
    tryton.push(number, "quote", "run")
    with connected(tryton) as connector:
        terms = told(list(connector.changes(None)))[str(number)].terms
    assert [(one.monthly, one.at) for one in terms] == [
        (Money(Decimal("76.00"), "EUR"), datetime(2026, 1, 1, tzinfo=UTC)),
        (Money(Decimal("101.00"), "EUR"), datetime(2026, 4, 1, tzinfo=UTC)),
    ]


def test_parties_are_told_with_what_other_systems_know_them_by(tryton: RealTryton) -> None:
    email, site = ("email", "a@Acme.example"), ("website", "https://www.acme.test/en")
    number = tryton.party("Acme", ("phone", "+49 30 2"), email, site)
    tryton.write("party.party", number, active=False)
    (made,) = tryton.get(
        "party.party", "code", domain=[["id", "=", number], ["active", "in", [True, False]]]
    )
    with connected(tryton, external_ids=["code", "id"]) as connector:
        records = [one for page in connector.changes(None) for one in page.records]
    (acme,) = [one for one in records if isinstance(one, Customer) and one.id == str(number)]
    assert acme.identity.external_ids == tuple(dict.fromkeys((made["code"], str(number))))
    assert acme.identity.domains == ("acme.example", "acme.test")


def test_pages_of_any_size_tell_the_same(tryton: RealTryton) -> None:
    found = []
    for page_size in (1, 3, 500):
        with connected(tryton, page_size=page_size) as connector:
            found.append(told(list(connector.changes(None))))
    assert found[0] == found[1] == found[2]


Shape = dict[str, set[str]]


def shape(told: object, path: str = "") -> Shape:
    """Which fields an answer has, however deep, and of which kinds their values are."""
    if isinstance(told, dict) and "__class__" not in told:
        parts = [shape(value, f"{path}.{name}") for name, value in told.items()]
    elif isinstance(told, list):
        parts = [shape(one, path) for one in told]
    else:
        kind = told["__class__"] if isinstance(told, dict) else type(told).__name__
        return {path: {str(kind)}}
    found: Shape = {}
    for part in parts:
        for name, kinds in part.items():
            found.setdefault(name, set()).update(kinds)
    return found


def answers(url: str, key: str) -> dict[str, Shape]:
    """The shape of the records of each model, asked for as the connector asks."""
    found = {}
    for model, row in (("sale.subscription", wire.Subscription), ("party.party", wire.Party)):
        query = urlencode([("f", path) for path in wire.fields_of(row)])
        given = {"Authorization": f"bearer {key}", "Range": "records=0-200"}
        answer = requests.get(f"{url}/crm/rest/model/{model}?{query}", headers=given, timeout=20)
        assert re.fullmatch(r"records 0-\d+/(\d+|\*)", answer.headers["Content-Range"])
        found[model] = shape(answer.json())
    return found


def test_the_simulator_speaks_as_the_server_does(tryton: RealTryton) -> None:
    number = tryton.subscription(
        tryton.party("Speaker", ("email", "a@speaker.example")), TODAY, LINE
    )
    tryton.push(number, "quote", "run")
    theirs = answers(tryton.url, tryton.keys["connector"])
    present = datetime.now(UTC).replace(microsecond=0)
    desk = SeededDesk(1, present=present, weeks=1, rate=0.1, customers=60)
    with SimulatorServer(TrytonSimulator(desk, StandingClock(present))) as server:
        ours = answers(server.url, KEY)
    for model, fields in ours.items():
        assert fields.keys() - {".identifiers"} == theirs[model].keys() - {".identifiers"}
        for field, kinds in fields.items():
            said = {"int" if kind == "bool" else kind for kind in kinds}  # SQLite has no booleans
            assert said <= theirs[model].get(field, set()) | {"NoneType", "date"}, (model, field)


def test_check_finds_what_is_wrong_with_rights_keys_and_names(tryton: RealTryton) -> None:
    with connected(tryton) as connector:
        assert [one.message for one in connector.check() if one.level != "ok"] == []
    wrong = {
        "may not be read with this key. Put its user into the group Sales": {
            "key": tryton.user_without_rights("nobody")
        },
        "was refused (status 401)": {"key": "wrong"},
        "does not exist there (status 404)": {"database": "other"},
    }
    for verdict, changes in wrong.items():
        with connected(tryton, **changes) as connector:
            (found,) = connector.check()
        assert (found.level, verdict in found.message) == ("error", True), found.message
