"""Who launched it, why, and for which ticket: in the journal and in the report."""

import json

from fault_audit import events_of
from fault_manifest import ids

from launcher.journal.events import RunOpened


def test_the_operators_words_are_in_the_journal_and_in_the_report(launchers, serve, write_manifest):
    server = serve()
    command = ("run", write_manifest(server.url, ids(2)), "--yes", "--key", "k")
    words = ("--reason", "postponed from Friday", "--ticket", "OPS-12")
    done = launchers.run(*command, *words, "--report", "r.json", env={"LAUNCHER_OPERATOR": "ada"})
    assert done.code == 0
    assert "Launched by ada: postponed from Friday [OPS-12]" in done.out
    told = json.loads((launchers.folder / "r.json").read_text())["run"]
    assert (told["operator"], told["reason"], told["ticket"]) == ("ada", "postponed from Friday", "OPS-12")
    opened = next(event for event in events_of(launchers.journal, "k") if isinstance(event, RunOpened))
    assert (opened.operator, opened.reason, opened.ticket) == ("ada", "postponed from Friday", "OPS-12")
    replayed = launchers.run("report", "k", "--json").report["run"]
    assert replayed == told


def test_without_words_the_login_name_is_recorded_and_nothing_is_told(launchers, serve, write_manifest):
    done = launchers.run(
        "run",
        write_manifest(serve().url, ids(1)),
        "--yes",
        "--json",
        env={"LAUNCHER_OPERATOR": "", "LOGNAME": "grace"},
    )
    assert done.report["run"]["operator"] == "grace"
    assert done.report["run"]["reason"] is None
