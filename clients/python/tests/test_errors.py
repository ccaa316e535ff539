from __future__ import annotations

import pickle

import httpx
import pytest
from answers import SERIES, Server, problem

from chandlery import (
    ApiError,
    ChandleryError,
    Client,
    Conflict,
    ConnectionFailed,
    Fault,
    Invalid,
    NotFound,
    Unavailable,
)

KEY = "X:A/1m"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, ApiError),
        (403, ApiError),
        (404, NotFound),
        (409, Conflict),
        (410, NotFound),
        (412, Conflict),
        (413, Invalid),
        (415, Invalid),
        (422, Invalid),
        (429, Unavailable),
        (500, ApiError),
        (503, Unavailable),
    ],
)
def test_each_status_has_its_error(server: Server, status: int, kind: type[ApiError]) -> None:
    fault = {"pointer": "/sort", "rule": "choice", "message": "unknown"}
    server.answers = [problem(status, "No", detail="because", errors=[fault])]
    with server.client(retries=0) as client, pytest.raises(ChandleryError) as raised:
        client.get_series(KEY)
    error = raised.value
    assert type(error) is kind
    assert (error.status, error.title, error.detail, error.request_id) == (status, "No", "because", "r-1")
    assert error.errors == (Fault("/sort", "choice", "unknown"),)
    assert str(error) == f"{status} No: because\n  /sort: unknown [choice]\n(request r-1)"


def test_an_error_survives_the_way_to_another_process(server: Server, client: Client) -> None:
    server.answers = [problem(409, "Conflict", detail="because")]
    with pytest.raises(Conflict) as raised:
        client.get_series(KEY)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again)) == (Conflict, "409 Conflict: because (request r-1)")
    assert again.problem == raised.value.problem
    broken = pickle.loads(pickle.dumps(ConnectionFailed("refused", never_sent=True)))
    assert (str(broken), broken.never_sent) == ("refused", True)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (httpx.Response(502, text="<html>bad gateway</html>"), "502 Bad Gateway: <html>bad gateway</html>"),
        (httpx.Response(404, json=["what"]), '404 Not Found: ["what"]'),
        (httpx.Response(404, json={"error": "what"}), '404 Not Found: {"error":"what"}'),
        (httpx.Response(404), "404 Not Found"),
        (httpx.Response(307, headers={"Location": "/elsewhere"}), "307 Temporary Redirect"),
        (httpx.Response(409, json={"title": "T", "errors": [None], "detail": 3}), "409 T: 3"),
    ],
)
def test_an_answer_that_explains_nothing_is_an_error_too(
    server: Server, answer: httpx.Response, text: str
) -> None:
    server.answers = [answer]
    with server.client(retries=0) as client, pytest.raises(ApiError) as raised:
        client.get_series(KEY)
    assert str(raised.value) == text


def test_a_server_that_is_not_there_is_told() -> None:
    # Port 9 discards, where anything listens at all.
    with (
        Client("http://127.0.0.1:9", retries=0) as client,
        pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:9") as raised,
    ):
        client.get_series(KEY)
    assert raised.value.never_sent
    assert isinstance(raised.value.__cause__, httpx.ConnectError)


def test_the_token_and_the_name_of_the_client_go_along(server: Server) -> None:
    server.answers = [httpx.Response(200, json=SERIES)]
    with server.client(token="s3cret") as client:
        client.get_series(KEY)
    assert server.request.headers["Authorization"] == "Bearer s3cret"
    assert server.request.headers["User-Agent"].startswith("chandlery-python/")


def test_a_token_that_fits_into_no_header_is_refused() -> None:
    with pytest.raises(ValueError, match="the token must be") as raised:
        Client(token="s3cret\n")
    assert "s3cret" not in str(raised.value)
