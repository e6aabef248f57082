"""bench/compare/diff A B: two runs side by side, and what moved by more than the noise.

A and B are results.csv files. A number moved when the ranges of its rounds do not overlap and the medians
differ by more than 3 %, and by more than the multiply-add peaks of the two runs differ where it is a
speed. Exit status 1 when something became worse."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from compare.results import Results, Row, read_results

LEAST = 0.03
LESS_IS_BETTER = (
    "latency",
    "seconds",
    "core_seconds",
    "peak_memory",
    "load",
    "cores_for",
    "largest_difference",
)
SPEEDS = ("texts_per_second", "tokens_per_second", "core_seconds", "latency", "seconds", "cores_for")


def peak_change(a: Results, b: Results) -> float:
    """How much faster B's core was, by the register-only multiply-add loop; 1 where unknown."""
    first, second = (run.find(engine="machine", metric="fma_peak", workload="") for run in (a, b))
    return second.value / first.value if first and second and first.value else 1.0


def moved(a: Row, b: Row, machine: float) -> bool:
    if a.value == b.value:
        return False
    if not a.value:
        return True
    overlap = a.low <= b.high and b.low <= a.high
    allowed = LEAST
    if a.metric.startswith(SPEEDS):
        allowed = max(LEAST, abs(machine - 1))
    elif a.metric.startswith(("cosine", "same_bits")):
        allowed = 1e-6  # nothing there is noise
    return not (overlap and a.low != a.high) and abs(b.value / a.value - 1) > allowed


def worse(a: Row, b: Row) -> bool:
    if a.metric in ("padding", "fma_peak", "core_used_by_others"):
        return False
    return (b.value > a.value) == a.metric.startswith(LESS_IS_BETTER)


def describe(a: Row, b: Row) -> str:
    where = ", ".join(part for part in (a.model, a.workload, a.engine) if part)
    change = f"{100 * (b.value / a.value - 1):+.1f} %" if a.value else "from 0"
    word = "WORSE " if worse(a, b) else "better"
    if a.metric in ("padding", "fma_peak", "core_used_by_others"):
        word = "moved "
    return f"{word} {where}, threads {a.threads}: {a.metric} {a.value:g} -> {b.value:g} {a.unit} ({change})"


def compare(a: Results, b: Results, everything: bool) -> tuple[list[str], bool]:
    lines: list[str] = []
    any_worse = False
    machine = peak_change(a, b)
    others = {row.key: row for row in b.rows}
    for row in a.rows:
        other = others.pop(row.key, None)
        if other is None:
            lines.append(f"gone   {row.key}")
        elif moved(row, other, machine):
            lines.append(describe(row, other))
            any_worse = any_worse or worse(row, other)
        elif everything:
            lines.append(f"same   {describe(row, other)[7:]}")
    lines += [f"new    {key}" for key in others]
    return lines, any_worse


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/compare/diff", description=__doc__)
    parser.add_argument("a", type=Path, metavar="A")
    parser.add_argument("b", type=Path, metavar="B")
    parser.add_argument("--all", action="store_true", help="also what did not move")
    parser.add_argument("--engine", help="engines whose name starts so, for example linnet")
    args = parser.parse_args()
    a, b = read_results(args.a), read_results(args.b)
    if args.engine:
        for run in (a, b):
            run.rows = [row for row in run.rows if row.engine.startswith((args.engine, "machine"))]
    for name in ("cpu", "flags", "date", "commit", "plan", "texts"):
        left, right = a.about.get(name, "-"), b.about.get(name, "-")
        print(f"{name:8} {left}" if left == right else f"{name:8} {left}  ->  {right}")
    print(f"the second run's core was {peak_change(a, b):.3f} times as fast at multiply-adds\n")
    lines, any_worse = compare(a, b, args.all)
    print("\n".join(lines) or "nothing moved by more than the noise")
    return 1 if any_worse else 0


if __name__ == "__main__":
    sys.exit(main())
