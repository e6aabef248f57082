"""The machine: what it is, and whether it was quiet."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

INTERESTING = ("avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def cpu_field(name: str) -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        key, _, text = line.partition(":")
        if key.strip() == name:
            return text.strip()
    return "unknown"


def cpu_flags() -> list[str]:
    flags = set(cpu_field("flags").split())
    return [flag for flag in INTERESTING if flag in flags]


def has_avx512() -> bool:
    return "avx512f" in cpu_flags()


def describe_cpu() -> str:
    family, model = cpu_field("cpu family"), cpu_field("model")
    return f"{cpu_field('model name')} (family {family}, model {model})"


def describe_caches() -> str:
    parts = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (index / "type").read_text().strip()
        if kind != "Instruction":
            parts.append(f"L{(index / 'level').read_text().strip()} {(index / 'size').read_text().strip()}")
    return ", ".join(parts)


def about_machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": describe_cpu(),
        "flags": " ".join(cpu_flags()),
        "caches": describe_caches(),
        "cores": str(len(usable_cores())),
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def usable_cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def available_gib() -> float:
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 2**20
    return 0.0


class Busy:
    """What share of some cores' time others took (stolen by the hypervisor, or idle never)."""

    def __init__(self, cores: Sequence[int]) -> None:
        self._cores = set(cores)
        self._start = self._read()

    def _read(self) -> tuple[int, int, int]:
        total = stolen = idle = 0
        for line in Path("/proc/stat").read_text("ascii").splitlines():
            name, *numbers = line.split()
            if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in self._cores:
                ticks = list(map(int, numbers[:8]))
                total, idle, stolen = total + sum(ticks), idle + ticks[3] + ticks[4], stolen + ticks[7]
        return total, idle, stolen

    def busy_seconds(self) -> float:
        total, idle, _ = (b - a for a, b in zip(self._start, self._read(), strict=True))
        return (total - idle) / os.sysconf("SC_CLK_TCK")

    def stolen_share(self) -> float:
        total, _, stolen = (b - a for a, b in zip(self._start, self._read(), strict=True))
        return stolen / total if total else 0.0
