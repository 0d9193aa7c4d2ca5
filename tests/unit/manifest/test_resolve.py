import pytest

from launcher.manifest.model import CampaignEntry, Position

DEFAULTS = "defaults: {account: acme, bot: billing, channel: voice}\n"


def test_a_campaign_names_a_bot_or_an_account_and_a_stream(folder):
    campaigns = folder.campaigns(
        "- {bot: billing, campaign: c1, name: Due, tags: [a, b], channel: voice}\n"
        "- {account: acme, stream: st-2, campaign: c2}\n"
    )
    assert campaigns == (
        CampaignEntry("acme", "billing", "st-1", "c1", "voice", "Due", ("a", "b"), Position("m.yaml", 11, 3)),
        CampaignEntry("acme", None, "st-2", "c2", "sms", None, (), Position("m.yaml", 12, 3)),
    )


def test_defaults_fill_in_what_is_left_out(folder, head):
    manifest = folder.load(
        head
        + DEFAULTS
        + "campaigns: [{campaign: c1}, {stream: st-2, campaign: c2}, {campaign: c3, channel: sms}]\n"
    )
    assert [(one.account, one.bot, one.stream, one.campaign, one.channel) for one in manifest.campaigns] == [
        ("acme", "billing", "st-1", "c1", "voice"),
        ("acme", None, "st-2", "c2", "voice"),
        ("acme", "billing", "st-1", "c3", "sms"),
    ]


def test_campaigns_may_stand_before_what_they_name(folder, head):
    text = "campaigns:\n- {bot: billing, campaign: c1}\n- {bot: bill, campaign: c2}\n"
    assert folder.problems(text + head) == ["m.yaml:3:9: unknown bot 'bill'; did you mean 'billing'?"]
    assert len(folder.load(text.replace("bill,", "billing,") + head).campaigns) == 2


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{bot: biling, campaign: c}", "1:9: unknown bot 'biling'; did you mean 'billing'?"),
        ("{account: amce, stream: s, campaign: c}", "1:13: unknown account 'amce'; did you mean 'acme'?"),
        (
            "{account: acme, campaign: c}",
            "1:3: missing key 'stream': an account alone does not say which bot",
        ),
        (
            "{acount: acme, stream: s, campaign: c}",
            "1:4: unknown key 'acount' in campaigns[0]; did you mean 'account'?",
        ),
        ("{stream: s, campaign: c}", "1:3: missing key 'account', and defaults.account is not set"),
        ("{campaign: c}", "1:3: missing key 'bot', or 'account' and 'stream'"),
        (
            "{bot: billing, stream: s, campaign: c}",
            "1:18: campaigns[0]: stream beside bot: give 'bot', or 'account' and 'stream'",
        ),
        (
            "{bot: billing, account: acme, campaign: c}",
            "1:18: campaigns[0]: account beside bot: give 'bot', or 'account' and 'stream'",
        ),
        ("{bot: billing}", "1:3: missing key 'campaign' in campaigns[0]"),
        (
            "{bot: billing, campain: c}",
            "1:18: unknown key 'campain' in campaigns[0]; did you mean 'campaign'?",
        ),
        ("{bto: billing, campaign: c}", "1:4: unknown key 'bto' in campaigns[0]; did you mean 'bot'?"),
        (
            "{bot: [x], campaign: c}",
            (
                "1:9: campaigns[0].bot: expected one value (name), got a list; "
                "did you mean 'x', without brackets?"
            ),
        ),
        ("{bot: billing, campaign: a/b}", "1:28: campaigns[0].campaign: an id must not hold '/', got 'a/b'"),
        (
            "{bot: billing, campaign: c, channel: fax}",
            "1:40: campaigns[0].channel: expected sms or voice, got 'fax'",
        ),
        ("text", "1:3: campaigns[0]: expected a mapping, got text"),
        ("", "1:2: missing key 'campaign' in campaigns[0]"),
    ],
)
def test_a_campaign_with_a_mistake_is_told_once(folder, entry, message):
    assert folder.problems_of_campaigns(f"- {entry}\n") == [message]


def test_several_mistakes_of_one_campaign_are_all_told(folder):
    assert folder.problems_of_campaigns("- {bot: biling, campaign: a/b, tags: x}\n") == [
        "1:9: unknown bot 'biling'; did you mean 'billing'?",
        "1:27: campaigns[0].campaign: an id must not hold '/', got 'a/b'",
        "1:38: campaigns[0].tags: expected a list, got text; put it in brackets, with commas: [a, b]",
    ]


@pytest.mark.parametrize(
    "again",
    [
        "{bot: billing, campaign: c}",
        "{account: acme, stream: st-1, campaign: c}",
        "{bot: twin, campaign: c, name: Other, tags: [x]}",
        "{bot: billing, campaign: 'c', channel: sms}",
    ],
)
def test_the_same_launch_twice_is_a_problem_whatever_names_it(folder, head, again):
    text = (
        head
        + f"  twin: {{account: acme, stream: st-1}}\ncampaigns:\n- {{bot: billing, campaign: c}}\n- {again}\n"
    )
    assert folder.problems(text) == [
        "m.yaml:13:3: the same launch as in m.yaml:12:3: it would message everybody twice"
    ]


def test_launches_that_differ_in_one_thing_are_two(folder, head):
    text = head.replace(
        "bots:", "  eu: {id: b, host: 'https://eu.example', client_id: c, client_secret: '${X}'}\nbots:"
    )
    campaigns = """\
campaigns:
- {account: acme, stream: s, campaign: c}
- {account: eu, stream: s, campaign: c}
- {account: acme, stream: t, campaign: c}
- {account: acme, stream: s, campaign: d}
- {account: acme, stream: s, campaign: c, channel: voice}
- {account: acme, stream: s, campaign: C}
"""
    assert len(folder.load(text + campaigns).campaigns) == 6


def test_an_account_needs_no_credentials_when_its_bots_have_their_own(folder):
    text = """\
version: 1
accounts: {acme: {id: a, host: 'https://h.example'}}
bots:
  own: {account: acme, stream: s, client_id: c, client_secret: '${X}'}
  none: {account: acme, stream: t}
campaigns:
  - {bot: own, campaign: c1}
"""
    assert folder.load(text).accounts["acme"].credentials is None
    more = """\
  - {bot: none, campaign: c2}
  - {bot: none, campaign: c3}
  - {account: acme, stream: s, campaign: c4}
  - {bot: own, campaign: c5}
"""
    assert folder.problems(text + more) == [
        "m.yaml:8:5: no credentials: neither bot 'none' nor account 'acme' has client_id and client_secret",
        "m.yaml:10:5: no credentials: account 'acme' has no client_id and client_secret",
    ]
