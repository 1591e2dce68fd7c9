"""Print the lowest version that pyproject.toml allows of each dependency, as a constraint file for pip."""

from __future__ import annotations

import re
from pathlib import Path

_LOWER_BOUND = re.compile(r'^\s*"([A-Za-z0-9_.-]+)>=([^,;"]+)', re.MULTILINE)


def lowest_versions(pyproject: str) -> list[str]:
    """Return ``name==version`` for each entry of ``project.dependencies`` in the text of a pyproject.toml."""
    dependencies = pyproject.partition("\ndependencies = [")[2]
    return [f"{name}=={version}" for name, version in _LOWER_BOUND.findall(dependencies.partition("\n]")[0])]


if __name__ == "__main__":
    print("\n".join(lowest_versions((Path(__file__).parents[1] / "pyproject.toml").read_text())))
