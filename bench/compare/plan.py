"""How long a run measures what: --quick for a look, full for a report."""

from __future__ import annotations

from dataclasses import dataclass, replace

from compare.texts import Sizes


@dataclass(frozen=True)
class Plan:
    name: str
    sizes: Sizes
    rounds: int  # interleaved over all engines
    seconds: float  # of one timed request
    sweep_seconds: float
    sweep_all: bool  # every batch size for every workload; else every second one, for two workloads
    latency_seconds: float  # a round
    thread_rounds: int
    tokenizer_rounds: int
    every_pair: int  # of STS-B
    search: bool  # Cranfield
    work_seconds: float  # for 1,000, 10,000, ... texts through the program
    check_seconds: float  # of a peer's plain loop; 0: not checked
    second_model: bool  # all-mpnet-base-v2: speed and quality
    random_models: tuple[str, ...]  # speed alone

    def for_larger(self, model: str) -> Plan:
        """Of larger models: fewer texts, fewer rounds."""
        few = Sizes(queries=32, sentences=16, paragraphs=6, mixed=12)
        fewer = Sizes(queries=16, sentences=8, paragraphs=2, mixed=6)
        sizes = fewer if model == "bert-large" else few
        return replace(
            self, sizes=sizes, rounds=3, seconds=0.3, sweep_seconds=0.0, sweep_all=False, every_pair=4
        )


QUICK = Plan(
    name="quick",
    sizes=Sizes(queries=256, sentences=96, paragraphs=20, mixed=64),
    rounds=3,
    seconds=0.3,
    sweep_seconds=0.1,
    sweep_all=False,
    latency_seconds=0.3,
    thread_rounds=1,
    tokenizer_rounds=1,
    every_pair=4,
    search=False,
    work_seconds=25,
    check_seconds=0,
    second_model=False,
    random_models=(),
)

SMOKE = replace(
    QUICK,
    name="smoke",
    sizes=Sizes(queries=16, sentences=8, paragraphs=2, mixed=8),
    rounds=2,
    seconds=0.0,
    sweep_seconds=0.0,
    latency_seconds=0.0,
    every_pair=60,
    work_seconds=3,
)

FULL = Plan(
    name="full",
    sizes=Sizes(queries=512, sentences=256, paragraphs=64, mixed=160),
    rounds=4,
    seconds=1.0,
    sweep_seconds=0.2,
    sweep_all=True,
    latency_seconds=1.0,
    thread_rounds=2,
    tokenizer_rounds=3,
    every_pair=1,
    search=True,
    work_seconds=240,
    check_seconds=1,
    second_model=True,
    random_models=("bert-base", "bert-large"),
)
