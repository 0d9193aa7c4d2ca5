import hashlib
import os
import pickle
from pathlib import Path

import pytest

from launcher.errors import LauncherError, ManifestError
from launcher.manifest.load import load_manifest
from launcher.manifest.problems import SHOWN


def test_a_manifest_is_read(folder, one):
    manifest = folder.load(one)
    assert manifest.path == "m.yaml"
    assert list(manifest.accounts) == ["acme"]
    assert list(manifest.bots) == ["billing"]
    assert [entry.campaign for entry in manifest.campaigns] == ["cd-1"]


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_any_kind_of_path_will_do(folder, one, kind):
    folder.write("m.yaml", one)
    assert load_manifest(kind("m.yaml")).path == "m.yaml"


def test_json_is_yaml(folder, one):
    folder.load(one)
    text = (
        '{"version": 1, "accounts": {"acme": {"id": "a", "host": "https://h.example", "client_id": "c",'
        ' "client_secret": "${X}"}}, "campaigns": [{"account": "acme", "stream": "s", "campaign": "c"}]}'
    )
    assert folder.load(text).campaigns[0].campaign == "c"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_usual_encodings_are_read(folder, one, encoding):
    manifest = folder.load(one.replace("cd-1}", "cd-1, name: Grüße}").encode(encoding))
    assert manifest.campaigns[0].name == "Grüße"


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_is_read(folder, one, newline):
    assert folder.load(one.replace("\n", newline)).campaigns[0].position.line == 11


def test_ids_stay_as_they_are_written(folder):
    ids = ["0123", "12:30:45", "1e5", "no", "null", "~", "1_000", "0x1F", "2024-01-01", "1.50", "+1", ".5"]
    campaigns = folder.campaigns("".join(f"- {{bot: billing, campaign: {one}}}\n" for one in ids))
    assert [entry.campaign for entry in campaigns] == ids


def test_secrets_are_not_read(folder, one, monkeypatch):
    monkeypatch.delenv("ACME_CLIENT_SECRET", raising=False)
    manifest = folder.load(one.replace("${ACME_CLIENT_SECRET}", "{command: [touch, ran]}"))
    assert not (folder.path / "ran").exists()
    with pytest.raises(LauncherError):
        manifest.accounts["acme"].credentials.client_secret.reveal()
    assert (folder.path / "ran").exists()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("nightly.yaml", "nightly"),
        ("campaigns.yaml.example", "campaigns"),
        ("eu.nightly.yml", "eu.nightly"),
        ("n.json", "n"),
        ("list of tonight.yaml", "list-of-tonight"),
        ("Grüße.yaml", "Gr-e"),
        (".yaml", "manifest"),
        ("ü.yaml", "manifest"),
        ("plain", "plain"),
        ("my.yamlist", "my.yamlist"),
    ],
)
def test_the_name_comes_from_the_file_unless_it_is_given(folder, one, file, name):
    assert load_manifest(folder.write(file, one)).name == name
    assert load_manifest(folder.write(file, one + "name: given\n")).name == "given"


def test_the_checksum_is_of_the_manifest_and_its_lists(folder, one):
    plain = folder.load(one)
    assert plain.sha256 == hashlib.sha256(one.encode()).hexdigest()
    text, csv = one + "  - from: a.csv\n", "bot,campaign\nbilling,c\n"
    assert folder.load(text, a_csv=csv).sha256 == hashlib.sha256((text + csv).encode()).hexdigest()
    assert folder.load(text, a_csv=csv + "billing,d\n").sha256 != folder.load(text, a_csv=csv).sha256


def test_loading_twice_gives_equal_manifests(folder, one):
    assert folder.load(one) == folder.load(one)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1:1: the file is empty: a manifest has version, accounts and campaigns"),
        (b"# nothing\n", "1:1: the file holds only comments: a manifest has version, accounts and campaigns"),
        (b"hello\n", "1:1: a manifest is a mapping with version, accounts and campaigns"),
        (b"a: b\n\xff\n", "2:1: byte 0xff is not UTF-8: save the file as UTF-8"),
        (b"\x7fELF\x02\x01\x00\x00", "1:7: the file is binary, not a manifest"),
        (b"a: " + b"[" * 3000, "1:23: nested deeper than 20 levels: a manifest needs five"),
        (b"\ta: b\n", "1:1: a tab cannot indent or separate here: use spaces"),
        (b"a: !!python/object/apply:os.system ['touch ran']\n", None),
    ],
)
def test_what_is_no_manifest_is_told(folder, content, message):
    lines = folder.problems(content)
    assert lines[0] == f"m.yaml:{message}" if message else any("is not allowed" in line for line in lines)
    assert not (folder.path / "ran").exists()


def test_a_mapping_without_anything_is_told_all_that_is_missing(folder):
    assert folder.problems("{}\n") == [
        "m.yaml:1:1: missing key 'version' in the manifest",
        "m.yaml:1:1: missing key 'accounts' in the manifest",
        "m.yaml:1:1: missing key 'campaigns' in the manifest",
    ]


@pytest.mark.parametrize(
    ("campaigns", "message"),
    [
        ("campaigns: []", "10:12: campaigns: is empty; list a campaign, or draw a list in with 'from'"),
        ("campaigns:", "10:1: campaigns: expected a list, got nothing"),
        ("campaigns: {a: b}", "10:12: campaigns: expected a list, got a mapping"),
        ("campaigns: a", "10:12: campaigns: expected a list, got text"),
    ],
)
def test_campaigns_are_a_list_with_something_in_it(folder, head, campaigns, message):
    assert folder.problems(head + campaigns + "\n") == [f"m.yaml:{message}"]


def test_the_example_of_the_design_is_told_word_for_word(folder):
    lines = folder.problems_of_campaigns(
        "- {bot: billing, campaign: c}\n" * 3 + "- {bot: billing, campain: x}\n"
    )
    assert lines[-1] == "4:18: unknown key 'campain' in campaigns[3]; did you mean 'campaign'?"


def test_problems_are_told_up_to_the_place_where_the_text_breaks(folder, one):
    lines = folder.problems(
        one + "  - {bot: billing, campaign: a/b}\n  - {bot: biling, campaign: c}\n  - [\n"
    )
    assert [line.split(": ", 1)[0] for line in lines] == ["m.yaml:12:30", "m.yaml:14:6"]


def test_a_flood_of_problems_is_cut_and_counted(folder):
    lines = folder.problems_of_campaigns("- {bot: nobody, campaign: c}\n" * 250)
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "101:9: and 150 more problems from here on"


def test_merges_and_aliases_work_where_people_use_them(folder, head):
    text = head + "x: &common {bot: billing, tags: [night]}\ncampaigns:\n- {<<: *common, campaign: c1}\n"
    assert folder.problems(text) == ["m.yaml:10:1: unknown key 'x' in the manifest"]
    text = (
        head
        + "campaigns:\n- &one {bot: billing, tags: &t [night], campaign: c1}\n- {<<: *one, campaign: c2}\n"
    )
    campaigns = folder.load(text + "- {bot: billing, campaign: c3, tags: *t}\n").campaigns
    assert [(one.campaign, one.tags) for one in campaigns] == [(f"c{i}", ("night",)) for i in (1, 2, 3)]


def test_an_alias_of_a_whole_campaign_is_the_same_launch_twice(folder):
    assert folder.problems_of_campaigns("- &a {bot: billing, campaign: c}\n- *a\n") == [
        "2:3: the same launch as in m.yaml:11:3: it would message everybody twice"
    ]


def test_an_unusual_file_name_stays_on_one_line(folder):
    name = folder.write("a\nb\x1b[31m.yaml", "{")
    with pytest.raises(ManifestError) as caught:
        load_manifest(name)
    assert str(caught.value).startswith(r"a\nb\x1b[31m.yaml:1:2: ")


def test_a_missing_manifest_is_a_problem_like_any_other(folder):
    with pytest.raises(ManifestError) as caught:
        load_manifest("nope.yaml")
    assert str(caught.value) == "nope.yaml:1:1: the file does not exist"
    assert caught.value.__cause__ is None


def test_a_manifest_with_secrets_cannot_be_pickled(folder, one):
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(folder.load(one))


def test_no_message_repeats_a_secret_whatever_is_wrong_around_it(folder):
    text = """\
version: 1
accounts:
  acme: {id: a, host: 'https://me:canary@h.example', client_id: c, client_secret: canary}
  beta: {id: b, host: 'canary', client_id: c, client_secret: [canary]}
  gamma: {id: c, host: 'https://h.example', client_id: c, client_secret: {canary: x}}
  delta: canary
bots:
  one: {account: acme, stream: s, client_id: c, client_secret: '${canary'}
  two: {account: acme, stream: s, client_id: c, client_secret: {command: canary}}
campaigns: [{bot: one, campaign: c}]
"""
    lines = folder.problems(text)
    assert len(lines) == 8
    assert "canary" not in "\n".join(lines)
