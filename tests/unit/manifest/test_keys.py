import dataclasses

import pytest
import yaml
from fakes.sources import source_of

from launcher.manifest import model
from launcher.manifest.compose import Composer
from launcher.manifest.keys import ACCOUNT, BOT, CREDENTIALS, HALT, RECONCILE, RETRY, SETTINGS, TABLES
from launcher.manifest.syntax import events
from launcher.manifest.tables import Nested


def written(table):
    """The defaults of a table as somebody would write them."""
    return {one.name: one.default for one in table.fields if one.default is not None}


@pytest.mark.parametrize(
    ("table", "built"),
    [
        (SETTINGS, model.Settings()),
        (RETRY, model.RetrySettings()),
        (RECONCILE, model.ReconcileSettings()),
        (HALT, model.HaltSettings()),
    ],
)
def test_the_defaults_told_are_the_defaults_used(context, table, built):
    defaults = written(table)
    assert set(defaults) | {one.name for one in table.fields if isinstance(one.kind, Nested)} == {
        one.name for one in table.fields
    }
    text = yaml.safe_dump({"all": defaults})
    root = Composer(events(source_of(text)), "m.yaml", context.problems).document(print).root
    assert Nested(table).read(root.pairs["all"].value, "all", context) == built
    assert table.build() == built


def test_the_defaults_of_credentials_are_those_of_the_model():
    used = {
        one.name: one.default
        for one in dataclasses.fields(model.Credentials)
        if one.default is not dataclasses.MISSING and one.default is not None
    }
    kinds = {one.name: one.kind for one in CREDENTIALS}
    told = {name: kinds[name].parse(str(value)) for name, value in written(ACCOUNT).items() if name in kinds}
    assert told == used


def test_bots_and_accounts_share_their_credentials():
    assert all(one in ACCOUNT.fields and one in BOT.fields for one in CREDENTIALS)


def test_no_table_declares_a_key_twice():
    for table in TABLES:
        assert len(table.by_name) == len(table.fields)
