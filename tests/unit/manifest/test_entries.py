from launcher.manifest.entries import Draft, ListDraft, contradiction, names_something, read_entry
from launcher.manifest.nodes import Mapping, Pair, Scalar


def entry(**values):
    pairs = {
        name: Pair(Scalar(name, 5, 3), Scalar(text, 5 + i, 9))
        for i, (name, text) in enumerate(values.items())
    }
    return Mapping(pairs, 5, 3)


def test_a_campaign_becomes_a_draft_that_knows_where_it_and_its_names_stand(context):
    draft = read_entry(0, entry(campaign="c", bot="b", name="n", channel="voice"), context)
    assert draft == Draft("b", None, None, "c", "voice", "n", (), 5, 3, 1, 9)


def test_a_list_becomes_a_draft_of_its_own(context):
    assert read_entry(0, entry(**{"from": "a.csv"}), context) == ListDraft("a.csv", 5, 9)


def test_a_draft_without_campaign_is_left_so_that_its_names_are_checked(context, problems):
    draft = read_entry(0, entry(bot="b", campaign="a/b"), context)
    assert (draft.bot, draft.campaign) == ("b", None)
    assert problems


def test_nothing_is_left_of_an_entry_that_names_nothing_good(context):
    assert read_entry(0, entry(bot="a b", campaign="c"), context) is None
    assert read_entry(0, entry(bto="a", campaign="c"), context) is None
    assert read_entry(0, Scalar("text", 1, 1), context) is None
    assert read_entry(0, entry(**{"from": ""}), context) is None


def test_what_a_bot_says_is_not_said_again():
    assert contradiction({"bot": "b", "stream": "s"}) == "stream"
    assert contradiction({"bot": "b", "account": "a", "stream": "s"}) == "account"
    assert contradiction({"bot": "b"}) is None
    assert contradiction({"account": "a", "stream": "s"}) is None


def test_an_account_alone_names_nothing():
    assert names_something({"bot": "b"})
    assert names_something({"stream": "s"})
    assert not names_something({"account": "a"})
