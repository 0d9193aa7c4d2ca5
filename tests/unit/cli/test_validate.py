import pytest

HEAD = """\
version: 1
accounts: {a: {id: a1, host: 'http://127.0.0.1:9', client_id: cs-1, client_secret: '${S}'}}
"""


@pytest.mark.parametrize(("count", "told"), [(1, "1 campaign, 1 account"), (2, "2 campaigns, 1 account")])
def test_what_was_checked_is_counted_in_proper_words(launcher, tmp_path, count, told):
    campaigns = [f"- {{account: a, stream: st-1, campaign: cd-{number}}}\n" for number in range(count)]
    (tmp_path / "m.yaml").write_text(HEAD + "campaigns:\n" + "".join(campaigns))
    done = launcher("validate", "m.yaml")
    assert (done.code, done.out) == (0, f"m.yaml: valid; {told}\n")
