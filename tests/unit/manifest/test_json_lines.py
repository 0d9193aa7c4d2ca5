"""Lists of campaigns as JSON lines."""

import json

import pytest

from launcher.errors import ManifestError

LISTED = """\
version: 1
accounts:
  acme: {id: a, host: "https://h.example", client_id: c, client_secret: "${X}"}
bots:
  billing: {account: acme, stream: st-1}
campaigns:
  - from: a.jsonl
"""


def load(folder, *lines):
    return folder.load(LISTED, a_jsonl="\n".join(map(_text, lines)) + "\n")


def _text(line):
    return line if isinstance(line, str) else json.dumps(line)


def problems(folder, *lines):
    with pytest.raises(ManifestError) as caught:
        load(folder, *lines)
    return [str(problem) for problem in caught.value.problems]


def test_every_key_of_a_campaign_can_be_given(folder):
    full = {"account": "acme", "stream": "st-9", "campaign": "cd-2", "name": "Due", "channel": "voice"}
    full |= {"tags": ["a", "b"], "window": ["08:00-09:00 UTC"]}
    one, two = load(folder, {"bot": "billing", "campaign": "cd-1", "tags": "x; y"}, "", full).campaigns
    assert (one.bot, one.campaign, one.tags, str(one.position)) == (
        "billing",
        "cd-1",
        ("x", "y"),
        "a.jsonl:1:1",
    )
    assert (two.stream, two.channel, two.name, two.tags) == ("st-9", "voice", "Due", ("a", "b"))
    assert two.window[0].start == 480
    assert two.position.line == 3


@pytest.mark.parametrize(("written", "expected"), [("123456789012", "123456789012"), ("1.50", "1.50")])
def test_numbers_stay_as_they_are_written(folder, written, expected):
    (entry,) = load(folder, f'{{"bot": "billing", "campaign": {written}}}').campaigns
    assert entry.campaign == expected


def test_a_byte_order_mark_and_nulls_are_no_trouble(folder):
    (entry,) = load(folder, '\ufeff{"bot": "billing", "campaign": "cd-1", "name": null}').campaigns
    assert entry.name is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "a.jsonl:1:2: the line is not a JSON object: Expecting property name"),
        ("[1]", "a.jsonl:1:1: expected an object such as"),
        ('{"bot": "billing"}', "a.jsonl:1:1: missing key 'campaign'"),
        ('{"campaign": "cd-1"}', "missing key 'bot', or 'account' and 'stream'"),
        ('{"bot": "billing", "campain": "cd-1"}', "unknown key 'campain'; did you mean 'campaign'?"),
        ('{"bot": "billing", "campaign": "a b"}', "campaign: an id must not hold white space"),
        ('{"bot": "billing", "campaign": {"id": 1}}', "campaign: expected text, got {"),
        ('{"bot": "billing", "campaign": true}', "campaign: expected text, got true"),
        ('{"bot": "billing", "stream": "s", "campaign": "c"}', "stream beside bot"),
        ('{"bot": "biling", "campaign": "c"}', "unknown bot 'biling'; did you mean 'billing'?"),
        ('{"bot": "billing", "campaign": "c", "campaign": "d"}', "key 'campaign' stands twice"),
        ("[" * 5000, "the line is not a JSON object"),
    ],
)
def test_every_problem_has_its_place_and_a_sentence(folder, line, told):
    assert any(told in problem for problem in problems(folder, line))


def test_the_same_launch_twice_is_a_problem_and_so_is_an_empty_file(folder):
    line = {"bot": "billing", "campaign": "cd-1"}
    assert "the same launch as in a.jsonl:1:1" in problems(folder, line, line)[0]
    with pytest.raises(ManifestError, match="the file is empty"):
        folder.load(LISTED, a_jsonl="")


def test_all_problems_are_told_at_once(folder):
    assert len(problems(folder, "{", '{"bot": "billing"}', "[]")) == 3
