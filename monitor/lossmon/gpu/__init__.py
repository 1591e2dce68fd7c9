"""Utilisation, memory and processes of NVIDIA GPUs, sampled by a thread; a machine without GPUs is not an error."""

from __future__ import annotations

from lossmon.gpu.processes import ProcessInfo, read_process_info, short_command
from lossmon.gpu.sampler import GpuProbe, GpuSampler
from lossmon.gpu.types import Gpu, GpuProcess, GpuSnapshot, UtilisationHistory

__all__ = [
    "Gpu",
    "GpuProbe",
    "GpuProcess",
    "GpuSampler",
    "GpuSnapshot",
    "ProcessInfo",
    "UtilisationHistory",
    "read_process_info",
    "short_command",
]
