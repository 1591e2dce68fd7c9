"""The real pynvml with a C library in place of the driver; needs no GPU."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
typedef struct { unsigned index; } Device;
static Device devices[3] = {{0}, {1}, {2}};
#define ASK(device) do { if ((device)->index == 1) return 15; } while (0)
#define LACKS(device) do { ASK(device); if ((device)->index == 2) return 3; } while (0)
static int script(const char *name) { const char *value = getenv(name); return value ? atoi(value) : 0; }
int nvmlInitWithFlags(unsigned flags) { return script("STUB_INIT"); }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) { return "scripted"; }
int nvmlDeviceGetCount_v2(unsigned *count) { sleep(script("STUB_HANG")); *count = 3; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device **device) { *device = &devices[index]; return 0; }
int nvmlDeviceGetUUID(Device *device, char *text, unsigned length) {
    ASK(device); strcpy(text, device->index ? "GPU-2" : "GPU-0"); return 0; }
int nvmlDeviceGetName(Device *device, char *text, unsigned length) { ASK(device); strcpy(text, "Stub"); return 0; }
int nvmlDeviceGetTemperature(Device *device, int sensor, unsigned *degrees) { ASK(device); *degrees = 40; return 0; }
int nvmlDeviceGetPowerUsage(Device *device, unsigned *milliwatts) { LACKS(device); *milliwatts = 78500; return 0; }
int nvmlDeviceGetUtilizationRates(Device *device, unsigned *rates) {
    LACKS(device); rates[0] = 55; rates[1] = 1; return 0; }
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } Memory;
int nvmlDeviceGetMemoryInfo_v2(Device *device, Memory *memory) {
    ASK(device); memory->total = 1000; memory->used = 10; return 0; }
typedef struct { unsigned pid; unsigned long long memory; unsigned instance, compute; } Process;
int nvmlDeviceGetComputeRunningProcesses_v3(Device *device, unsigned *count, Process *processes) {
    ASK(device);
    if (*count < 2) { *count = 2; return 7; }
    *count = 2;
    processes[0].pid = 4000001; processes[0].memory = -1ULL;
    processes[1].pid = 4000002; processes[1].memory = 7;
    return 0;
}
"""

PROGRAM = """
import json
from dataclasses import asdict
from lossmon.gpu import GpuSampler
sampler = GpuSampler()
snapshot = sampler.wait_for_snapshot(TIMEOUT)
sampler.close()
print(json.dumps(snapshot and asdict(snapshot)))
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("gcc") is None, reason="builds a Linux library with gcc"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("driver")
    (folder / "stub.c").write_text(SOURCE)
    command = ["gcc", "-w", "-shared", "-fPIC", "-o", "libnvidia-ml.so.1", "stub.c"]
    subprocess.run(command, cwd=folder, check=True)
    return folder


def first_snapshot(library: Path, timeout: float = 20, **script: str) -> Any:
    """Return the first snapshot in a new process whose driver is *library*, set up by the variables in *script*."""
    environment = {"LD_LIBRARY_PATH": str(library), "PYTHONPATH": os.pathsep.join(sys.path), **script}
    command = [sys.executable, "-c", PROGRAM.replace("TIMEOUT", str(timeout))]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert (process.returncode, process.stderr) == (0, "")
    return json.loads(process.stdout)


def test_pynvml_reads_a_complete_a_lost_and_a_partly_supported_gpu(library: Path) -> None:
    complete, lost, partial = first_snapshot(library)["gpus"]
    assert (complete["name"], complete["utilisation"], complete["power"]) == ("Stub", 55.0, 78.5)
    assert (complete["memory_used"], complete["memory_total"], complete["temperature"]) == (10, 1000, 40.0)
    assert [(process["pid"], process["command"], process["memory"]) for process in complete["processes"]] == [
        (4000002, "", 7),
        (4000001, "", None),
    ]
    assert "lost" in lost["error"]
    assert (partial["utilisation"], partial["power"]) == (None, None)
    assert (partial["memory_used"], partial["error"]) == (10, "")


@pytest.mark.parametrize(("error", "word"), [("9", "not loaded"), ("18", "reboot"), ("999", "unknown error")])
def test_the_reason_why_the_driver_does_not_open_is_reported(library: Path, error: str, word: str) -> None:
    snapshot = first_snapshot(library, STUB_INIT=error)
    assert snapshot["gpus"] == []
    assert word in snapshot["reason"]


def test_lossmon_can_exit_while_the_driver_hangs(library: Path) -> None:
    assert first_snapshot(library, timeout=0.1, STUB_HANG="60") is None
