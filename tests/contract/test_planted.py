"""Mistakes as they are really made, planted in a copy of a real connector: certification finds
every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from exporter.certify.candidate import Candidate
from exporter.certify.rules import RULES, charges, paging, truthful
from exporter.certify.scale import Mark
from exporter.certify.suite import attempt
from tests.planted import Defect, planted

BY_ID: Final = {rule.id: rule for rule in RULES}

TIMES: Final = (
    Defect(
        "an instant is told without its zone",
        "aware-utc",
        "mapping",
        "datetime.fromtimestamp(ticket.generated_timestamp, UTC)",
        "datetime.fromtimestamp(ticket.generated_timestamp)",
    ),
    Defect(
        "an instant is read as this machine's local time",
        "aware-utc",
        "mapping",
        "return at if at.tzinfo is UTC else at.astimezone(UTC)",
        "return at.replace(tzinfo=None).astimezone(UTC)",
    ),
    Defect(
        "the watermark is the vendor's clock, and its answers are a minute behind",
        "truth-imported",
        "tickets",
        "reply.at - LAG if",
        "reply.at if",
    ),
    Defect(
        "no page says up to when it is complete",
        "exposition",
        "stream",
        "self.complete_to if last else None",
        "None",
    ),
    Defect(
        "minutes are taken for seconds in the first response",
        "truth-imported",
        "mapping",
        """    if minutes is None or minutes.calendar is None:
        return None
    return created_at + timedelta(0, 60 * minutes.calendar)""",
        """    if minutes is None or minutes.calendar is None:
        return None
    return created_at + timedelta(0, minutes.calendar)""",
    ),
    Defect(
        "the wait by the calendar and the one by business hours change places",
        "truth-imported",
        "mapping",
        "_seconds(wait.calendar), _seconds(wait.business)",
        "_seconds(wait.business), _seconds(wait.calendar)",
    ),
    Defect(
        "a ticket is solved when its status last changed",
        "truth-imported",
        "mapping",
        "    at = metrics.solved_at\n",
        "    at = metrics.status_updated_at\n",
    ),
    Defect(
        "a rating is dated by when it was asked for",
        "truth-imported",
        "wire",
        "    score: str\n    updated_at: Instant",
        '    score: str\n    updated_at: Instant = msgspec.field(name="created_at")',
    ),
)

CURSORS: Final = (
    Defect(
        "a cursor is one page ahead of its records",
        "kill",
        "tickets",
        """            part = self._read(cursor, teams)
            cursor = part.cursor
""",
        """            part = self._read(cursor, teams)
            if part.complete_to is None:
                ahead = self._read(part.cursor, teams).cursor
                part, cursor = Part(part.records, ahead, rejected=part.rejected), part.cursor
""",
    ),
    Defect(
        "the cursor of the tickets never moves on",
        "replay",
        "tickets",
        "after=export.after_cursor or cursor.after",
        "after=cursor.after or export.after_cursor or ''",
    ),
    Defect(
        "a page that is not full is taken for the last",
        "caps",
        "tickets",
        "reply.at - LAG if export.end_of_stream else None",
        "reply.at - LAG if len(msgspec.json.decode(export.tickets)) < self._page_size else None",
    ),
    Defect(
        "a hundred pages are read, and no more",
        "caps",
        "tickets",
        "        while True:\n            # The answer",
        "        for _ in range(100):\n            # The answer",
    ),
    Defect(
        "a ticket has the same version for ever",
        "order",
        "mapping",
        "changed_at = datetime.fromtimestamp(ticket.generated_timestamp, UTC)",
        "changed_at = utc(ticket.created_at)",
    ),
    Defect(
        "only the first page of groups is read",
        "caps",
        "teams",
        "if not page.meta.has_more or page.meta.after_cursor is None:",
        "if page.groups:",
    ),
    Defect(
        "only the first page of ratings is read",
        "caps",
        "ratings",
        "if not page.more:",
        "if page.satisfaction_ratings:",
    ),
    Defect(
        "a page is taken to end with a second, and the next begins after it",
        "caps",
        "events",
        "return part, start if export.end_time is None else export.end_time",
        "return part, start if export.end_time is None else export.end_time + 60",
    ),
    Defect(
        "what was read beyond the end of the poll is taken for told",
        "moving",
        "events",
        "for event in told), default=0)",
        "for event in events), default=0)",
    ),
    Defect(
        "where it stands is kept in the connector",
        "replay",
        "connector",
        """        place = stored(cursor, self.source)
        parts = Tickets(self._api, self.settings).parts(place)
        for following in (*self._supplements(), None):
            until = None
            for part in parts:
                until = part.complete_to
                last = until is not None and following is None
                if last or part.moves(place):
                    place = part.cursor
""",
        """        place = getattr(self, "place", None) or stored(cursor, self.source)
        parts = Tickets(self._api, self.settings).parts(place)
        for following in (*self._supplements(), None):
            until = None
            for part in parts:
                until = part.complete_to
                last = until is not None and following is None
                if last or part.moves(place):
                    self.place = place = part.cursor
""",
    ),
)

FAILURES: Final = (
    Defect(
        "whatever goes wrong with the tickets is the end of them",
        "faults-last",
        "connector",
        "        parts = Tickets(self._api, self.settings).parts(place)\n",
        """        from itertools import chain
        from connectors.zendesk.stream import Part
        try:
            tickets = Tickets(self._api, self.settings).parts(place)
            parts = chain([next(tickets)], tickets)
        except ConnectorError:
            parts = iter([Part((), place, datetime.fromtimestamp(0).astimezone())])
""",
    ),
    Defect(
        "whatever goes wrong with the metric events is a gap",
        "faults-last",
        "events",
        """            except ConfigurationError as error:
                if not is_absent(error):
                    raise
                part""",
        """            except Exception:
                part""",
    ),
    Defect(
        "whatever goes wrong with the ratings is a gap",
        "faults-last",
        "ratings",
        """            except ConfigurationError as error:
                if not is_absent(error):
                    raise
                yield""",
        """            except Exception:
                yield""",
    ),
    Defect(
        "a request that fails is not made again",
        "faults-pass",
        "connector",
        "            credentials_remedy=REMEDY,\n",
        "            credentials_remedy=REMEDY,\n            attempts=1,\n",
    ),
    Defect(
        "a malformed record spoils its page",
        "malformed-record",
        "wire",
        "            return self._one_by_one(raw)\n",
        "            raise\n",
    ),
    Defect(
        "a malformed record is dropped in silence",
        "malformed-record",
        "wire",
        "bad.append(_rejection(item, field_of(error), self._consequence))",
        "del error",
    ),
    Defect(
        "a wrong token is no trouble to the check",
        "check-tells-credentials",
        "connector",
        "        me = self._api.get(ME, decode=wire.Me)\n",
        """        try:
            me = self._api.get(ME, decode=wire.Me)
        except ConnectorError as error:
            yield Finding("ok", f"{type(error).__name__} is none")
            return
""",
    ),
)

NUMBERS: Final = (
    Defect(
        "reopens are one too few",
        "truth-imported",
        "mapping",
        "metrics.reopens or 0",
        "max(0, (metrics.reopens or 0) - 1)",
    ),
    Defect(
        "the first group counts as a reassignment",
        "truth-imported",
        "mapping",
        "max(0, (metrics.group_stations or 0) - 1)",
        "metrics.group_stations or 0",
    ),
    Defect(
        "merged tickets count as tickets",
        "truth-imported",
        "mapping",
        'if status == "closed" and MERGED_TAG in ticket.tags:',
        'if status == "merged":',
    ),
    Defect(
        "deleted tickets are passed over",
        "truth-polled",
        "tickets",
        "tickets, rejected = wire.TICKETS.read(export.tickets)\n",
        "tickets, rejected = wire.TICKETS.read(export.tickets)\n"
        "        tickets = [ticket for ticket in tickets if ticket.status != 'deleted']\n",
    ),
    Defect(
        "the clock of the first response counts as an exchange",
        "truth-imported",
        "mapping",
        "event.instance_id < 2",
        "event.instance_id < 1",
    ),
    Defect(
        "a clock that pauses is taken for answered",
        "truth-imported",
        "mapping",
        'elif event.type == "fulfill":',
        'elif event.type == "pause":',
    ),
    Defect(
        "an offer counts only once it is answered",
        "truth-imported",
        "mapping",
        'UNOFFERED = (None, "unoffered")',
        'UNOFFERED = (None, "unoffered", "offered")',
    ),
    Defect(
        "good is bad",
        "truth-imported",
        "mapping",
        '(0, ("bad", ',
        '(1, ("bad", ',
    ),
    Defect(
        "teams are named by their ids",
        "truth-imported",
        "teams",
        "(group.id, group.name) for group",
        '(group.id, f"group-{group.id}") for group',
    ),
    Defect(
        "a ticket without a priority is none",
        "ties",
        "mapping",
        "PRIORITY[None] = Priority.NORMAL\n",
        "",
    ),
    Defect(
        "an unassigned ticket is held by somebody",
        "truth-imported",
        "mapping",
        "ticket.assignee_id is not None,",
        "ticket.assignee_id != 0,",
    ),
)

SECRETS: Final = (
    Defect(
        "an error repeats the token",
        "secrets",
        "connector",
        "credentials_remedy=REMEDY,",
        'credentials_remedy=f"{REMEDY} It was {settings.api_token.get_secret_value()}.",',
    ),
    Defect(
        "the token is logged",
        "secrets",
        "connector",
        "        super().__init__(source, settings, api)\n",
        """        super().__init__(source, settings, api)
        __import__("logging").getLogger(__name__).debug(settings.api_token.get_secret_value())
""",
    ),
    Defect(
        "every ticket's page is asked for by itself",
        "requests",
        "tickets",
        '"per_page": self._page_size,',
        '"per_page": 1,',
    ),
    Defect(
        "nothing is said of what was spent",
        "requests",
        "connector",
        "    def ticket_url(",
        """    def usage(self):
        return __import__("connectors").Usage()

    def ticket_url(""",
    ),
)

DEFECTS: Final = (*TIMES, *CURSORS, *FAILURES, *NUMBERS, *SECRETS)


def each(defects: tuple[Defect, ...]) -> list[object]:
    return [pytest.param(one, id=one.what) for one in defects]


def broken() -> list[object]:
    """Every rule that finds a defect; the one that waits for time-outs is slow."""
    slow = {"faults-last": [pytest.mark.slow]}
    rules = sorted({defect.rule for defect in DEFECTS})
    return [pytest.param(rule, marks=slow.get(rule, [])) for rule in rules]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The long rules on less, so that they are tried in seconds."""
    monkeypatch.setattr(charges, "CHANGED", 200)
    monkeypatch.setattr(charges, "MORE", 200)
    monkeypatch.setattr(truthful, "SEEDS", (3,))
    monkeypatch.setattr(truthful, "WEEKS", 2)
    monkeypatch.setattr(truthful, "ANCIENT", 0)
    monkeypatch.setattr(paging, "MANY", 120)


@pytest.fixture
def sound(tmp_path: Path) -> Iterator[Candidate]:
    with planted(tmp_path) as candidate:
        yield candidate


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("rule", broken())
def test_the_copy_without_a_defect_keeps_every_rule_that_finds_one(
    sound: Candidate, rule: str
) -> None:
    result = attempt(sound, BY_ID[rule])
    assert result.is_kept, result.reason


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("defect", each(DEFECTS))
def test_a_defect_is_found_by_the_rule_that_it_breaks(defect: Defect, tmp_path: Path) -> None:
    with planted(tmp_path, defect) as candidate:
        result = attempt(candidate, BY_ID[defect.rule])
    assert result.mark is Mark.TODO, f"{defect.what}, and {defect.rule} does not find it"


@pytest.mark.slow
@pytest.mark.parametrize("defect", each(DEFECTS))
def test_no_connector_with_a_defect_is_certified(defect: Defect, tmp_path: Path) -> None:
    with planted(tmp_path, defect) as candidate:
        results = [attempt(candidate, rule) for rule in RULES]
    assert defect.rule in {one.rule.id for one in results if one.mark is Mark.TODO}
