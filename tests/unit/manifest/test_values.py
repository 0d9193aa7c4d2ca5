import pytest

from launcher.manifest import values
from launcher.manifest.model import Quota, Threshold
from launcher.manifest.values import Complaint


def complaint(parse, text, **limits):
    with pytest.raises(Complaint) as caught:
        parse(text, **limits)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("15m", 900), ("12h", 43200), ("1d", 86400), ("1.5h", 5400), ("0s", 0)],
)
def test_durations_become_seconds(text, seconds):
    assert values.duration(text, "0s", "2d") == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30", "30s"),
        ("30 s", "30s"),
        ("30sec", "30s"),
        ("5 minutes", "5m"),
        ("2H", "2h"),
        ("20msec", "20ms"),
        ("3days", "3d"),
    ],
)
def test_a_misspelled_duration_is_told_how_it_was_meant(text, meant):
    assert complaint(values.duration, text, low="0s", high="9d").endswith(f"; did you mean '{meant}'?")


@pytest.mark.parametrize(
    "text", ["", "s", "-1s", "1e3s", "٣s", "1h30m", "soon", "1w", "1s\n", "9" * 400 + "d"]
)
def test_what_is_no_duration_is_told_what_one_looks_like(text):
    assert "expected a duration such as 30s" in complaint(values.duration, text, low="0s", high="9d")


@pytest.mark.parametrize("text", ["59s", "2h"])
def test_a_duration_out_of_range_is_told_the_range(text):
    assert (
        complaint(values.duration, text, low="1m", high="1h")
        == f"expected a duration from 1m to 1h, got {text}"
    )


@pytest.mark.parametrize(
    "text", ["0", "101", "-1", "+1", "1.0", "1e1", "0x1", "010", "ten", "", "1_0", "٣", "9" * 5000]
)
def test_what_is_no_number_in_range_is_refused(text):
    assert "expected a whole number from 1 to 100" in complaint(values.whole_number, text, low=1, high=100)


def test_numbers_in_range_are_taken():
    assert [values.whole_number(text, 0, 100) for text in ("0", "16", "100")] == [0, 16, 100]


def test_flags_are_true_and_false_only():
    assert values.flag("true") is True
    assert values.flag("False") is False
    assert complaint(values.flag, "yes") == "expected true or false, got 'yes'; did you mean true?"
    assert complaint(values.flag, "OFF") == "expected true or false, got 'OFF'; did you mean false?"
    assert complaint(values.flag, "maybe") == "expected true or false, got 'maybe'"


@pytest.mark.parametrize(
    ("parse", "text", "meant"),
    [
        (values.quota, "60", "60/60s"),
        (values.threshold, "10 %", "10%"),
        (values.run_name, "my campaign!", "my-campaign"),
        (values.run_name, "-x", "x"),
    ],
)
def test_a_near_miss_is_told_with_what_was_probably_meant(parse, text, meant):
    assert complaint(parse, text).endswith(f"got '{text}'; did you mean '{meant}'?")


def test_nothing_is_guessed_from_nothing():
    assert "did you mean" not in complaint(values.run_name, "???")
    assert "did you mean" not in complaint(values.quota, "sixty")
    assert "did you mean" not in complaint(values.threshold, "ten %")


@pytest.mark.parametrize("text", ["never", "None", "off", "nver"])
def test_a_duration_that_may_be_zero_is_turned_off_with_zero(text):
    assert complaint(values.duration, text, low="0s", high="1d").endswith("; did you mean '0s'?")
    assert "did you mean" not in complaint(values.duration, text, low="1s", high="1d")


def test_a_near_miss_of_a_choice_is_named():
    words = {"sms": "sms", "voice": "voice"}
    assert values.choice("voice", words) == "voice"
    assert (
        complaint(values.choice, "SMS", choices=words)
        == "expected sms or voice, got 'SMS'; did you mean 'sms'?"
    )
    assert complaint(values.choice, "fax", choices=words) == "expected sms or voice, got 'fax'"


def test_a_quota_is_requests_per_time():
    assert values.quota("60/60s") == Quota(60, 60.0)
    assert values.quota("1800/1h") == Quota(1800, 3600.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("60", "expected requests per time such as 60/60s"),
        ("60/m", "did you mean '60/1m'?"),
        ("60/60", "did you mean '60s'?"),
        ("0/60s", "expected a whole number from 1"),
        ("60/0s", "expected a duration from 1ms"),
        ("/60s", "expected a whole number"),
        ("60/", "expected a duration"),
        ("60/60s/2", "expected a duration"),
    ],
)
def test_what_is_no_quota_is_explained(text, words):
    assert words in complaint(values.quota, text)


def test_a_backoff_is_two_durations_in_order():
    assert values.backoff("1s..60s") == (1.0, 60.0)
    assert values.backoff("500ms..500ms") == (0.5, 0.5)
    assert "such as 1s..60s" in complaint(values.backoff, "1s")
    assert complaint(values.backoff, "60s..1s").endswith("did you mean '1s..60s'?")
    assert "did you mean '1s'?" in complaint(values.backoff, "1..60s")


def test_a_threshold_is_a_count_or_a_percentage():
    assert values.threshold("5") == Threshold(5)
    assert values.threshold("10%") == Threshold(10, percent=True)
    assert values.threshold("0.5%") == Threshold(0.5, percent=True)


@pytest.mark.parametrize("text", ["0%", "101%", "-1%", "%", "nan%", "inf%", "1e1%", "0", "many"])
def test_what_is_no_threshold_is_refused(text):
    assert complaint(values.threshold, text).startswith("expected a ")


@pytest.mark.parametrize(
    "text",
    [
        "67777ce93e25326494e9aaaa",
        "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa",
        "0123",
        "12:30:45",
        "a",
        "...",
        "x" * 256,
        "EU+1_a.b~c@d",
    ],
)
def test_ids_are_free_text_taken_as_they_are(text):
    assert values.identifier(text) == text


@pytest.mark.parametrize(
    "char", list('/\\?#%&"<>^`{|}[] \t\n\r\x00\x1f\x7f\x85\xa0\xe9\u200b\u2028\u2029\ufeff\ud800😀')
)
def test_an_id_holds_nothing_that_changes_a_url_or_a_header(char):
    for text in (f"cd-1{char}", f"{char}cd-1", f"cd{char}1", char):
        message = complaint(values.identifier, text)
        assert message.isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: an id is needed"),
        (".", "'.' would change the URL: an id is needed"),
        ("..", "'..' would change the URL: an id is needed"),
        ("x" * 257, "is 257 characters long: an id has at most 256"),
        ("a/b", "an id must not hold '/', got 'a/b'"),
        ("a b", "an id must not hold white space, got 'a b'"),
        ("a\r\nX: y", r"an id must not hold white space, got 'a\r\nX: y'"),
        ("a\x00b", r"an id must not hold the character U+0000, got 'a\x00b'"),
        ("a\u2013b", "an id must not hold the character U+2013, got 'a\u2013b'"),
        ("{{id}}", "'{{id}}' looks like a template that was not filled in: an id must not hold '{'"),
        ("<id>", "'<id>' looks like a template that was not filled in: an id must not hold '<'"),
    ],
)
def test_a_bad_id_is_told_why(text, message):
    assert complaint(values.identifier, text) == message


@pytest.mark.parametrize("text", ["acme", "acme-eu.2", "müller", "a/b", "x" * 100])
def test_names_of_accounts_are_nearly_free(text):
    assert values.label(text) == text


@pytest.mark.parametrize("text", ["", " ", "a b", "a,b", "a;b", "a\nb", "a\u2028b", "\x1b[31m", "x" * 101])
def test_names_hold_nothing_that_a_selection_or_a_terminal_reads(text):
    assert complaint(values.label, text).isprintable()


def test_tags_in_a_cell_are_separated_by_semicolons_or_spaces():
    assert values.labels("a;b c; d ;") == ("a", "b", "c", "d")
    assert values.labels(" ; ") == ()
    assert "must not hold ','" in complaint(values.labels, "a,b")


def test_a_title_is_brought_to_one_line():
    assert values.title("  two\r\n lines\u2028of  text ") == "two lines of text"
    assert values.title("Rückgabe \u2013 2 für 1") == "Rückgabe \u2013 2 für 1"


@pytest.mark.parametrize("text", ["", " \n", "a\x1b[31m", "a\u202eb", "a\x00", "x" * 201])
def test_a_title_holds_nothing_that_a_terminal_obeys(text):
    assert complaint(values.title, text).isprintable()


def test_a_claim_is_plain_text():
    assert values.claim("cs-1") == "cs-1"
    assert values.claim("two words") == "two words"
    assert "only client_secret" in complaint(values.claim, "${CLIENT_ID}")
    for text in ("", " cs-1", "cs-1\n", "a\x00b", "x" * 257):
        assert complaint(values.claim, text).isprintable()


def test_a_run_name_is_safe_in_a_file_name():
    assert values.run_name("nightly-2.eu_1") == "nightly-2.eu_1"
    for text in ("", "-x", ".x", "a/b", "a b", "ä", "x" * 101, "a\n"):
        assert "expected letters, digits" in complaint(values.run_name, text)


def test_a_path_is_one_line_and_not_empty():
    assert values.file_path("lists/night 1.csv") == "lists/night 1.csv"
    for text in ("", " ", "a\nb", "a\x00b"):
        assert complaint(values.file_path, text).isprintable()


def test_an_argument_holds_anything_but_nul():
    assert values.argument("--key=a b\n") == "--key=a b\n"
    assert "NUL" in complaint(values.argument, "a\x00")


def test_there_is_one_version():
    assert values.version("1") == 1
    assert "expected 1" in complaint(values.version, "2")
