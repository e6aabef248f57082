"""The whole comparison, in the order it runs. `run` makes the environment and starts this."""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import tempfile
from pathlib import Path

from compare import determinism, quality, scaling, speed
from compare.client import Threads
from compare.cost import measure_cost
from compare.engines.catalog import ENGINES, GPU_ENGINES, ROOT, EngineSpec
from compare.machine import about_machine, available_gib
from compare.plan import FULL, QUICK, SMOKE, Plan
from compare.prepare import BUILD, prepare, random_model, trained_model
from compare.report import write_report
from compare.results import Results
from compare.session import Session, say
from compare.texts import Corpus, load_corpus, load_tasks

NEEDED_GIB = 7.0  # all workers of a model at once


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def about_run(plan: Plan, corpus: Corpus) -> dict[str, str]:
    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": (git("rev-parse", "--short=10", "HEAD") or "unknown") + changed,
        "plan": plan.name,
        "texts": corpus.source,
        **about_machine(),
    }


def gpu_engines() -> tuple[list[EngineSpec], str]:
    try:
        import torch
    except ImportError:
        return [], "torch is missing"
    if not torch.cuda.is_available():
        return [], "torch sees no GPU on this machine"
    return GPU_ENGINES, torch.cuda.get_device_name(0)


def measure_trained(session: Session, engines: list[EngineSpec]) -> None:
    session.workers = session.start(engines, Threads(), session.one_core())
    for worker in session.workers.values():
        session.results.about[f"engine {worker.spec.name}"] = (
            f"{worker.hello['version']}; {worker.hello['detail']}"
        )
    speed.sweep(session)
    speed.measure_speed(session)
    speed.measure_memory(session)
    measure_cost(session, speed.measure_latency(session))
    quality.measure_quality(
        session, load_tasks(every_pair=session.plan.every_pair, search=session.plan.search)
    )
    determinism.measure_determinism(session)
    counts = scaling.thread_counts(len(session.cores))
    scaling.measure_peak_scaling(session, counts)
    speed.measure_threads(session, counts, ("queries", "paragraphs"))
    present = [spec.name for spec in ENGINES if spec.is_linnet and spec.name in session.workers]
    session.close()
    for engine in present:
        if engine.endswith("-program"):
            scaling.measure_work(session, engine)


def measure_random(session: Session, engines: list[EngineSpec]) -> None:
    """Speed alone, for the weights mean nothing."""
    chosen = [spec for spec in engines if spec.share == 1 and not spec.name.endswith("-program")]
    session.workers = session.start(chosen, Threads(), session.one_core())
    speed.sweep(session)
    speed.measure_speed(session)
    speed.measure_memory(session)
    session.close()


def run(plan: Plan, out: Path, scratch: Path) -> Results:
    corpus = load_corpus(plan.sizes)
    results = Results(about_run(plan, corpus))
    gpu, gpu_note = gpu_engines()
    results.about["gpu"] = gpu_note
    if available_gib() < NEEDED_GIB:
        say(f"only {available_gib():.1f} GiB of memory are free; {NEEDED_GIB:.0f} are advised")
    engines = [*ENGINES, *gpu]
    for line, why in json.loads((BUILD / "missing.json").read_text("utf-8")).items():
        results.about[f"package missing {line}"] = why
    warnings: list[str] = []
    notes: list[str] = []
    for name in (None, *plan.random_models):
        model = random_model(name) if name else trained_model()
        session = Session(plan if not name else plan.for_random(), model, corpus, results, scratch)
        if name:
            session.corpus = load_corpus(session.plan.sizes)
        session.missing.update(prepare(model, session.corpus))
        present = [spec for spec in engines if spec.name not in session.missing]
        (measure_random if name else measure_trained)(session, present)
        for engine, why in session.missing.items():
            results.about[f"missing {model.name} {engine}"] = why
        warnings += session.warnings
        notes += session.notes
        results.write(out / "results.csv")  # what there is, should a later model fail
    for place, warning in enumerate(warnings, start=1):
        results.about[f"warning {place}"] = warning
    for place, note in enumerate(notes, start=1):
        results.about[f"note {place}"] = note
    return results


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/compare/run", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="at most 8 minutes, and rougher")
    length.add_argument("--smoke", action="store_true", help="tests the harness; its numbers mean nothing")
    parser.add_argument("--out", type=Path, default=BUILD / "report", help="folder of the report")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        results = run(SMOKE if args.smoke else QUICK if args.quick else FULL, args.out, Path(scratch))
    results.write(args.out / "results.csv")
    write_report(results, args.out)
    say(f"report: {args.out / 'report.md'}")


if __name__ == "__main__":
    main()
