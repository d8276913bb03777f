"""Runs the rules: each by itself, so that one that is broken hides no other."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from connectors import ConnectorError
from connectors.discovery import BrokenConnector
from exporter.certify.bench import Bench
from exporter.certify.candidate import Candidate
from exporter.certify.rules import RULES
from exporter.certify.scale import Broken, Mark, Result, Rule, Tier, Unproven


def rules(upto: Tier = Tier.GOLD) -> Iterator[Rule]:
    """Every rule that a tier asks for."""
    return (rule for rule in RULES if rule.tier.rank <= upto.rank)


def attempt(candidate: Candidate, rule: Rule, exempt: str | None = None) -> Result:
    """Try one rule, in a folder that is gone afterwards. exempt: why it is not to be tried."""
    if exempt:
        return Result(rule, Mark.EXEMPT, exempt)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="deskpulse-certify-") as name:
        mark, reason, figures = Mark.DONE, "", None
        try:
            figures = rule.check(Bench(candidate, Path(name)))
        except Unproven as error:
            mark, reason = Mark.UNPROVEN, str(error)
        except (Broken, BrokenConnector, ConnectorError) as error:
            mark, reason = Mark.TODO, str(error)
        except Exception as error:  # noqa: BLE001 -- a connector may do anything
            mark, reason = Mark.TODO, f"unexpected {type(error).__name__}: {error}"
    return Result(rule, mark, reason, time.perf_counter() - began, figures or {})
