"""A scrape of ten thousand samples, over a connection that stays open."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import pytest

from tests.benchmarks.figures import COUNT, MILLISECONDS, Figures
from tests.benchmarks.processes import running

# Enough for ten thousand samples.
TEAMS = 25
SAMPLES = 10_000
REPEATS = 300
WARM = 20

Get = Callable[[str, dict[str, str]], bytes]
FORMS = {
    "plain": {"Accept-Encoding": "identity"},
    "gzip": {"Accept-Encoding": "gzip"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running("serve", str(tmp_path_factory.mktemp("serving")), str(TEAMS)) as told:
        yield told


@pytest.fixture
def get(server: dict[str, Any]) -> Iterator[Get]:
    connection = HTTPConnection("127.0.0.1", server["port"], timeout=30)

    def ask(path: str, headers: dict[str, str]) -> bytes:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200
        return body

    yield ask
    connection.close()


def seconds(action: Callable[[], object]) -> list[float]:
    for _ in range(WARM):
        action()
    taken = []
    for _ in range(REPEATS):
        began = perf_counter()
        action()
        taken.append(perf_counter() - began)
    return taken


def test_the_first_page(server: dict[str, Any], figures: Figures) -> None:
    assert server["samples"] >= SAMPLES
    figures.note("/metrics: samples", server["samples"], COUNT)
    figures.at_most("/metrics: first rendering", server["first"], MILLISECONDS, 0.5, limit=5)


def test_an_answer_without_a_page(get: Get, figures: Figures) -> None:
    """What uvicorn and the way there and back cost: the measure of this machine."""
    half = median(seconds(lambda: get("/-/healthy", {})))
    figures.note("/-/healthy: half of all answers within", half, MILLISECONDS)


@pytest.mark.parametrize("form", FORMS)
def test_a_scrape(form: str, get: Get, figures: Figures) -> None:
    taken = seconds(lambda: get("/metrics", FORMS[form]))
    name = f"/metrics: {form}"
    half = median(taken)
    figures.note(f"{name}, bytes", len(get("/metrics", FORMS[form])), COUNT)
    figures.at_most(f"{name}, half of all scrapes within", half, MILLISECONDS, 0.001, limit=0.02)
    figures.note(f"{name}, 99 % within", quantiles(taken, n=100)[98], MILLISECONDS)


def test_both_forms_say_the_same(get: Get) -> None:
    assert gzip.decompress(get("/metrics", FORMS["gzip"])) == get("/metrics", FORMS["plain"])
