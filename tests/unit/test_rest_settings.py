"""What an operator may say of a REST API, what not, and what is told for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, SecretStr, ValidationError

from connectors.contract import Fact, Settings
from connectors.fields.settings import Names
from connectors.measures import OF_CUSTOMERS
from connectors.rest.asking import Pagination
from connectors.rest.connector import RestConnector
from connectors.rest.settings import RestSettings
from exporter.cli.draft import Answers, render
from exporter.config import ConfigError, load

LEAST: dict[str, Any] = {"url": "https://api.desk.example/v2", "tickets": {"path": "/tickets"}}
SINCE = {"since": {"param": "since"}}


def settings(**changes: Any) -> RestSettings:
    return RestSettings.model_validate({**LEAST, **changes})


def tickets(**changes: Any) -> dict[str, Any]:
    return {"tickets": {"path": "/tickets", **changes}}


def told(*fields: str) -> set[Fact]:
    named = settings(fields={name: name for name in fields})
    return set(RestConnector("desk", named).measures().told)


@pytest.mark.parametrize(
    ("changes", "where", "verdict"),
    [
        ({"url": "desk.example"}, "url", "must be an address such as"),
        ({"url": "ftp://desk.example"}, "url", "must be an address such as"),
        ({"url": "https://desk.example:99999"}, "url", "must be an address such as"),
        ({"url": "http://desk.example"}, "url", "use https"),
        ({"url": "https://me:pw@desk.example"}, "url", "goes into `auth`"),
        ({"url": "https://desk.example?key=1"}, "url", "`tickets.params`"),
        ({"auth": "bearer"}, "auth", "exactly one of bearer, basic, header, query, or none"),
        ({"auth": {"token": "x"}}, "auth", "exactly one of bearer"),
        ({"auth": {"bearer": "x", "query": {}}}, "auth", "exactly one of bearer"),
        ({"auth": {"bearer": None}}, "auth", "what is chosen is empty"),
        ({"auth": {"bearer": " "}}, "auth.bearer", "put the secret here"),
        ({"auth": {"bearer": "a\nb"}}, "auth.bearer", "a line break"),
        ({"auth": {"header": {"name": "X Key", "value": "x"}}}, "auth.header.name", "X-Api-Key"),
        ({"auth": {"basic": {"username": "a:b", "password": ""}}}, "auth.basic.username", "colon"),
        ({"tickets": "tickets"}, "tickets.path", "such as /tickets"),
        (tickets(path="/tickets?page=1"), "tickets.path", "goes into `params`"),
        (tickets(path="https://desk.example/tickets"), "tickets.path", "after `url`"),
        (tickets(path="/../admin"), "tickets.path", "is no path"),
        (tickets(params={"api_key": "x"}), "tickets.params", "auth: {query: {name: api_key"),
        (tickets(params={"accessToken": "x"}), "tickets.params", "looks like a secret"),
        (tickets(records="data..list"), "tickets.records", "is no path"),
        (tickets(pagination="links"), "tickets.pagination", "cursor, page, offset, link, next"),
        (tickets(pagination="offset"), "tickets.pagination", "`offset: {param: offset}`"),
        (tickets(pagination="page"), "tickets.pagination", "`page: {param: page}`"),
        (
            tickets(pagination="cursor"),
            "tickets.pagination",
            "`cursor: {param: after, from: meta.next}`",
        ),
        (tickets(pagination="next"), "tickets.pagination", "`next: links.next`"),
        ({"auth": "bearer"}, "auth", '`bearer: "${TOKEN}"`'),
        ({"values": {"removed": {"bin": "open"}}}, "values.removed.bin", "'deleted', 'merged'"),
        (tickets(pagination={"pages": {}}), "tickets.pagination", "exactly one of cursor"),
        (tickets(pagination={"cursor": {"param": "a"}}), "tickets.pagination.cursor.from", ""),
        (tickets(pagination={"link": "body"}), "tickets.pagination.link", "'header'"),
        (tickets(**SINCE), "", "`tickets.since` needs `fields.changed`"),
        (tickets(oldest_first=True), "tickets", "`oldest_first` is of use with `since` only"),
        (tickets(since={"param": "s", "format": "epoch"}), "tickets.since.format", "give iso"),
        (tickets(since={"param": "s", "overlap": "0s"}), "tickets.since.overlap", "from 1s"),
        (tickets(since={"param": "s", "overlap": "soon"}), "tickets.since.overlap", "30s, 5m"),
        (tickets(since={"param": "s", "begin": "2026-01-01T00:00"}), "tickets.since.begin", "zone"),
        ({"fields": {"team": "group."}}, "fields.team", "group.name"),
        ({"fields": {"titel": "x"}}, "fields.titel", ""),
        ({"values": {"status": {"done": "finished"}}}, "values.status.done", ""),
        ({"lag": "2d"}, "lag", "a day at most"),
        ({"zone": "Mars"}, "zone", "Europe/Berlin"),
        ({"check": "me"}, "check", "is no path"),
        ({"ticket_url": "https://desk.example"}, "ticket_url", "{id}"),
        ({"colour": "red"}, "colour", ""),
    ],
)
def test_what_cannot_be_right_names_its_key_and_the_remedy(
    changes: dict[str, Any], where: str, verdict: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    (error,) = caught.value.errors()
    assert ".".join(map(str, error["loc"])) == where
    assert verdict in error["msg"]


@pytest.mark.parametrize("name", ["per_page", "sort", "monkey", "keyword", "page_size", "author"])
def test_ordinary_parameters_are_no_secrets(name: str) -> None:
    assert settings(**tickets(params={name: 5})).tickets.params == {name: "5"}


def test_a_path_alone_is_a_list_in_one_answer() -> None:
    alone = settings(tickets="/tickets")
    assert alone.tickets == settings().tickets
    assert alone.tickets.pagination is None
    assert settings(auth="none", **tickets(pagination="none")).auth is None


def test_this_machine_may_be_asked_without_tls() -> None:
    assert settings(url="http://127.0.0.1:8000/").url == "http://127.0.0.1:8000"


def test_secrets_are_secret_and_do_not_decide_what_is_read() -> None:
    one = settings(auth={"bearer": "throw-away-one"}, lag="30s", check="/me")
    other = settings(auth={"header": {"name": "X-Key", "value": "throw-away-two"}})
    assert "throw-away" not in repr(one) + repr(other) + one.model_dump_json()
    assert one.auth is not None
    assert isinstance(one.auth.bearer, SecretStr)
    assert one.meaning == other.meaning == settings().meaning
    assert settings(fields={"team": "group"}).meaning != one.meaning
    assert settings(**tickets(params={"view": 7})).meaning != one.meaning
    assert settings().reading(["custom.product"]).meaning != one.meaning


def test_the_fingerprints_of_settings_without_later_names_stay_what_they_were() -> None:
    """These are of the version before `removed`, whose cursors stay good."""
    named: dict[str, Any] = {
        **tickets(**SINCE, pagination={"page": {}}),
        "fields": {"changed": "updated_at", "status": "state"},
        "values": {"status": {"done": "solved"}},
    }
    assert settings().meaning == "f711e80af86aa64f"
    assert settings(**named).meaning == "b69dd84f9a27618f"
    removed = settings(**{**named, "fields": {**named["fields"], "removed": "gone"}})
    words = settings(**{**named, "values": {**named["values"], "removed": {"bin": "spam"}}})
    assert len({removed.meaning, words.meaning, "b69dd84f9a27618f"}) == 3


@pytest.mark.parametrize(("name", "form"), Pagination.forms.items())
def test_the_form_of_each_pagination_is_one_that_loads(name: str, form: str) -> None:
    told = yaml.safe_load(f"{name}: {form}")
    read = settings(**tickets(pagination=told)).tickets
    assert read is not None
    assert read.pagination is not None
    assert read.pagination.chosen == name


def test_fields_of_categories_are_read_too() -> None:
    known = settings(further=["product"]).reading(["custom.kind", "product"])
    assert known.further == ("product", "custom.kind")


def models(model: type[BaseModel]) -> set[type[BaseModel]]:
    inner = {
        part
        for field in model.model_fields.values()
        for part in (field.annotation, *getattr(field.annotation, "__args__", ()))
        if isinstance(part, type) and issubclass(part, BaseModel)
    }
    return {model}.union(*(models(part) for part in inner))


def test_every_setting_is_described() -> None:
    found = models(RestSettings)
    assert len(found) > 10
    assert [
        f"{model.__name__}.{name}"
        for model in found
        for name, field in model.model_fields.items()
        if not field.description
    ] == []


def test_every_fact_is_told_or_names_the_field_that_it_lacks() -> None:
    measures = RestConnector("desk", settings()).measures()
    assert set(measures.told) == {Fact.CREATED}
    assert set(measures.told) | set(measures.untold) == set(Fact) - OF_CUSTOMERS
    assert measures.untold[Fact.REOPENED] == "no field is named for it: `fields.reopens`"
    assert measures.untold[Fact.NEXT_RESPONSE].startswith("a record tells how a ticket stands")
    assert any("no longer told stays" in note for note in measures.notes)


def test_what_is_told_follows_the_fields() -> None:
    lacking = set(Fact) - OF_CUSTOMERS - told(*Names.model_fields)
    assert lacking == {Fact.NEXT_RESPONSE, Fact.AWAITING_REPLY}
    assert told("solved") == {Fact.CREATED, Fact.SOLVED, Fact.OPEN}
    assert told("assigned", "status") == {Fact.CREATED, Fact.OPEN, Fact.UNASSIGNED}


def test_a_ticket_has_an_address_where_one_is_given() -> None:
    linked = RestConnector("desk", settings(ticket_url="https://desk.example/t/{id}"))
    assert linked.ticket_url("A/7 b") == "https://desk.example/t/A%2F7%20b"
    assert RestConnector("desk", settings()).ticket_url("7") is None


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "deskpulse.yaml"
    file.write_text(text)
    (source,) = load(file, {"QUICKDESK_TOKEN": "throw-away"}).sources
    return source.settings


@pytest.mark.parametrize("page", ["connectors/rest/README.md", "docs/configuration.md"])
def test_the_configurations_in_the_documents_load(page: str, root: Path, tmp_path: Path) -> None:
    text = (root / page).read_text()
    blocks = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    (block,) = [one for one in blocks if "vendor: rest" in one]
    known = loaded(tmp_path, block)
    assert isinstance(known, RestSettings)
    assert known.auth is not None
    assert known.auth.bearer == SecretStr("throw-away")
    assert known.tickets.pagination is not None
    assert known.tickets.pagination.chosen == "cursor"


def test_a_mistake_is_told_with_its_line_and_without_the_secret(tmp_path: Path) -> None:
    told: dict[str, Any] = {**LEAST, "vendor": "rest", "auth": {"bearer": "${QUICKDESK_TOKEN}"}}
    told["tickets"] = {"path": "tickets", "params": {"token": "${QUICKDESK_TOKEN}"}}
    text = yaml.safe_dump({"sources": {"desk": told}}, sort_keys=False)
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    lines = text.splitlines()
    for problem in caught.value.problems:
        assert problem.key.rpartition(".")[2] in lines[problem.line - 1]
    assert [problem.key for problem in caught.value.problems] == [
        "sources.desk.tickets.path",
        "sources.desk.tickets.params",
    ]
    assert "throw-away" not in str(caught.value)


def test_a_first_configuration_is_drafted_and_loads(tmp_path: Path) -> None:
    given = {"url": "https://api.desk.example", "tickets": "/tickets"}
    answers = Answers(RestConnector, "quickdesk", given)
    assert answers.errors() == []
    assert loaded(tmp_path, render(answers)) == RestSettings.model_validate(given)
