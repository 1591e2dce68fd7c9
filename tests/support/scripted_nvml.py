"""A module with the functions of pynvml that gives scripted answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

NOT_SUPPORTED, NO_PERMISSION, NOT_FOUND, LOST, UNKNOWN = 3, 4, 6, 15, 999
LIBRARY_NOT_FOUND, NOT_LOADED, UNINITIALISED, VERSION_SKEW = 12, 9, 1, 18
GIB = 2**30


class NVMLError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"NVML error {value}")
        self.value = value


@dataclass
class Card:
    """The answers of one device; the keys of *errors* are ends of function names, or ``*`` for all functions."""

    name: str | bytes = "NVIDIA H200"
    uuid: str = "GPU-0"
    percent: int = 93
    processes: list[tuple[int, int | None]] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    instances: list[Card | None] | None = None

    def answer(self, field_name: str, arguments: tuple[Any, ...]) -> Any:
        error = self.errors.get(field_name) or self.errors.get("*")
        if error:
            raise NVMLError(error)
        return getattr(self, f"say_{field_name}")(*arguments)

    def open_handle(self) -> Card:
        if "Handle" in self.errors:
            raise NVMLError(self.errors["Handle"])
        return self

    def say_Name(self) -> str | bytes:  # noqa: N802
        return self.name

    def say_UUID(self) -> str:  # noqa: N802
        return self.uuid

    def say_UtilizationRates(self) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(gpu=self.percent, memory=1)

    def say_MemoryInfo(self, version: int | None = None) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(used=(61 if version else 62) * GIB, total=139 * GIB)

    def say_Temperature(self, sensor: int) -> int:  # noqa: N802
        assert sensor == 0
        return 71

    def say_PowerUsage(self) -> int:  # noqa: N802
        return 612_000

    def say_ComputeRunningProcesses(self) -> list[SimpleNamespace]:  # noqa: N802
        return [SimpleNamespace(pid=pid, usedGpuMemory=memory) for pid, memory in self.processes]

    def say_MigMode(self) -> list[int]:  # noqa: N802
        if self.instances is None:
            raise NVMLError(NOT_SUPPORTED)
        return [1, 1]

    def say_MaxMigDeviceCount(self) -> int:  # noqa: N802
        return len(self.instances or ())

    def say_MigDeviceHandleByIndex(self, number: int) -> Card:  # noqa: N802
        instance = (self.instances or [])[number]
        if instance is None:
            raise NVMLError(NOT_FOUND)
        return instance.open_handle()


class ScriptedNvml(ModuleType):
    """The functions of pynvml, with the answers of *cards*."""

    NVMLError = NVMLError

    def __init__(self, *cards: Card) -> None:
        super().__init__("pynvml")
        self.cards = list(cards)
        self.failure = 0
        self.opened = 0
        self.closed = threading.Event()
        self.process_listings = 0

    def __getattr__(self, name: str) -> Any:
        field_name = name.removeprefix("nvmlDeviceGet")

        def query(card: Card, *arguments: Any) -> Any:
            self.process_listings += field_name == "ComputeRunningProcesses"
            return card.answer(field_name, arguments)

        return query

    def nvmlInit(self) -> None:  # noqa: N802
        self.raise_if_failing()
        self.opened += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.closed.set()
        self.raise_if_failing()

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        self.raise_if_failing()
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Card:  # noqa: N802
        return self.cards[index].open_handle()

    def raise_if_failing(self) -> None:
        if self.failure:
            raise NVMLError(self.failure)


class ManualClock:
    """A clock that a test sets."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
