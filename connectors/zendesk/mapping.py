"""From Zendesk's words to deskpulse's. Pure, and quick: tables and sums, no parsing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from connectors.contract import Rejection
from connectors.records import Channel, Priority, Record, Removal, Removed, Status, Ticket
from connectors.zendesk import wire

MERGED_TAG = "closed_by_merge"
MINUTE = timedelta(minutes=1)

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

NO_METRICS = wire.MetricSet()


def to_records(
    tickets: Iterable[wire.Ticket],
    teams: Mapping[int | None, str | None],
    sets: Mapping[int | None, wire.MetricSet],
) -> tuple[tuple[Record, ...], tuple[Rejection, ...]]:
    """What the tickets say, and a rejection for each whose instants are beyond any calendar."""
    records: list[Record] = []
    rejected: list[Rejection] = []
    for ticket in tickets:
        try:
            records.append(to_record(ticket, teams, ticket.metric_set or sets.get(ticket.id)))
        except OverflowError:
            text = f"ticket {ticket.id} was left out: an instant of it is beyond any calendar"
            rejected.append(Rejection(str(ticket.id), "malformed", text))
    return tuple(records), tuple(rejected)


def to_record(
    ticket: wire.Ticket, teams: Mapping[int | None, str | None], metrics: wire.MetricSet | None
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
    solved_at = _solved_at(ticket, metrics)
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
        _first_solved_at(created_at, metrics, solved_at),
        () if solved_at is None else (solved_at,),
        metrics.reopens or 0,
    )


def utc(at: datetime) -> datetime:
    """The same instant in UTC."""
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _solved_at(ticket: wire.Ticket, metrics: wire.MetricSet) -> datetime | None:
    """The last solve; of a ticket closed without one, the instant of closing."""
    at = metrics.solved_at
    if at is None and ticket.status == "closed":
        at = metrics.status_updated_at
    return None if at is None else utc(at)


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
    created_at: datetime, metrics: wire.MetricSet, solved_at: datetime | None
) -> datetime | None:
    """In whole minutes after creation; of a ticket closed unsolved, its closing so rounded."""
    minutes = metrics.first_resolution_time_in_minutes
    if minutes is not None and minutes.calendar is not None:
        return created_at + timedelta(0, 60 * minutes.calendar)
    if solved_at is None or metrics.solved_at is not None:
        return None
    return created_at + (solved_at - created_at) // MINUTE * MINUTE
