"""How GitHub is asked: GraphQL, one question for a page of issues with all that belongs to them.

Its REST API tells comments and closings in lists apart, of which those of closings can be read
backwards only; here each issue comes with its own, without a title or a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from connectors.contract import ConfigurationError, ConnectorError, Reason, Retriable
from connectors.github.wire import Answer, Trouble
from connectors.http import ApiSession, Reply
from connectors.verdicts import Missing, about, until_reset, wait_asked

T = TypeVar("T")

PATH: Final = "/graphql"
THROTTLED: Final = ("RATE_LIMIT", "RATE_LIMITED")
"""GitHub says either."""

WITHIN: Final = 100
"""Comments, or closings, that come with their issue; GitHub's limit of any page."""

TALK: Final = f"""
comments(first: {WITHIN}, after: $comments) {{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{ createdAt authorAssociation author {{ __typename login }} }}
}}
timelineItems(first: {WITHIN}, after: $events, itemTypes: [CLOSED_EVENT, REOPENED_EVENT]) {{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{
    __typename
    ... on ClosedEvent {{ createdAt }}
    ... on ReopenedEvent {{ createdAt }}
  }}
}}"""
ISSUES: Final = f"""
query($owner: String!, $name: String!, $size: Int!, $since: DateTime, $after: String,
      $way: OrderDirection!, $comments: String, $events: String) {{
  repository(owner: $owner, name: $name) {{
    issues(first: $size, after: $after, filterBy: {{since: $since}},
           orderBy: {{field: UPDATED_AT, direction: $way}}) {{
      totalCount
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        id number createdAt updatedAt state closedAt
        stateReason(enableDuplicate: true)
        author {{ __typename login }}
        assignees(first: 1) {{ totalCount }}
        labels(first: 100) {{ nodes {{ name }} }}
        {TALK}
      }}
    }}
  }}
}}"""
MORE: Final = f"""
query($id: ID!, $comments: String, $events: String) {{
  node(id: $id) {{
    ... on Issue {{
      {TALK}
    }}
  }}
}}"""


def ask(
    api: ApiSession, repository: str, query: str, variables: Mapping[str, object], kind: type[T]
) -> tuple[T, Reply[Answer[T]]]:
    """The data of an answer, and the answer. Raises `ConnectorError`: of an answer that is not
    whole too, for what is missing in it would be lost in silence; `Missing` of what is not there.

    repository: whose issues these are, for use in messages.
    """
    form: Any = Answer
    reply: Reply[Answer[T]] = api.post(
        PATH, body={"query": query, "variables": variables}, decode=form[kind]
    )
    if reply.value.errors:
        raise _verdict(api.source, repository, reply.value.errors[0], reply)
    if reply.value.data is None:
        raise _verdict(api.source, repository, Trouble(), reply)
    return reply.value.data, reply


def _verdict(source: str, repository: str, trouble: Trouble, reply: Reply[Any]) -> ConnectorError:
    """What a trouble means. Its message may name people, and is not repeated."""
    asked = wait_asked(reply.headers.get("Retry-After"), reply.at)
    if trouble.type in THROTTLED or asked is not None:
        reset = until_reset(reply.headers, reply.at) or 0.0
        return Retriable(
            f"{about(source)}GitHub allows no more questions for now. Nothing is lost; if it "
            "stays so, ask less often (`poll`), or see who else uses this token.",
            reason=Reason.THROTTLED,
            wait=reset if asked is None else asked,
        )
    if trouble.type in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
        return ConfigurationError(
            f"{about(source)}the token may not read {repository} ({trouble.type}). Let it read the "
            "issues there, and authorize it for the organization's single sign-on.",
            reason=Reason.CREDENTIALS,
        )
    if trouble.type == "NOT_FOUND":
        return unknown(source, repository)
    return Retriable(
        f"{about(source)}GitHub gave up on {repository} ({trouble.type or 'no data'}). Nothing is "
        "lost; if it stays so, set a smaller page_size.",
        reason=Reason.SERVER,
    )


def unknown(source: str, repository: str) -> Missing:
    """There is no such repository for this token, or no such issue any more."""
    return Missing(
        f"{about(source)}the repository {repository} is not there for this token. Check "
        "`repositories`, and that the token was given it: one that it may not read does not exist "
        "for it."
    )
