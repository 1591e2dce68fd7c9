"""How often keys are due, at most how many per second, and how long changes are collected."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lossmon.discovery import Debounce, PollSchedule, RoundRobin


def visits(
    schedule: PollSchedule[str] | RoundRobin[str], start: float, seconds: float, tick: float = 0.25
) -> Counter[str]:
    """Count how often each key is due, checked every *tick* seconds."""
    count: Counter[str] = Counter()
    for step in range(int(seconds / tick)):
        count.update(schedule.due(start + (step + 1) * tick))
    return count


def named(count: int) -> list[str]:
    return [f"run-{number}" for number in range(count)]


def started(count: int, period: float, rate: float) -> RoundRobin[str]:
    """Return a round robin of *count* keys, each of which was due at 0 s."""
    rounds = RoundRobin[str](period, rate)
    for name in named(count):
        rounds.add(name)
    rounds.due(0.0)
    return rounds


def test_every_key_is_due_once_per_period() -> None:
    rounds = started(7, period=10.0, rate=100.0)
    assert visits(rounds, 0.0, 30.0) == Counter(dict.fromkeys(named(7), 3))


def test_too_many_keys_stretch_the_period_but_not_the_rate() -> None:
    rounds = started(500, period=1.0, rate=50.0)
    assert visits(rounds, 0.0, 20.0) == Counter(dict.fromkeys(named(500), 2))


def test_a_long_pause_is_not_made_up_for() -> None:
    rounds = started(500, period=1.0, rate=50.0)
    assert len(rounds.due(3600.0)) == 50


def test_a_clock_that_goes_back_is_tolerated() -> None:
    rounds = RoundRobin[str](period=1.0, rate=50.0)
    rounds.add("run")
    rounds.due(100.0)
    assert rounds.due(50.0) == []
    assert rounds.due(51.0) == ["run"]


def test_a_discarded_key_is_no_longer_due() -> None:
    rounds = RoundRobin[str](period=1.0, rate=50.0)
    rounds.add("run")
    rounds.add("run")
    rounds.discard("run")
    rounds.discard("run")
    assert "run" not in rounds
    rounds.due(0.0)
    assert rounds.due(100.0) == []


def test_a_recently_changed_key_is_hot_and_an_old_one_cold() -> None:
    schedule = PollSchedule[str](hot=1.0, cold=60.0, keep=300.0)
    schedule.add("new", 0.0)
    schedule.add("old", 0.0, age=86_400.0)
    schedule.due(0.0)
    assert visits(schedule, 0.0, 120.0) == Counter(new=120, old=2)


def test_a_key_that_changes_becomes_hot_and_later_cold_again() -> None:
    schedule = PollSchedule[str](hot=1.0, cold=60.0, keep=300.0)
    schedule.add("run", 0.0, age=86_400.0)
    schedule.due(0.0)
    schedule.touch("run", 0.0)
    assert visits(schedule, 0.0, 300.0) == Counter(run=300)
    assert visits(schedule, 300.0, 600.0)["run"] <= 11


def test_many_cold_keys_do_not_delay_a_hot_one() -> None:
    schedule = PollSchedule[str](rate=10.0)
    for name in named(5000):
        schedule.add(name, 0.0, age=86_400.0)
    schedule.add("hot", 0.0)
    schedule.due(0.0)
    counted = visits(schedule, 0.0, 100.0)
    assert counted["hot"] == 100
    assert counted.total() <= 100 + 10 * 100


def test_two_thousand_cold_keys_cost_at_most_forty_looks_a_second() -> None:
    schedule = PollSchedule[str]()
    for name in named(2000):
        schedule.add(name, 0.0, age=86_400.0)
    schedule.due(0.0)
    assert 30 <= visits(schedule, 0.0, 60.0).total() / 60.0 <= 40


def test_a_key_is_due_only_once_when_it_becomes_cold() -> None:
    schedule = PollSchedule[str](hot=1.0, cold=1.0, keep=5.0)
    schedule.add("run", 0.0)
    schedule.due(0.0)
    assert all(schedule.due(second).count("run") <= 1 for second in range(1, 20))


@given(st.lists(st.tuples(st.sampled_from("atdx"), st.integers(0, 5), st.floats(0, 100)), max_size=60))
def test_only_keys_that_were_added_are_ever_due(steps: list[tuple[str, int, float]]) -> None:
    schedule = PollSchedule[int](hot=1.0, cold=5.0, rate=3.0, keep=10.0)
    known: set[int] = set()
    now = 0.0
    for action, key, value in steps:
        if action == "a":
            schedule.add(key, now, age=value)
            known.add(key)
        elif action == "t" and key in known:
            schedule.touch(key, now)
        elif action == "d":
            schedule.discard(key)
            known.discard(key)
        else:
            now += value
            due = schedule.due(now)
            assert len(due) == len(set(due)) <= 6
            assert set(due) <= known
    for _ in range(200):
        now += 1.0
        known -= set(schedule.due(now))
    assert not known


def test_the_debounce_time_grows_with_the_time_of_looks_within_bounds() -> None:
    debounce = Debounce()
    waits = [debounce.after(took) for took in (0.001, 0.006, 0.006, 0.006, 2.0, 2.0)]
    assert waits == [Debounce.least, Debounce.least, 0.3, 0.3, 0.3, Debounce.most]


def test_one_slow_look_does_not_delay_the_next() -> None:
    debounce = Debounce()
    assert [debounce.after(took) for took in (3.0, 0.001, 3.0, 0.001)] == [Debounce.least] * 4
