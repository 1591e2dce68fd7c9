"""GPUs read through a scripted NVML: a device that fails does not affect the others."""

from __future__ import annotations

import pickle
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted_nvml import (
    GIB,
    LIBRARY_NOT_FOUND,
    LOST,
    NO_PERMISSION,
    NOT_LOADED,
    NOT_SUPPORTED,
    UNINITIALISED,
    UNKNOWN,
    VERSION_SKEW,
    Card,
    ManualClock,
    NVMLError,
    ScriptedNvml,
)

from lossmon.gpu import Gpu, GpuProbe, GpuProcess, GpuSnapshot, ProcessInfo

START = 1_700_000_000.0
FIELDS = (
    *("Handle", "UUID", "Name", "MigMode", "MemoryInfo"),
    *("Temperature", "PowerUsage", "UtilizationRates", "ComputeRunningProcesses"),
)


def probe_of(library: ScriptedNvml, monotonic: ManualClock | None = None) -> GpuProbe:
    def read_process(pid: int) -> ProcessInfo:
        return ProcessInfo(f"python {pid}.py")

    return GpuProbe(library, 2.0, ManualClock(START), monotonic or ManualClock(), read_process)


def gpus_of(*cards: Card) -> tuple[Gpu, ...]:
    return probe_of(ScriptedNvml(*cards)).sample().gpus


def test_a_gpu_has_the_figures_that_nvidia_smi_shows() -> None:
    (gpu,) = gpus_of(Card(processes=[(5, GIB), (4127, 60 * GIB)]))
    assert gpu == Gpu(
        index=0,
        name="NVIDIA H200",
        utilisation=93.0,
        memory_used=61 * GIB,
        memory_total=139 * GIB,
        temperature=71.0,
        power=612.0,
        processes=(GpuProcess(4127, "python 4127.py", 60 * GIB), GpuProcess(5, "python 5.py", GIB)),
        history=((START, 93.0),),
    )


@pytest.mark.parametrize("count", [1, 16])
def test_every_gpu_is_listed(count: int) -> None:
    gpus = gpus_of(*(Card(uuid=f"GPU-{index}", percent=index) for index in range(count)))
    assert [gpu.index for gpu in gpus] == list(range(count))
    assert [gpu.utilisation for gpu in gpus] == list(range(count))


def test_a_snapshot_survives_pickling() -> None:
    snapshot = probe_of(ScriptedNvml(Card(processes=[(1, None)]))).sample()
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


@pytest.mark.parametrize(("error", "driver"), [(LIBRARY_NOT_FOUND, False), (NOT_LOADED, True)])
def test_a_missing_driver_and_a_failing_driver_are_distinguished(error: int, driver: bool) -> None:
    library = ScriptedNvml(Card())
    library.failure = error
    assert probe_of(library).sample().has_driver is driver


def test_a_machine_without_gpus_gives_a_snapshot_with_the_reason() -> None:
    assert probe_of(ScriptedNvml()).sample() == GpuSnapshot(reason="the NVIDIA driver sees no GPU", taken_at=START)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LIBRARY_NOT_FOUND, "no NVIDIA driver on this machine"),
        (NOT_LOADED, "an NVIDIA driver is installed but not loaded"),
        (VERSION_SKEW, "the NVIDIA driver was updated but the old one is still loaded; reboot"),
        (UNKNOWN, "the NVIDIA driver reports an unknown error"),
        (NO_PERMISSION, "no permission to use the NVIDIA driver"),
        (777, "NVML: NVML error 777"),
    ],
)
def test_a_driver_that_does_not_open_is_explained_in_plain_words(error: int, reason: str) -> None:
    library = ScriptedNvml(Card())
    library.failure = error
    snapshot = probe_of(library).sample()
    assert (snapshot.gpus, snapshot.reason) == ((), reason)


def test_a_missing_python_package_is_named_in_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    snapshot = GpuProbe(None, 2.0, ManualClock(), ManualClock()).sample()
    assert snapshot.reason == "the Python package nvidia-ml-py is not installed"


@pytest.mark.parametrize("failing", ["*", "Handle"])
@pytest.mark.parametrize(
    ("error", "word"), [(LOST, "lost"), (UNKNOWN, "unknown error"), (NO_PERMISSION, "no permission"), (16, "reset")]
)
def test_an_error_of_one_gpu_does_not_affect_the_others(failing: str, error: int, word: str) -> None:
    first, broken, last = gpus_of(Card(uuid="a"), Card(uuid="b", errors={failing: error}), Card(uuid="c"))
    assert word in broken.error
    assert (broken.utilisation, broken.memory_used, broken.temperature, broken.processes) == (None, None, None, ())
    assert (first.utilisation, last.utilisation, first.error, last.error) == (93.0, 93.0, "", "")


def test_a_gpu_that_supports_nothing_has_no_figures_and_no_error() -> None:
    (gpu,) = gpus_of(Card(errors={"*": NOT_SUPPORTED}))
    assert gpu == Gpu(0, "GPU")


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.integers(1, 1000)),
)
def test_any_failing_fields_leave_the_other_fields_and_the_other_gpu_intact(errors: dict[str, int]) -> None:
    broken, sound = gpus_of(Card(uuid="a", errors=errors), Card(uuid="b"))
    assert (sound.utilisation, sound.error) == (93.0, "")
    if "Handle" not in errors:
        assert (broken.utilisation is None) == ("UtilizationRates" in errors)
        assert (broken.temperature is None) == ("Temperature" in errors)
    assert bool(broken.error) == any(
        error not in (NOT_SUPPORTED, 13) or name == "Handle" for name, error in errors.items() if name != "MigMode"
    )


def test_memory_is_read_with_the_old_call_on_an_old_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def old(card: Card, version: int | None = None) -> SimpleNamespace:
        if version:
            raise NVMLError(13)
        return SimpleNamespace(used=62 * GIB, total=139 * GIB)

    monkeypatch.setattr(Card, "say_MemoryInfo", old)
    (gpu,) = gpus_of(Card())
    assert (gpu.memory_used, gpu.error) == (62 * GIB, "")


def test_names_may_be_bytes_and_are_made_safe_to_show() -> None:
    (gpu,) = gpus_of(Card(name=b"H200\x1b[31m\xff"))
    assert gpu.name == "H200␛[31m\ufffd"


def test_a_name_that_cannot_be_decoded_is_an_error_of_the_gpu_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Card, "say_Name", lambda card: b"\xff".decode())
    (gpu,) = gpus_of(Card())
    assert (gpu.name, gpu.utilisation, gpu.error) == ("GPU", 93.0, "the driver's text is not readable")


def test_processes_of_unknown_memory_come_last() -> None:
    (gpu,) = gpus_of(Card(processes=[(7, None), (8, 1)]))
    assert [(process.pid, process.memory) for process in gpu.processes] == [(8, 1), (7, None)]


def test_mig_shows_the_card_and_its_instances_without_utilisation() -> None:
    small = Card("NVIDIA H200 MIG 1g.18gb", "MIG-1", processes=[(9, GIB)], errors={"PowerUsage": NOT_SUPPORTED})
    card = Card(instances=[None, small, None], errors={"ComputeRunningProcesses": NO_PERMISSION})
    whole, instance = gpus_of(card)
    assert (whole.index, whole.instance, whole.power, whole.utilisation) == (0, None, 612.0, None)
    assert (whole.processes, whole.error, whole.history) == ((), "", ())
    assert (instance.index, instance.instance, instance.name) == (0, 1, "NVIDIA H200 MIG 1g.18gb")
    assert (instance.utilisation, instance.power, instance.memory_used) == (None, None, 61 * GIB)
    assert [process.pid for process in instance.processes] == [9]


def test_mig_without_instances_is_an_error_of_the_card() -> None:
    (card,) = gpus_of(Card(instances=[None, None]))
    assert card.error == "MIG is on, but it has no instances"


def test_a_mig_instance_without_permission_is_an_error_of_the_card() -> None:
    (whole,) = gpus_of(Card(instances=[Card(uuid="MIG-1", errors={"Handle": NO_PERMISSION})]))
    assert whole.error == "no permission to use the NVIDIA driver"


def test_processes_are_listed_every_five_seconds_and_kept_in_between() -> None:
    library, now = ScriptedNvml(Card(processes=[(1, GIB)])), ManualClock()
    probe = probe_of(library, now)
    for second in range(0, 10, 2):
        now.now = second
        (gpu,) = probe.sample().gpus
        assert [process.pid for process in gpu.processes] == [1]
    assert library.process_listings == 2


def test_an_error_in_listing_processes_is_shown_until_the_next_listing() -> None:
    now = ManualClock()
    probe = probe_of(ScriptedNvml(Card(errors={"ComputeRunningProcesses": NO_PERMISSION})), now)
    for second in range(0, 10, 2):
        now.now = second
        (gpu,) = probe.sample().gpus
        assert (gpu.error, gpu.utilisation) == ("no permission to use the NVIDIA driver", 93.0)


def test_a_lost_gpu_keeps_its_name_and_history() -> None:
    card = Card()
    probe = probe_of(ScriptedNvml(card))
    probe.sample()
    for failing in ("*", "Handle"):
        card.errors = {failing: LOST}
        (gpu,) = probe.sample().gpus
        assert (gpu.name, gpu.utilisation) == ("NVIDIA H200", None)
        assert [percent for _, percent in gpu.history] == [93.0]


def test_an_unplugged_gpu_disappears_and_the_others_keep_their_history() -> None:
    library = ScriptedNvml(Card(uuid="a", percent=10), Card(uuid="b", percent=20))
    probe = probe_of(library)
    probe.sample()
    del library.cards[0]
    (gpu,) = probe.sample().gpus
    assert [percent for _, percent in gpu.history] == [20.0, 20.0]


def test_a_failing_driver_is_retried_with_growing_pauses_until_it_works() -> None:
    library = ScriptedNvml(Card())
    library.failure = NOT_LOADED
    probe = probe_of(library)
    pauses = []
    for _ in range(7):
        probe.sample()
        pauses.append(probe.pause)
    assert pauses == [4, 8, 16, 32, 60, 60, 60]
    library.failure = 0
    assert probe.sample().gpus[0].utilisation == 93.0
    assert probe.pause == 2.0


def test_the_history_is_kept_while_the_driver_is_away() -> None:
    library = ScriptedNvml(Card())
    probe = probe_of(library)
    probe.sample()
    library.failure = UNINITIALISED
    assert probe.sample().gpus == ()
    library.failure = 0
    assert len(probe.sample().gpus[0].history) == 2
    assert library.opened == 2


def test_the_session_is_reopened_at_growing_intervals_while_a_gpu_fails() -> None:
    library, now = ScriptedNvml(Card(errors={"*": LOST})), ManualClock()
    probe = probe_of(library, now)
    for second in range(0, 400, 2):
        now.now = second
        probe.sample()
    assert 6 <= library.opened <= 14
    library.cards[0].errors.clear()
    before = library.opened
    for second in range(400, 600, 2):
        now.now = second
        probe.sample()
    assert library.opened <= before + 1
