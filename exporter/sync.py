"""Polling: each source on its own, so that a failing one never holds up another."""

from __future__ import annotations

import contextlib
import errno
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import OperationalError

from connectors import Connector, ConnectorError, Fatal, Page, Reason, Retriable
from exporter.config import ConfigError
from exporter.source import Source
from exporter.store import Store, StoreError

log = logging.getLogger(__name__)

Progress = Callable[[Page], None]
"""Told of each page once it is committed."""

_SHOWN_REJECTIONS = 5
_LATER: Final = "Nothing is lost; the next poll goes on from there."
_LET: Final = "let the user that runs deskpulse write there"
_REMEDIES: Final = {
    errno.ENOSPC: "free space on that disk",
    errno.EDQUOT: "free space there, or raise the quota of the user that runs deskpulse",
    errno.EFBIG: "raise the limit on the size of a file of the user that runs deskpulse",
    errno.EACCES: _LET,
    errno.EPERM: _LET,
    errno.EROFS: _LET,
    errno.EIO: "check that disk",
    errno.EMFILE: "raise the limit on open files of the user that runs deskpulse",
    errno.ENFILE: "raise this machine's limit on open files",
}
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one poll came to.

    error: None when it succeeded. wait: seconds for which the vendor wants to be left alone.
    """

    source: str
    records: int
    rejected: int
    observations: int
    pages: int
    seconds: float
    gaps: tuple[str, ...] = ()
    error: str | None = None
    wait: float = 0.0


class Poller:
    """Polls one source into the store."""

    def __init__(
        self,
        store: Store,
        source: Source,
        connect: Callable[[], Connector[Any]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """connect: makes a connector that is ready to be asked."""
        self.store = store
        self.source = source
        self._connector = connect()
        self._clock = clock
        self._closed = False
        self._idle = threading.Event()
        self._idle.set()

    def poll(self, progress: Progress | None = None, *, from_start: bool = False) -> Outcome:
        """Read all that changed since the last poll; what the vendor does wrong is an outcome.

        from_start: read everything there is; what was counted stays counted once.
        Raises only where the store cannot be used to write that down.
        """
        run = _Run(self, progress, from_start=from_start)
        self._idle.clear()
        try:
            run.read()
        except ConnectorError as error:
            wait = error.wait if isinstance(error, Retriable) else 0.0
            return replace(run.failed(error.reason, str(error)), wait=wait)
        except ConfigError as error:
            return run.failed(Reason.CONFIGURATION, f"Source '{self.source.name}': {error}")
        except Exception as error:  # a defect in one connector must not stop the others
            if verdict := _of_this_machine(error):
                return run.unwritten(f"Source '{self.source.name}': {verdict}")
            log.exception("source %s: unexpected failure", self.source.name)
            text = f"Source '{self.source.name}' failed unexpectedly ({type(error).__name__})."
            return run.failed(Reason.INTERNAL, f"{text} The log has the details; please report it.")
        finally:
            self._idle.set()
        return run.outcome()

    def now(self) -> int:
        """Our clock in Unix milliseconds."""
        return round(self._clock() * 1000)

    def pages(self, *, from_start: bool = False) -> Iterator[Page]:
        """The vendor's pages from where the store stands, or all of them."""
        cursor = self.store.cursor(self.source.name)
        return self._connector.changes(self._connector.from_start(cursor) if from_start else cursor)

    def commit(self, page: Page, started: int) -> int:
        """Commit one page; gives the number of new observations."""
        self._believe(page.complete_to)
        usage = self._connector.usage()
        return self.store.commit(self.source, page, usage, started, self.now())

    def _believe(self, complete_to: datetime | None) -> None:
        """A watermark far ahead would age every ticket, and never come back."""
        ours = datetime.fromtimestamp(self._clock(), UTC)
        if complete_to is not None and complete_to > ours + _AHEAD:
            raise Fatal(
                f"Source '{self.source.name}': the vendor's clock says "
                f"{complete_to:%Y-%m-%d %H:%M} and ours {ours:%Y-%m-%d %H:%M} (UTC). Nothing of "
                "this page was taken in; set the clock that is wrong."
            )

    def note_failure(self, reason: Reason, error: str, started: int) -> None:
        """Write down that the poll failed, unless it failed because we ended it."""
        if self._closed:
            return
        now, usage = self.now(), self._connector.usage()
        self.store.fail(self.source, reason.value, error, usage, now - started, now)

    def close(self, patience: float = 0.0) -> None:
        """Give back the connector's connections; a poll that is under way then ends. patience: for
        how many seconds that is waited for."""
        self._closed = True
        self._connector.close()
        self._idle.wait(patience)


class _Run:
    """One poll under way."""

    def __init__(self, poller: Poller, progress: Progress | None, *, from_start: bool) -> None:
        self._from_start = from_start
        self._poller = poller
        self._progress = progress
        self._started = poller.now()
        self._records = self._rejected = self._observations = self._pages = 0
        self._gaps: dict[str, None] = {}
        self._complete = False

    def read(self) -> None:
        for page in self._poller.pages(from_start=self._from_start):
            self._gaps |= dict.fromkeys(page.gaps)
            self._tell_rejected(page)
            whole = replace(page, gaps=tuple(self._gaps))
            self._observations += self._poller.commit(whole, self._started)
            self._pages += 1
            self._records += len(page.records)
            self._rejected += len(page.rejected)
            self._complete = page.complete_to is not None
            if self._progress:
                self._progress(page)
        if not self._complete:
            raise Fatal(
                f"Source '{self._poller.source.name}': the vendor's pages ended without saying up "
                "to when they are complete. The next poll goes on from the last page."
            )

    def failed(self, reason: Reason, error: str) -> Outcome:
        self._poller.note_failure(reason, error, self._started)
        return replace(self.outcome(), error=error)

    def unwritten(self, error: str) -> Outcome:
        """Failed on this machine, which then may not be able to write that down either."""
        with contextlib.suppress(StoreError, OperationalError, OSError):
            return self.failed(Reason.INTERNAL, error)
        return replace(self.outcome(), error=error)

    def outcome(self) -> Outcome:
        return Outcome(
            source=self._poller.source.name,
            records=self._records,
            rejected=self._rejected,
            observations=self._observations,
            pages=self._pages,
            seconds=(self._poller.now() - self._started) / 1000,
            gaps=tuple(self._gaps),
        )

    def _tell_rejected(self, page: Page) -> None:
        name = self._poller.source.name
        for rejection in page.rejected[:_SHOWN_REJECTIONS]:
            log.warning("source %s: %s", name, rejection.message)
        more = len(page.rejected) - _SHOWN_REJECTIONS
        if more > 0:
            log.warning("source %s: and %d more records of this page rejected", name, more)


def _of_this_machine(error: Exception) -> str | None:
    """What the store or the machine has to be helped with; None where the code is at fault."""
    if isinstance(error, StoreError):
        return f"{error} {_LATER}"
    if isinstance(error, OperationalError):
        return (
            f"the store could not be used: {error.orig}. Check that its disk has room, that it may "
            f"be written to and that no other program keeps it locked. {_LATER}"
        )
    remedy = _REMEDIES.get(error.errno or 0) if isinstance(error, OSError) else None
    if remedy is None or not isinstance(error, OSError):
        return None
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror}{where}: {remedy}. {_LATER}"
