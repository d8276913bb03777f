"""Customers: are they content, do they stay, and does the one depend on the other."""

from __future__ import annotations

from alerts import economics
from alerts.parameters import Parameters
from dashboards import graphs, limits, places, tiles, words
from dashboards import queries as q
from dashboards import series as s
from dashboards.fields import AMOUNT, COUNT, SHARE, Query
from dashboards.framing import framed
from dashboards.layout import Shelf, Slot
from dashboards.panels import About, Panel, graph, table, tile
from dashboards.sdk import models


def _recommendation() -> Panel:
    about = About(
        "Would customers recommend us?",
        COUNT,
        "NPS: the percentage of promoters less that of detractors, of all answers of the last 28 "
        f"days; between -100 and 100. n is how many these are. {words.LEAST} "
        f"{words.SOURCE_AND_TEAM}",
        "No answer in 28 days, or no source that asks whether customers would recommend us",
        signed=True,
    )
    promoters, detractors, every = (
        q.counted(s.RECOMMENDATIONS, q.MONTHLY, where=where)
        for where in ('group="promoter"', 'group="detractor"', "")
    )
    points = f"100 * {q.share(f'({promoters} - {detractors})', every)}"
    return tile(
        about,
        Query(f"{points} or on() {q.too_few(every)}", "NPS"),
        Query(every, "n"),
        nan=words.TOO_FEW,
    )


def _paying() -> Panel:
    about = About(
        "How many customers are there?",
        COUNT,
        "Customers that pay now, beside it those of a week ago, and those who only try. "
        f"{words.SOURCE_ONLY}",
        words.NO_CUSTOMERS,
    )
    return tile(
        about,
        Query(q.total(s.CUSTOMERS), "now"),
        Query(q.total(s.CUSTOMERS, offset=q.WEEK), "a week ago"),
        Query(q.total(s.TRIALING), "trying"),
    )


def _leaving() -> Panel:
    about = About(
        "Who is about to leave?",
        COUNT,
        "Customers that pay now and whose end is announced, and those whose payment is late; "
        f"beside it, those with an announced end a week ago. {words.SOURCE_ONLY}",
        words.NO_CUSTOMERS,
    )
    ending = 'state="ending"'
    return tile(
        about,
        Query(q.total(s.CUSTOMERS, where=ending), "ending"),
        Query(q.total(s.CUSTOMERS, where='state="past_due"'), "late"),
        Query(q.total(s.CUSTOMERS, where=ending, offset=q.WEEK), "ending a week ago"),
    )


def _revenue() -> Panel:
    about = About(
        "What do customers pay a month?",
        AMOUNT,
        "Monthly recurring revenue now and a week ago, in each currency; currencies are never "
        f"added. {words.SOURCE_ONLY}",
        words.NO_CUSTOMERS,
    )
    return tile(
        about,
        Query(q.total(s.REVENUE, "currency"), "{{currency}}"),
        Query(q.total(s.REVENUE, "currency", offset=q.WEEK), "{{currency}} a week ago"),
    )


def _churn() -> Panel:
    about = About(
        "How many leave in a month?",
        SHARE,
        "Customers that stopped paying in the last 30 days / customers 30 days ago, and the same "
        f"for 90 days; n is how many there were 30 days ago. Nothing below {limits.LEAST} "
        f"customers. {words.SOURCE_ONLY}",
        words.NO_HISTORY,
    )
    return tile(
        about,
        Query(q.greatest(s.of_customers("churn_ratio30d"), "source"), "{{source}}, 30 days"),
        Query(q.greatest(s.of_customers("churn_ratio90d"), "source"), "{{source}}, 90 days"),
        Query(q.greatest(s.of_customers("start30d"), "source"), "n, {{source}}", unit=COUNT),
    )


def _asked() -> Panel:
    about = About(
        "Do customers answer when they are asked?",
        SHARE,
        "Ratings given, changed ones counted once, of those asked for, both in the 7 days before "
        f"each moment; n is how many were asked. {words.LEAST} {words.SOURCE_AND_TEAM}",
        "Nobody was asked in this time, or the helpdesk does not tell who was",
    )
    given = f"({q.counted(s.RATINGS, q.WEEK)} - {q.counted(s.RATINGS_CHANGED, q.WEEK)})"
    offered = q.counted(s.OFFERED, q.WEEK)
    return graph(
        about,
        Query(q.share(given, offered), "answered", color="green"),
        Query(offered, "n", unit=COUNT, beside=True),
        step=q.HOUR,
    )


def _effort() -> Panel:
    about = About(
        "How hard do we make it for customers?",
        SHARE,
        "Scores of effort in the 28 days before each moment that say it was easy: 5 to 7 of 7, 4 "
        f"and 5 of 5; n is how many of each scale. {words.LEAST} {words.SOURCE_AND_TEAM}",
        "No score in this time, or no source that asks for effort",
    )
    return graph(about, *_easy("7", "4.0"), *_easy("5", "3.0"), step=q.HOUR)


def _easy(scale: str, hard: str) -> tuple[Query, Query]:
    """How many find it easy, on one scale. hard: the greatest score that does not say so."""
    of, count = f'scale="{scale}"', s.EFFORT.part("count")
    every = q.counted(count, q.MONTHLY, where=of)
    worse = q.counted(s.EFFORT.part("bucket"), q.MONTHLY, where=f'{of}, le="{hard}"')
    return (
        Query(q.share(f"({every} - {worse})", every), f"easy, scale of {scale}"),
        Query(every, f"n, scale of {scale}", unit=COUNT, beside=True),
    )


def _movements() -> Panel:
    about = About(
        "Who comes, and who goes?",
        COUNT,
        "In the 7 days before each moment: customers that paid for the first time, those that had "
        f"left and pay again, and those that stopped paying. {words.SOURCE_ONLY}",
        words.NO_CUSTOMERS,
    )
    return graph(
        about,
        Query(q.counted(s.STARTED, q.WEEK), "began", color="green"),
        Query(q.counted(s.REACTIVATED, q.WEEK), "came back", color="blue"),
        Query(q.counted(s.CHURNED, q.WEEK), "left", color="orange"),
        step=q.HOUR,
    )


def _reasons() -> Panel:
    about = About(
        "Why do they leave?",
        COUNT,
        "Customers that stopped paying, by the reason that the source tells; none: it tells none. "
        f"{words.SOURCE_ONLY} A dash: not known.",
        words.NONE,
    )
    return table(
        about,
        ("reason",),
        Query(q.counted(s.CHURNED, q.MONTH, "reason"), "Left in 30 days"),
        Query(q.counted(s.CHURNED, q.QUARTER, "reason"), "Left in 90 days"),
    )


def _moved() -> Panel:
    about = About(
        "What moves revenue?",
        AMOUNT,
        "Monthly recurring revenue that came (new, expansion, reactivation) and went (contraction, "
        f"churn), in each currency, never below 0. {words.SOURCE_ONLY} A dash: not known.",
        words.NONE,
    )
    by = ("currency", "movement")
    return table(
        about,
        by,
        Query(q.counted(s.MOVED, q.MONTH, *by), "30 days"),
        Query(q.counted(s.MOVED, q.QUARTER, *by), "90 days"),
    )


def _retention() -> Panel:
    about = About(
        "Does revenue stay?",
        SHARE,
        "Of the revenue 30 days before each moment: gross retention takes off what was lost by "
        "churn and contraction; net retention adds expansion and reactivation, and may be above "
        f"100 %. Nothing below {limits.LEAST} customers. {words.SOURCE_ONLY}",
        words.NO_HISTORY,
    )
    by = ("source", "currency")
    gross, net = (s.of_money(f"{kind}_retention_ratio30d") for kind in ("gross", "net"))
    return graph(
        about,
        Query(q.greatest(gross, *by), "gross, {{source}} {{currency}}"),
        Query(q.greatest(net, *by), "net, {{source}} {{currency}}", dashed=True),
        Query(
            q.greatest(s.of_customers("start30d"), "source"), "n, {{source}}", COUNT, beside=True
        ),
    )


def _worth() -> Panel:
    about = About(
        "What is a customer worth, and when is it earned back?",
        AMOUNT,
        "In each currency, and in all of them converted by the table of deskpulse.yaml: what a "
        "customer pays a month (ARPA), its value (ARPA × margin / churn of 30 days), and the "
        "months until its acquisition is earned back. Where customers pay in several currencies, "
        "nobody tells how many in each, and only the latter is there. "
        f"{words.SOURCE_ONLY} A dash: not known.",
        words.NONE,
    )
    return table(
        about,
        ("source", "currency"),
        Query(_in_every_currency("per_customer"), "Pays a month"),
        Query(_in_every_currency("lifetime_value30d"), "Value"),
        Query(_in_every_currency("payback_months30d", economics.COST), "Months to pay back"),
    )


def _in_every_currency(operation: str, metric: str = economics.REVENUE) -> str:
    by = ("source", "currency")
    converted = s.of_money(operation, metric, converted=True).now()
    named = f'label_replace({converted}, "currency", "all, in $1", "into", "(.+)")'
    one = q.greatest(s.of_money(operation, metric), *by)
    return f"{one} or max by (source, currency) ({named})"


def _service() -> Panel:
    about = About(
        "Do customers who were served well stay?",
        COUNT,
        "By the worst support of 90 days: customers that pay now, those that left in the last 90 "
        "days, and the latter as a share of both. It says what goes together, not what causes "
        f"what: `deskpulse impact` says how sure one can be. {words.LEAST} {words.SOURCE_ONLY} A "
        "dash: not known.",
        words.NONE,
    )
    by = ("experience",)
    stay, left = q.total(s.BY_EXPERIENCE, *by), q.counted(s.CHURNED_BY_EXPERIENCE, q.QUARTER, *by)
    return table(
        about,
        by,
        Query(stay, "Pay now"),
        Query(left, "Left in 90 days"),
        Query(q.share(left, f"({stay} + {left})"), "Share that left", unit=SHARE),
    )


def shelves() -> tuple[Shelf, ...]:
    """What stands where. An id belongs to its panel for good: new panels take new ids."""
    return (
        Shelf(
            6,
            (
                Slot(1, 4, tiles.satisfaction()),
                Slot(2, 3, _recommendation()),
                Slot(3, 4, _paying()),
                Slot(4, 4, _leaving()),
                Slot(5, 4, _churn()),
                Slot(6, 5, _revenue()),
            ),
        ),
        Shelf(8, (Slot(7, 8, graphs.satisfaction()), Slot(8, 8, _asked()), Slot(9, 8, _effort()))),
        Shelf(8, (Slot(10, 12, _movements()), Slot(11, 12, _reasons()))),
        Shelf(8, (Slot(12, 12, _retention()), Slot(13, 12, _moved()))),
        Shelf(8, (Slot(14, 12, _worth()), Slot(15, 12, _service()))),
    )


def customers(_: Parameters) -> models.Dashboard:
    """The dashboard; no alert judges what it shows."""
    return framed(
        places.CUSTOMERS,
        "Satisfaction, churn, money, and whether service keeps customers.",
        shelves(),
        since="now-90d",
        filters=("source", "team"),
    )
