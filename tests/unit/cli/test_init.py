"""`launcher init`: the shortest way to a manifest of one's own."""

import contextlib
import os
import pty
import subprocess
import sys

import pytest

from launcher.manifest.load import load_manifest

REQUIRED = ("--account-id", "67777ce93e25326494e9aaaa", "--stream", "st-1", "--client-id", "cs-1")
CAMPAIGN = ("--campaign", "cd-1")


def without(option):
    at = REQUIRED.index(option)
    return REQUIRED[:at] + REQUIRED[at + 2 :]


def test_options_alone_make_a_manifest_that_validates_rehearses_and_plans(launcher, tmp_path):
    done = launcher("init", *REQUIRED, *CAMPAIGN, "--campaign", "cd-2", "--account", "acme")
    assert done.code == 0, done.err
    commands = [line.split("  ")[1].split()[1:] for line in done.out.splitlines() if "  launcher" in line]
    assert [command[0] for command in commands] == ["validate", "run", "plan"]
    for command in commands:  # in processes of their own: a run sets up logging for good
        line = [sys.executable, "-m", "launcher", *command]
        assert subprocess.run(line, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert "ACME_CLIENT_SECRET" in done.err


def test_a_file_that_is_there_stays_as_it_is(launcher, tmp_path):
    (tmp_path / "campaigns.yaml").write_text("mine")
    done = launcher("init", *REQUIRED, *CAMPAIGN)
    assert done.code == 5
    assert "is there already" in done.err
    assert (tmp_path / "campaigns.yaml").read_text() == "mine"


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(launcher, tmp_path):
    (tmp_path / "campaigns.yaml").symlink_to(tmp_path / "elsewhere")
    assert launcher("init", *REQUIRED, *CAMPAIGN).code == 5
    assert not (tmp_path / "elsewhere").exists()


def test_off_a_terminal_every_missing_answer_is_named_at_once(launcher, tmp_path):
    done = launcher("init")
    assert done.code == 2
    for option in ("--account-id", "--stream", "--client-id", "--campaign"):
        assert option in done.err
    assert list(tmp_path.glob("*.yaml")) == []


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--account", "a b", "white space"),
        ("--account-id", "{id}", "template"),
        ("--host", "platform.kore.ai", "https://"),
        ("--host", "http://platform.kore.ai", "plain http"),
        ("--client-id", "$ID", "only client_secret"),
        ("--campaign", "cd/1", "must not hold '/'"),
        ("--csv", "none.csv", "there is no file 'none.csv'"),
    ],
)
def test_a_wrong_answer_is_a_sentence_that_names_its_option(launcher, tmp_path, option, value, said):
    given = without(option) if option in REQUIRED else REQUIRED
    done = launcher("init", *given, *CAMPAIGN, option, value)
    assert done.code == 2
    assert said in done.err
    assert option in done.err
    assert not (tmp_path / "campaigns.yaml").exists()


def test_a_secret_given_for_its_variables_name_is_not_repeated(launcher, tmp_path):
    done = launcher("init", *REQUIRED, *CAMPAIGN, "--secret-env", "pass-word/42")
    assert done.code == 2
    assert "pass-word" not in done.out + done.err
    assert not (tmp_path / "campaigns.yaml").exists()


def test_a_list_is_named_relative_to_the_manifest(launcher, tmp_path):
    (tmp_path / "tonight.csv").write_text("campaign,name\ncd-1,One\ncd-2,Two\n")
    (tmp_path / "sub").mkdir()
    done = launcher("init", "sub/m.yaml", *REQUIRED, "--csv", "tonight.csv")
    assert done.code == 0, done.err
    assert [one.campaign for one in load_manifest(tmp_path / "sub/m.yaml").campaigns] == ["cd-1", "cd-2"]


def test_a_list_that_does_not_fit_leaves_no_manifest_behind(launcher, tmp_path):
    (tmp_path / "tonight.csv").write_text("campaign,bot\ncd-1,nobody\n")
    done = launcher("init", *REQUIRED, "--csv", "tonight.csv")
    assert done.code == 2
    assert "tonight.csv:2:" in done.err
    assert not (tmp_path / "campaigns.yaml").exists()


@pytest.mark.parametrize("file", ["-", "nowhere/m.yaml"])
def test_a_place_where_nothing_can_be_written_is_a_sentence(launcher, file):
    done = launcher("init", file, *REQUIRED, *CAMPAIGN)
    assert done.code == 2
    assert "Traceback" not in done.err


def on_a_terminal(folder, typed, *arguments):
    """Type on a pseudo-terminal; what it showed and the exit code."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "launcher", "init", *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while chunk := os.read(ours, 4096):
                shown += chunk
    os.close(ours)
    return process.returncode, shown.decode()


def test_on_a_terminal_it_asks_again_until_the_answer_can_be(tmp_path):
    typed = "acme\nno id\n67777ce93e25326494e9aaaa\n\nst-1\ncs-1\n\ncd-1 cd-2\n"
    code, shown = on_a_terminal(tmp_path, typed)
    assert code == 0, shown
    assert "an id must not hold white space" in shown
    manifest = load_manifest(tmp_path / "campaigns.yaml")
    assert manifest.accounts["acme"].host == "https://platform.kore.ai"
    assert len(manifest.campaigns) == 2
    assert "${ACME_CLIENT_SECRET}" in (tmp_path / "campaigns.yaml").read_text()


def test_on_a_terminal_it_asks_only_for_what_no_option_gave(tmp_path):
    code, shown = on_a_terminal(
        tmp_path,
        "\n\n",
        *without("--stream"),
        "--stream",
        "st-1",
        *CAMPAIGN,
        "--host",
        "http://127.0.0.1:8080",
    )
    assert code == 0, shown
    assert "Stream" not in shown
    assert "Host" not in shown


def test_answers_that_end_early_write_nothing(tmp_path):
    code, shown = on_a_terminal(tmp_path, "acme\n\x04")
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert "nothing was written" in shown


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--account-id", "st-0603182c", "'st-0603182c' is the id of a stream, not of an account"),
        ("--account-id", "CS-1", "'CS-1' is the id of a client, not of an account"),
        ("--stream", "cd-1", "'cd-1' is the id of a campaign, not of a stream"),
        ("--client-id", "st-1", "'st-1' is the id of a stream, not of a client"),
        ("--campaign", "cid-1", "'cid-1' is the id of a campaign's run, not of a campaign"),
    ],
)
def test_the_id_of_something_else_is_refused(launcher, tmp_path, option, value, told):
    done = (
        launcher("init", *without(option), *CAMPAIGN, option, value)
        if option in REQUIRED
        else launcher("init", *REQUIRED, option, value)
    )
    assert (done.code, told in done.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "asks"),
    [
        ((), False),
        (("--account-id", "acme"), True),
        (("--account-id", "acme", "--host", "https://kore.example.com"), False),
        (("--account-id", "acme", "--host", "https://de-platform.kore.ai"), True),
    ],
)
def test_an_id_that_the_cloud_would_not_give_is_asked_about(launcher, options, asks):
    done = launcher("init", *REQUIRED, *CAMPAIGN, *options)
    assert done.code == 0
    assert ("24 hexadecimal digits" in done.err) == asks
