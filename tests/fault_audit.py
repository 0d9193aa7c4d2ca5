"""What must hold after every fault: the server's books beside the journal's."""

import re
from collections import Counter

from fault_process import SECRET

from launcher.journal.check import check
from launcher.journal.events import AttemptIntended, AttemptWithdrawn, LaunchPlanned
from launcher.journal.store import Journal

TOKEN = re.compile(rb"(?i)\r\nauth: (\S{20,})\r\n")


def audit(journal, server):
    """Nothing started twice, nothing sent without an intent, a legal history, no secret in any file."""
    assert server.double_starts == {}
    with Journal.open(journal, must_exist=True) as opened:
        assert check(opened) == []
    intents, plays = intents_of(journal), server.plays
    # A server may have other clients, whose campaigns this journal does not know.
    assert {each: plays[each] for each, intended in intents.items() if plays[each] > intended} == {}
    secretive(journal.parent, server)


def intents_of(journal):
    """By campaign, how many starts may have been sent, of all runs together."""
    intents = Counter()
    with Journal.open(journal, must_exist=True) as opened:
        for run in opened.runs():
            campaigns = {}
            for event in opened.events(run.key):
                match event:
                    case LaunchPlanned():
                        campaigns[event.launch] = event.identity.campaign_id
                        intents[event.identity.campaign_id] += 0
                    case AttemptIntended():
                        intents[campaigns[event.launch]] += 1
                    case AttemptWithdrawn():
                        intents[campaigns[event.launch]] -= 1
    return intents


def secretive(folder, server):
    """Neither the secret nor a token made from it stands in any file of the folder."""
    with server.lock:
        hidden = {SECRET.encode()} | {TOKEN.search(seen.head)[1] for seen in server.seen}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(text in content for text in hidden), path


def events_of(journal, key):
    """The events of a run."""
    with Journal.open(journal, must_exist=True) as opened:
        return list(opened.events(key))
