"""Nineteen ways of a server to fail: the right result each, and nothing is ever started twice."""

import pytest
from fault_audit import audit, events_of

DOWN = "status-down"
FAULTS = {
    "503-before": ("started", 1),
    "503-after": ("started", 1),
    "500-before": ("started", 1),
    "502-after": ("started", 1),
    "reset-before": ("started", 1),
    "reset-after": ("started", 1),
    "close-before": ("started", 1),
    "hang-after": ("started", 1),
    "truncated-after": ("started", 1),
    "garbage-after": ("started", 1),
    "empty-before": ("started", 1),
    "404": ("rejected", 0),
    "400": ("rejected", 0),
    "403": ("rejected", 0),
    "401": ("started", 1),
    "409": ("rejected", 0),
    "redirect": ("rejected", 0),
    "failed": ("rejected", 0),
    DOWN: ("unknown", 1),
}
"""What the first start of a campaign meets, where its launch ends, how often it really started."""
MORE = {
    "close-after": ("started", 1),
    "hang-before": ("started", 1),
    "cut-before": ("started", 1),
    "cut-after": ("started", 1),
    "truncated-before": ("started", 1),
    "garbage-before": ("started", 1),
    "empty-after": ("started", 1),
    "throttled": ("started", 1),
}
CODES = {"started": 0, "rejected": 1, "unknown": 3}


def arm(server, faults):
    for fault in faults:
        if fault == DOWN:
            server.unreadable.add(fault)
            server.faults[fault] = ["reset-after"]
        else:
            server.faults[fault] = [fault]


def real_starts(server, faults):
    return {fault: server.starts[fault] for fault in faults}


def test_nineteen_faults_in_one_run_end_as_they_should_and_nothing_starts_twice(
    launchers, serve, write_manifest
):
    server = serve()
    arm(server, FAULTS)
    done = launchers.run("run", write_manifest(server.url, FAULTS.keys()), "--yes", "--json", "--key", "k")
    assert len(FAULTS) == 19
    assert done.results == {fault: result for fault, (result, _) in FAULTS.items()}
    assert real_starts(server, FAULTS) == {fault: starts for fault, (_, starts) in FAULTS.items()}
    assert done.code == 3, "one is unknown"
    assert sum(done.report["totals"].values()) == 2 * len(FAULTS)
    assert server.redirects_followed == 0
    assert events_of(launchers.journal, "k")[-1].exit_code == 3
    audit(launchers.journal, server)


@pytest.fixture
def alone(launchers, serve, write_manifest):
    """Run one campaign each, all at the same time, every one with a journal of its own."""

    def run(faults):
        server = serve()
        arm(server, faults)
        settings = {"retry": {"backoff": "20ms..50ms"}}
        running = {}
        for fault in faults:
            manifest = write_manifest(
                server.url, [fault], name=f"{fault}.yaml", settings=settings, budget="40/1s"
            )
            journal = launchers.folder / f"{fault}.sqlite3"
            running[fault] = launchers.start("run", manifest, "--yes", "--json", "--journal", journal)
        for fault, launched in running.items():
            assert "Traceback" not in launched.wait().err, fault
        for fault in faults:
            audit(launchers.folder / f"{fault}.sqlite3", server)
        return server, running

    return run


@pytest.mark.parametrize("faults", [FAULTS, MORE], ids=["the nineteen", "more"])
def test_each_fault_alone_ends_as_it_should_with_its_exit_code(alone, faults):
    server, runs = alone(faults)
    ended = {fault: (each.results[fault], server.starts[fault]) for fault, each in runs.items()}
    assert ended == faults
    assert {fault: each.code for fault, each in runs.items()} == {
        fault: CODES[result] for fault, (result, _) in faults.items()
    }


def test_what_stayed_unknown_is_settled_by_the_next_run_and_not_started_again(
    launchers, serve, write_manifest
):
    server = serve()
    arm(server, [DOWN])
    manifest = write_manifest(server.url, [DOWN])
    command = ("run", manifest, "--yes", "--json", "--key", "k")
    first = launchers.run(*command)
    assert (first.code, first.results) == (3, {DOWN: "unknown"})
    row = first.report["campaigns"][0]
    assert row["first_sent_at"]
    assert row["reason"]
    again = launchers.run(*command)
    assert (again.code, again.results) == (3, {DOWN: "unknown"}), "its state still cannot be read"
    server.unreadable.clear()
    last = launchers.run(*command)
    assert (last.code, last.results) == (0, {DOWN: "started"})
    assert last.report["campaigns"][0]["first_sent_at"] == row["first_sent_at"]
    assert server.plays == {DOWN: 1}
    audit(launchers.journal, server)
