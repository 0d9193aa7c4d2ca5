import json

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


TWO_HOSTS = """\
version: 1
accounts:
  a: {id: a1, host: 'http://127.0.0.1:9', client_id: cs-1, client_secret: '${S}'}
  b: {id: a1, host: 'http://localhost:9', client_id: cs-1, client_secret: '${S}'}
campaigns:
- {account: a, stream: st-1, campaign: cd-1}
- {account: b, stream: st-1, campaign: cd-1}
"""


@pytest.mark.parametrize("words", [["validate"], ["plan"], ["run", "--dry-run"]])
def test_one_account_under_two_hosts_is_a_warning(launcher, tmp_path, words):
    (tmp_path / "m.yaml").write_text(TWO_HOSTS)
    done = launcher(*words, "m.yaml")
    assert done.code == 0
    assert "warning: the same account id under 2 hosts: 'a' on http://127.0.0.1:9, 'b' on" in done.err


def test_warnings_are_in_the_json(launcher, tmp_path):
    (tmp_path / "m.yaml").write_text(TWO_HOSTS)
    told = json.loads(launcher("validate", "m.yaml", "--json").out)
    assert told["valid"] is True
    assert len(told["warnings"]) == 1
