"""What a connector says of itself before anything is asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from connectors import Fact, Measures
from exporter.certify.bench import Bench
from exporter.certify.candidate import NOWHERE, SECRET, values
from exporter.certify.scale import Broken, Rule, Tier

README: Final = "README.md"


def settings(bench: Bench) -> None:
    """Unknown keys are refused, every setting is documented, every secret is a secret."""
    kind = bench.candidate.connector.settings_type
    if kind.model_config.get("extra") != "forbid":
        raise Broken(
            f"{kind.__name__} takes keys that it does not know, so that a misspelt one goes "
            'unnoticed: leave model_config\'s extra at "forbid"'
        )
    page = readme(bench)
    lacking = [
        name
        for name, field in kind.model_fields.items()
        if f"`{name}`" not in page and f"{name}:" not in page
    ]
    if lacking:
        raise Broken(f"{README} does not name in backticks: {', '.join(lacking)}")
    bare = [path for path, value in values(bench.settings()) if str(value).startswith(SECRET)]
    if bare:
        raise Broken(f"the settings {', '.join(bare)} hold secrets: make them pydantic.SecretStr")
    shown = [name for name, field in kind.model_fields.items() if _is_secret(field.default)]
    if shown:
        raise Broken(f"the settings {', '.join(shown)} have a secret for a default")


def _is_secret(default: object) -> bool:
    """Whether the default of a setting is a secret of somebody's; an empty one is nobody's."""
    if isinstance(default, SecretStr):
        return bool(default.get_secret_value())
    return SECRET in str(default)


def facts(bench: Bench) -> None:
    """Every fact is told or, with the reason, untold; the rest of `Measures` makes sense."""
    declared = measures(bench)
    _check_facts(declared)
    if not timedelta(0) <= declared.lag <= timedelta(days=1):
        raise Broken(f"a lag of {declared.lag} is none: give how far answers are behind its clock")
    vague = [fact for fact, told in declared.told.items() if told.precision < 1]
    if vague:
        raise Broken(f"{vague[0]} has a precision below a second; 1 is the finest")


def measures(bench: Bench) -> Measures:
    """What the connector declares with the settings of its simulator."""
    connector = bench.connector(NOWHERE)
    try:
        return connector.measures()
    finally:
        connector.close()


def _check_facts(declared: Measures) -> None:
    if not {Fact.CREATED, Fact.CUSTOMERS} & declared.told.keys():
        raise Broken("neither `created` nor `customers` is told: there is nothing to count")
    if Fact.REASSIGNED in declared.told and not declared.teams:
        raise Broken("`reassigned` is told although there are no teams, between which that is")
    both = sorted(declared.told.keys() & declared.untold.keys())
    if both:
        raise Broken(f"both told and untold: {', '.join(both)}")
    silent = sorted(f for f in declared.lacking if not declared.untold.get(f, "").strip())
    if silent:
        raise Broken(f"neither told nor untold with a reason: {', '.join(silent)}")


def semantics(bench: Bench) -> None:
    """The package's page says what is measured, what is not, and the vendor's own definitions."""
    page = readme(bench)
    if "what it measures" not in page.casefold():
        raise Broken(f'{README} has no section "What it measures"')
    named = page.casefold().replace("_", " ")
    due = measures(bench).lacking | measures(bench).told.keys()
    lacking = sorted(fact for fact in due if fact.value.replace("_", " ") not in named)
    if lacking:
        raise Broken(f"{README} does not tell of {', '.join(lacking)}")


def readme(bench: Bench) -> str:
    """The page of the package. Raises `Broken` where it has none."""
    path: Path = bench.candidate.folder / README
    if not path.exists():
        raise Broken(f"{path} does not exist: write what is measured, and the settings")
    return path.read_text(encoding="utf-8")


RULES: Final = (
    Rule(
        "settings-documented",
        Tier.BRONZE,
        "Every setting is documented, unknown ones are refused, secrets are kept as secrets",
        settings,
    ),
    Rule(
        "facts-declared",
        Tier.BRONZE,
        "Every fact is declared as told, or as untold with the reason",
        facts,
    ),
    Rule(
        "semantics-documented",
        Tier.GOLD,
        "The package's page says what each number means, and what cannot be told",
        semantics,
    ),
)
