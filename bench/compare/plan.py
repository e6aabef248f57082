"""How long a run measures what: --quick for a look, full for a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from compare.machine import has_avx512
from compare.texts import Sizes


@dataclass(frozen=True)
class Plan:
    name: str
    sizes: Sizes
    rounds: int  # interleaved over all engines
    seconds: float  # of one timed request
    sweep_seconds: float
    sweep_all: bool  # every batch size for every workload; else every second one, for three workloads
    latency_seconds: float  # a round
    thread_rounds: int
    tokenizer_rounds: int
    every_pair: int  # of STS-B
    every_document: int  # of Cranfield; 0: no search
    task_cases: int  # of each task with a head, at most; 0: no such tasks
    work_seconds: float  # for 1,000, 10,000, ... texts through the program
    check_seconds: float  # of a peer's plain loop; 0: not checked
    second_model: bool  # all-mpnet-base-v2: speed and quality
    random_models: tuple[str, ...]  # speed alone
    expected: Mapping[str, int] = field(default_factory=dict)  # seconds a section takes on two Zen 5 cores
    limit_minutes: int = 60  # a section that would end after it is left out
    texts_share: float = 1.0  # of the sizes above and of larger models' texts

    def for_this_cpu(self) -> Plan:
        """Half the texts where there is no AVX-512, and a third of the documents: most engines take twice as long
        (Zen 3 beside Zen 5), where with all documents quality alone took ten minutes and five sections found no
        time."""
        if has_avx512():
            return self
        return replace(
            self,
            sizes=self.sizes.times(0.5),
            every_pair=2 * self.every_pair,
            every_document=3 * self.every_document,
            thread_rounds=1,
            work_seconds=self.work_seconds / 3,
            texts_share=0.5,
        )

    def for_larger(self, model: str) -> Plan:
        """Of larger models: fewer texts, fewer rounds."""
        few = Sizes(queries=32, sentences=16, paragraphs=8, mixed=16)
        fewer = Sizes(queries=8, sentences=4, paragraphs=2, mixed=4)
        sizes = fewer if model == "bert-large" else few
        return replace(
            self,
            sizes=sizes.times(self.texts_share),
            rounds=2,
            seconds=min(0.2, self.seconds),
            sweep_seconds=0.0,
            sweep_all=False,
            every_pair=5 * self.every_pair,
            every_document=0,
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
    every_document=0,
    task_cases=0,
    work_seconds=25,
    check_seconds=0,
    second_model=False,
    random_models=(),
    expected={
        "start": 15,
        "batch sizes": 70,
        "speed": 130,
        "single queries": 20,
        "quality": 35,
        "same bits and threads": 120,
        "more texts": 35,
        "tokenizers": 15,
    },
    limit_minutes=8,
)

FULL = Plan(
    name="full",
    sizes=Sizes(queries=320, sentences=128, paragraphs=40, mixed=80),
    rounds=4,
    seconds=0.5,
    sweep_seconds=0.1,
    sweep_all=True,
    latency_seconds=0.7,
    thread_rounds=2,
    tokenizer_rounds=2,
    every_pair=1,
    every_document=1,
    task_cases=10_000,
    work_seconds=260,
    check_seconds=0.5,
    second_model=True,
    random_models=("bert-base", "bert-large"),
    expected={
        "start": 30,
        "batch sizes": 260,
        "speed": 250,
        "plain loops": 90,
        "single queries": 50,
        "quality": 300,
        "same bits and threads": 200,
        "more texts": 250,
        "tokenizers": 30,
        "task heads": 90,
        "all-mpnet-base-v2": 240,
        "bert-base": 190,
        "bert-large": 250,
    },
    limit_minutes=50,
)

SMOKE = replace(
    FULL,  # all that it has, on hardly any texts
    name="smoke",
    sizes=Sizes(queries=16, sentences=8, paragraphs=2, mixed=8),
    rounds=2,
    seconds=0.0,
    sweep_seconds=0.0,
    sweep_all=False,
    latency_seconds=0.0,
    thread_rounds=1,
    tokenizer_rounds=1,
    every_pair=100,
    every_document=100,
    task_cases=20,
    work_seconds=3,
    check_seconds=0.01,
    random_models=("bert-base",),
    expected={},
    limit_minutes=60,
)
