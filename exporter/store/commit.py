"""One transaction on one source: what a page, a failure or a release changes in the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from connectors import Page, Supplement, Usage
from connectors.records import OfTicket
from exporter.backlog import FILLED, Cell
from exporter.catalog import CATALOG
from exporter.catalog.customers import DECIDED
from exporter.customers import churn
from exporter.definition import Definition
from exporter.knowledge import milliseconds
from exporter.metric import About, Needs, Type
from exporter.quantiles import are_due
from exporter.source import Source
from exporter.store.admission import Admission
from exporter.store.clientele import Clientele
from exporter.store.database import Database, StoreError
from exporter.store.experiences import EVERY, Experiences
from exporter.store.intake import Intake
from exporter.store.lookingback import LookingBack
from exporter.store.recounting import Progress, Recount, Recounting
from exporter.store.series import SeriesWriter
from exporter.store.sourcerow import SourceRow
from exporter.store.tickets import Tickets, batched
from exporter.store.timing import Timing
from exporter.store.volume import Volume
from exporter.tally import Tally


class Commit:
    """A transaction that is under way on one source; its row is locked from the start."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self.database = database
        self.connection = connection
        self.source = source
        self.row = SourceRow(database, connection, source)
        self.state = self.row.locked()
        self.timing = Timing(source, self.state)
        self.admission = Admission(database, connection, source)
        self.tickets = Tickets(database, connection, source)
        self.clientele = Clientele(database, connection, source)
        self.series = SeriesWriter(database, connection, source.name, primed=self.state["primed"])
        self.volume = Volume(database, connection, source, self.series, self.state["judged_to"])

    def prepare(self) -> None:
        """Create the series that exist from the start, and adopt the operator's definition."""
        if self.state["vendor"] != self.source.vendor:
            raise StoreError(
                f"Source '{self.source.name}' was read from {self.state['vendor']} so far. Give "
                f"the source of {self.source.vendor} another name; it is then imported anew."
            )
        created = self.series.create(self.source.health_from_the_start())
        if self.state["primed"]:
            created |= self.series.create(self._from_the_start())
        changes = self._adopt()
        if created or changes:
            self._remember(**changes)

    def _adopt(self) -> dict[str, Any]:
        """From here on facts are counted by this definition; gauges are counted anew by it."""
        changes: dict[str, Any] = {}
        if self.state["definition"] != self.source.fingerprint:
            changes["definition"] = self.source.fingerprint
            changes["counted"] = self._counted_so_far()
        if self.state["telling"] != self.source.telling:
            changes["telling"] = self.source.telling
            changes["experienced_to"] = self.state["experienced_to"] = None
            if self.state["cursor"] is not None:
                self.count_gauges_anew()
        return changes

    def _counted_so_far(self) -> str:
        """The definition by which at least some facts were counted until now."""
        if self.state["definition"] is not None:
            return str(self.state["definition"])
        by_default = replace(self.source, definition=Definition())
        return by_default.fingerprint if self.state["primed"] else self.source.fingerprint

    def count_gauges_anew(self) -> None:
        """Count every gauge of tickets from the tickets. Reads and writes them all."""
        watermark = self.state["complete_to"]
        self.series.remove(_gone(self.source))
        self.series.empty((*FILLED, *churn.FILLED))
        tally = Tally(self.source, watermark)
        self.clientele.count_gauges_anew(tally)
        for some in batched(self.tickets.all()):
            for known in some:
                tally.move(None, None, known, watermark)
            self.tickets.write(some, watermark)
        self.series.add(tally.amounts)
        if watermark is not None:
            self.series.put(self.tickets.oldest(None))
            self._look_back(None, watermark)

    def page(self, page: Page, usage: Usage, started: int, now: int) -> int:
        """Take in one page of a poll that began at `started`; gives the number of observations."""
        changes: dict[str, Any] = {"cursor": page.cursor, **self._adopt()}
        changes["pages"] = self.state["pages"] + 1
        if page.catching_up and self.state["primed"]:
            # What a stream brings that is read for the first time happened long ago.
            self.series.begin_at_totals()
            changes |= {"catching_up": True, "catching_up_until": now + self.source.patience}
        tally = Tally(self.source, self.state["complete_to"], self.timing.latest(now))
        intake = Intake(self.source, self.tickets, tally)
        of_tickets = [one for one in page.records if isinstance(one, OfTicket)]
        intake.take(of_tickets, self.timing.latest(now))
        self.clientele.take((o for o in page.records if not isinstance(o, OfTicket)), tally)
        self.admission.ask(intake.touched)
        if self.state["primed"]:
            self.series.put(self.tickets.oldest(intake.touched["team"]))
            self.volume.take(intake.observations, self.state["complete_to"])
        _spent(tally, usage)
        for rejection in page.rejected:
            tally.count("deskpulse_source_records_rejected", (rejection.reason,))
        tally.count("deskpulse_source_records", by=len(page.records) + len(page.rejected))
        self.series.add(tally.amounts)
        if self.timing.is_behind(now):
            changes["catching_up"] = True
        if "catching_up" in changes:
            self.volume.hush()
        newest = [milliseconds(r.changed_at) for r in page.records if not isinstance(r, Supplement)]
        changes["newest_change"] = max([*newest, self.state["newest_change"] or 0]) or None
        if page.complete_to is not None:
            changes |= self._complete(page, milliseconds(page.complete_to), started, now)
        self._remember(**changes)
        return len(intake.observations) + self.clientele.observations

    def recompute(self, progress: Progress | None = None) -> list[Recount]:
        """Count everything anew by the present definition; what is published goes on.

        Raises `StoreError` while facts are still counted by another one.
        """
        if self.state["definition"] != self.source.fingerprint:
            raise StoreError(
                f"Source '{self.source.name}' is still counted by another definition. Restart "
                "`deskpulse run` with this configuration, or `deskpulse sync` once where none "
                "runs; then count anew."
            )
        counting = Recounting(
            self.source, self.tickets, self.series, self.admission, self.state["complete_to"]
        )
        found = counting.run(progress)
        if self.state["complete_to"] is not None:
            self._look_back(None, self.state["complete_to"])
        self._remember(counted=self.source.fingerprint)
        return found

    def fail(self, reason: str, error: str, usage: Usage, took: int, now: int) -> None:
        """Note a failed poll. Nothing but the source's own health changes, and whether arrivals
        are judged.
        """
        if self.timing.is_stale(now):
            self.volume.hush()
        tally = Tally(self.source)
        _spent(tally, usage)
        tally.count("deskpulse_source_failures", (reason,))
        self.series.add(tally.amounts)
        self._remember(up=False, error=error, sync=took)

    def deliveries(self, results: Mapping[str, int], accepted: int | None) -> None:
        """Note webhooks, by what came of them. accepted: when the last one was, in milliseconds."""
        tally = Tally(self.source)
        for result, number in results.items():
            tally.count("deskpulse_webhook_deliveries", (result,), number)
        self.series.add(tally.amounts)
        if accepted is not None:
            self.series.put({("deskpulse_webhook_accepted_timestamp_seconds", ()): accepted})
        self._remember()

    def release(self, cells: Iterable[Cell]) -> None:
        """Show these series at their amounts from now on."""
        self.series.release(cells)
        self._remember()

    def _remember(self, **changes: Any) -> None:
        self.row.change(judged_to=self.volume.judged_to, **changes)

    def _grow_older(self, before: int | None, watermark: int, now: int) -> None:
        """Let time pass for the tickets: between age classes, windows and states of promises."""
        tally = Tally(self.source, watermark, self.timing.latest(now))
        for some in self.tickets.woken(watermark):
            changes = [self.source.observer.lapse(known, watermark) for known in some]
            for known, change in zip(some, changes, strict=True):
                tally.move(known, before, change.known, watermark)
                for observation in change.observations:
                    tally.observe(observation)
            self.tickets.write((change.known for change in changes), watermark)
            self.tickets.observed([one for change in changes for one in change.observations])
        self.clientele.settle(watermark, tally)
        self.series.add(tally.amounts)

    def _complete(self, page: Page, complete_to: int, started: int, now: int) -> dict[str, Any]:
        """The poll has come to its end: let the backlog grow older, admit new teams, be primed."""
        before, primed = self.state["complete_to"], self.state["primed"]
        watermark = max(complete_to, before or complete_to)
        self._grow_older(before, watermark, now)
        if not primed:
            self.series.put(self.tickets.oldest(None))
            self.series.create(self._from_the_start())
        self.series.remove(DECIDED)
        self.series.put(self.source.economics())
        self._look_back(before, watermark)
        caught_up = self.timing.caught_up(watermark, now, catching_up=page.catching_up)
        self.volume.tell(watermark, is_first=not primed, is_calm=not caught_up["catching_up"])
        tally = Tally(self.source)
        for label, number in self.admission.settle(first=not primed).items():
            tally.count("deskpulse_labels_capped", (label,), number)
        self.series.add(tally.amounts)
        lag = self.source.measures.lag // timedelta(milliseconds=1)
        return {
            "complete_to": watermark,
            "primed": True,
            **self._experience(watermark),
            **caught_up,
            "up": True,
            "error": None,
            "gaps": "\n".join(page.gaps),
            "last_success": now,
            "clock_skew": (told := complete_to + lag) - min(max(told, started), now),
            "sync": now - started,
        }

    def _from_the_start(self) -> Iterator[Cell]:
        """Business series that exist from the start; those of experience, once it is known."""
        is_known = self.state["experienced_to"] is not None
        for cell in self.source.business_from_the_start():
            if is_known or CATALOG[cell[0]].needs is not Needs.HELPDESKS:
                yield cell

    def _experience(self, watermark: int) -> dict[str, Any]:
        """Hold what customers did against the support they had, as far as all of it is told."""
        experiences = Experiences(self.database, self.connection, self.source)
        horizon, before = experiences.horizon(watermark), self.state["experienced_to"]
        if horizon is None:
            return {}
        if before is None:
            # All who ever left are counted at once, as in a first import, however late that is.
            self.series.begin_at_totals()
            self.state["experienced_to"] = horizon
            self.series.create(self._from_the_start())
        tally = Tally(self.source)
        for observation in experiences.count_churned(horizon):
            tally.observe(observation)
        self.series.add(tally.amounts)
        if before is not None and before // EVERY == horizon // EVERY:
            return {}
        self.series.put(experiences.gauges(horizon))
        return {"experienced_to": horizon}

    def _look_back(self, before: int | None, watermark: int) -> None:
        """Tell what is reckoned back from the watermark."""
        looking = LookingBack(self.source, self.tickets)
        self.series.put(looking.today(watermark))
        if are_due(before, watermark):
            self.series.put(looking.quantiles(watermark))


def _gone(source: Source) -> set[str]:
    """The gauges that a source does not have any more, and those that are told anew anyway."""
    business = (m for m in CATALOG.values() if m.about is About.BUSINESS)
    gauges = {m.name for m in business if m.type is Type.GAUGE}
    return (gauges - source.metrics) | {"support_today"}


def _spent(tally: Tally, usage: Usage) -> None:
    for code, number in usage.requests.items():
        tally.count("deskpulse_source_requests", (code,), number)
    tally.count("deskpulse_source_throttled_seconds", by=round(usage.throttled_seconds * 1000))
