"""Who may wake a source, as an operator writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from textwrap import indent

import pytest

from connectors.discovery import discover
from connectors.webhooks import SCHEMES
from exporter.certify.candidate import Candidate
from exporter.config import Config, ConfigError, load
from exporter.config.webhooks import WebhookConfig

PLAIN = "0123456789abcdef-of-a-test"
OF_VENDORS = {
    "zendesk": "subdomain: acme, email: pulse@acme.example, api_token: throw-away-token",
    "stripe": "api_key: throw-away-key",
    "servicenow": "instance: acme, username: pulse, password: throw-away-word",
}
Loads = Callable[..., Config]


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    def load_text(text: str, vendor: str = "stripe", **environ: str) -> Config:
        """A file whose webhooks stand on line 5."""
        file = tmp_path / "deskpulse.yaml"
        settings = "\n".join(f"    {part}" for part in OF_VENDORS[vendor].split(", "))
        body = indent(f"webhooks:{text}", "    ")
        file.write_text(f"sources:\n  a:\n    vendor: {vendor}\n{settings}\n{body}\n")
        return load(file, environ)

    return load_text


def only(config: Config) -> WebhookConfig:
    (source,) = config.sources
    assert source.webhooks is not None
    return source.webhooks


def secrets(config: Config) -> list[str]:
    return [secret.get_secret_value() for secret in only(config).secrets]


@pytest.mark.parametrize(
    ("vendor", "scheme"),
    [("zendesk", "zendesk"), ("stripe", "stripe"), ("servicenow", "generic")],
)
def test_a_vendor_signs_in_its_own_way_unless_it_is_said(
    loads: Loads, vendor: str, scheme: str
) -> None:
    config = loads(" {secret: '${S}'}", vendor, S=PLAIN)
    found = only(config)
    assert found.scheme.name == scheme
    assert (found.window, found.gap, found.size) == (
        timedelta(minutes=5),
        timedelta(seconds=15),
        2**20,
    )
    assert secrets(config) == [PLAIN]
    assert config.warnings == ()
    assert only(loads(" {secret: '${S}', scheme: Intercom}", vendor, S=PLAIN)).scheme.name == (
        "intercom"
    )


def test_everything_may_be_said_and_secrets_come_from_anywhere(
    loads: Loads, tmp_path: Path
) -> None:
    (tmp_path / "old").write_text("old-secret-out-of-a-file\n")
    text = "\n  secret: ['${NEW}', {file: old}]\n  window: 1m\n  gap: 1m\n  size: 64KiB"
    config = loads(text, NEW=PLAIN)
    assert secrets(config) == [PLAIN, "old-secret-out-of-a-file"]
    found = only(config)
    assert (found.window, found.gap) == (timedelta(minutes=1), timedelta(minutes=1))
    assert found.size == 65536
    assert PLAIN not in repr(config)
    assert secrets(loads(" {secret: {file: old}}")) == ["old-secret-out-of-a-file"]


def test_without_webhooks_nobody_wakes_anything(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.yaml"
    file.write_text("sources: {a: {vendor: stripe, api_key: throw-away-key}}")
    (source,) = load(file, {}).sources
    assert source.webhooks is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "5: sources.a.webhooks: must be a group of keys"),
        (" {gap: 5s}", "5: sources.a.webhooks: needs 'secret:'"),
        (" {secrets: x}", "is no key of webhooks: did you mean 'secret'?"),
        (" {secret: short}", "5: sources.a.webhooks.secret: is too short to keep anybody out"),
        (" {secret: }", "5: sources.a.webhooks.secret: is empty"),
        (" {secret: [short]}", "5: sources.a.webhooks.secret[0]: is too short"),
        (" {secret: []}", "secret: must be one secret, or two"),
        (f" {{secret: [{PLAIN}, {PLAIN}, {PLAIN}]}}", "secret: must be one secret, or two"),
        (" {secret: '${GONE}'}", "needs the environment variable GONE, which is not set"),
        (" {secret: {file: gone}}", "is read from the file gone, which does not exist"),
        (f" {{secret: {PLAIN}, scheme: stipe}}", "did you mean 'stripe'?"),
        (f" {{secret: {PLAIN}, window: 2h}}", "window: must be at most 1h"),
        (f" {{secret: {PLAIN}, gap: 0s}}", "gap: must be between 1s and 1d"),
        (f" {{secret: {PLAIN}, size: 1GiB}}", "size: must be a size up to 16MiB"),
        (f" {{secret: {PLAIN}, size: 17MiB}}", "size: must be a size up to 16MiB"),
        (f" {{secret: {PLAIN}, size: 0KiB}}", "size: must be a size up to 16MiB"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(loads: Loads, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loads(text)
    assert said in str(raised.value)
    assert PLAIN not in str(raised.value)


@pytest.mark.parametrize("text", [f" {{secret: {PLAIN}}}", f"\n  secret: [{PLAIN}, '${{S}}']"])
def test_a_secret_in_the_file_itself_works_and_is_warned_of(loads: Loads, text: str) -> None:
    config = loads(text, S="another-secret-of-a-test")
    (warning,) = config.warnings
    assert "is a secret in plain text" in warning.message
    assert "${A_WEBHOOK_SECRET}" in warning.message
    assert PLAIN not in str(warning)


@pytest.mark.parametrize("address", ["pulse.example", "ftp://x", "https://u:p@x", "https://a b"])
def test_a_public_address_is_one(address: str, tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.yaml"
    environ: Mapping[str, str] = {}
    file.write_text(
        f"public_url: '{address}'\nsources: {{a: {{vendor: stripe, api_key: throw-away-key}}}}"
    )
    with pytest.raises(ConfigError, match="public_url"):
        load(file, environ)
    file.write_text(file.read_text().replace(address, "https://pulse.example/desk/"))
    assert load(file, environ).public_url == "https://pulse.example/desk"


def test_the_example_of_the_document_is_read(root: Path, tmp_path: Path) -> None:
    block = (root / "docs/webhooks.md").read_text().split("```yaml\n")[1].partition("```")[0]
    file = tmp_path / "deskpulse.yaml"
    file.write_text(block)
    config = load(file, {"ZENDESK_EU_API_TOKEN": PLAIN, "ZENDESK_EU_WEBHOOK_SECRET": PLAIN})
    assert only(config).scheme.name == "zendesk"
    assert config.public_url == "https://pulse.acme.example"
    assert config.warnings == ()


@pytest.mark.parametrize("vendor", sorted(SCHEMES.keys() & discover().vendors.keys()))
def test_a_vendor_with_a_scheme_of_its_own_is_read_by_it(vendor: str, root: Path) -> None:
    assert discover().vendors[vendor].webhooks is SCHEMES[vendor]
    page = (root / "connectors" / vendor / "README.md").read_text()
    assert "(../../docs/webhooks.md)" in page


@pytest.mark.parametrize("vendor", sorted(discover().vendors.keys() - {"rest", "sql"}))
def test_the_document_says_how_late_each_vendor_tells(vendor: str, root: Path) -> None:
    found = Candidate.of(vendor)
    connector = found.connector(vendor, found.settings(found.example()))
    lag = int(connector.measures().lag.total_seconds())
    connector.close()
    page = (root / "docs" / "webhooks.md").read_text()
    title = discover().vendors[vendor].title.split()[0]
    row = rf"^\| [^|]*\b{title}\b[^|]* \| {lag} s: [^|]* \| {lag + 2} s \|$"
    assert bool(re.search(row, page, re.MULTILINE)) is bool(lag)
