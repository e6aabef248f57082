"""The whole comparison, in the order it runs. `run` makes the environment and starts this."""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from compare import determinism, quality, scaling, speed
from compare.check_peers import check_peers
from compare.client import Threads, Worker
from compare.cost import measure_cost
from compare.engines.catalog import ENGINES, GPU_ENGINES, ROOT, EngineSpec
from compare.fetch import MPNET, fetch_mpnet
from compare.heads import measure_heads
from compare.machine import about_machine, available_gib
from compare.model import Model
from compare.plan import FULL, QUICK, SMOKE, Plan
from compare.prepare import BUILD, linnet_has_int8, prepare, random_model, trained_model
from compare.report import write_report
from compare.results import Results
from compare.session import Session, say
from compare.texts import Corpus, load_corpus, load_tasks
from compare.tokenizer_rows import measure_tokenizers

RESULTS = ROOT / "bench" / "results"
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
    if session.plan.check_seconds:
        check_peers(session)
    measure_cost(session, speed.measure_latency(session))
    quality.measure_quality(
        session, load_tasks(every_pair=session.plan.every_pair, search=session.plan.search)
    )
    baseline = determinism.measure_determinism(session)
    counts = scaling.thread_counts(len(session.cores))
    scaling.measure_peak_scaling(session, counts)

    def same_bits(threads: Threads, workers: dict[str, Worker]) -> None:
        if threads == Threads(len(session.cores)):
            baseline.compare("threads", workers)

    speed.measure_threads(session, counts, ("queries", "paragraphs"), same_bits)
    present = [spec.name for spec in ENGINES if spec.is_linnet and spec.name in session.workers]
    session.close()
    for engine in present:
        if engine.endswith("-program"):
            scaling.measure_work(session, engine)


def measure_larger(session: Session, engines: list[EngineSpec]) -> None:
    """Speed, and quality where the weights mean something."""
    chosen = [spec for spec in engines if spec.share == 1 and not spec.name.endswith("-program")]
    session.workers = session.start(chosen, Threads(), session.one_core())
    speed.sweep(session)
    speed.measure_speed(session)
    speed.measure_memory(session)
    if session.model.trained:
        tasks = load_tasks(every_pair=session.plan.every_pair, search=False)
        quality.measure_quality(session, tasks)
    session.close()


def larger_models(plan: Plan, results: Results) -> Iterator[Model]:
    if plan.second_model:
        failure = fetch_mpnet()
        if failure:
            results.about[f"package missing {MPNET.name}"] = failure
        else:
            yield Model(MPNET.name, MPNET, BUILD / "models" / MPNET.name)
    for name in plan.random_models:
        yield random_model(name)


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
    first = Session(plan, trained_model(), corpus, results, scratch)
    finish(first, out, measure_trained, engines)
    sessions = [first]
    for model in larger_models(plan, results):
        smaller = plan.for_larger(model.name)
        sessions.append(Session(smaller, model, load_corpus(smaller.sizes), results, scratch))
        finish(sessions[-1], out, measure_larger, engines)
    measure_tokenizers(results, plan.tokenizer_rounds, first.one_core()[0], scratch)
    if plan.search:
        precisions = ["fp32", "int8"] if linnet_has_int8() else ["fp32"]
        measure_heads(results, precisions, limit=None)
    for kind in ("warning", "note"):
        texts = [text for session in sessions for text in getattr(session, f"{kind}s")]
        for place, text in enumerate(texts, start=1):
            results.about[f"{kind} {place}"] = text
    return results


def finish(
    session: Session,
    out: Path,
    measure: Callable[[Session, list[EngineSpec]], None],
    engines: list[EngineSpec],
) -> None:
    """One model, and what there is written down, should a later one fail."""
    session.missing.update(prepare(session.model, session.corpus))
    try:
        measure(session, [spec for spec in engines if spec.name not in session.missing])
    finally:
        session.close()
    for engine, why in session.missing.items():
        session.results.about[f"missing {session.model.name} {engine}"] = why
    session.results.write(out / "results.csv")


def keep(results: Results, out: Path) -> Path:
    """The CSV by date and commit, and the report with its plots in place of the last one."""
    RESULTS.mkdir(exist_ok=True)
    commit = results.about["commit"].split()[0]
    kept = RESULTS / f"{results.about['date'][:10]}-{commit}-{results.about['plan']}.csv"
    results.write(kept)
    shutil.rmtree(RESULTS / "report", ignore_errors=True)
    shutil.copytree(out, RESULTS / "report", ignore=shutil.ignore_patterns("*.csv"))
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/compare/run", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="at most 8 minutes, and rougher")
    length.add_argument("--smoke", action="store_true", help="tests the harness; its numbers mean nothing")
    parser.add_argument("--out", type=Path, default=BUILD / "report", help="folder of the report")
    parser.add_argument("--keep", action="store_true", help="also keep the results in bench/results")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        results = run(SMOKE if args.smoke else QUICK if args.quick else FULL, args.out, Path(scratch))
    results.write(args.out / "results.csv")
    write_report(results, args.out)
    if args.keep:
        say(f"kept: {keep(results, args.out)}")
    say(f"report: {args.out / 'report.md'}")


if __name__ == "__main__":
    main()
