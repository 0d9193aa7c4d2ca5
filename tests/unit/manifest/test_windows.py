"""Send windows and holidays as a manifest writes them."""

import sys
from datetime import date

import pytest

from launcher.errors import ManifestError
from launcher.manifest.model import Window
from launcher.manifest.values import Complaint
from launcher.manifest.windows import all_holidays, holiday, window, windows

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri 09:00-20:00 Europe/Berlin", Window(frozenset(range(5)), 540, 1200, BERLIN)),
        ("mon,WED 9:00 - 20:30 Europe/Berlin", Window(frozenset({0, 2}), 540, 1230, BERLIN)),
        ("Fri-Mon 22:00-06:00 Europe/Berlin", Window(frozenset({4, 5, 6, 0}), 1320, 360, BERLIN)),
        ("00:00-24:00 Europe/Berlin", Window(frozenset(range(7)), 0, 1440, BERLIN)),
        ("daily 08:00-09:00 Europe/Berlin", Window(frozenset(range(7)), 480, 540, BERLIN)),
    ],
)
def test_windows(text, expected):
    assert window(text) == expected
    assert windows(f"{text}; {text}") == (expected, expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mon-Fri 09:00-20:00", "name the time zone"),
        ("Mon-Fri 09:00-20:00 Europe/Berln", "unknown time zone 'Europe/Berln'"),
        ("Mon-Fri 09:00-20:00 ../etc/passwd", "unknown time zone"),
        ("Mo-Fr 09:00-20:00 UTC", "expected days such as Mon-Fri"),
        ("25:00-26:00 UTC", "expected a time of day"),
        ("09:60-10:00 UTC", "expected a time of day"),
        ("09:00-09:00 UTC", "a whole day is 00:00-24:00"),
        ("24:00-06:00 UTC", "a day begins at 00:00"),
        ("always", "expected a window such as"),
        ("9-17 UTC", "expected a window such as"),
        ("", "expected a window such as"),
    ],
)
def test_what_is_no_window(text, told):
    with pytest.raises(Complaint, match=told):
        window(text)


def test_holidays_are_dates_or_those_of_a_country(monkeypatch):
    assert all_holidays((date(2026, 12, 25), frozenset({date(2026, 12, 26)}))) == {
        date(2026, 12, 25),
        date(2026, 12, 26),
    }
    assert holiday("2026-12-25") == date(2026, 12, 25)
    assert any((day.month, day.day) == (7, 4) for day in holiday("US"))
    assert holiday("DE-BY") > holiday("DE")
    for wrong in ("12/25/2026", "XX", "US-XX", "Christmas"):
        with pytest.raises(Complaint):
            holiday(wrong)
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(Complaint, match="need the extra 'holidays'"):
        holiday("US")


MANIFEST = """\
version: 1
settings: {window: "Mon-Fri 09:00-20:00 UTC", holidays: [2026-12-25], late: skip}
accounts:
  acme: {id: a, host: 'https://h.example', client_id: c, client_secret: '${X}', window: [08:00-09:00 UTC]}
campaigns:
  - {account: acme, stream: s, campaign: c1, window: "Sat 10:00-11:00 UTC; Sun 10:00-11:00 UTC"}
  - {account: acme, stream: s, campaign: c2}
  - from: list.csv
"""


def test_windows_stand_in_settings_accounts_campaigns_and_lists(folder):
    (folder.path / "list.csv").write_text("account,stream,campaign,window\nacme,s,c3,Mon 07:00-08:00 UTC\n")
    manifest = folder.load(MANIFEST)
    assert manifest.settings.window == windows("Mon-Fri 09:00-20:00 UTC")
    assert (manifest.settings.holidays, manifest.settings.late) == ({date(2026, 12, 25)}, "skip")
    assert manifest.accounts["acme"].window == windows("08:00-09:00 UTC")
    assert [entry.window for entry in manifest.campaigns] == [
        windows("Sat 10:00-11:00 UTC; Sun 10:00-11:00 UTC"),
        (),
        windows("Mon 07:00-08:00 UTC"),
    ]


def test_a_wrong_window_is_a_problem_of_the_manifest_with_its_place(folder):
    (folder.path / "list.csv").write_text("account,stream,campaign\n")
    with pytest.raises(ManifestError) as caught:
        folder.load(MANIFEST.replace("Mon-Fri 09:00-20:00 UTC", "Mon-Fri 09:00-20:00 Mars/Base"))
    assert "m.yaml:2:" in str(caught.value) or ":2:" in str(caught.value)
    assert "unknown time zone 'Mars/Base'" in str(caught.value)
