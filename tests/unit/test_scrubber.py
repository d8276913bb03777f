"""What is taken out of recordings, and that a second look finds what the first one missed."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors import Connector, Measures, Page, Settings, Usage
from connectors.recording.cassette import Cassette
from connectors.recording.known import Known
from connectors.recording.leaks import Guard, spellings
from connectors.recording.recorder import Heard, RecordingError, finished
from connectors.recording.scrubber import Scrubber
from connectors.recording.standins import StandIns
from connectors.recording.turn import Turn

TOKEN = "throw-away-ab12/+cd34=="
HOST = "acme-industries.helpdesk.test"
STATES = ("awaiting_parts", "solved")
NAME = "Zoë Müller-Lüdenscheidt"


class AcmeSettings(Settings):
    url: str
    user: str
    api_token: SecretStr


class Acme(Connector[AcmeSettings]):
    vendor: ClassVar[str] = "acme"
    title: ClassVar[str] = "Acme"
    settings_type: ClassVar[type[Settings]] = AcmeSettings
    recorded: ClassVar[frozenset[str]] = frozenset({"product_line"})

    def measures(self) -> Measures:
        return Measures(told={})

    def check(self) -> list[Any]:
        return []

    def changes(self, cursor: str | None) -> Iterator[Page]:
        return iter(())

    def usage(self) -> Usage:
        return Usage()


CODE = "STATES = {'solved': 1}\nENDING = '.json'\nclass Row:\n    assignee_id: int | None\n"


@pytest.fixture(autouse=True, scope="module")
def its_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the code of the connector says: not all that this file says."""
    file = tmp_path_factory.mktemp("acme") / "connector.py"
    file.write_text(CODE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.recording.known._files", lambda _: [file])
        yield file


def settings() -> AcmeSettings:
    return AcmeSettings(
        url=f"https://{HOST}/desk", user="jane.doe@acme-industries.test", api_token=SecretStr(TOKEN)
    )


def recording(*turns: Turn) -> Cassette:
    return finished(Acme, settings(), Heard(list(turns), (), None, whole=True))


def turn(body: object = None, url: str = f"https://{HOST}/desk/tickets", **headers: str) -> Turn:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Turn("GET", url, 200, headers=named, body=raw, at=datetime(2026, 3, 1, tzinfo=UTC))


def scrubbed(body: object) -> Any:
    return recording(turn(body)).turns[0].answer.json


def as_file(*turns: Turn) -> str:
    return recording(*turns).text().decode()


def test_instants_small_numbers_booleans_and_ids_are_kept() -> None:
    kept = {
        "id": 390000000012,
        "sys_id": "0c241a53c4bfe1fef358f521e0b5c0f1",
        "requester_id": "390000000012",
        "created_at": "2026-03-01T10:00:00Z",
        "updated_on": "2026-03-01 10:00:00",
        "count": 12345678,
        "priority": 3,
        "score": "7",
        "open": True,
        "assignee_id": None,
    }
    assert scrubbed(kept) == kept


def test_a_word_that_comes_again_and_again_in_a_field_of_words_is_kept() -> None:
    tickets = [{"status": STATES[number % 2]} for number in range(8)]
    assert scrubbed(tickets) == tickets


def test_a_field_of_words_that_holds_something_else_once_loses_it() -> None:
    tickets = [*({"status": "awaiting_parts"} for _ in range(8)), {"status": "jane"}]
    assert "jane" not in json.dumps(scrubbed(tickets))


def test_a_vendor_may_name_further_fields_whose_short_values_are_kept() -> None:
    told = {"product_line": "Drills", "drill": "Drills"}
    made = scrubbed(told)
    assert made["product_line"] == "Drills"
    assert "Drills" not in json.dumps({**made, "product_line": ""})


INSTANTS = """
TIMES = 'changed', 'done', 'first_answer', 'changed_from'
OTHERS = 'people', 'caller', 'birthday', 'mobile_no', 'phonenumber'
"""


@pytest.fixture
def of_instants(its_file: Path) -> Iterator[None]:
    its_file.write_text(CODE + INSTANTS)
    yield
    its_file.write_text(CODE)


@pytest.mark.usefixtures("of_instants")
def test_whole_numbers_that_are_instants_are_kept_whatever_their_field_is_called() -> None:
    told = [
        {"changed": 1772359200, "done": None, "first_answer": 1772359200123},
        {"changed": 946684800, "done": 0, "first_answer": 4102444799999},
    ]
    assert scrubbed(told) == told


@pytest.mark.usefixtures("of_instants")
def test_an_instant_that_is_asked_from_is_kept() -> None:
    asked = f"https://{HOST}/desk/tickets?changed_from=1772359200&mobile=1772359200"
    (one,) = recording(turn({}, asked)).turns
    changed_from, mobile = one.request.query
    assert changed_from == ("changed_from", "1772359200")
    assert mobile[1] != "1772359200"


@pytest.mark.usefixtures("of_instants")
@pytest.mark.parametrize(
    "told",
    [
        [{"phone": 2125551234}],
        [{"mobile_no": 2125551234}],
        [{"phonenumber": 2125551234}],
        [{"birthday": 1700000001}],
        [{"caller": 2125551234}],
        [{"value": 2125551234}],
        [{"done": 2125551234}, {"done": 9175551234}],
        [{"done": 2125551234}, {"done": "call me"}],
        [{"people": {"Jane Doe": 2125551234}}],
        [2125551234],
        [{"done": 946684799}],
        [{"done": 4102444800000}],
    ],
    ids=str,
)
def test_a_number_that_somebody_may_be_called_by_goes(told: list[Any]) -> None:
    text = json.dumps(scrubbed(told))
    for number in ("2125551234", "9175551234", "1700000001", "946684799", "4102444800000"):
        assert number not in text


@pytest.mark.usefixtures("of_instants")
def test_a_field_that_holds_something_else_in_another_answer_loses_its_numbers() -> None:
    text = as_file(turn({"done": 2125551234}), turn({"done": 9175551234}))
    assert "5551234" not in text


@pytest.mark.usefixtures("of_instants")
def test_a_vendor_may_name_fields_whose_numbers_are_kept_in_answers_and_in_requests() -> None:
    kept = {"product_line": 491701234567}
    asked = f"https://{HOST}/desk/tickets?filter[product_line]=49170123456&product_line=Drills"
    (one,) = recording(turn(kept, asked)).turns
    assert one.answer.json == kept
    assert one.request.query == [
        ("filter[product_line]", "49170123456"),
        ("product_line", "Drills"),
    ]


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ({"phones": [{"number": "491701234567"}]}, "491701234567"),
        ({"phones": [{"number": 491701234567}]}, "491701234567"),
        ({"contact_number": "491701234567"}, "491701234567"),
        ({"account_number": "12345678901"}, "12345678901"),
        ({"birthdate": "1985-03-14"}, "1985-03-14"),
        ({"dateofbirth": "1985-03-14"}, "1985-03-14"),
        ({"geburtsdatum": "1985-03-14"}, "1985-03-14"),
        ({"birth": {"date": "1985-03-14"}}, "1985-03-14"),
        ({"custom_fields": [{"id": 7, "value": "1985-03-14"}]}, "1985-03-14"),
        ({"pin": 4711}, "4711"),
        ({"otp": 48291333}, "48291333"),
        ({"password": 482913}, "482913"),
        ({"zipcode": 10115}, "10115"),
        ({"coordinates": [52.52143, 13.40921]}, "52.52143"),
        (
            {"session": {"id": "0c241a53c4bfe1fef358f521e0b5c0f1"}},
            "0c241a53c4bfe1fef358f521e0b5c0f1",
        ),
    ],
)
def test_what_somebody_is_known_or_let_in_by_goes(told: dict[str, Any], value: str) -> None:
    assert value in json.dumps(told)
    assert value not in json.dumps(scrubbed(told))


@pytest.mark.parametrize("key", ["channel", "role", "resolution", "outcome"])
def test_a_word_that_is_no_status_is_kept_only_if_the_code_knows_it(key: str) -> None:
    tickets = [{key: "maria"}, {key: "maria"}, {key: "maria"}]
    assert "maria" not in json.dumps(scrubbed({"tickets": tickets}))


def test_whole_values_of_the_code_are_kept_in_whatever_language(its_file: Path) -> None:
    words = ["gelöst", "waiting for customer", "Waiting for support"]
    its_file.write_text(f"{CODE}\nWORDS = {words!r}\n")
    try:
        told = {"tickets": [{"status": word} for word in words]}
        assert scrubbed(told) == told
    finally:
        its_file.write_text(CODE)


def test_long_numbers_under_keys_that_nobody_reads_are_no_reason_to_refuse() -> None:
    told = scrubbed({"macro_id": 360012345678, "elapsed_ms": 98765432, "12345678": {"id": 1}})
    assert "360012345678" not in json.dumps(told)
    assert "12345678" not in told
    assert len(told) == 3


def test_teams_are_numbered_and_stay_the_same_team() -> None:
    told = {"groups": [{"name": "Gold Desk"}, {"name": "Returns"}], "group_name": "Gold Desk"}
    assert scrubbed(told) == {
        "groups": [{"name": "Team 1"}, {"name": "Team 2"}],
        "group_name": "Team 1",
    }


def test_the_same_text_gets_the_same_stand_in_within_a_recording_and_another_in_the_next() -> None:
    one, other = scrubbed([{"subject": "My drill"}, {"title": "My drill"}])
    assert one["subject"] == other["title"]
    assert scrubbed([{"subject": "My drill"}])[0]["subject"] != one["subject"]


def test_a_long_text_stays_long() -> None:
    assert len(scrubbed({"body": "so it is. " * 80})["body"]) > 250


def test_the_host_of_a_link_goes_and_its_page_stays() -> None:
    told = {"next": f"https://{HOST}/desk/tickets?page=3&api_key=abc&per_page=100"}
    assert scrubbed(told) == {
        "next": "https://vendor.example/tickets?api_key=removed&page=3&per_page=100"
    }


def test_a_mark_of_a_page_is_the_same_in_the_answer_and_in_the_request_that_sends_it_back() -> None:
    mark = b64encode(b"jane@acme.test|2026").decode()
    first = turn({"data": [], "meta": {"next": mark}})
    then = turn({}, f"https://{HOST}/desk/tickets?start={quote(mark, safe='')}")
    one, other = recording(first, then).turns
    assert one.answer.json["meta"]["next"] == other.request.query[0][1]
    assert mark not in str(other.request)


# --- ids in addresses -----------------------------------------------------------------------------

HEX = "0c241a53c4bfe1fef358f521e0b5c0f1"
OTHER = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
IDS = ("4917012345678", HEX, OTHER.upper())


def asked(*turns: Turn) -> list[tuple[str, dict[str, str]]]:
    """Path and query of each request of a recording."""
    return [(one.request.path, dict(one.request.query)) for one in recording(*turns).turns]


def at(place: str, body: object = None) -> Turn:
    return turn(body or {}, f"https://{HOST}/desk/{place}")


@pytest.mark.parametrize("told", [360001234567, "360001234567", HEX, HEX.upper()])
def test_an_id_that_an_answer_tells_is_the_same_in_the_path_that_asks_by_it(told: object) -> None:
    _, then = asked(
        at("tickets", {"tickets": [{"id": told}]}), at(f"tickets/{told}/metrics?ticket_id={told}")
    )
    assert then == (f"/tickets/{told}/metrics", {"ticket_id": str(told)})


def test_an_id_that_no_answer_tells_goes_from_paths_and_query_languages() -> None:
    for who in ("360001234567", HEX, "0c241a53-c4bf-e1fe-f358-f521e0b5c0f1", "4917012345678"):
        text = as_file(at(f"users/{who}/tickets.json?q=assignee:{who}"), at(f"users/{who}.json"))
        assert who not in text
        assert text.count('"/users/text') == 2


@pytest.mark.parametrize("key", ["assigned_to", "custom", "value"])
@pytest.mark.parametrize("told", [360001234567, HEX])
def test_an_id_that_answers_replace_is_replaced_alike_where_it_is_asked_by(
    key: str, told: object
) -> None:
    found = recording(
        at("tickets", {key: told}), at(f"users/{told}?who={told}&id={told}&query=owner={told}")
    )
    made = str(found.turns[0].answer.json[key])
    request = found.turns[1].request
    assert str(told) != made
    assert request.path == f"/users/{made}"
    assert sorted(value for _, value in request.query) == sorted((made, made, f"owner={made}"))


def test_a_link_that_stands_before_the_id_leads_to_the_same_place() -> None:
    link = f"https://{HOST}/desk/tickets/360001234567.json"
    (told,) = scrubbed([{"url": link, "id": 360001234567}])
    assert told["url"] == "https://vendor.example/tickets/360001234567.json"


def test_an_id_within_the_name_of_a_parameter_is_one_too() -> None:
    asked_by = at("tickets?fields[360001234567]=1&fields[4917012345678]=2")
    (one,) = recording(at("fields", {"id": 360001234567}), asked_by).turns[1:]
    assert ("fields[360001234567]", "1") in one.request.query
    assert "4917012345678" not in str(one.request)


@pytest.mark.parametrize(
    "query",
    [
        "sys_updated_on>=2026-03-01 10:00:00^ORsys_updated_on=2026-03-01 10:00:00^ORDERBYsys_id",
        "status NOT IN (1, 2) AND updated >= '2026-03-01 10:00' ORDER BY updated ASC",
        "SELECT Id FROM Case WHERE status = 'solved' AND created >= 2026-03-01T10:00:00Z LIMIT 200",
        "updated>1772359200 AND created<=1772359200123",
    ],
)
def test_instants_and_operators_of_query_languages_stay(query: str, its_file: Path) -> None:
    its_file.write_text(f"{CODE}\nFIELDS = 'sys_updated_on', 'sys_id', 'Case', 'Id'\n")
    try:
        ((_, told),) = asked(at(f"tickets?query={quote(query)}"))
    finally:
        its_file.write_text(CODE)
    assert told == {"query": query}


@pytest.mark.parametrize(
    "query",
    [
        f"assigned_to={OTHER}^active=true",
        f"sys_idIN{OTHER},{HEX}",
        "assignee = 360001234567",
        "assignee:5b10ac8d82e05b22cc7d4ef5",
        "OwnerId = '0058d000001AbCdEAF'",
        "phone = 2125551234",
        "assignee = jane",
        "text ~ 1772359200",
    ],
)
def test_ids_and_names_of_people_in_query_languages_go(query: str) -> None:
    ((_, told),) = asked(at(f"tickets?query={quote(query)}"))
    people = (OTHER, HEX, "360001234567", "5b10ac8d", "0058d", "2125551234", "jane", "1772359200")
    assert not [who for who in people if who in told["query"]]
    assert told["query"].count("text") >= 1


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


LEAKS: dict[str, Turn] = {
    "header": turn({}, x_user=NAME, set_cookie=f"sid={TOKEN}", authorization=f"Bearer {TOKEN}"),
    "retry-after": turn({}, retry_after=NAME),
    "content-type": turn({}, content_type=f"application/json; name={NAME}".lower()),
    "query": turn({}, f"https://{HOST}/desk/tickets?q={quote(NAME)}&t={quote(TOKEN, safe='')}"),
    "query of a link header": turn({}, link=f'<https://{HOST}/x?token={TOKEN}>; rel="next"'),
    "path": turn({}, f"https://{HOST}/desk/users/{quote(NAME)}/{quote(TOKEN, safe='')}.json"),
    "nested JSON": turn({"a": [{"b": {"c": [{"requester": {"name": NAME}}]}}]}),
    "JSON in a text": turn({"payload": json.dumps({"name": NAME, "mail": "zoe@home.test"})}),
    "keys": turn({"people": {NAME: 1, "zoe@home.test": 2, "+49 170 1234567": 3}}),
    "address with credentials": turn({"url": f"https://zoe:{TOKEN}@{HOST}/x?user={NAME}"}),
    "HTML": turn(f"<html><body>Hello {NAME}, {TOKEN}</body></html>".encode()),
    "compressed once more": turn(gzip.compress(json.dumps({"name": NAME}).encode())),
    "compressed and no JSON": turn(gzip.compress(f"name={NAME}".encode())),
    "an id that is a name": turn({"requester_id": NAME, "id": "Müller", "user_id": "zoe1990"}),
    "custom fields": turn({"custom_fields": [{"id": 7, "value": NAME}, {"id": 8, "value": TOKEN}]}),
    "telephone": turn({"to": "4917012345678", "caller": "0170 1234567", "mobile": 491701234567}),
    "a number without a name": turn({"value": 491701234567, "latitude": 52.520008}),
    "base64": turn({"note": b64(f"x:{TOKEN}"), "cursor": b64(f"ab{TOKEN}c")}),
    "words of our own": turn({"subject": "request about time of service", "b": "zoe@home.test"}),
    "the account": turn({"text": f"see {HOST}", "via": "acme-industries", "me": settings().user}),
    "team": turn({"team": {"name": NAME}, "group": "zoe@home.test"}),
    "half a character": turn(b'{"name": "\\ud800 Zo\\u00eb", "n": NaN, "m": 1e999}'),
    "deep": turn(b"[" * 300 + b'"Zo\xc3\xab"' + b"]" * 300),
}


@pytest.mark.parametrize("place", LEAKS)
def test_nothing_of_a_person_or_a_secret_is_left(place: str) -> None:
    text = as_file(LEAKS[place]).casefold()
    for hidden in (
        "zoe",
        "zoë",
        "zo\\u00eb",
        "müller",
        "m\\u00fcller",
        "lüdenscheidt",
        "home.test",
    ):
        assert hidden not in text
    for hidden in ("1701234567", "170 1234567", "52.52", "acme-industries", "about time of"):
        assert hidden not in text
    for form in (*spellings(TOKEN), quote(NAME).casefold()):
        assert form not in text


def broken(name: str) -> Callable[..., Any]:
    """A step of the scrubber that does nothing."""

    def step(self: object, *told: Any, **_: Any) -> Any:
        return told[1] if name == "value" else told[0]

    return step


@pytest.mark.parametrize(
    ("kind", "step", "body", "place"),
    [
        (Scrubber, "value", {"tickets": [1, 2, {"subject": NAME}]}, "$.tickets[2].subject"),
        (Scrubber, "value", {"subject": "request about time of service"}, "$.subject"),
        (Scrubber, "key", {"people": {"Zoe": 1}}, "$.people.(key 1)"),
        (Scrubber, "json", {"note": TOKEN}, "$.note: a secret"),
        (Scrubber, "json", {"note": b64(f"a:{TOKEN}")}, "$.note: a secret"),
        (Scrubber, "json", {"note": quote(TOKEN, safe="")}, "$.note: a secret"),
        (Scrubber, "json", {"value": 491701234567}, "$.value: a telephone number"),
        (Scrubber, "json", {"contact": 2125551234}, "$.contact: a telephone number"),
        (Scrubber, "json", {"to": [2125551234, 9175551234]}, "$.to[0]: a telephone number"),
        (Scrubber, "json", {"value": "0170-123-4567"}, "$.value: a telephone number"),
        (Scrubber, "json", {"id": "zoe@home.test"}, "$.id: an e-mail address"),
        (Scrubber, "json", {"note": "Bearer abcdef0123"}, "$.note: a credential"),
        (Scrubber, "json", {"url": f"https://{HOST}/x"}, "$.url: the address or a name"),
        (StandIns, "team", {"team": "Zoe"}, "$.team"),
        (StandIns, "text", {"description": "My name is Zoe"}, "$.description"),
        (StandIns, "person", {"email": "zoe@home.test"}, "$.email: an e-mail address"),
    ],
)
def test_where_a_step_fails_nothing_is_written_and_the_place_is_named(
    kind: type, step: str, body: object, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, step, broken(step))
    with pytest.raises(RecordingError) as refused:
        recording(turn(body))
    assert f"answer 1, {place}" in str(refused.value)
    for hidden in ("zoe", "müller", "170", "abcdef", TOKEN, "about time"):
        assert hidden.casefold() not in str(refused.value).casefold()


def test_the_guard_reads_addresses_word_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.recording.addresses.Addresses.path", lambda *_: "/users/Zoe")
    with pytest.raises(RecordingError, match=r"request 1, \$\.path"):
        recording(turn({}))


@pytest.mark.parametrize(
    ("place", "found"),
    [
        *((f"users/{who}{end}", "path") for who in IDS for end in ("", ".json", "/tickets")),
        *((f"tickets?query=assignee={who}", "query") for who in IDS),
        (f"tickets?query=ownerIN{HEX}", "query"),
    ],
)
def test_an_id_that_is_left_in_an_address_is_found(
    place: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scrubber, "id", lambda _, value: value)
    with pytest.raises(RecordingError, match=rf"request 2, \$\.{found}") as refused:
        recording(at("tickets", {"value": 12}), at(place))
    assert not [who for who in IDS if who in str(refused.value)]


@pytest.mark.parametrize("named", ["phone", "q", "contact"])
def test_a_number_that_is_left_in_a_parameter_is_found(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = [(named, "4917012345678")]
    monkeypatch.setattr("connectors.recording.addresses.Addresses.query", lambda *_: query)
    with pytest.raises(RecordingError, match=r"request 1, \$\.query\[0\]\[1\]: a telephone"):
        recording(turn({}))


def test_the_guard_lets_a_clean_recording_pass() -> None:
    found = recording(turn({"tickets": [{"id": 1, "subject": NAME}]}))
    guard = Guard(Known.of(Acme, settings()), secrets=(TOKEN,))
    assert guard.leaks(json.loads(found.text())) == []


# Letters that no word of an API and no stand-in is made of.
MARKERS = st.text("QXZÄqxzü", min_size=6, max_size=20).map(lambda word: f"Mq{word}xQ")
WRAPPED: tuple[Callable[[str], str], ...] = (
    str,
    str.lower,
    lambda word: f"Dear {word}, thank you",
    lambda word: f"{word}@home.test",
    lambda word: f"https://{word}.test/{word}?{word}={word}",
    lambda word: json.dumps({word: word}),
    lambda word: f"lang_{word}",
)
KEYS = st.sampled_from(
    ["id", "name", "status", "subject", "after_cursor", "next", "url", "email", "tags", "value",
     "requester_id", "token", "group", "product", "created_at", "type", "count", "phone"]
)  # fmt: skip


def planted(marker: str) -> st.SearchStrategy[Any]:
    word = st.sampled_from(WRAPPED).map(lambda wrap: wrap(marker))
    leaf = word | st.integers(0, 99) | st.booleans() | st.none()
    return st.recursive(
        leaf,
        lambda inside: (
            st.lists(inside, max_size=3) | st.dictionaries(KEYS | word, inside, max_size=3)
        ),
        max_leaves=12,
    )


@given(st.data())
def test_whatever_is_planted_wherever_is_never_in_the_file(data: st.DataObject) -> None:
    marker = data.draw(MARKERS)
    body = data.draw(planted(marker))
    asked = quote(data.draw(st.sampled_from(WRAPPED))(marker), safe="")
    name = data.draw(KEYS)
    url = f"https://{HOST}/desk/{asked}?{name}={asked}&{asked}=1"
    text = as_file(turn(body, url, link=f'<{url}>; rel="next"', x_total=marker)).casefold()
    for form in (marker, json.dumps(marker)[1:-1], quote(marker)):
        assert form.casefold() not in text
