import hashlib
import io

import pytest

from launcher.manifest.problems import Unreadable
from launcher.manifest.rows import MAX_LINE, BadRow, Rows


def rows(content):
    data = content if isinstance(content, bytes) else content.encode()
    return Rows(io.BytesIO(data), hashlib.sha256())


def read(content):
    """Every row with its line."""
    reader = rows(content)
    return [(reader.line, row) for row in reader]


def why(content):
    with pytest.raises(Unreadable) as caught:
        read(content)
    return f"{caught.value.line}:{caught.value.column}: {caught.value.message}"


def places(content, number):
    """Where the fields of a row stand."""
    reader = rows(content)
    for index, cells in enumerate(reader):
        if index == number:
            return [reader.place(field) for field in range(len(cells))]
    return []


def test_rows_know_their_lines():
    content = 'a,b\n\n1,"two\nlines"\n2,x\r\n,\n3,y'
    assert read(content) == [(1, ["a", "b"]), (3, ["1", "two\nlines"]), (5, ["2", "x"]), (7, ["3", "y"])]


def test_a_byte_order_mark_is_no_part_of_the_first_field():
    assert read(b"\xef\xbb\xbfa,b\n") == [(1, ["a", "b"])]


def test_the_checksum_is_of_the_bytes():
    digest = hashlib.sha256()
    content = b"\xef\xbb\xbfa,b\r\n\n1,2"
    assert list(Rows(io.BytesIO(content), digest))
    assert digest.hexdigest() == hashlib.sha256(content).hexdigest()


def test_an_empty_file_has_no_rows():
    assert read("") == []
    assert read("\n\n") == []


def test_fields_know_their_places():
    content = 'a,b,c\nx,"q,""u""o\nted",z,\n,,ä,b"b,y\n'
    assert places(content, 0) == [(1, 1), (1, 3), (1, 5)]
    assert places('"a"",b","","",c,\n', 0) == [(1, 1), (1, 9), (1, 12), (1, 15), (1, 17)]
    assert places(content, 1) == [(2, 1), (2, 3), (3, 6), (3, 8)]
    assert places(content, 2) == [(4, 1), (4, 2), (4, 3), (4, 5), (4, 9)]


def test_a_bad_row_is_told_and_the_next_one_read():
    found = read('a,b\n1,"x"y\n2,z\n')
    assert found[1] == (2, BadRow(2, "text behind a closing quote: double a quote that belongs to the text"))
    assert found[2] == (3, ["2", "z"])


def test_a_carriage_return_alone_ends_no_line():
    (_, bad), *_ = read("a,b\r1,2\r")
    assert bad == BadRow(1, "a carriage return alone ends no line: save the file with line feeds")


@pytest.mark.parametrize("rest", ["", "\n2,z\n" * 3, "x" * 200_000])
def test_a_quote_that_is_never_closed_is_told_where_its_row_starts(rest):
    assert why(f'a,b\n1,"x{rest}') == "2:1: a quote opened in this row is never closed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,\xe4\n", "2:3: byte 0xe4 is not UTF-8: save the file as CSV in UTF-8"),
        ("a,b\n1,ä".encode() + b"\xff", "2:4: byte 0xff is not UTF-8: save the file as CSV in UTF-8"),
        (b"a,b\n1\x00,2\n", "2:2: the file is binary, not CSV"),
        ("a,b\n".encode("utf-16"), "1:1: the file is UTF-16: save it as CSV in UTF-8"),
        (b"a,b\n" + b"x" * (MAX_LINE + 1), "2:1: a line of more than 1 MiB: this is not a CSV file"),
    ],
)
def test_what_is_no_text_is_told(content, message):
    assert why(content) == message
