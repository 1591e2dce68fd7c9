"""Recognise a run that learns by reinforcement by its tags, and find its reward."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from lossmon.core.metric_names import EPISODE_REWARD_NAMES, REINFORCEMENT_WORDS, REWARD_NAMES
from lossmon.core.text import Name
from lossmon.runs.tag_parser import VAL, parse_tag, words_of_tag

_SPLIT_PREFIX = re.compile(r"(?:train|eval|val|test)_")


def choose_rewards(tags: Sequence[Name], sizes: Mapping[Name, int]) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Return the tag of the reward in training and that in evaluation; both empty if the run is not judged by one.

    A plain ``reward`` counts only beside other signs of reinforcement learning: a reward model has one too. Where it is
    the reward of episodes, the loss of the policy and of its critic is shown, if there is one.

    >>> choose_rewards([Name.of("loss"), Name.of("reward"), Name.of("kl")], {})[0][0].text
    'reward'
    >>> choose_rewards([Name.of("loss"), Name.of("mean_reward")], {})
    ((), ())
    """
    rewards = [tag for tag in tags if _last_part(tag) in REWARD_NAMES]
    has_episodes = any(map(is_episode_reward, tags))
    if (has_episodes and _has_loss(tags, sizes)) or not (has_episodes or _has_signs(tags)):
        return (), ()

    def most_points(*, is_validation: bool) -> tuple[Name, ...]:
        chosen = [tag for tag in rewards if (parse_tag(tag.text).split == VAL) is is_validation]
        return tuple(sorted(chosen, key=lambda tag: (-sizes.get(tag, 0), tag.text))[:1])

    return most_points(is_validation=False), most_points(is_validation=True)


def is_episode_reward(tag: Name) -> bool:
    """Return whether *tag* is the reward of episodes, which only reinforcement learning logs.

    >>> is_episode_reward(Name.of("rollout/ep_rew_mean")), is_episode_reward(Name.of("reward"))
    (True, False)
    """
    return _last_part(tag) in EPISODE_REWARD_NAMES


def _has_loss(tags: Iterable[Name], sizes: Mapping[Name, int]) -> bool:
    """Return whether a loss as a whole is logged, more than once."""
    return any(parse_tag(_last_part(tag)).metric == "loss" and sizes.get(tag, 0) > 1 for tag in tags)


def _has_signs(tags: Sequence[Name]) -> bool:
    return any(not REINFORCEMENT_WORDS.isdisjoint(words_of_tag(tag.text)) for tag in tags)


def _last_part(tag: Name) -> str:
    """Return the last part of a tag without the split: ``reward`` of ``eval_reward``."""
    return _SPLIT_PREFIX.sub("", tag.text.lower().rpartition("/")[2])
