"""The colour roles of text on the screen: a role says what a text means; the theme decides how it looks."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Role: TypeAlias = Literal[
    "",  # plain text
    # Curves and bars.
    "train",
    "val",
    "gap",
    "gpu",
    "risk",
    # Marks in a chart: the turning point, also of a "maybe", the best point, the cursor, NaN and infinities, axes and
    # their labels, and what fills the stretch since the turning point where there is no background.
    "marker",
    "weak-marker",
    "best",
    "cursor",
    "nonfinite",
    "axis",
    "texture",
    # The runs of a comparison.
    "overlay0",
    "overlay1",
    "overlay2",
    "overlay3",
    "overlay4",
    "overlay5",
    "overlay6",
    "overlay7",
    # Text.
    "title",
    "strong",
    "selected",
    "weak",
    "muted",
    "border",
    "key",
    "warn",
    "advice",
    "mark",
]
"""A role of text that does not depend on a verdict. The word of each verdict and ``unreadable`` are roles too."""

ROLES: tuple[Role, ...] = get_args(Role)
Background: TypeAlias = Literal["", "tint", "weak-tint", "band", "tint-band"]
"""What a stretch of a chart means whose background is coloured: since the verdict holds, since it may hold, between
train and validation, and both."""

BACKGROUNDS: tuple[Background, ...] = get_args(Background)
OVERLAY_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role.startswith("overlay"))
"""The roles of compared runs, in the order in which they are assigned."""
