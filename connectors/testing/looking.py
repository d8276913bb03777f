"""What a person sees of a ticket in a browser: the page that a number's tickets lead to."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Final

from connectors.testing.desk import Story
from connectors.testing.server import SimResponse

PAGE: Final = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;margin:2rem;max-width:45rem}}
td,th{{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top}}</style>
<h1>{title}</h1><p>Of a virtual helpdesk: nobody wrote this ticket.</p>
<table><tr><th>when (UTC)<th>who<th>what<th></tr>{rows}</table></html>"""


def ticket_page(story: Story, now: datetime) -> SimResponse:
    """All that has happened to the ticket so far."""
    rows = "".join(
        f"<tr><td>{event.at:%Y-%m-%d %H:%M:%S}<td>{event.role}<td>{event.kind}"
        f"<td>{escape(event.value)}{'' if event.public else ' (internal)'}</tr>"
        for event in story.events
        if event.at <= now
    )
    title = f"Ticket {story.id} ({escape(story.channel)})"
    body = PAGE.format(title=title, rows=rows).encode()
    return SimResponse(200, {"content-type": "text/html; charset=utf-8"}, body)
