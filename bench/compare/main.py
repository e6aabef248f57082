"""The whole comparison, in the order it runs. `run` makes the environment and starts this."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from compare import determinism, quality, scaling, speed
from compare.check_peers import check_peers
from compare.client import Threads, Worker
from compare.cost import measure_cost
from compare.engines.catalog import ENGINES, GPU_ENGINES, ROOT, EngineSpec
from compare.fetch import MPNET, fetch_mpnet
from compare.heads import measure_heads
from compare.machine import about_machine, available_gib, has_avx512
from compare.model import Model
from compare.options import parse_options
from compare.plan import FULL, QUICK, SMOKE, Plan
from compare.prepare import BUILD, linnet_has_int8, prepare, random_model, trained_model
from compare.report import peers_report, write_report
from compare.results import Results
from compare.sections import Sections
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


def start(session: Session, engines: list[EngineSpec]) -> None:
    session.missing.update(prepare(session.model, session.corpus))
    chosen = [spec for spec in engines if spec.name not in session.missing]
    session.workers = session.start(chosen, Threads(), session.one_core())


def measure_trained(session: Session, engines: list[EngineSpec], sections: Sections) -> None:
    def about_engines() -> None:
        start(session, engines)
        for worker in session.workers.values():
            text = f"{worker.hello['version']}; {worker.hello['detail']}"
            session.results.about[f"engine {worker.spec.name}"] = text

    def speed_and_memory() -> None:
        speed.measure_speed(session)
        speed.measure_memory(session)

    def same_bits_and_threads() -> None:
        baseline = determinism.measure_determinism(session)
        counts = scaling.thread_counts(len(session.cores))
        scaling.measure_peak_scaling(session, counts)

        def same_bits(threads: Threads, workers: dict[str, Worker]) -> None:
            if threads == Threads(len(session.cores)):
                baseline.compare("threads", workers)

        speed.measure_threads(session, counts, ("queries", "paragraphs"), same_bits)

    def work() -> None:
        present = [spec.name for spec in ENGINES if spec.is_linnet and spec.name in session.workers]
        session.close()
        for engine in present:
            if engine.endswith("-program"):
                scaling.measure_work(session, engine)

    tasks = load_tasks(session.plan.every_pair, session.plan.every_document)
    sections.run("start", about_engines)
    sections.run("batch sizes", lambda: speed.sweep(session))
    sections.run("speed", speed_and_memory)
    if session.plan.check_seconds:
        sections.run("plain loops", lambda: check_peers(session))
    sections.run("single queries", lambda: measure_cost(session, speed.measure_latency(session)))
    sections.run("quality", lambda: quality.measure_quality(session, tasks))
    sections.run("same bits and threads", same_bits_and_threads)
    sections.run("more texts", work)


def measure_larger(session: Session, engines: list[EngineSpec]) -> None:
    """Speed, and quality where the weights mean something."""
    chosen = [spec for spec in engines if spec.share == 1 and not spec.name.endswith("-program")]
    start(session, chosen)
    speed.sweep(session)
    speed.measure_speed(session)
    speed.measure_memory(session)
    if session.model.trained:
        tasks = load_tasks(session.plan.every_pair, session.plan.every_document)
        quality.measure_quality(session, tasks)


def second_model() -> Model:
    failure = fetch_mpnet()
    if failure:
        raise RuntimeError(failure)
    return Model(MPNET.name, MPNET, BUILD / "models" / MPNET.name)


def larger_models(plan: Plan) -> dict[str, Callable[[], Model]]:
    models: dict[str, Callable[[], Model]] = {}
    if plan.second_model:
        models[MPNET.name] = second_model
    for name in plan.random_models:
        models[name] = partial(random_model, name)
    return models


def chosen_engines(prefixes: list[str]) -> list[EngineSpec]:
    gpu, _ = gpu_engines()
    engines = [*ENGINES, *gpu]
    return [spec for spec in engines if not prefixes or spec.name.startswith(tuple(prefixes))]


def start_results(plan: Plan, corpus: Corpus) -> Results:
    results = Results(about_run(plan, corpus))
    _, results.about["gpu"] = gpu_engines()
    for line, why in json.loads((BUILD / "missing.json").read_text("utf-8")).items():
        results.about[f"package missing {line}"] = why
    return results


def run(plan: Plan, engines: list[EngineSpec], out: Path, scratch: Path) -> Results:
    corpus = load_corpus(plan.sizes)
    results = start_results(plan, corpus)
    sections = Sections(plan, results, out / "results.csv")
    sections.announce()
    if available_gib() < NEEDED_GIB:
        say(f"only {available_gib():.1f} GiB of memory are free; {NEEDED_GIB:.0f} are advised")
    session = Session(plan, trained_model(), corpus, results, scratch)
    with finished(session, out):
        measure_trained(session, engines, sections)
    core = session.one_core()[0]
    sections.run("tokenizers", lambda: measure_tokenizers(results, plan.tokenizer_rounds, core, scratch))
    if plan.task_cases:
        precisions = ["fp32", "int8"] if linnet_has_int8() else ["fp32"]
        sections.run("task heads", lambda: measure_heads(results, precisions, plan.task_cases))

    def larger(name: str, make: Callable[[], Model]) -> None:
        smaller = plan.for_larger(name)
        session = Session(smaller, make(), load_corpus(smaller.sizes), results, scratch)
        with finished(session, out):
            measure_larger(session, engines)

    for name, make in larger_models(plan).items():
        sections.run(name, partial(larger, name, make))
    return results


def run_check(plan: Plan, engines: list[EngineSpec], out: Path, scratch: Path) -> Results:
    """Only the peers against their plain loops."""
    corpus = load_corpus(plan.sizes)
    results = start_results(plan, corpus)
    session = Session(plan, trained_model(), corpus, results, scratch)
    with finished(session, out):
        start(session, [spec for spec in engines if not spec.is_linnet])
        check_peers(session)
    return results


@contextmanager
def finished(session: Session, out: Path) -> Iterator[None]:
    """One model, and what there is written down, should a later one fail."""
    try:
        yield
    finally:
        session.close()
        about, name = session.results.about, session.model.name
        for engine, why in session.missing.items():
            about[f"missing {name} {engine}"] = why
        for kind in ("warning", "note"):
            for place, text in enumerate(getattr(session, f"{kind}s"), start=1):
                about[f"{kind} {name} {place}"] = text
        session.results.write(out / "results.csv")


def keep(results: Results, out: Path) -> Path:
    """The CSV by date and commit, and the report with its plots in place of the last one of such a CPU."""
    RESULTS.mkdir(exist_ok=True)
    commit = results.about["commit"].split()[0]
    kept = RESULTS / f"{results.about['date'][:10]}-{commit}-{results.about['plan']}.csv"
    results.write(kept)
    report = RESULTS / ("report-avx512" if has_avx512() else "report-avx2")
    shutil.rmtree(report, ignore_errors=True)
    shutil.copytree(out, report, ignore=shutil.ignore_patterns("*.csv"))
    return kept


def main() -> None:
    args = parse_options()
    out = args.out or BUILD / "report"
    out.mkdir(parents=True, exist_ok=True)
    engines = chosen_engines(args.engines)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        if args.check_peers:
            results = run_check(FULL, engines, out, Path(scratch))
            print(peers_report(results))
            return
        plan = SMOKE if args.smoke else QUICK if args.quick else FULL
        results = run(plan.for_this_cpu(), engines, out, Path(scratch))
    results.write(out / "results.csv")
    write_report(results, out)
    if args.keep:
        say(f"kept: {keep(results, out)}")
    say(f"report: {out / 'report.md'}")


if __name__ == "__main__":
    main()
