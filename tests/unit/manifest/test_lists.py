import pytest

from launcher.errors import ManifestError
from launcher.manifest.load import load_manifest
from launcher.manifest.model import CampaignEntry, Position

FROM = "- from: a.csv\n"


def test_a_list_stands_where_it_is_drawn_in(folder):
    csv = """\
campaign,bot,account,stream,name,tags,channel
c2,billing,,,"Due, now",a;b c,voice
0123,,acme,st-2,,,
"""
    campaigns = folder.campaigns(
        "- {bot: billing, campaign: c1}\n" + FROM + "- {bot: billing, campaign: c3}\n", a_csv=csv
    )
    assert [one.campaign for one in campaigns] == ["c1", "c2", "0123", "c3"]
    at = Position("a.csv", 2, 1)
    assert campaigns[1] == CampaignEntry(
        "acme", "billing", "st-1", "c2", "voice", "Due, now", ("a", "b", "c"), at
    )
    assert campaigns[2] == CampaignEntry(
        "acme", None, "st-2", "0123", "sms", None, (), Position("a.csv", 3, 1)
    )


def test_defaults_fill_in_what_a_list_leaves_out(folder, head):
    text = head + "defaults: {bot: billing, account: acme, channel: voice}\ncampaigns:\n" + FROM
    campaigns = folder.load(text, a_csv="campaign,stream\nc1,\nc2,st-2\n").campaigns
    assert [(one.bot, one.stream, one.channel) for one in campaigns] == [
        ("billing", "st-1", "voice"),
        (None, "st-2", "voice"),
    ]


def test_a_list_may_stand_in_the_home_folder(folder, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / "n.csv").write_text("bot,campaign\nbilling,c1\n")
    monkeypatch.setenv("HOME", str(home))
    assert [one.campaign for one in folder.campaigns("- from: ~/n.csv\n")] == ["c1"]
    (told,) = folder.problems_of_campaigns("- from: ~/nn.csv\n")
    assert told.startswith("1:9: '~/nn.csv': the file does not exist; did you mean 'n.csv'")


def test_a_header_of_thousands_of_unknown_columns_is_told_in_no_time(folder):
    names = ",".join(f"campain{number}" for number in range(20_000))
    told = folder.problems_of_campaigns(FROM, a_csv=f"bot,{names}\n")
    assert told[0] == "a.csv:1:5: unknown column 'campain0'; did you mean 'campaign'?"
    assert told[99] == "a.csv:1:985: unknown column 'campain99'; did you mean 'campaign'?"
    assert told[100] == "a.csv:1:995: and 19900 more problems from here on"


def test_a_column_that_stands_twice_is_told_where_it_stands_again(folder):
    (told,) = folder.problems_of_campaigns(FROM, a_csv="bot,campaign,bot\n")
    assert told == "a.csv:1:14: column 'bot' stands twice"


def test_a_field_that_is_too_long_costs_its_own_row_only(folder):
    rows = "billing,c1," + "x" * 200_000 + "\nbilling,a/b,x\n"
    assert folder.problems_of_campaigns(FROM, a_csv="bot,campaign,name\n" + rows) == [
        "a.csv:2:1: a field is longer than 131072 characters",
        "a.csv:3:9: campaign: an id must not hold '/', got 'a/b'",
    ]


def test_a_list_without_rows_is_a_quiet_night(folder):
    assert folder.campaigns(FROM, a_csv="bot,campaign\n") == ()


def test_a_list_is_relative_to_the_manifest_and_named_as_the_manifest_is(folder, head):
    (folder.path / "conf" / "lists").mkdir(parents=True)
    folder.write("conf/lists/b.csv", "bot,campaign\nbilling,a/b\n")
    folder.write("conf/m.yaml", head + "campaigns:\n- from: lists/b.csv\n")
    with pytest.raises(ManifestError) as caught:
        load_manifest("conf/m.yaml")
    assert str(caught.value) == "conf/lists/b.csv:2:9: campaign: an id must not hold '/', got 'a/b'"


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ("", "a.csv:1:1: the file is empty: its first row names the columns"),
        ("\n\n", "a.csv:1:1: the file is empty: its first row names the columns"),
        ("bot;campaign\nbilling;c\n", "a.csv:1:1: columns are separated by ';': use ','"),
        ("bot\tcampaign\n", "a.csv:1:1: columns are separated by a tab: use ','"),
        ("bot,campain\nbilling,c\n", "a.csv:1:5: unknown column 'campain'; did you mean 'campaign'?"),
        ("bot,campaign,x\nbilling,c,\n", "a.csv:1:14: unknown column 'x'"),
        ("bot,campaign,\nbilling,c,\n", "a.csv:1:14: unknown column ''"),
        ("bot, campaign\nbilling,c\n", "a.csv:1:5: unknown column ' campaign'; did you mean 'campaign'?"),
        ("bot,campaign,bot\nbilling,c,billing\n", "a.csv:1:14: column 'bot' stands twice"),
        ("bot,name\nbilling,c\n", "a.csv:1:1: missing column 'campaign'"),
        ("campaign,name\nc,n\n", "a.csv:1:1: missing column 'bot', or 'account' and 'stream'"),
        ('\n"bot"x,campaign\n', "a.csv:2:1: text behind a closing quote"),
        ("bot,campaign\nbilling\n", "a.csv:2:1: the row has 1 field, the header has 2"),
        ("bot,campaign\nbilling,c,x\n", "a.csv:2:1: the row has 3 fields, the header has 2"),
        ("bot,campaign\nbilling,\n", "a.csv:2:9: campaign: is empty"),
        ("bot,campaign\na b,c\n", "a.csv:2:1: bot: a name must not hold white space, got 'a b'"),
        ("bot,campaign\n,c\n", "a.csv:2:1: missing key 'bot', or 'account' and 'stream'"),
        ("bot,campaign\nbiling,c\n", "a.csv:2:1: unknown bot 'biling'; did you mean 'billing'?"),
        ("campaign,bot\nc,biling\n", "a.csv:2:3: unknown bot 'biling'; did you mean 'billing'?"),
        ("account,stream,campaign\namce,s,c\n", "a.csv:2:1: unknown account 'amce'; did you mean 'acme'?"),
        ("account,stream,campaign\nacme,,c\n", "a.csv:2:1: missing key 'stream'"),
        ("bot,campaign,channel\nbilling,c,fax\n", "a.csv:2:11: channel: expected sms or voice, got 'fax'"),
        ('bot,name,campaign\nbilling,"two\nlines",a b\n', "a.csv:3:8: campaign: an id must not hold"),
        ("bot,stream,campaign\nbilling,s,c\n", "a.csv:2:9: stream beside bot: give 'bot'"),
        ("bot,campaign\nbilling,c\nbilling,c\n", "a.csv:3:1: the same launch as in a.csv:2:1"),
        ('bot,campaign\n\nbilling,"c\n', "a.csv:3:1: a quote opened in this row is never closed"),
        (b"bot,campaign\nbilling,\xff\n", "a.csv:2:9: byte 0xff is not UTF-8: save the file as CSV in UTF-8"),
    ],
)  # fmt: skip
def test_a_list_with_a_mistake_is_told_once(folder, csv, message):
    (line,) = folder.problems_of_campaigns(FROM, a_csv=csv)
    assert line.startswith(message)


def test_every_mistake_of_a_list_is_told(folder):
    csv = 'bot,campaign,tags\nbiling,a/b,"a,b"\nbilling,c\nbilling,"x"y,\nbilling,d,\nbilling,d,\n'
    assert folder.problems_of_campaigns(FROM, a_csv=csv) == [
        "a.csv:2:1: unknown bot 'biling'; did you mean 'billing'?",
        "a.csv:2:8: campaign: an id must not hold '/', got 'a/b'",
        "a.csv:2:12: tags: a name must not hold ',', got 'a,b'",
        "a.csv:3:1: the row has 2 fields, the header has 3",
        "a.csv:4:1: text behind a closing quote: double a quote that belongs to the text",
        "a.csv:6:1: the same launch as in a.csv:5:1: it would message everybody twice",
    ]


def test_a_launch_in_the_manifest_and_in_a_list_is_told(folder):
    text = FROM + "- {bot: billing, campaign: c}\n"
    assert folder.problems_of_campaigns(text, a_csv="bot,campaign\nbilling,c\n") == [
        "2:3: the same launch as in a.csv:2:1: it would message everybody twice"
    ]


def test_the_problems_of_the_manifest_come_first_then_the_lists_in_order(folder):
    text = "- from: z.csv\n" + FROM + "- {bot: x, campaign: c}\n"
    bad = "bot,campaign\nx,c\n"
    lines = folder.problems_of_campaigns(text, a_csv=bad, z_csv=bad)
    assert [line.split(":")[0] for line in lines] == ["3", "z.csv", "a.csv"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("aa.csv", "'aa.csv': the file does not exist; did you mean 'a.csv'?"),
        (".", "'.': this is a directory: name a file in it"),
        ("/proc/self/mem", "'/proc/self/mem': the file cannot be read: "),
        ("m.yaml/x.csv", "'m.yaml/x.csv': the file cannot be read: not a directory"),
    ],
)
def test_a_list_that_cannot_be_read_is_told_where_it_is_drawn_in(folder, path, words):
    (line,) = folder.problems_of_campaigns(f"- from: {path}\n", a_csv="bot,campaign\n")
    assert line.startswith(f"1:9: {words}")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "{from: a.csv, tags: [x]}",
            "1:17: unknown key 'tags' in campaigns[0]; a column of the file says that",
        ),
        (
            "{from: [a.csv]}",
            (
                "1:10: campaigns[0].from: expected one value (path), got a list; "
                "did you mean 'a.csv', without brackets?"
            ),
        ),
        ("{from: }", "1:4: campaigns[0].from: has no value; give one or remove the key"),
        ('{from: "a\\0b"}', r"1:10: campaigns[0].from: must not hold control characters, got 'a\x00b'"),
    ],
)
def test_a_list_is_drawn_in_by_its_path_alone(folder, entry, message):
    assert folder.problems_of_campaigns(f"- {entry}\n", a_csv="bot,campaign\n") == [message]


def test_a_list_is_drawn_in_once_also_when_both_stand_in_one_line(folder, head):
    text = head + "campaigns: [from: a.csv, from: a.csv]\n"
    lines = folder.problems(text, a_csv="bot,campaign\nbilling,c\n")
    assert lines == ["m.yaml:10:32: 'a.csv' is drawn in twice; first in line 10"]


def test_a_list_is_drawn_in_once(folder):
    lines = folder.problems_of_campaigns(FROM + "- from: ./a.csv\n", a_csv="bot,campaign\nbilling,c\n")
    assert lines == ["2:9: './a.csv' is drawn in twice; first in line 11"]
