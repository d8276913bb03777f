"""The rules as tests of pytest, for a package of a connector. Its test file is two lines:

    from exporter.certify.plugin import conformance
    test_conformance = conformance("acme")

Each rule is a test of its own. Those that quality.yaml exempts are skipped with its reason, those
that this machine cannot try with what is missing.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exporter.certify.candidate import Candidate
from exporter.certify.quality import Quality
from exporter.certify.scale import Mark, Rule, Tier
from exporter.certify.suite import attempt, rules


def conformance(vendor: str | Candidate, upto: Tier | str = Tier.GOLD) -> Callable[..., None]:
    """A test function for every rule up to a tier, for the vendor of this name."""
    asked = [pytest.param(rule, id=f"{rule.tier}-{rule.id}") for rule in rules(Tier(upto))]

    @pytest.mark.parametrize("rule", asked)
    def test_conformance(rule: Rule) -> None:
        candidate = vendor if isinstance(vendor, Candidate) else Candidate.of(vendor)
        result = attempt(candidate, rule, Quality.read(candidate.folder).exempt.get(rule.id))
        if result.mark in (Mark.EXEMPT, Mark.UNPROVEN):
            pytest.skip(result.reason)
        if not result.is_kept:
            pytest.fail(f"{rule.title}: {result.reason}", pytrace=False)

    return test_conformance
