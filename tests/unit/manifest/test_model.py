import dataclasses

import pytest

from launcher.manifest.model import Account, Position, Quota


def test_a_position_reads_as_editors_write_it():
    assert str(Position("m.yaml", 41, 13)) == "m.yaml:41:13"


def test_accounts_of_one_host_and_id_share_a_lane_however_the_host_is_spelled():
    budget = (Quota(60, 60.0),)
    one = Account("one", "a", "https://Platform.kore.ai:443", budget, None)
    two = Account("two", "a", "https://platform.kore.ai", budget, None)
    assert one.lane == two.lane == ("https://platform.kore.ai", "a")
    assert one.lane != dataclasses.replace(one, id="b").lane


def test_what_was_validated_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Quota(60, 60.0).limit = 600
