"""GPUs are read through a scripted NVML: whatever one of them answers, the others go on."""

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
    Nvml,
    NVMLError,
    Seconds,
)

from lossmon.gpu import Gpu, GpuProcess, GpuSnapshot
from lossmon.gpu.probe import Probe
from lossmon.gpu.processes import Known

FIELDS = (
    *("Handle", "UUID", "Name", "MigMode", "MemoryInfo"),
    *("Temperature", "PowerUsage", "UtilizationRates", "ComputeRunningProcesses"),
)


def probe(library: Nvml, monotonic: Seconds | None = None) -> Probe:
    wall = Seconds(1_700_000_000.0)
    return Probe(library, 2.0, wall, monotonic or Seconds(), look=lambda pid: Known(f"python {pid}.py"))


def gpus_of(*cards: Card) -> tuple[Gpu, ...]:
    return probe(Nvml(*cards)).sample().gpus


def test_a_gpu_says_what_nvidia_smi_says() -> None:
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
        history=((1_700_000_000.0, 93.0),),
    )


@pytest.mark.parametrize("count", [1, 16])
def test_every_gpu_is_there(count: int) -> None:
    gpus = gpus_of(*(Card(uuid=f"GPU-{index}", percent=index) for index in range(count)))
    assert [gpu.index for gpu in gpus] == list(range(count))
    assert [gpu.utilisation for gpu in gpus] == list(range(count))


def test_a_snapshot_survives_pickling() -> None:
    snapshot = probe(Nvml(Card(processes=[(1, None)]))).sample()
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


@pytest.mark.parametrize(("error", "driver"), [(LIBRARY_NOT_FOUND, False), (NOT_LOADED, True)])
def test_a_machine_without_a_driver_is_told_from_one_whose_driver_fails(error: int, driver: bool) -> None:
    library = Nvml(Card())
    library.failure = error
    assert probe(library).sample().driver is driver


def test_no_gpu_is_a_value() -> None:
    assert probe(Nvml()).sample() == GpuSnapshot(reason="the NVIDIA driver sees no GPU", taken=1_700_000_000.0)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LIBRARY_NOT_FOUND, "no NVIDIA driver on this machine"),
        (NOT_LOADED, "an NVIDIA driver is installed but not loaded"),
        (VERSION_SKEW, "the NVIDIA driver was updated while the old one runs; a reboot is needed"),
        (UNKNOWN, "the NVIDIA driver reports an unknown error"),
        (NO_PERMISSION, "no permission to ask the NVIDIA driver"),
        (777, "NVML: NVML error 777"),
    ],
)
def test_a_driver_that_does_not_open_is_a_reason_in_plain_words(error: int, reason: str) -> None:
    library = Nvml(Card())
    library.failure = error
    snapshot = probe(library).sample()
    assert (snapshot.gpus, snapshot.reason) == ((), reason)


def test_without_the_package_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    snapshot = Probe(None, 2.0, Seconds(), Seconds()).sample()
    assert snapshot.reason == "the Python package nvidia-ml-py is not installed"


@pytest.mark.parametrize("failing", ["*", "Handle"])
@pytest.mark.parametrize(
    ("error", "word"), [(LOST, "lost"), (UNKNOWN, "unknown error"), (NO_PERMISSION, "no permission"), (16, "reset")]
)
def test_one_gpu_in_trouble_leaves_the_others(failing: str, error: int, word: str) -> None:
    first, broken, last = gpus_of(Card(uuid="a"), Card(uuid="b", errors={failing: error}), Card(uuid="c"))
    assert word in broken.trouble
    assert (broken.utilisation, broken.memory_used, broken.temperature, broken.processes) == (None, None, None, ())
    assert (first.utilisation, last.utilisation, first.trouble, last.trouble) == (93.0, 93.0, "", "")


def test_an_unsupported_gpu_has_no_numbers_and_no_trouble() -> None:
    (gpu,) = gpus_of(Card(errors={"*": NOT_SUPPORTED}))
    assert gpu == Gpu(0, "GPU")


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.integers(1, 1000)),
)
def test_whatever_fails_the_other_gpu_and_the_other_fields_stay(errors: dict[str, int]) -> None:
    broken, sound = gpus_of(Card(uuid="a", errors=errors), Card(uuid="b"))
    assert (sound.utilisation, sound.trouble) == (93.0, "")
    if "Handle" not in errors:
        assert (broken.utilisation is None) == ("UtilizationRates" in errors)
        assert (broken.temperature is None) == ("Temperature" in errors)
    assert bool(broken.trouble) == any(
        error not in (NOT_SUPPORTED, 13) or name == "Handle" for name, error in errors.items() if name != "MigMode"
    )


def test_an_old_driver_gives_memory_by_the_old_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def old(card: Card, version: int | None = None) -> SimpleNamespace:
        if version:
            raise NVMLError(13)
        return SimpleNamespace(used=62 * GIB, total=139 * GIB)

    monkeypatch.setattr(Card, "say_MemoryInfo", old)
    (gpu,) = gpus_of(Card())
    assert (gpu.memory_used, gpu.trouble) == (62 * GIB, "")


def test_names_may_be_bytes_and_hostile() -> None:
    (gpu,) = gpus_of(Card(name=b"H200\x1b[31m\xff"))
    assert gpu.name == "H200␛[31m\ufffd"


def test_a_name_that_is_not_text_is_trouble_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Card, "say_Name", lambda card: b"\xff".decode())
    (gpu,) = gpus_of(Card())
    assert (gpu.name, gpu.utilisation, gpu.trouble) == ("GPU", 93.0, "the driver's text is not readable")


def test_memory_of_a_process_may_be_unknown() -> None:
    (gpu,) = gpus_of(Card(processes=[(7, None), (8, 1)]))
    assert [(one.pid, one.memory) for one in gpu.processes] == [(8, 1), (7, None)]


def test_mig_shows_the_card_and_its_instances_without_utilisation() -> None:
    small = Card("NVIDIA H200 MIG 1g.18gb", "MIG-1", processes=[(9, GIB)], errors={"PowerUsage": NOT_SUPPORTED})
    card = Card(instances=[None, small, None], errors={"ComputeRunningProcesses": NO_PERMISSION})
    whole, instance = gpus_of(card)
    assert (whole.index, whole.instance, whole.power, whole.utilisation) == (0, None, 612.0, None)
    assert (whole.processes, whole.trouble, whole.history) == ((), "", ())
    assert (instance.index, instance.instance, instance.name) == (0, 1, "NVIDIA H200 MIG 1g.18gb")
    assert (instance.utilisation, instance.power, instance.memory_used) == (None, None, 61 * GIB)
    assert [one.pid for one in instance.processes] == [9]


def test_mig_without_instances_says_so() -> None:
    (card,) = gpus_of(Card(instances=[None, None]))
    assert card.trouble == "MIG is on, but it has no instances"


def test_a_mig_instance_that_may_not_be_asked_is_trouble_of_its_card() -> None:
    (whole,) = gpus_of(Card(instances=[Card(uuid="MIG-1", errors={"Handle": NO_PERMISSION})]))
    assert whole.trouble == "no permission to ask the NVIDIA driver"


def test_processes_are_listed_every_five_seconds_and_remembered_between() -> None:
    library, now = Nvml(Card(processes=[(1, GIB)])), Seconds()
    sampled = probe(library, now)
    for second in range(0, 10, 2):
        now.now = second
        (gpu,) = sampled.sample().gpus
        assert [one.pid for one in gpu.processes] == [1]
    assert library.listings == 2


def test_that_processes_cannot_be_listed_does_not_come_and_go() -> None:
    now = Seconds()
    sampled = probe(Nvml(Card(errors={"ComputeRunningProcesses": NO_PERMISSION})), now)
    for second in range(0, 10, 2):
        now.now = second
        (gpu,) = sampled.sample().gpus
        assert (gpu.trouble, gpu.utilisation) == ("no permission to ask the NVIDIA driver", 93.0)


def test_a_gpu_that_is_lost_keeps_its_name_and_history() -> None:
    card = Card()
    sampled = probe(Nvml(card))
    sampled.sample()
    for failing in ("*", "Handle"):
        card.errors = {failing: LOST}
        (gpu,) = sampled.sample().gpus
        assert (gpu.name, gpu.utilisation) == ("NVIDIA H200", None)
        assert [percent for _, percent in gpu.history] == [93.0]


def test_a_gpu_that_is_unplugged_goes_and_the_others_keep_their_history() -> None:
    library = Nvml(Card(uuid="a", percent=10), Card(uuid="b", percent=20))
    sampled = probe(library)
    sampled.sample()
    del library.cards[0]
    (gpu,) = sampled.sample().gpus
    assert [percent for _, percent in gpu.history] == [20.0, 20.0]


def test_a_driver_that_fails_is_tried_again_ever_more_rarely_and_picked_up() -> None:
    library = Nvml(Card())
    library.failure = NOT_LOADED
    sampled = probe(library)
    pauses = []
    for _ in range(7):
        sampled.sample()
        pauses.append(sampled.pause)
    assert pauses == [4, 8, 16, 32, 60, 60, 60]
    library.failure = 0
    assert sampled.sample().gpus[0].utilisation == 93.0
    assert sampled.pause == 2.0


def test_a_driver_that_goes_away_and_comes_back_keeps_the_history() -> None:
    library = Nvml(Card())
    sampled = probe(library)
    sampled.sample()
    library.failure = UNINITIALISED
    assert sampled.sample().gpus == ()
    library.failure = 0
    assert len(sampled.sample().gpus[0].history) == 2
    assert library.opened == 2


def test_the_session_is_reopened_now_and_then_while_a_gpu_is_in_trouble() -> None:
    library, now = Nvml(Card(errors={"*": LOST})), Seconds()
    sampled = probe(library, now)
    for second in range(0, 400, 2):
        now.now = second
        sampled.sample()
    assert 6 <= library.opened <= 14
    library.cards[0].errors.clear()
    before = library.opened
    for second in range(400, 600, 2):
        now.now = second
        sampled.sample()
    assert library.opened <= before + 1
