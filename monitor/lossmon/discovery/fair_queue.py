"""The order in which directories are visited: in turn from each directory that holds some."""

from __future__ import annotations

import os
from collections import OrderedDict, deque


class FairQueue:
    """Paths to visit; a directory with thousands of others in it does not delay what is beside it.

    >>> queue = FairQueue()
    >>> for path in ("many/1", "many/2", "many/3", "few/1"):
    ...     queue.add(path)
    >>> [queue.pop() for _ in range(4)]
    ['many/1', 'few/1', 'many/2', 'many/3']
    """

    def __init__(self) -> None:
        self._by_parent: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._urgent: deque[str] = deque()
        """Paths to visit before all others; they are in ``_by_parent``, too."""

    def __bool__(self) -> bool:
        return bool(self._by_parent)

    def __contains__(self, path: str) -> bool:
        return path in self._by_parent.get(os.path.dirname(path), ())

    def add(self, path: str) -> None:
        """Add *path* after the others of its directory; one that was added before keeps its position."""
        self._by_parent.setdefault(os.path.dirname(path), OrderedDict()).setdefault(path)

    def add_first(self, path: str) -> None:
        """Add *path*, or move it, before all others."""
        self.add(path)
        self._urgent.appendleft(path)

    def discard(self, path: str) -> None:
        """Remove *path*, if it was added."""
        parent = os.path.dirname(path)
        paths = self._by_parent.get(parent)
        if paths is not None:
            paths.pop(path, None)
            if not paths:
                del self._by_parent[parent]

    def pop(self) -> str:
        """Remove and return the next path. Raises StopIteration if there is none."""
        while self._urgent:
            path = self._urgent.popleft()
            if path in self:
                self.discard(path)
                return path
        parent = next(iter(self._by_parent))
        path = next(iter(self._by_parent[parent]))
        self._by_parent.move_to_end(parent)
        self.discard(path)
        return path
