"""GPU utilisation, sampled beside the logs at its own pace; no GPU is a value, not an error."""

from __future__ import annotations

from lossmon.gpu.sampler import GpuSampler
from lossmon.gpu.types import Gpu, GpuProcess, GpuSnapshot

__all__ = ["Gpu", "GpuProcess", "GpuSampler", "GpuSnapshot"]
