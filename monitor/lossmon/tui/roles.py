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
    # Marks in a chart: the turning point, the best point, the cursor, NaN and infinities, axes and their labels.
    "marker",
    "best",
    "cursor",
    "nonfinite",
    "axis",
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
    "muted",
    "border",
    "key",
    "warn",
    "advice",
    "mark",
]
"""A role of text that does not depend on a verdict. The word of each verdict and ``unreadable`` are roles too."""

ROLES: tuple[Role, ...] = get_args(Role)
OVERLAY_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role.startswith("overlay"))
"""The roles of compared runs, in the order in which they are assigned."""
