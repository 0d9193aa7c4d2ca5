"""What to do about a launch that did not start, and what to do next. Pure.

Reasons are sentences of the launcher or of the server, so the rules look for words; the first that fits wins,
and each result has a last word of its own. What is behind a refusal is taken from Kore.ai's pages on JWT
apps, campaigns and rate limits, and from answers in its community (code 4002).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from launcher.outcome import HOLDS, NOTHING_TO_SEE, STOPPED, Result


@dataclass(frozen=True, slots=True)
class Rule:
    """`advice` for a launch whose result, status and reason all fit; an empty condition fits everything."""

    advice: str
    results: tuple[Result, ...] = ()
    statuses: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    """One of these stands in the reason; lower case."""

    def fits(self, result: Result, reason: str, status: int | None) -> bool:
        """Whether this rule is about such a launch; `reason` in lower case."""
        return (
            (not self.results or result in self.results)
            and (not self.statuses or status in self.statuses)
            and (not self.words or any(word in reason for word in self.words))
        )


_NOTHING_SENT = (Result.FAILED, Result.NOT_ATTEMPTED)
_SAID_NO = (Result.REJECTED, Result.FAILED)

RULES: tuple[Rule, ...] = (
    Rule(
        "It may have started. Look it up in the Kore.ai console, or run `launcher reconcile` with its key: "
        "that reads its state and starts nothing.",
        (Result.UNKNOWN,),
        words=("on_unknown is hold",),
    ),
    Rule(
        "It may have started. Run the same key again, or `launcher reconcile` with it if the run was stopped"
        ": that reads its state and sends nothing before it is proven that nothing started. Or look it up in "
        "the Kore.ai console.",
        (Result.UNKNOWN,),
    ),
    Rule("It was running before this run touched it; nothing to do.", (Result.ALREADY_ACTIVE,)),
    Rule(
        "Nothing was sent for these: mend the refused credentials, then run the same key again.",
        (Result.NOT_ATTEMPTED,),
        words=("credentials",),
    ),
    Rule(
        "Nothing of the wave before them was started: its launches say why. When it may be sent, run the "
        "same key again; --continue goes on without it.",
        (Result.NOT_ATTEMPTED,),
        words=(NOTHING_TO_SEE,),
    ),
    Rule(
        "Look at what the wave started, then open the gate: the same key again with --continue.",
        (Result.NOT_ATTEMPTED,),
        words=(HOLDS,),
    ),
    Rule(
        "Somebody stopped it with `launcher stop`. To go on on purpose: the same key, --continue, --reason.",
        (Result.NOT_ATTEMPTED,),
        words=(STOPPED,),
    ),
    Rule(
        "The run stopped itself. Look at the other failures first, then run the same key again.",
        (Result.NOT_ATTEMPTED,),
        words=("halted", "gate"),
    ),
    Rule(
        "Its send window was closed. Run the same key again when it is open.",
        (Result.NOT_ATTEMPTED,),
        words=("window",),
    ),
    Rule(
        "Its state was not one that `preflight` allows. Look at it, then run the same key again.",
        (Result.NOT_ATTEMPTED,),
        words=("preflight",),
    ),
    Rule(
        "The deadline of the run came first. Run the same key again, with a later deadline.",
        (Result.NOT_ATTEMPTED,),
        words=("deadline",),
    ),
    Rule(
        "Another run started it a short while ago. Nothing to do, unless everybody is to be messaged again.",
        (Result.NOT_ATTEMPTED,),
        words=("cooldown",),
    ),
    Rule("Run the same key again to go on where this run ended.", (Result.NOT_ATTEMPTED,)),
    Rule(
        "The JWT app lacks the scope: give it 'Campaign Management', then publish the app.",
        _SAID_NO,
        words=("scope",),
    ),
    Rule(
        "The token id was refused: set jti: true for these credentials, with token_lifetime at most 1h.",
        _SAID_NO,
        words=("jti", "replay"),
    ),
    Rule(
        "Check client_id and client_secret, that the JWT app belongs to this bot or account, and that its "
        "scope 'Campaign Management' is saved and published. A wrong clock has the same effect.",
        _SAID_NO,
        statuses=(401, 403),
    ),
    Rule(
        "The account's budget is used up, perhaps by other programs. Run the same key again later, or lower "
        "budget in the manifest to this launcher's share.",
        statuses=(429,),
    ),
    Rule(
        "The account's budget is used up, perhaps by other programs. Run the same key again later.",
        words=("throttled", "rate limit"),
    ),
    Rule(
        "The stream is not known there: check stream, and that it belongs to the account.",
        _SAID_NO,
        words=("streamid", "stream id"),
    ),
    Rule(
        "Another campaign on the same contact list is running. Start this one when that is done.",
        _SAID_NO,
        words=("contact list", "same list"),
    ),
    Rule(
        "There is nobody to message: look at the campaign's contact lists in the Kore.ai console.",
        _SAID_NO,
        words=("valid contacts", "no contacts"),
    ),
    Rule(
        "It starts by itself at its time; take the schedule off to start it now.",
        _SAID_NO,
        words=("schedul",),
    ),
    Rule(
        "Check host and base path in the manifest: the address is not the campaign API's.",
        _SAID_NO,
        statuses=(301, 302, 303, 307, 308, 405),
    ),
    Rule(
        "Check the ids of campaign, stream and account, and the channel, against the Kore.ai console.",
        _SAID_NO,
        statuses=(400, 404, 410, 412, 422),
    ),
    Rule(
        "The campaign's state does not allow a start (running, paused or locked): look at it in the console.",
        _SAID_NO,
        statuses=(409, 423),
    ),
    Rule("Raise `ulimit -n`, or lower concurrency.", _NOTHING_SENT, words=("open files",)),
    Rule(
        "The host's certificate is not trusted: check host, a TLS-inspecting proxy and SSL_CERT_FILE.",
        _NOTHING_SENT,
        words=("certificate", "tls", "ssl"),
    ),
    Rule(
        "The host's name does not resolve: check host in the manifest, DNS and the VPN.",
        _NOTHING_SENT,
        words=("dns", "resolve", "name or service", "getaddrinfo"),
    ),
    Rule("Check HTTPS_PROXY and NO_PROXY, and that the proxy is up.", _NOTHING_SENT, words=("proxy",)),
    Rule(
        "Nothing listens there, or a firewall is in between: check host, port, proxy and network.",
        _NOTHING_SENT,
        words=("connect", "refused", "unreachable", "no route", "timed out"),
    ),
    Rule(
        "Nothing started. When the cause is gone, run the same key again: it tries these again.",
        (Result.FAILED,),
    ),
    Rule(
        "The server said no. Mend the cause, then run the same key again: it tries these again.",
        (Result.REJECTED,),
    ),
)


_ADVISES = re.compile(r"; (?:check|correct|raise|name|it must|if it is right)\b")
"""How the launcher's own sentences go on when they say what to do."""


def advise(result: Result, reason: str | None, http_status: int | None) -> str:
    """What to do about a launch that ended so; empty when that is nothing, or the reason says it."""
    lowered = (reason or "").lower()
    if result in _SAID_NO and _ADVISES.search(lowered):
        return ""
    return next((rule.advice for rule in RULES if rule.fits(result, lowered, http_status)), "")


_WHAT_A_RERUN_DOES = (
    (Result.UNKNOWN, "reads the state of {} unknown"),
    (Result.FAILED, "tries {} failed again"),
    (Result.REJECTED, "tries {} rejected again (mend the cause first)"),
    (Result.NOT_ATTEMPTED, "starts {} not attempted"),
)


def rerun_effects(counts: Mapping[Result, int]) -> Sequence[str]:
    """What the same command does when it is run again, by what the launches of the manifest ended as."""
    return [text.format(f"{counts[result]:,}") for result, text in _WHAT_A_RERUN_DOES if counts.get(result)]
