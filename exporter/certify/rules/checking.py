"""What `check` says: of a vendor that is well, and of what a person must mend."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from connectors import Connector, Finding, Reason
from connectors.patience import hurried
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.server import SimulatorServer
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.candidate import NOWHERE, SECRET, with_wrong_secrets
from exporter.certify.rules.failing import HURRIED, kinds_of
from exporter.certify.scale import Broken, Rule, Tier

MISPLACED: Final = (faults.html(), faults.status(404))
"""What answers at a wrong address: a page for people, or nothing of that name."""


def welcomes(bench: Bench) -> None:
    """Nothing stands in the way at a simulator that is well."""
    with _served(bench) as server:
        found = _checked(bench, server.simulator.settings(server.url))
    troubles = [one.message for one in found if one.level == "error"]
    if troubles:
        raise Broken(f"`check` finds an error where everything is well: {troubles[0]}")
    if not any(one.level == "ok" for one in found):
        raise Broken("`check` says of nothing that it is well; give a Finding of level `ok`")


def credentials(bench: Bench) -> None:
    """A wrong secret is told as such."""
    with _served(bench) as server:
        right = server.simulator.settings(server.url)
        wrong = with_wrong_secrets(right)
        if wrong == right:
            raise Broken(
                f"the simulator's settings hold no secret (none begins with {SECRET}); where the "
                "vendor asks for none, exempt this rule and say so"
            )
        _expect("a wrong secret", _checked(bench, wrong), {Reason.CREDENTIALS})
    _look_at_rights(bench)


def _look_at_rights(bench: Bench) -> None:
    """Whatever a poll asks for and is not allowed to have, `check` tells, at least as a warning."""
    with bench.line(small_desk()) as line:
        line.poll(PRESENT)
        for paths in kinds_of(line):
            line.server.faults.clear()
            for path in paths:
                line.server.faults.forbid(path)
            with contextlib.closing(line.connect()) as connector:
                found = connector.check()
            if all(one.level == "ok" for one in found):
                raise Broken(
                    f"`check` is content although {paths[-1]}, which a poll asks, is forbidden"
                )


def network(bench: Bench) -> None:
    """A vendor that does not answer is told as such."""
    with hurried(HURRIED):
        found = _checked(bench, bench.simulator().settings(NOWHERE))
    _expect("an address where nobody answers", found, {Reason.NETWORK, Reason.TIMEOUT})


def configuration(bench: Bench) -> None:
    """An address where something else answers is told as such."""
    for fault in MISPLACED:
        with _served(bench) as server:
            server.faults.always("/", fault)
            found = _checked(bench, server.simulator.settings(server.url))
        what = f"an address that answers with status {fault.status} and no data"
        _expect(what, found, {Reason.ADDRESS, Reason.CONFIGURATION})


def _expect(what: str, found: Collection[Finding], reasons: Collection[Reason]) -> None:
    errors = [one for one in found if one.level == "error"]
    if not errors:
        raise Broken(f"`check` finds no error at {what}")
    if not any(one.reason in reasons for one in errors):
        told = ", ".join(str(one.reason) for one in errors)
        raise Broken(
            f"`check` does not tell {what} from other troubles: reason {told}, expected "
            f"{' or '.join(sorted(reasons))}; connectors.verdicts.failed makes the Finding"
        )
    short = [one.message for one in errors if len(one.message.split()) < 4]
    if short:
        raise Broken(f"`check` says of {what} only '{short[0]}': say what to do")


@contextmanager
def _served(bench: Bench) -> Iterator[SimulatorServer]:
    simulator = bench.candidate.simulator(small_desk(), StandingClock(PRESENT))
    with SimulatorServer(simulator) as server:
        yield server


def _checked(bench: Bench, given: Mapping[str, object]) -> list[Finding]:
    candidate = bench.candidate
    connector: Connector[Any] = candidate.connector(candidate.name, candidate.settings(given))
    try:
        return connector.check()
    except Exception as error:  # whatever it is, `check` must not raise it
        raise Broken(
            f"`check` raises {type(error).__name__} ({error}); what goes wrong is a Finding"
        ) from error
    finally:
        connector.close()


RULES: Final = (
    Rule(
        "check-welcomes",
        Tier.BRONZE,
        "`check` finds nothing in the way of a vendor that is well",
        welcomes,
    ),
    Rule(
        "check-tells-credentials",
        Tier.BRONZE,
        "`check` tells a wrong secret from every other trouble",
        credentials,
    ),
    Rule(
        "check-tells-network",
        Tier.BRONZE,
        "`check` tells a vendor that does not answer from every other trouble",
        network,
    ),
    Rule(
        "check-tells-configuration",
        Tier.BRONZE,
        "`check` tells a wrong address from every other trouble",
        configuration,
    ),
)
