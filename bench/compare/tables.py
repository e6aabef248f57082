"""Markdown tables of a run's results."""

from __future__ import annotations

from collections.abc import Sequence

from compare.engines.catalog import BY_NAME, ENGINES, GPU_ENGINES, EngineSpec
from compare.plain_loops import how
from compare.results import Results, Row

WORKLOADS = ("queries", "sentences", "paragraphs", "mixed")
HOST = "1"  # the threads label of one thread


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]], words: bool = False) -> str:
    """The first column to the left, the numbers to the right. Nothing where there are no rows."""
    if not rows:
        return ""
    align = ["---"] + ["---" if words else "---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, align, *rows)) + "\n"


def number(value: float | None, digits: int = 3) -> str:
    """Three digits that count, and no false ones."""
    if value is None:
        return "-"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}" if abs(value) < 1 else f"{value:.{digits - len(str(int(abs(value))))}f}"


def with_spread(row: Row | None) -> str:
    if row is None:
        return "-"
    spread = (row.high - row.low) / 2 / row.value if row.value else 0
    return f"{number(row.value)} ±{100 * spread:.0f} %"


def fixed(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def engines_with(results: Results, model: str, metric: str) -> list[EngineSpec]:
    names = {row.engine for row in results.select(model=model, metric=metric)}
    return [spec for spec in (*ENGINES, *GPU_ENGINES) if spec.name in names]


def label(spec: EngineSpec) -> str:
    return f"**{spec.label}**" if spec.is_linnet else spec.label


def parent(name: str) -> str:
    """Quality is measured once for engines that compute the same: the library for the program."""
    return name.removesuffix("-program")


def speed_and_quality(results: Results, model: str) -> str:
    def row(spec: EngineSpec) -> list[str]:
        cells = [label(spec)]
        for workload in WORKLOADS:
            cells.append(
                with_spread(
                    results.find(
                        model=model,
                        workload=workload,
                        engine=spec.name,
                        threads=HOST,
                        metric="texts_per_second",
                    )
                )
            )
        for metric, digits in (
            ("cosine_mean", 5),
            ("cosine_min", 4),
            ("stsb_spearman", 2),
            ("cranfield_ndcg10", 2),
        ):
            value = results.value(model=model, engine=parent(spec.name), metric=metric)
            cells.append(fixed(value, digits))
        return cells

    header = ["engine", *(f"{name}, texts/s" for name in WORKLOADS)]
    header += ["cosine, mean", "cosine, min", "STS-B", "nDCG@10"]
    return markdown(header, [row(s) for s in engines_with(results, model, "texts_per_second")])


def speed_alone(results: Results, model: str) -> str:
    def row(spec: EngineSpec) -> list[str]:
        rates = [
            results.find(
                model=model,
                workload=workload,
                engine=spec.name,
                threads=HOST,
                metric="texts_per_second",
            )
            for workload in WORKLOADS
        ]
        memory = results.value(model=model, engine=spec.name, metric="peak_memory")
        return [label(spec), *map(with_spread, rates), number(memory)]

    header = ["engine", *(f"{name}, texts/s" for name in WORKLOADS), "peak memory, MiB"]
    return markdown(header, [row(s) for s in engines_with(results, model, "texts_per_second")])


def linnet_rows(results: Results, model: str) -> list[EngineSpec]:
    return [
        spec
        for spec in engines_with(results, model, "texts_per_second")
        if spec.is_linnet and spec.make is None
    ]


def ratios(results: Results, model: str) -> str:
    """How many times as fast Linnet is; and what that saves."""
    ours = linnet_rows(results, model)

    def cell(peer: str, own: str, workload: str) -> str:
        def rate(name: str) -> float | None:
            return results.value(
                model=model, workload=workload, engine=name, threads=HOST, metric="texts_per_second"
            )

        theirs, mine = rate(peer), rate(own)
        if not theirs or not mine:
            return "-"
        saved = 100 * (1 - theirs / mine)
        words = f"{saved:.0f} % less" if saved >= 0 else f"{-saved:.0f} % more"
        return f"{mine / theirs:.2f} ({words})"

    rows = [
        [spec.label, *(cell(spec.name, own.name, w) for own in ours for w in ("queries", "paragraphs"))]
        for spec in engines_with(results, model, "texts_per_second")
        if not spec.is_linnet
    ]
    header = ["peer", *(f"{own.label}, {w}" for own in ours for w in ("queries", "paragraphs"))]
    return markdown(header, rows)


def latency(results: Results, model: str) -> str:
    def row(spec: EngineSpec) -> list[str]:
        def value(metric: str) -> float | None:
            return results.value(model=model, workload="one query", engine=spec.name, metric=metric)

        return [
            label(spec),
            fixed(value("latency_p50"), 2),
            fixed(value("latency_p99"), 2),
            number(value("cores_for_1000")),
        ]

    header = ["engine", "p50, ms", "p99, ms", "cores for 1,000 queries/s with p99 <= 50 ms"]
    return markdown(header, [row(s) for s in engines_with(results, model, "latency_p50")])


def cost(results: Results, model: str) -> str:
    def row(spec: EngineSpec) -> list[str]:
        seconds = [
            results.value(
                model=model,
                workload=w,
                engine=spec.name,
                threads=HOST,
                metric="core_seconds_per_million",
            )
            for w in WORKLOADS
        ]
        own = {"model": model, "engine": spec.name}
        return [
            label(spec),
            *map(number, seconds),
            number(results.value(**own, metric="peak_memory")),
            fixed(results.value(**own, metric="load"), 2),
        ]

    header = ["engine", *(f"{w}, core-seconds" for w in WORKLOADS), "peak memory, MiB", "load, s"]
    return markdown(header, [row(s) for s in engines_with(results, model, "core_seconds_per_million")])


def settings(results: Results, model: str) -> str:
    def row(spec: EngineSpec) -> list[str]:
        cells = [label(spec)]
        for workload in WORKLOADS:
            own = {"model": model, "workload": workload, "engine": spec.name, "threads": HOST}
            found = results.find(**own, metric="texts_per_second")
            padding = results.value(**own, metric="padding")
            batch = found.setting.removeprefix("batch ") if found else ""
            cells.append(f"{batch or 'all'}, {100 * padding:.0f} %" if padding is not None else "-")
        return cells

    header = ["engine", *(f"{w}: batch, padding" for w in WORKLOADS)]
    chosen = [s for s in engines_with(results, model, "padding")]
    return markdown(header, [row(s) for s in chosen])


def threads(results: Results, model: str) -> str:
    """Speed with all cores over speed with one, by the better way to use them."""
    labels = sorted({row.threads for row in results.select(model=model, metric="texts_per_second")})
    counts = sorted({int(text.split()[0]) for text in labels} - {1})
    if not counts:
        return ""
    peak_one = results.value(model=model, workload="scaling", engine="machine", threads="1")

    def cell(engine: str, workload: str, count: int) -> str:
        own = {"model": model, "workload": workload, "engine": engine, "metric": "texts_per_second"}
        one = results.value(**own, threads="1")
        ways = [results.find(**own, threads=f"{count}{way}") for way in ("", " (inter)")]
        found = [row for row in ways if row]
        if not found or not one:
            return "-"
        best = max(found, key=lambda row: row.value)
        way = "inter" if "inter" in best.threads else "intra"
        return f"{number(best.value)} ({best.value / one:.2f}x, {way})"

    pairs = [(w, count) for w in ("queries", "paragraphs") for count in counts]
    rows = [
        [label(spec), *(cell(spec.name, w, count) for w, count in pairs)]
        for spec in engines_with(results, model, "texts_per_second")
    ]
    if peak_one:
        machine = ["the multiply-add loop"]
        for _, count in pairs:
            peak = results.value(model=model, workload="scaling", engine="machine", threads=str(count))
            machine.append(f"{number(peak)} GFLOP/s ({peak / peak_one:.2f}x)" if peak else "-")
        rows.append(machine)
    return markdown(["engine", *(f"{w}, {count} threads" for w, count in pairs)], rows)


def work(results: Results, model: str) -> str:
    rows = []
    for seconds in results.select(model=model, metric="seconds"):
        texts = int(seconds.workload.split()[0])
        memory = results.value(
            model=model, workload=seconds.workload, engine=seconds.engine, metric="peak_memory"
        )
        rows.append(
            [
                BY_NAME[seconds.engine].label,
                f"{texts:,}",
                fixed(seconds.value, 2),
                number(texts / seconds.value),
                number(memory),
            ]
        )
    return markdown(["engine", "texts", "seconds", "texts/s", "peak memory, MiB"], rows)


def determinism(results: Results, model: str) -> str:
    def cell(engine: str, what: str, otherwise: str) -> str:
        own = {"model": model, "workload": "determinism", "engine": engine}
        same = results.value(**own, metric=f"same_bits_{what}")
        difference = results.value(**own, metric=f"largest_difference_{what}")
        if same is None:
            return otherwise
        return "yes" if same == 1 else f"no ({difference:.1e})"

    names = {row.engine for row in results.select(model=model, workload="determinism")}
    rows = [
        [
            label(spec),
            cell(spec.name, "batch", "-"),
            cell(spec.name, "threads", "-"),
            cell(spec.name, "avx2", "no switch known" if not spec.avx2 else "-"),
        ]
        for spec in (*ENGINES, *GPU_ENGINES)
        if spec.name in names
    ]
    header = ["engine", "alone = in a batch", "1 thread = all threads", "AVX-512 = AVX2"]
    return markdown(header, rows)


def check(results: Results, model: str) -> str:
    """The harness's numbers over those of plain loops."""
    lengths = sorted(
        {row.workload for row in results.select(model=model, metric="plain_texts_per_second")},
        key=lambda text: int(text.split()[0]),
    )

    def cell(engine: str, workload: str) -> str:
        own = {"model": model, "engine": engine, "workload": workload}
        ours = results.value(**own, metric="harness_texts_per_second")
        plain = results.value(**own, metric="plain_texts_per_second")
        return f"{number(ours)} / {number(plain)} = {ours / plain:.2f}" if ours and plain else "-"

    rows = [
        [spec.label, how(spec.name), *(cell(spec.name, length) for length in lengths)]
        for spec in engines_with(results, model, "plain_texts_per_second")
    ]
    header = ["peer", "plain loop", *(f"{length}, texts/s" for length in lengths)]
    return markdown(header, rows, words=True)
