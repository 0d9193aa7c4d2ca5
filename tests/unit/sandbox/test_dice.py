from launcher.sandbox.dice import Dice


def test_the_same_seed_and_words_give_the_same_roll():
    assert Dice(7).roll("fault", "cd-1", 1) == Dice(7).roll("fault", "cd-1", 1)


def test_another_seed_or_another_word_gives_another_roll():
    rolls = {Dice(7).roll("a", 1), Dice(8).roll("a", 1), Dice(7).roll("a", 2), Dice(7).roll("b", 1)}
    assert len(rolls) == 4


def test_words_are_not_run_together():
    assert Dice(7).roll("ab", "c") != Dice(7).roll("a", "bc")


def test_rolls_are_spread_evenly_between_0_and_1():
    rolls = [Dice(1).roll(number) for number in range(2000)]
    assert all(0 <= roll < 1 for roll in rolls)
    assert 400 < sum(roll < 0.25 for roll in rolls) < 600
