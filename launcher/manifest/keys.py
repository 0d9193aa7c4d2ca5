"""Every key of a manifest, declared once: these tables validate, document and complete it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from launcher.manifest.context import Context, JsonSchema
from launcher.manifest.kinds import (
    BUDGET,
    CLAIM,
    FLAG,
    HEADROOM,
    HOLIDAYS,
    HOST,
    ID,
    LABEL,
    PATH,
    RUN_NAME,
    TAGS,
    TITLE,
    VERSION,
    WAVES,
    WINDOWS,
    count,
    duration,
    one_of,
    or_never,
)
from launcher.manifest.model import Settings
from launcher.manifest.nodes import Node, Sequence, is_nothing, kind_of
from launcher.manifest.part_keys import EXPECT, HALT, PREFLIGHT, RECONCILE, RETRY
from launcher.manifest.references import SecretReference
from launcher.manifest.tables import Field, Named, Nested, Table
from launcher.manifest.windows import all_holidays

CHANNEL = one_of("sms", "voice")
EITHER = "'bot', or 'account' and 'stream'"


def _settings(holidays: tuple[date | frozenset[date], ...] = (), **values: Any) -> Settings:
    return Settings(holidays=all_holidays(holidays), **values)


SETTINGS = Table(
    "settings",
    "`settings`",
    "Settings of the whole run.",
    (
        Field("concurrency", count(1, 4096), "Requests in flight over all accounts.", 16),
        Field(
            "pace",
            one_of("burst", "even"),
            "Send as soon as the budget allows, or at equal distances.",
            "burst",
        ),
        Field("headroom", HEADROOM, "Part of every budget that is left to other programs.", "0%"),
        Field(
            "window",
            WINDOWS,
            "When campaigns may be sent, such as `Mon-Fri 09:00-20:00 America/New_York`; several as a list. "
            "Accounts and campaigns may have their own.",
            [],
        ),
        Field(
            "holidays",
            HOLIDAYS,
            "Days on which no window opens: dates, or countries such as `US` or `US-NY` (extra `holidays`).",
            [],
        ),
        Field(
            "late",
            one_of("wait", "skip", "fail"),
            "A launch whose window is closed waits for it, is skipped, or stops the whole run.",
            "wait",
        ),
        Field(
            "waves",
            WAVES,
            "Sizes of the waves in which the plan is started, such as `[1, 10%, rest]`: numbers of launches "
            "or parts of the plan. After each, a gate.",
            [],
        ),
        Field("soak", duration("0s", "7d"), "Wait after a wave before its states are read again.", "0s"),
        Field(
            "gate",
            one_of("auto", "ask"),
            "Go on by itself when a wave is well, or hold the run until a person continues it.",
            "auto",
        ),
        Field("timeout", duration("1ms", "1h"), "For one request, connecting included.", "30s"),
        Field("retry", Nested(RETRY), RETRY.doc),
        Field("reconcile", Nested(RECONCILE), RECONCILE.doc),
        Field(
            "on_unknown",
            one_of("reconcile", "hold"),
            "Settle a doubt by reading state, or hold the launch as unknown without reading.",
            "reconcile",
        ),
        Field(
            "cooldown",
            duration("0s", "366d"),
            "A campaign started under any run key is not started again within this; `0s` turns it off.",
            "12h",
        ),
        Field("halt", Nested(HALT), HALT.doc),
        Field("preflight", Nested(PREFLIGHT), PREFLIGHT.doc + " Left out, no state is read."),
        Field(
            "deadline",
            or_never(duration("1ms", "366d")),
            "Counted from the start of the run: no start is sent later.",
            "never",
        ),
    ),
    _settings,
)

CREDENTIALS = (
    Field("client_id", CLAIM, "Client id (`cs-…`) of the JWT app; goes into tokens as `appId`."),
    Field(
        "client_secret",
        SecretReference(),
        "Client secret of the JWT app: `${NAME}`, `{file: path}` or `{command: [program, argument]}`.",
    ),
    Field("algorithm", one_of("HS256", "HS384", "HS512"), "Signature of the tokens.", "HS256"),
    Field("token_lifetime", duration("1s", "1d"), "Until `exp`; at most 1h with `jti`.", "10m"),
    Field("subject", CLAIM, "`sub` of the tokens; the client id when left out."),
    Field("issuer", CLAIM, "`iss` of the tokens; none when left out."),
    Field("audience", CLAIM, "`aud` of the tokens; none when left out."),
    Field("jti", FLAG, "Put a `jti` into tokens; each is used for one request only.", default=False),
)
TOKEN_OPTIONS = tuple(one.name for one in CREDENTIALS[2:])

ALLOW_HTTP = "Allow plain http to a host that is not this machine; tokens can then be read on the way."
ALLOW_INLINE = "Allow secrets to stand in the manifest itself."

ACCOUNT = Table(
    "account",
    "`accounts.<name>`",
    "A Kore.ai account: host, budget, credentials.",
    (
        Field("id", ID, "Account id, 24 hexadecimal digits on the cloud.", required=True),
        Field(
            "host",
            HOST,
            "Such as `https://platform.kore.ai`; a port and a base path may follow.",
            required=True,
        ),
        Field(
            "budget",
            BUDGET,
            "Requests that the account allows; every one of several windows holds. `auto` begins with the "
            "documented limit and keeps to what the server is seen to allow.",
            "60/60s",
        ),
        Field("window", WINDOWS, "Send windows of this account, instead of those of the settings."),
        *CREDENTIALS,
        Field("allow_http", FLAG, ALLOW_HTTP, default=False),
        Field(
            "allow_inline_secrets", FLAG, ALLOW_INLINE + " Holds for the account and its bots.", default=False
        ),
    ),
)

BOT = Table(
    "bot",
    "`bots.<name>`",
    "A stream inside an account; with credentials of its own where the JWT app belongs to the bot.",
    (
        Field("account", LABEL, "Name of the account; that of `defaults` when left out."),
        Field("stream", ID, "Stream id (`st-…`).", required=True),
        *CREDENTIALS,
    ),
)

DEFAULTS = Table(
    "defaults",
    "`defaults`",
    "What campaigns and bots leave out.",
    (
        Field("account", LABEL, "Account of campaigns that name a stream only, and of bots."),
        Field("bot", LABEL, "Bot of campaigns that name neither bot, account nor stream."),
        Field("channel", CHANNEL, "Channel of campaigns that name none.", "sms"),
    ),
)

CAMPAIGN = Table(
    "campaign",
    "`campaigns[]`: a campaign",
    "One campaign to start. It names a bot, or an account and a stream.",
    (
        Field("bot", LABEL, "Name of the bot; instead of `account` and `stream`."),
        Field("account", LABEL, "Name of the account; that of `defaults` when left out."),
        Field("stream", ID, "Stream id (`st-…`)."),
        Field("campaign", ID, "Campaign id (`cd-…`).", required=True),
        Field("name", TITLE, "What people call it; shown in the report."),
        Field("tags", TAGS, "For `--select tag:…`."),
        Field("channel", CHANNEL, "That of `defaults` when left out."),
        Field("window", WINDOWS, "Send windows of this campaign, instead of those of its account."),
    ),
    rules={"not": {"anyOf": [{"required": ["bot", "stream"]}, {"required": ["bot", "account"]}]}},
)

LIST = Table(
    "list",
    "`campaigns[]`: a list",
    "A list of campaigns in a file: CSV, or JSON lines when its name ends in `.jsonl` or `.ndjson`.",
    (
        Field(
            "from",
            PATH,
            "Path of the file, relative to the manifest; `~` is your home folder.",
            required=True,
        ),
    ),
    elsewhere={one.name: "a column of the file says that" for one in CAMPAIGN.fields},
)


@dataclass(frozen=True, slots=True)
class Entries:
    """The list of campaigns; its items were handed over while the file was read."""

    about: str = "list of mappings, see below"

    def read(self, node: Node, path: str, context: Context) -> Any:
        """Nothing more than whether it is a list."""
        if isinstance(node, Sequence):
            return True
        got = "nothing" if is_nothing(node) else kind_of(node)
        return context.complain(node, f"{path}: expected a list, got {got}")

    def schema(self) -> JsonSchema:
        """Campaigns and lists of them."""
        items = {
            "if": {"type": "object", "required": ["from"]},
            "then": {"$ref": "#/$defs/list"},
            "else": {"$ref": "#/$defs/campaign"},
        }
        return {"type": "array", "minItems": 1, "items": items}


MANIFEST = Table(
    "manifest",
    "The manifest",
    "Campaigns to launch, and the accounts that they are in.",
    (
        Field("version", VERSION, "Version of this format.", required=True),
        Field(
            "name", RUN_NAME, "Part of the default run key; the file's name without its ending when left out."
        ),
        Field("defaults", Nested(DEFAULTS), DEFAULTS.doc),
        Field("settings", Nested(SETTINGS), SETTINGS.doc + " Every one has a default."),
        Field("expect", Nested(EXPECT), EXPECT.doc),
        Field("accounts", Named(ACCOUNT), "The accounts, by names of your choice.", required=True),
        Field("bots", Named(BOT), "Bots, by names of your choice."),
        Field("campaigns", Entries(), "The campaigns, in the order of the report.", required=True),
        Field("allow_http", FLAG, ALLOW_HTTP + " Holds for every account.", default=False),
        Field("allow_inline_secrets", FLAG, ALLOW_INLINE + " Holds for every account.", default=False),
    ),
)

TABLES = (
    MANIFEST,
    DEFAULTS,
    SETTINGS,
    RETRY,
    RECONCILE,
    HALT,
    PREFLIGHT,
    EXPECT,
    ACCOUNT,
    BOT,
    CAMPAIGN,
    LIST,
)
