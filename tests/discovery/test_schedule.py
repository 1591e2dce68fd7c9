"""How often what is looked at, and what that costs at most."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lossmon.discovery import Debounce, PollSchedule
from lossmon.discovery.schedule import RoundRobin


def visits(
    pacer: PollSchedule[str] | RoundRobin[str], start: float, seconds: float, tick: float = 0.25
) -> Counter[str]:
    """Count how often each key came up, with ticks of *tick* seconds."""
    count: Counter[str] = Counter()
    for step in range(int(seconds / tick)):
        count.update(pacer.due(start + (step + 1) * tick))
    return count


def named(count: int) -> list[str]:
    return [f"run-{number}" for number in range(count)]


def test_every_key_comes_up_once_a_period() -> None:
    rounds = RoundRobin[str](period=10.0, rate=100.0)
    for name in named(7):
        rounds.add(name)
    rounds.due(0.0)
    assert visits(rounds, 0.0, 30.0) == Counter(dict.fromkeys(named(7), 3))


def test_too_many_keys_stretch_the_period_but_not_the_rate() -> None:
    rounds = RoundRobin[str](period=1.0, rate=50.0)
    for name in named(500):
        rounds.add(name)
    rounds.due(0.0)
    assert visits(rounds, 0.0, 20.0) == Counter(dict.fromkeys(named(500), 2))


def test_a_long_pause_is_not_made_up_for() -> None:
    rounds = RoundRobin[str](period=1.0, rate=50.0)
    for name in named(500):
        rounds.add(name)
    rounds.due(0.0)
    assert len(rounds.due(3600.0)) == 50


def test_a_clock_that_goes_back_does_no_harm() -> None:
    rounds = RoundRobin[str](period=1.0, rate=50.0)
    rounds.add("run")
    rounds.due(100.0)
    assert rounds.due(50.0) == []
    assert rounds.due(51.0) == ["run"]


def test_a_key_that_is_left_out_comes_up_no_more() -> None:
    rounds = RoundRobin[str](period=1.0, rate=50.0)
    rounds.add("run")
    rounds.add("run")
    rounds.discard("run")
    rounds.discard("run")
    assert "run" not in rounds
    rounds.due(0.0)
    assert rounds.due(100.0) == []


def test_what_is_new_is_hot_and_what_is_old_is_cold() -> None:
    pacer = PollSchedule[str](hot=1.0, cold=60.0, keep=300.0)
    pacer.add("new", 0.0)
    pacer.add("old", 0.0, age=86_400.0)
    pacer.due(0.0)
    assert visits(pacer, 0.0, 120.0) == Counter(new=120, old=2)


def test_what_changes_becomes_hot_and_cools_down_again() -> None:
    pacer = PollSchedule[str](hot=1.0, cold=60.0, keep=300.0)
    pacer.add("run", 0.0, age=86_400.0)
    pacer.due(0.0)
    pacer.touch("run", 0.0)
    assert visits(pacer, 0.0, 300.0) == Counter(run=300)
    assert visits(pacer, 300.0, 600.0)["run"] <= 11


def test_the_hot_are_never_behind_the_cold() -> None:
    pacer = PollSchedule[str](rate=10.0)
    for name in named(5000):
        pacer.add(name, 0.0, age=86_400.0)
    pacer.add("hot", 0.0)
    pacer.due(0.0)
    counted = visits(pacer, 0.0, 100.0)
    assert counted["hot"] == 100
    assert counted.total() <= 100 + 10 * 100


def test_two_thousand_finished_runs_cost_few_looks_a_second() -> None:
    pacer = PollSchedule[str]()
    for name in named(2000):
        pacer.add(name, 0.0, age=86_400.0)
    pacer.due(0.0)
    assert 30 <= visits(pacer, 0.0, 60.0).total() / 60.0 <= 40


def test_a_key_is_looked_at_once_even_when_it_cools_down() -> None:
    pacer = PollSchedule[str](hot=1.0, cold=1.0, keep=5.0)
    pacer.add("run", 0.0)
    pacer.due(0.0)
    assert all(pacer.due(second).count("run") <= 1 for second in range(1, 20))


@given(st.lists(st.tuples(st.sampled_from("atdx"), st.integers(0, 5), st.floats(0, 100)), max_size=60))
def test_whatever_happens_only_known_keys_come_up(steps: list[tuple[str, int, float]]) -> None:
    pacer = PollSchedule[int](hot=1.0, cold=5.0, rate=3.0, keep=10.0)
    known: set[int] = set()
    now = 0.0
    for action, key, value in steps:
        if action == "a":
            pacer.add(key, now, age=value)
            known.add(key)
        elif action == "t" and key in known:
            pacer.touch(key, now)
        elif action == "d":
            pacer.discard(key)
            known.discard(key)
        else:
            now += value
            due = pacer.due(now)
            assert len(due) == len(set(due)) <= 6
            assert set(due) <= known
    for _ in range(200):
        now += 1.0
        known -= set(pacer.due(now))
    assert not known


def test_looks_that_take_long_become_rarer_within_bounds() -> None:
    gathering = Debounce()
    waits = [gathering.after(took) for took in (0.001, 0.006, 0.006, 0.006, 2.0, 2.0)]
    assert waits == [Debounce.least, Debounce.least, 0.3, 0.3, 0.3, Debounce.most]


def test_one_long_look_does_not_put_off_the_next() -> None:
    gathering = Debounce()
    assert [gathering.after(took) for took in (3.0, 0.001, 3.0, 0.001)] == [Debounce.least] * 4
