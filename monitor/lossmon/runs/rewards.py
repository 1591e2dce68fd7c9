"""Recognise a run that learns by reinforcement by its tags, and find its reward."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lossmon.core.metric_names import EPISODE_REWARD_NAMES, REINFORCEMENT_WORDS, REWARD_NAMES
from lossmon.core.text import Name
from lossmon.runs.tag_parser import VAL, parse_tag, words_of_tag

_SPLIT_PREFIX = re.compile(r"(?:train|eval|val|test)_")


def choose_rewards(tags: Sequence[Name], sizes: Mapping[Name, int]) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Return the tag of the reward in training and that in evaluation; both empty if the run has none.

    A plain ``reward`` counts only beside other signs of reinforcement learning: a reward model has one too.

    >>> choose_rewards([Name.of("loss"), Name.of("reward"), Name.of("kl")], {})[0][0].text
    'reward'
    >>> choose_rewards([Name.of("loss"), Name.of("mean_reward")], {})
    ((), ())
    """
    rewards = [tag for tag in tags if _last_part(tag) in REWARD_NAMES]
    if not any(_last_part(tag) in EPISODE_REWARD_NAMES for tag in rewards) and not _has_signs(tags):
        return (), ()

    def most_points(*, is_validation: bool) -> tuple[Name, ...]:
        chosen = [tag for tag in rewards if (parse_tag(tag.text).split == VAL) is is_validation]
        return tuple(sorted(chosen, key=lambda tag: (-sizes.get(tag, 0), tag.text))[:1])

    return most_points(is_validation=False), most_points(is_validation=True)


def _has_signs(tags: Sequence[Name]) -> bool:
    return any(not REINFORCEMENT_WORDS.isdisjoint(words_of_tag(tag.text)) for tag in tags)


def _last_part(tag: Name) -> str:
    """Return the last part of a tag without the split: ``reward`` of ``eval_reward``."""
    return _SPLIT_PREFIX.sub("", tag.text.lower().rpartition("/")[2])
