"""`launcher plan` and `run --dry-run`: the forecast begins now, with windows and waves."""

import json
import time

import pytest

MANIFEST = """\
version: 1
name: nightly
settings: {window: "%s", waves: [1, rest], soak: 90s}
accounts:
  acme: {id: a1, host: "https://host.invalid", client_id: cs-1, client_secret: {command: [echo, s]}}
campaigns:
  - {account: acme, stream: st-1, campaign: cd-1}
  - {account: acme, stream: st-1, campaign: cd-2}
"""
HOUR = 3600.0


@pytest.mark.parametrize("verb", [("plan",), ("run", "--dry-run")], ids=" ".join)
def test_a_closed_window_is_waited_for_from_now_on(launcher, tmp_path, verb):
    opens = int(time.time() // HOUR + 2) * HOUR
    window = time.strftime("daily %H:00-%H:30 UTC", time.gmtime(opens))
    (tmp_path / "m.yaml").write_text(MANIFEST % window)

    before = time.time()
    told = json.loads(launcher(*verb, "m.yaml", "--json").out)

    begins = [wave["begins"] for wave in told["waves"]]
    assert opens - time.time() - 1 <= begins[0] <= opens - before + 1
    assert begins[1] - begins[0] == pytest.approx(90.6, abs=0.01)
    assert told["accounts"][0]["windows_missed"][0]["opens_at"] == time.strftime(
        "%Y-%m-%dT%H:00:00.000Z", time.gmtime(opens)
    )


def test_the_table_says_until_when_it_waits(launcher, tmp_path):
    window = time.strftime("daily %H:00-%H:30 Etc/UTC", time.gmtime(time.time() + 2 * HOUR))
    (tmp_path / "m.yaml").write_text(MANIFEST % window)

    text = " ".join(launcher("plan", "m.yaml").out.split())

    assert "1 of 2 launches find their send window closed when it is their turn; the last wait until" in text
    assert "(Etc/UTC)" in text
    assert "between two waves: 1 min 30 s of soak" in text
