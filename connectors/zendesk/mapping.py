"""From Zendesk's words to deskpulse's. Pure, and quick: tables and sums, no parsing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from connectors.contract import Rejection
from connectors.customers import Record
from connectors.customfields import NOTHING, Answers
from connectors.records import (
    Channel,
    Exchange,
    Identity,
    Priority,
    Rating,
    Removal,
    Removed,
    Solve,
    Status,
    Supplement,
    Survey,
    Ticket,
)
from connectors.zendesk import wire
from connectors.zendesk.fields import CustomFields

MERGED_TAG = "closed_by_merge"
MINUTE = timedelta(minutes=1)

REPLY_TIME = "reply_time"
UNOFFERED = (None, "unoffered")

STATUS = {status.value: status for status in Status}
PRIORITY: dict[str | None, Priority] = {priority.value: priority for priority in Priority}
PRIORITY[None] = Priority.NORMAL

# Zendesk's via types; the numbers are what older integrations wrote for the same.
CHANNELS: dict[Channel, tuple[str | int, ...]] = {
    Channel.EMAIL: ("email", "mail", 4),
    Channel.WEB: ("web", "web_form", "web_widget", "help_center", "web_messaging", "forum", 0),
    Channel.CHAT: (
        "chat",
        "chat_offline_message",
        "native_messaging",
        "messaging",
        "mobile",
        "mobile_sdk",
        "sms",
        "whatsapp",
        "line",
        "telegram",
        "wechat",
        "viber",
        29,
    ),
    Channel.PHONE: ("voice", "phone", "voicemail", "phone_call_inbound", "phone_call_outbound"),
    Channel.SOCIAL: (
        "twitter",
        "twitter_dm",
        "twitter_favorite",
        "twitter_like",
        "facebook",
        "facebook_post",
        "facebook_message",
        "facebook_messenger",
        "fbmessenger",
        "instagram_dm",
        "any_channel",
    ),
    Channel.API: ("api", "web_service", "sample_ticket", 5),
}
CHANNEL: dict[str | int | None, Channel] = {
    via: channel for channel, words in CHANNELS.items() for via in words
}

# What customers answer; the words after the first are filters that some accounts show as scores.
SCORES = {
    word: score
    for score, words in (
        (1, ("good", "good_with_comment", "good_without_comment")),
        (0, ("bad", "bad_with_comment", "bad_without_comment")),
    )
    for word in words
}
UNANSWERED = frozenset({"offered", "unoffered"})

NO_METRICS = wire.MetricSet()
NO_WAIT = wire.Wait()


def to_records(
    tickets: Iterable[wire.Ticket],
    teams: Mapping[int | None, str | None],
    sets: Mapping[int | None, wire.MetricSet],
    fields: CustomFields,
    customers: Mapping[int | None, Identity],
) -> tuple[tuple[Record, ...], tuple[Rejection, ...]]:
    """What the tickets say, and a rejection for each whose instants are beyond any calendar and
    for each custom field that cannot be read."""
    records: list[Record] = []
    rejected: list[Rejection] = []
    for ticket in tickets:
        answers, unclear = fields.of(ticket)
        metrics = ticket.metric_set or sets.get(ticket.id)
        try:
            customer = customers.get(ticket.organization_id)
            records.append(to_record(ticket, teams, metrics, answers, customer))
        except OverflowError:
            rejected.append(wire.beyond(ticket.id, wire.TICKET_LEFT_OUT))
        else:
            rejected.extend(unclear)
    return tuple(records), tuple(rejected)


def to_record(
    ticket: wire.Ticket,
    teams: Mapping[int | None, str | None],
    metrics: wire.MetricSet | None,
    answers: Answers = NOTHING,
    customer: Identity | None = None,
) -> Record:
    """What one exported ticket says. `teams` names every group that occurs, None included."""
    changed_at = datetime.fromtimestamp(ticket.generated_timestamp, UTC)
    status = ticket.status
    if status == "deleted":
        return Removed(str(ticket.id), changed_at, Removal.DELETED)
    if status == "closed" and MERGED_TAG in ticket.tags:
        return Removed(str(ticket.id), changed_at, Removal.MERGED)
    metrics = metrics or NO_METRICS
    created_at = utc(ticket.created_at)
    via = ticket.via
    offer = ticket.satisfaction_rating
    solve = _solve(ticket, metrics)
    return Ticket(
        str(ticket.id),
        created_at,
        changed_at,
        STATUS[status],
        PRIORITY[ticket.priority],
        CHANNEL.get(via.channel, Channel.OTHER) if via is not None else Channel.OTHER,
        teams[ticket.group_id],
        ticket.assignee_id is not None,
        _first_response_at(created_at, metrics),
        _first_solved_at(created_at, metrics, solve),
        () if solve is None else (solve,),
        metrics.reopens or 0,
        reassignments=max(0, (metrics.group_stations or 0) - 1),
        offered=offer is not None and offer.score not in UNOFFERED,
        ratings=answers.ratings,
        language=answers.language,
        customer=customer,
        tags=ticket.tags,
        fields=answers.fields,
    )


def to_customers(organizations: Iterable[wire.Organization]) -> dict[int | None, Identity]:
    """By what other systems know these organizations; those known by nothing are left out."""
    told: dict[int | None, Identity] = {}
    for one in organizations:
        external_ids = _named((one.external_id or "",))
        domains = _named(one.domain_names or ())
        if external_ids or domains:
            told[one.id] = Identity(external_ids, domains)
    return told


def to_exchanges(
    events: Iterable[wire.MetricEvent],
) -> tuple[tuple[Supplement, ...], tuple[Rejection, ...]]:
    """The exchanges that reply clocks tell, one supplement for each ticket, and a rejection for
    each event beyond any calendar. The first clock of a ticket is its first response, which its
    metric set tells."""
    told: dict[int, dict[int, Exchange]] = {}
    rejected: list[Rejection] = []
    for event in events:
        if event.metric != REPLY_TIME or event.instance_id < 2 or event.deleted:
            continue
        try:
            at = utc(event.time)
        except OverflowError:
            rejected.append(wire.beyond(event.ticket_id, wire.EVENT_LEFT_OUT))
            continue
        exchanges = told.setdefault(event.ticket_id, {})
        number = event.instance_id - 1
        known = exchanges.get(number) or Exchange(number)
        # A clock that starts again after a pause has the same number: its first start counts.
        if event.type == "activate":
            asked_at = min(known.asked_at or at, at)
            exchanges[number] = Exchange(number, asked_at, known.answered_at)
        elif event.type == "fulfill":
            answered_at = min(known.answered_at or at, at)
            exchanges[number] = Exchange(number, known.asked_at, answered_at)
    supplements = tuple(
        Supplement(str(ticket), exchanges=tuple(exchanges.values()))
        for ticket, exchanges in told.items()
        if exchanges
    )
    return supplements, tuple(rejected)


def to_ratings(
    ratings: Iterable[wire.Rating],
) -> tuple[tuple[Supplement, ...], tuple[Rejection, ...]]:
    """What customers answered, and a rejection for each answer in words that we do not know or
    beyond any calendar."""
    told: list[Supplement] = []
    rejected: list[Rejection] = []
    for rating in ratings:
        score = SCORES.get(rating.score)
        if score is None:
            if rating.score not in UNANSWERED:
                rejected.append(wire.malformed(rating.ticket_id, wire.RATING_LEFT_OUT, "score"))
            continue
        try:
            given = Rating(Survey.SATISFACTION, score, 1, utc(rating.updated_at))
        except OverflowError:
            rejected.append(wire.beyond(rating.ticket_id, wire.RATING_LEFT_OUT))
        else:
            told.append(Supplement(str(rating.ticket_id), ratings=(given,)))
    return tuple(told), tuple(rejected)


def utc(at: datetime) -> datetime:
    """The same instant in UTC."""
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _solve(ticket: wire.Ticket, metrics: wire.MetricSet) -> Solve | None:
    """The last solve; of a ticket closed without one, its closing. Zendesk's waits and replies go
    on after a reopen, so that they are the solve's only while it stands."""
    at = metrics.solved_at
    if at is None and ticket.status == "closed":
        at = metrics.status_updated_at
    if at is None:
        return None
    if ticket.status not in ("solved", "closed"):
        return Solve(utc(at))
    wait = metrics.requester_wait_time_in_minutes or NO_WAIT
    return Solve(utc(at), _seconds(wait.calendar), _seconds(wait.business), metrics.replies)


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.strip())


def _seconds(minutes: int | None) -> int | None:
    return None if minutes is None else 60 * minutes


def _first_response_at(created_at: datetime, metrics: wire.MetricSet) -> datetime | None:
    """In seconds where messaging tells them, else in whole minutes after creation."""
    seconds = metrics.reply_time_in_seconds
    if seconds is not None and seconds.calendar is not None:
        return created_at + timedelta(0, seconds.calendar)
    minutes = metrics.reply_time_in_minutes
    if minutes is None or minutes.calendar is None:
        return None
    return created_at + timedelta(0, 60 * minutes.calendar)


def _first_solved_at(
    created_at: datetime, metrics: wire.MetricSet, solve: Solve | None
) -> datetime | None:
    """In whole minutes after creation; of a ticket closed unsolved, its closing so rounded."""
    minutes = metrics.first_resolution_time_in_minutes
    if minutes is not None and minutes.calendar is not None:
        return created_at + timedelta(0, 60 * minutes.calendar)
    if solve is None or metrics.solved_at is not None:
        return None
    return created_at + (solve.at - created_at) // MINUTE * MINUTE
