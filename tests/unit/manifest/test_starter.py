"""The first manifest is valid whatever the answers are."""

from hypothesis import given
from hypothesis import strategies as st

from launcher.manifest.kinds import CLAIM, ID, LABEL
from launcher.manifest.load import load_manifest
from launcher.manifest.starter import Answers, starter
from launcher.manifest.values import Complaint


def accepted(kind):
    def accepts(text):
        try:
            return kind.parse(text) == text
        except Complaint:
            return False

    return accepts


ids = st.from_regex(r"[!$'()*+,.0-9:;=@A-Z_a-z~-]{1,20}", fullmatch=True).filter(accepted(ID))
answers = st.builds(
    Answers,
    account=st.text(min_size=1, max_size=20).filter(accepted(LABEL)),
    account_id=ids,
    host=st.sampled_from(["https://platform.kore.ai", "http://127.0.0.1:8080/base", "https://[::1]:1/a~b"]),
    stream=ids,
    client_id=st.text(min_size=1, max_size=20).filter(accepted(CLAIM)),
    secret_env=st.just("THE_SECRET"),
    campaigns=st.lists(ids, min_size=1, max_size=3, unique=True).map(tuple),
    lists=st.just(()),
    channel=st.sampled_from(["sms", "voice"]),
)


@given(answers)
def test_every_answer_comes_back_as_it_was_given(tmp_path_factory, answers):
    path = tmp_path_factory.mktemp("starter") / "m.yaml"
    path.write_text(starter(answers, "m.yaml"), encoding="utf-8")
    manifest = load_manifest(path)
    account = manifest.accounts[answers.account]
    assert (account.id, account.host) == (answers.account_id, answers.host)
    assert account.credentials.client_id == answers.client_id
    assert [entry.campaign for entry in manifest.campaigns] == list(answers.campaigns)
    assert {(entry.stream, entry.channel) for entry in manifest.campaigns} == {
        (answers.stream, answers.channel)
    }


def test_words_that_yaml_reads_as_something_else_are_quoted():
    text = starter(Answers("null", "010", "https://h", "yes", "~", "S", ("1e3",), ("a, b.csv",)), "m.yaml")
    for quoted in ('"null"', '"010"', '"yes"', '"~"', '"1e3"', '"a, b.csv"'):
        assert quoted in text
