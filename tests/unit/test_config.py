"""A configuration that is wrong says everything that is wrong, where, and what to do about it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from connectors import Connector, Finding, Measures, Page, Settings, Usage
from exporter.config import Config, ConfigError, HostPort, load
from exporter.config.loading import SOURCE_KEYS

SECRET = "marked-s3cret-'\"-value"


class Proxy(BaseModel):
    url: str
    password: SecretStr | None = None


class AcmeSettings(Settings):
    subdomain: str
    api_token: SecretStr
    page_size: int = Field(default=100, ge=1, le=1000)
    since: date | None = None
    closed_too: bool = False
    region: Literal["eu", "us"] = "eu"
    queues: tuple[str, ...] = ()
    proxy: Proxy | None = None
    port: int | str | None = None

    @field_validator("api_token")
    @classmethod
    def _speaks_of_its_value(cls, value: SecretStr) -> SecretStr:
        if "bad" in value.get_secret_value():
            raise ValueError(f"{value.get_secret_value()} is refused")
        return value

    @field_validator("subdomain")
    @classmethod
    def _no_address(cls, value: str) -> str:
        if "." in value:
            raise ValueError("must be the first part of the address only")
        return value


class Acme(Connector[AcmeSettings]):
    vendor: ClassVar[str] = "acme"
    title: ClassVar[str] = "Acme Desk"
    settings_type: ClassVar[type[Settings]] = AcmeSettings

    def measures(self) -> Measures:
        return Measures(told={})

    def check(self) -> list[Finding]:
        return []

    def changes(self, cursor: str | None) -> Iterator[Page]:
        return iter(())

    def usage(self) -> Usage:
        return Usage()


VENDORS: Mapping[str, type[Connector[Any]]] = {"acme": Acme}
Loads = Callable[..., Config]


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    def load_text(text: str | bytes, **environ: str) -> Config:
        file = tmp_path / "deskpulse.yaml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(file, environ, VENDORS)

    return load_text


@pytest.fixture
def wrong(loads: Loads) -> Callable[..., list[tuple[int, str, str]]]:
    def problems(text: str | bytes, **environ: str) -> list[tuple[int, str, str]]:
        with pytest.raises(ConfigError) as caught:
            loads(text, **environ)
        return [(found.line, found.key, found.message) for found in caught.value.problems]

    return problems


def source(*lines: str, head: str = "") -> str:
    """A file with one good source named `a`, from line 1 where there is no head; more lines follow
    from line 5 of the source on."""
    good = ["sources:", "  a:", "    vendor: acme", "    subdomain: x", "    api_token: ${TOKEN}"]
    return "\n".join([*head.splitlines(), *good, *("    " + line for line in lines), ""])


def test_a_short_file_is_enough_and_the_rest_has_defaults(loads: Loads, tmp_path: Path) -> None:
    config = loads(source(), TOKEN=SECRET)
    (only,) = config.sources
    assert config.store_url == f"sqlite:///{tmp_path / 'deskpulse.db'}"
    assert config.listen == HostPort("127.0.0.1", 9464)
    assert config.scrape_interval == timedelta(seconds=60)
    assert (only.name, only.vendor, only.poll) == ("a", "acme", timedelta(seconds=60))
    assert (only.teams, only.max_teams, config.warnings) == ((), 50, ())
    assert isinstance(only.settings, AcmeSettings)
    assert only.settings.api_token.get_secret_value() == SECRET
    assert isinstance(only.connector(), Acme)
    assert SECRET not in repr(config)


def test_everything_that_can_be_said_is_read(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n")
    config = loads(
        "store: sqlite:///data/desk.db\n"
        "listen: '[::1]:9000'\n"
        "scrape_interval: 1m30s\n"
        "sources:\n"
        "  eu_1-x:\n"
        "    vendor: acme\n"
        "    poll: 90\n"
        "    teams: [No, 007, ' Billing ']\n"
        "    max_teams: 3\n"
        "    subdomain: pre-${PART}-$${x}\n"
        "    api_token: {file: token}\n"
        "    page_size: 7\n"
        "    since: 2026-01-31\n"
        "    closed_too: yes\n"
        "    proxy: {url: 'http://p', password: \"${PART}\"}\n",
        PART="mid",
    )
    (only,) = config.sources
    assert isinstance(only.settings, AcmeSettings)
    assert config.store_url == f"sqlite:///{tmp_path / 'data/desk.db'}"
    assert str(config.listen) == "[::1]:9000"
    assert config.scrape_interval == timedelta(seconds=90)
    assert only.poll == timedelta(seconds=90)
    assert only.teams == ("No", "007", "Billing")
    assert only.settings.subdomain == "pre-mid-${x}"
    assert only.settings.api_token.get_secret_value() == SECRET
    assert (only.settings.page_size, only.settings.since) == (7, date(2026, 1, 31))
    assert only.settings.closed_too
    assert config.warnings == ()


def test_a_token_of_digits_keeps_its_zeros(loads: Loads) -> None:
    config = loads(source().replace("${TOKEN}", "0012"))
    assert isinstance(config.sources[0].settings, AcmeSettings)
    assert config.sources[0].settings.api_token.get_secret_value() == "0012"


def test_sources_can_share_keys_through_an_anchor(loads: Loads) -> None:
    config = loads(
        "sources:\n  a: &base\n    vendor: acme\n    subdomain: x\n    api_token: ${TOKEN}\n"
        "  b:\n    <<: *base\n    subdomain: y\n",
        TOKEN=SECRET,
    )
    found = [(one.name, getattr(one.settings, "subdomain", "")) for one in config.sources]
    assert found == [("a", "x"), ("b", "y")]


@pytest.mark.parametrize(
    ("line", "key", "words"),
    [
        ("pol: 60s", "pol", "is no key of a source of vendor acme: did you mean 'poll'?"),
        ("sub_domain: y", "sub_domain", "did you mean 'subdomain'?"),
        ("poll: soon", "poll", "must be a duration, such as 30s, 5m or 1h"),
        ("poll: 200ms", "poll", "must be between 1s and 1d"),
        ("poll:", "poll", "is empty: give it a value, or take the line out"),
        ("poll: [1, 2]", "poll", "must be one value"),
        ("teams: Support", "teams", "must be a list of names"),
        ("teams: [a, a]", "teams", "names the same thing twice"),
        ("teams: [a, '']", "teams", "one of them is empty"),
        ("max_teams: many", "max_teams", "must be a whole number between 1 and 1000"),
        ("max_teams: 0", "max_teams", "must be a whole number between 1 and 1000"),
        ("page_size: many", "page_size", "must be a whole number, such as 10"),
        ("page_size: 5000", "page_size", "must be at most 1000"),
        ("page_size: {a: 1}", "page_size", "must be a whole number, such as 10"),
        ("page_size:", "page_size", "is empty"),
        ("since: yesterday", "since", "must be a date, such as 2026-01-31"),
        ("closed_too: maybe", "closed_too", "must be true or false"),
        ("region: mars", "region", "must be one of 'eu' or 'us'"),
        ("queues: one", "queues", "must be a list, such as [one, two]"),
        ("queues: [{a: 1}]", "queues[0]", "must be text"),
        ("proxy: p", "proxy", "must be a group of keys"),
        ("proxy: {password: x}", "proxy.url", "is missing: add it to this source"),
        ("port: [1]", "port", "must be a whole number"),
        ("since: ${WHEN}", "since", "environment variable WHEN, which is not set: export it"),
        ("queues: ['${EMPTY}']", "queues[0]", "variable EMPTY, which is empty: fill it"),
        ("since: ${a b}", "since", "'${' that names no variable"),
        ("region: !secret x", "region", "has a tag such as !secret"),
        ("subdomain: again", "subdomain", "stands twice, first on line 4: take one out"),
    ],
)
def test_a_wrong_line_gives_one_verdict_with_its_place(
    wrong: Callable[..., list[tuple[int, str, str]]], line: str, key: str, words: str
) -> None:
    (found,) = wrong(source(line), TOKEN=SECRET, EMPTY="")
    assert found[:2] == (6, f"sources.a.{key}")
    assert words in found[2]


@pytest.mark.parametrize(
    ("head", "key", "words"),
    [
        ("store: mysql://u:p@h/d", "store", "or a PostgreSQL database, such as postgresql://"),
        ("store: postgresql://u:p@h", "store", "names no database"),
        ("store: postgresql+asyncpg://u:p@h/d", "store", "must be a SQLite file"),
        ("store: postgresql://u:se@cret@h/d", "store", "write an @ in it as %40"),
        ("store: postgresql://u@h/d?password=p", "store", "cannot be told apart"),
        ("store: nonsense", "store", "must be a SQLite file, such as sqlite:///deskpulse.db"),
        ("store: 'sqlite://'", "store", "counters must outlive a restart"),
        ("listen: 9464", "listen", "must be an address and a port, such as 127.0.0.1:9464"),
        ("listen: localhost:99999", "listen", "must be an address and a port"),
        ("scrape_interval: 30 sec", "scrape_interval", "must be a duration"),
        ("listne: x", "listne", "did you mean 'listen'?"),
        ("poll: 60s", "poll", "move it below a source"),
    ],
)
def test_a_wrong_top_line_gives_one_verdict_with_its_place(
    wrong: Callable[..., list[tuple[int, str, str]]], head: str, key: str, words: str
) -> None:
    (found,) = wrong(source(head=head), TOKEN=SECRET)
    assert found[:2] == (1, key)
    assert words in found[2]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "this file is empty: add 'sources:'"),
        ("# nothing\n", 1, "this file is empty"),
        ("- a\n- b\n", 1, "this file holds no keys"),
        ("sources:\n", 1, "is empty: add 'sources:' and below it a name"),
        ("listen: 127.0.0.1:1\n", 1, "is missing: add 'sources:'"),
        ("sources: [a]\n", 1, "must be a group of names"),
        ("sources:\n  a: b\n", 2, "must be a group of keys"),
        ("sources:\n  A b:\n    vendor: acme\n", 2, "is no name for a source"),
        ("sources:\n  a:\n    poll: 5s\n", 2, "needs a vendor: add 'vendor:'; known here: acme"),
        ("sources:\n  a:\n    vendor: acne\n", 3, "is no known vendor: did you mean 'acme'?"),
        ("sources:\n  a:\n    vendor: freshacne\n", 3, "is no known vendor: known here: acme"),
        ("sources:\n  a:\n    vender: acme\n", 3, "is no key of a source: did you mean 'vendor'?"),
        ("sources:\n  a:\n    vendor:acme\n", 2, "write a blank after the colon"),
        ("sources:\n  a:\n    vendor: acme\n    mail:x\n", 4, "write a blank after the colon"),
        ("sources:\n  a:\n    mail:x\n    b: c\n", 3, "write a blank after the colon"),
        ("sources:\n  a:\n    b: c\n    mail:x\n\n    # d\n    d: e\n", 4, "write a blank after"),
        ("sources:\n  a:\n    b: c\n    x:1\n    y:2\n    d: e\n", 4, "write a blank after"),
        ("listen: a\nurl:https://x\nstore: b\n", 2, "write a blank after the colon"),
        ("a: 1\nhttps://x\nb: 1\n", 3, "a key without its colon"),
        ("sources:\n\ta:\n", 2, "a tab stands here"),
        ("a: 'x\nb: 1\n", 1, "a quote is opened here"),
        ("a: [1\nb: 1\n", 1, "a bracket is opened here"),
        ("a: b: c\n", 1, "a ': ' too many"),
        ("a:\n  b: 1\n c: 2\n", 3, "does not line up"),
        ("a: *x\n", 1, "has no anchor"),
        ("a: 1\n---\nb: 1\n", 2, "second document"),
        ("a: @x\n", 1, "put it in quotes"),
        ("a: 1\nb: \x01\n", 2, "a character stands here"),
        ("a: &a [*a]\n", 1, "aliases unfold without end"),
        ("[" * 3000, 1, "nested too deeply"),
        ("? [a]\n: 1\n", 1, "a key must be a plain word"),
        (b"a: \xff\n", 0, "not UTF-8"),
        ("#" * 1_000_001, 0, "too large"),
    ],
)
def test_a_file_that_is_no_configuration_says_so_in_plain_words(
    wrong: Callable[..., list[tuple[int, str, str]]], text: str | bytes, line: int, words: str
) -> None:
    found = wrong(text)
    assert any(at == line and words in message for at, _, message in found), found


def test_aliases_cannot_fill_the_memory(
    wrong: Callable[..., list[tuple[int, str, str]]],
) -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    assert "aliases unfold without end" in wrong(text)[0][2]


def test_all_problems_come_together_sorted_by_line(
    wrong: Callable[..., list[tuple[int, str, str]]],
) -> None:
    text = (
        "listen: here\n"
        "sources:\n"
        "  one:\n"
        "    vendor: acme\n"
        "    poll: never\n"
        "    subdomain: ${NOWHERE}\n"
        "    typo: 1\n"
        "  two:\n"
        "    vendor: nobody\n"
        "    poll: [1]\n"
        "store: mysql://x\n"
    )
    assert [(line, key) for line, key, _ in wrong(text)] == [
        (1, "listen"),
        (3, "sources.one.api_token"),
        (5, "sources.one.poll"),
        (6, "sources.one.subdomain"),
        (7, "sources.one.typo"),
        (9, "sources.two.vendor"),
        (10, "sources.two.poll"),
        (11, "store"),
    ]


@pytest.mark.parametrize(
    ("right", "wrong_word"),
    [("api_token", "api_tokn"), ("subdomain", "sub-domain"), ("vendor", "vender"),
     ("sources", "source")],
)  # fmt: skip
def test_a_misspelt_key_is_not_also_missing(
    wrong: Callable[..., list[tuple[int, str, str]]], right: str, wrong_word: str
) -> None:
    (found,) = wrong(source().replace(f"{right}:", f"{wrong_word}:"), TOKEN=SECRET)
    assert found[1].rpartition(".")[2] == wrong_word
    assert f"did you mean '{right}'?" in found[2]


def test_a_key_that_is_unlike_leaves_the_missing_one_missing(
    wrong: Callable[..., list[tuple[int, str, str]]],
) -> None:
    keys = [key for _, key, _ in wrong(source().replace("subdomain:", "colour:"), TOKEN=SECRET)]
    assert keys == ["sources.a.subdomain", "sources.a.colour"]


def test_a_problem_reads_like_a_compilers(loads: Loads, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(source("poll: soon"), TOKEN=SECRET)
    place = f"{tmp_path / 'deskpulse.yaml'}:6: sources.a.poll: "
    assert str(caught.value) == place + "must be a duration, such as 30s, 5m or 1h"


def test_more_teams_than_the_cap_is_a_problem(
    wrong: Callable[..., list[tuple[int, str, str]]],
) -> None:
    (found,) = wrong(source("teams: [a, b]", "max_teams: 1"), TOKEN=SECRET)
    assert found == (
        6,
        "sources.a.teams",
        "names more teams than max_teams allows: raise max_teams",
    )


def test_a_missing_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="deskpulse init"):
        load(tmp_path / "none.yaml", {}, VENDORS)
    with pytest.raises(ConfigError, match="this is a folder"):
        load(tmp_path, {}, VENDORS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "which does not exist: create it"),
        (b"", "which is empty"),
        (b"\xff\xfe", "which is no UTF-8 text"),
        (b"x" * 70_000, "which is too large to be a secret"),
    ],
)
def test_an_unreadable_secret_file_is_named(
    wrong: Callable[..., list[tuple[int, str, str]]],
    tmp_path: Path,
    content: bytes | None,
    words: str,
) -> None:
    if content is not None:
        (tmp_path / "t").write_bytes(content)
    (found,) = wrong(source().replace("${TOKEN}", "{file: t}"))
    assert found[:2] == (5, "sources.a.api_token")
    assert "the file t" in found[2]
    assert words in found[2]


@pytest.mark.parametrize("value", ["{file: '${HOME_}/t'}", "{file: }", "{file: [a]}"])
def test_a_secret_file_that_is_not_named_is_one_problem(
    wrong: Callable[..., list[tuple[int, str, str]]], value: str
) -> None:
    (found,) = wrong(source().replace("${TOKEN}", value))
    assert found[:2] == (5, "sources.a.api_token")


def test_a_secret_within_a_setting_may_come_from_a_file(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "t").write_text(f"{SECRET[:12]}\n")
    text = source("proxy: {url: u, password: {file: t}}")
    config = loads(text.replace("${TOKEN}", "throw-away-1"))
    settings = config.sources[0].settings
    assert isinstance(settings, AcmeSettings)
    assert settings.proxy is not None
    assert settings.proxy.password is not None
    assert settings.proxy.password.get_secret_value() == SECRET[:12]
    assert config.warnings == ()


def test_a_secret_in_plain_text_is_a_warning_that_does_not_repeat_it(loads: Loads) -> None:
    text = source(f"proxy: {{url: u, password: {SECRET[:12]}}}").replace("${TOKEN}", SECRET[:12])
    config = loads(text)
    assert [(found.line, found.key) for found in config.warnings] == [
        (5, "sources.a.api_token"),
        (6, "sources.a.proxy.password"),
    ]
    assert "${A_API_TOKEN}" in config.warnings[0].message
    assert SECRET[:12] not in "".join(map(str, config.warnings))


def test_a_simulators_throw_away_secret_is_no_warning(loads: Loads) -> None:
    assert loads(source().replace("${TOKEN}", "throw-away-123")).warnings == ()


KEYS = [*AcmeSettings.model_fields, *SOURCE_KEYS, "unknown"]
SHAPES = ["'{}'", "${{SECRET}}", "[{}]", "{{a: {}}}", "{{file: {}}}", "!x {}", "'{}"]
TAILS = ["", "bad", ".", " "]


@pytest.mark.parametrize("key", KEYS)
def test_a_secret_in_any_place_never_shows(tmp_path: Path, key: str) -> None:
    file = tmp_path / "deskpulse.yaml"
    for shape, tail in product(SHAPES, TAILS):
        secret = f"mark{tail}hush"
        file.write_text(source(f"page_size: {secret}", f"{key}: {shape.format(secret)}"))
        with pytest.raises(ConfigError) as caught:
            load(file, {"SECRET": secret, "TOKEN": secret}, VENDORS)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.problems)
        named_as_a_file = shape.startswith("{{file") and "is read from the file" in shown
        assert named_as_a_file or secret not in shown, (shape, tail)
