import pytest

from launcher.kore.reply import RawReply


def reply(body=b"", headers=None):
    return RawReply(200, headers or {}, body, complete=True)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "d\xe9marr\xe9"}', {"a": "d\ufffdmarr\ufffd"}),
        (b'{"a": "two\nlines"}', {"a": "two\nlines"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": float("inf")}),
        (b'{"a": 1e999}', {"a": float("inf")}),
        (b"[" * 100_000, None),
        (b'{"a":' * 100_000, None),
        (b'{"a": 1', None),
        (b'{"a": 1} trailing', None),
        (b"\x00\xff\xfe", None),
        (b"", None),
        (b"null", None),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_body_is_its_json_value_or_none(body, value):
    assert reply(body).json() == value


def test_not_a_number_is_json_enough():
    value = reply(b'{"status": "Active", "ratio": NaN}').json()
    assert value["status"] == "Active"


@pytest.mark.parametrize("spelling", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_a_header_is_found_whatever_its_spelling(spelling):
    assert reply(headers={"Other": "1", spelling: "7"}).header("retry-after") == "7"


def test_a_missing_header_is_none():
    assert reply(headers={"Other": "1"}).header("retry-after") is None


def test_neither_what_came_nor_what_is_confidential_is_in_the_representation():
    shown = repr(RawReply(200, {"x": "canary-a"}, b"canary-b", complete=True, confidential=("canary-c",)))
    assert "canary" not in shown
