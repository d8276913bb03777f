"""What may stay in a recording: tables of the words of APIs, and forms that tell of nobody.

A key or a value is kept because it is found here, or in the connector's own code; never because it
looks harmless. None of these words is a person's name.
"""

from __future__ import annotations

import re
from typing import Final

HOST: Final = "vendor.example"
ORIGIN: Final = f"https://{HOST}"


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


# --- the keys of JSON, by the words that they are made of -----------------------------------------

SCHEMA: Final = _table(
    """
    a about accepted access account accounts action actions active activity address admin after
    agent agents all allow an and answer answered answers api app application archived article
    assigned assignee assignees assignment at attachment attachments attempts attributes audit
    audits author auto average avg backlog base before begin best body bot brand breach breached
    business by bytes calendar call calls cancelled category cc channel channels chat choice class
    close closed code comment comments company complete completed contact contacts content context
    conversation conversations count counts created creator csat currency current cursor custom
    customer customers customfield cycle data date day days default deleted delta department
    description details device direction display document due duration each effort email emails
    empty enabled end entries entry epoch error errors escalated event events expires external fax
    fcr field fields file files filter first followers following form format forms from full
    generated given group groups has header headers held hidden history hold hour hours href html
    http id ids impact in inbox incident incidents incremental index info instance integration
    internal is issue issues item items job key kind label labels lang language last latest level
    limit line link links list locale location manual me measure member members merged message
    messages meta metadata method metric metrics minutes mobile mode model modified month more ms
    name new next note notes notified nps number object objects of offered offset old on open opened
    option options order org organisation organization origin other out outbound owner page pages
    paging parent part parts path pause paused pending people percentage period person phone photo
    plan platform policy portal position post previous prev primary priority private problem process
    product profile project properties property public query question queue queues rank rate rating
    ratings raw read reason reasons received recipient recipients record records reference
    references refreshed rel related relationships remaining reopen reopened reopens replied replies
    reply request requested requester requests resolution resolved resource response responses rest
    result results revision role row rows rule rules sample satisfaction schedule scope score scores
    search seconds sender sent sequence service set severity signature since size sla snooze solve
    solved sort source sources spam stage start started starts state states station stations stats
    status step steps stop sub subject submitter subscription subtype success sum summary support
    survey sys system table tag tags target targets task team teams template text thread ticket
    tickets time timestamp times timezone title to token total totals trace transition tries type
    types unassigned unit until unread update updated updates url urgency urgent user username users
    utc v1 v2 v3 v4 value values vendor version via view views visible visitor waited waiting web
    week when with work workspace year yes zone now stc mod display reassign reassignment
    reassignments contact subcategory cmdb ci documentkey tablename include fulfilled added
    agreement agreements assign channelback collaborator collaborators follower followup forum
    initially messaging sharing topic topics wait waits answerable requesters
    """
)

# The operators of query languages, as they are written there.
OPERATORS: Final = _table(
    """
    AND ANYTHING ASC BETWEEN BY CHANGED CONTAINS DESC DISTINCT DOES DURING DYNAMIC EMPTY EMPTYSTRING
    ENDSWITH EQ EXCLUDES EXISTS FIRST FROM GE GROUP GT HAVING IN INCLUDES INSTANCEOF IS ISEMPTY
    ISNOTEMPTY LAST LE LIKE LIMIT LT NE NOT NOTIN NOTLIKE NSAMEAS NULL NULLS OFFSET ON OR ORDER
    ORDERBY ORDERBYDESC SAMEAS SELECT STARTSWITH WAS WHERE
    and asc between by contains desc eq ge gt in is javascript le like lt ne not null or order
    """
)

# Whole keys of which a part may be somebody's name.
KEYS: Final = frozenset({"max_results", "maxResults", "per_page", "perPage"})

# Keys with one of these words tell of a person, or by what a company is known to other systems,
# whatever form their value has.
PERSONAL: Final = _table(
    """
    bank birth birthday card city company coordinates dob external fax iban ip lat latitude lng lon
    longitude mac mobile passport phone phones postal postcode ssn street tax tel telephone vat zip
    zipcode
    """
)
# A number under such a key may be one that somebody is called by, though it looks like an instant;
# under `value` anything may stand.
CALLED: Final = _table(
    """
    callee caller cell cellphone contact dial handy landline msisdn name national pager passport
    person sms telefon value values voip whatsapp
    """
)
# However they are put together, as in `phonenumber`.
CALLED_STEMS: Final = re.compile(
    r"phone|telef|mobil|fax|birth|geburt|msisdn|whatsapp|caller|zipcode|postcode"
)
# Keys and parameters with one of these words hold secrets.
SECRET: Final = _table(
    """
    apikey auth authorization bearer code cookie credential credentials jwt oauth pass passwd
    password pin pwd secret session sid sig signature token
    """
)
CURSORS: Final = frozenset({"cursor", "continuation", "offset", "scroll"})
# Pages are named by tokens too, and those are no secrets.
PAGE_TOKENS: Final = frozenset({"page", "next", "prev", "sync"})
LINKS: Final = frozenset(
    {"href", "link", "links", "next", "prev", "previous", "self", "uri", "url"}
)
TEAMS: Final = frozenset({"department", "group", "groups", "queue", "team", "teams"})
NAMES: Final = frozenset({"display", "label", "name", "title", "value"})
# Fields whose words are a vocabulary: kept where few words come again and again, for whoever reads.
# Not what a person or an illness might stand in: what the code knows is kept anyway.
VOCABULARY: Final = frozenset({"kind", "priority", "severity", "state", "status", "type"})
LONGEST_NUMBER: Final = 8
"""Digits of the number of a ticket; what is longer is somebody's."""

IDS: Final = frozenset({"id", "ids", "guid", "uuid", "number"})
# A number under such a key is an instant, a span or a count, however long it is.
MEASURED: Final = _table(
    """
    after at before begin business calendar count created date days duration end epoch generated
    hours limit millis milliseconds minutes modified ms offset on opened page pages revision seconds
    since size solved start stc time times timestamp total until updated version
    """
)

# --- forms of values ------------------------------------------------------------------------------

INSTANT: Final = re.compile(
    r"\d{4}[-/]\d{2}[-/]\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z| ?[+-]\d{2}:?\d{2}| UTC)?)?"
    r"|[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT",
    re.ASCII,
)
SMALL: Final = re.compile(r"-?\d{1,3}(?:\.\d{1,3})?", re.ASCII)
DIGITS: Final = re.compile(r"\d{1,20}(?:\.\d{1,6})?", re.ASCII)
HEX: Final = re.compile(
    r"[0-9a-fA-F]{16,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII
)
# An id: nothing tells whether of a ticket or of a person, or whether it is a telephone number.
ID: Final = re.compile(rf"{HEX.pattern}|[0-9]{{7,}}", re.ASCII)
ID_WITHIN: Final = re.compile(rf"(?:\b|(?<=[A-Z]))(?:{ID.pattern})\b", re.ASCII)
"""One in a path or a query; also after an operator, as in `sys_idIN0c24...`."""
EMAIL: Final = re.compile(r"[^\s@<>\"',;:]+@[^\s@<>\"',;:]+\.[^\s@<>\"',;:.]{2,}")
URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+|/(?:[\w.%-]+/)*[\w.%-]*(?:\?\S*)?")
WORD: Final = re.compile(r"[a-z][a-z0-9]*(?:[ _.-][a-z0-9]+){0,4}", re.ASCII)
SHORT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./:-]{0,39}", re.ASCII)
_LANGUAGES: Final = (
    "ar bg bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu id is it ja ka kk ko lt lv "
    "mk ms mt nb nl nn no pl pt ro ru sk sl sq sr sv sw ta th tr uk ur uz vi zh"
).replace(" ", "|")
LANGUAGE: Final = re.compile(
    rf"(?:lang_|language_|locale_)?(?:{_LANGUAGES})(?:[-_][A-Za-z]{{2}})?", re.ASCII
)

# --- headers: the form that a value must have to be kept ------------------------------------------

_NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,3})?", re.ASCII)
HEADERS: Final = {
    "content-type": re.compile(r"[a-z]+/[a-z0-9.+-]+(?:; ?charset=[a-zA-Z0-9-]+)?", re.ASCII),
    "date": INSTANT,
    "retry-after": re.compile(rf"{_NUMBER.pattern}|{INSTANT.pattern}", re.ASCII),
    "x-total-count": _NUMBER,
    "x-total": _NUMBER,
    "x-page": _NUMBER,
    "x-per-page": _NUMBER,
    "x-next-page": _NUMBER,
    "x-total-pages": _NUMBER,
}
RATE_LIMITS: Final = re.compile(r"(?:x-)?rate-?limit(?:-[a-z]+)*", re.ASCII)
ADDRESSES: Final = frozenset({"link", "location"})

DAY: Final = re.compile(r"\d{4}[-/]\d{2}[-/]\d{2}", re.ASCII)

_PIECES: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def tokens(key: str) -> tuple[str, ...]:
    """The words that a key is made of, in small letters: `assigneeId` gives assignee and id."""
    found = _PIECES.findall(key)
    return tuple(word.lower() for word in found)


def is_recorded(key: str, recorded: frozenset[str]) -> bool:
    """Whether a connector vouches for a key, or for a part of a parameter as in `filter[since]`."""
    return key in recorded or not recorded.isdisjoint(re.split(r"[\[\].]", key))


def is_secret(name: tuple[str, ...]) -> bool:
    """Whether a key or parameter of these words holds a secret."""
    words = set(name)
    if words & SECRET - {"code", "token"} or name[-2:] in {("api", "key"), ("access", "key")}:
        return True
    if "token" in words:
        return not words & (PAGE_TOKENS | CURSORS | {"continuation"})
    return name == ("code",)


def is_cursor(name: tuple[str, ...]) -> bool:
    """Whether a key or parameter of these words says where a page begins."""
    words = set(name)
    after = name[-1:] in (("after",), ("before",)) or ("page" in words and "token" in words)
    return bool(words & CURSORS) or after or name in (("next", "token"), ("sync", "token"))
