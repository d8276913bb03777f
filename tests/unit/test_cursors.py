"""Where a source stands in each of its lists."""

from __future__ import annotations

from connectors import cursors


def test_a_first_reading_that_was_broken_off_goes_on_as_one() -> None:
    places: dict[str, str] = {}
    assert cursors.is_first(places, "deals")
    cursors.reach(places, "deals", "page 2", is_first=True, is_end=False)
    stored = cursors.read("source 'crm'", cursors.written(places))
    assert (stored["deals"], cursors.is_first(stored, "deals")) == ("page 2", True)
    cursors.reach(stored, "deals", "the end", is_first=True, is_end=True)
    assert not cursors.is_first(stored, "deals")
    cursors.reach(stored, "deals", "a later page", is_first=False, is_end=False)
    assert not cursors.is_first(stored, "deals")
    assert stored == {"deals": "a later page"}
