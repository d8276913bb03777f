"""What is asked of Chatwoot: pages of conversations, and the messages and events of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from connectors.chatwoot.descent import Sheet
from connectors.chatwoot.mapping import Details
from connectors.chatwoot.settings import ChatwootSettings
from connectors.chatwoot.wire import (
    CENTURY,
    Answered,
    Conversation,
    Event,
    Listed,
    Message,
    Messages,
    Profile,
    instant,
    read,
)
from connectors.contract import ConfigurationError, Fatal, Reason
from connectors.http import ApiSession, Missing, Reply
from connectors.walking import Answer

HEADER: Final = "api_access_token"
ME: Final = "/api/v1/profile"
MESSAGES_AT_ONCE: Final = 20
LONGEST: Final = 5_000  # answers about one conversation, each of twenty messages

REMEDY: Final = (
    "Copy the access token from the profile settings of deskpulse's own user in Chatwoot to "
    "`api_access_token` of this source; the user must belong to the account `account_id`, and "
    "see all of its inboxes."
)


class Reading:
    """One account, asked."""

    def __init__(self, source: str, settings: ChatwootSettings) -> None:
        self._source = source
        self._with_events = settings.events
        self._account = f"/api/v1/accounts/{settings.account_id}"
        self.api = ApiSession(
            source=source,
            base_url=settings.url,
            headers={HEADER: settings.api_access_token.get_secret_value()},
            credentials_remedy=REMEDY,
            address_key="url",
        )

    def profile(self) -> Reply[Profile]:
        """Who is signed in. Raises `ConnectorError`."""
        return self.api.get(ME, decode=Profile)

    def sheet(self, page: int, order: str = "desc") -> Sheet[Conversation]:
        """One page of conversations in any status, by their last activity."""
        params: dict[str, str | int] = {
            "status": "all",
            "assignee_type": "all",
            "sort_by": f"last_activity_at_{order}",
            "page": page,
        }
        reply = self.api.get(f"{self._account}/conversations", params=params, decode=Listed)
        raws = reply.value.data.payload
        rows, rejected = read(raws, Conversation, "conversation")
        return Sheet(rows, len(raws), reply.at, rejected)

    def details(self, conversation: int) -> Details:
        """Its messages and events. Raises `ConnectorError`, `Missing` where it is deleted by now,
        and `msgspec.ValidationError` where something in it cannot be read."""
        messages = self._messages(f"{self._account}/conversations/{conversation}/messages")
        if not self._with_events:
            return Details(messages, None)
        path = f"{self._account}/conversations/{conversation}/reporting_events"
        try:
            events = self.api.get(path, decode=msgspec.Raw).value
        except Missing:
            raise self._without_events() from None
        return Details(messages, msgspec.json.decode(events, type=list[Event]))

    def answers(self, since: datetime, number: int | None) -> Answer[Answered, int]:
        """One page of the answers to surveys that were given then or later."""
        number = number or 1
        params: dict[str, str | int] = {
            "since": int(since.timestamp()),
            "until": CENTURY - 1,
            "sort": "created_at",
            "page": number,
        }
        path = f"{self._account}/csat_survey_responses"
        reply = self.api.get(path, params=params, decode=list[msgspec.Raw])
        rows, rejected = read(reply.value, Answered, "survey response")
        told = [row for row in rows if instant(row.created_at) >= since.astimezone(UTC)]
        return Answer(told, number + 1 if reply.value else None, reply.at, rejected)

    def _messages(self, path: str) -> list[Message]:
        found: dict[int, Message] = {}
        for _ in range(LONGEST):
            params = {"before": min(found)} if found else None
            raw = self.api.get(path, params=params, decode=msgspec.Raw).value
            page = msgspec.json.decode(raw, type=Messages).payload
            news = [one for one in page if one.id not in found]
            if page and not news:
                break
            found |= {one.id: one for one in news}
            if len(page) < MESSAGES_AT_ONCE:
                return list(found.values())
        raise Fatal(
            f"source '{self._source}': {path} tells the same messages again instead of those "
            "before them. Nothing is lost; if it stays so, look for a newer version of the "
            "connector."
        )

    def _without_events(self) -> ConfigurationError:
        return ConfigurationError(
            f"source '{self._source}': this Chatwoot has no reporting events of conversations, or "
            "not for this user. They came at the end of 2025, with the enterprise folder that the "
            "common images have. Without them set `events` of this source to false: resolutions "
            "are then not told.",
            reason=Reason.CONFIGURATION,
        )
