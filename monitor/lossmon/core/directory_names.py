"""Names of the directories that frameworks make inside the directory of a run."""

from __future__ import annotations

import re

COMMON_DIRECTORY = re.compile(r"runs?|logs?|tb|tensorboard_logs|lightning_logs|vis_data|plots")
"""Directories that frameworks create in every run."""
VERSION_DIRECTORY = re.compile(r"version_\d+")
"""The directory of a run, as Lightning numbers it."""
TIMESTAMP_DIRECTORY = re.compile(r"(\w{3}\d\d|\d{4}-?\d\d-?\d\d)[_T-]\d\d-?\d\d-?\d\d(_\S*)?")
"""The directory of a run, as frameworks date it: ``Nov22_21-55-10_host``, ``20261122_220619``."""
