"""Print the lowest version that pyproject.toml allows of each dependency, as a constraint file for pip."""

from __future__ import annotations

import re
from pathlib import Path

_LOWER_BOUND = re.compile(r'^\s*"([A-Za-z0-9_.-]+)>=([^,;"]+)', re.MULTILINE)


def lowest_versions(pyproject: str) -> list[str]:
    """Return ``name==version`` for each entry of ``project.dependencies`` in the text of a pyproject.toml.

    >>> lowest_versions('dependencies = [\\n    "numpy>=1.23.2,<3",\\n]\\n')
    ['numpy==1.23.2']
    """
    dependencies = pyproject.partition("\ndependencies = [")[2] or pyproject.partition("dependencies = [")[2]
    return [f"{name}=={version}" for name, version in _LOWER_BOUND.findall(dependencies.partition("\n]")[0])]


if __name__ == "__main__":
    print("\n".join(lowest_versions((Path(__file__).parents[1] / "pyproject.toml").read_text())))
