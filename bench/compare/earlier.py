"""The peers' figures seen before, on one Zen 4 core, and how this run's stand to them: a peer that is much
slower here than the others are was perhaps not used well, or does not suit this CPU."""

from __future__ import annotations

from statistics import median

from compare import tables
from compare.engines.catalog import BY_NAME
from compare.results import Results

SLOWER = 0.8
ZEN4 = {  # texts/s of queries (15 tokens), of paragraphs (161 tokens); all-MiniLM-L6-v2, one thread
    "pipeline-1": (62, None),
    "pipeline-32": (94, None),
    "st-fp32": (185, 16.4),
    "ort-fp32": (214, 17.0),
    "ort-int8-tensor": (509, 35.3),
    "ov-fp32": (226, 20.1),
    "ov-bf16": (None, 36.7),
    "ov-int8": (667, 56.7),
    "ct2-fp32": (265, 19.7),
    "ct2-int8": (616, 30.9),
}


WHY = {  # what is known of those that are
    "st-fp32": "torch's fp32 products, which are MKL's, ran at 85 to 119 GFLOP/s on Zen 5, 42 % of this core's "
    "peak at best, hot matrices of 1,024 too, and telling MKL to use AVX-512 "
    "(MKL_ENABLE_INSTRUCTIONS) changed nothing: as if MKL used no AVX-512 on AMD. On Zen 4, whose "
    "AVX-512 is no wider inside than its AVX2, that would cost nothing. torch's bf16 products, which "
    "are oneDNN's, ran at 480 to 510 GFLOP/s.",
}
WITHOUT_VNNI = (  # of every int8 peer where the CPU has none
    "the figures seen before are of a CPU with VNNI, whose one instruction for four int8 products takes three on "
    "this CPU, which has none."
)
WHY["pipeline-1"] = WHY["pipeline-32"] = "As sentence-transformers fp32."


def gains(results: Results, model: str) -> dict[tuple[str, str], float]:
    """(engine, workload): speed here over speed there."""
    found = {}
    for engine, figures in ZEN4.items():
        for workload, before in zip(("queries", "paragraphs"), figures, strict=True):
            now = results.value(
                model=model, workload=workload, engine=engine, threads="1", metric="texts_per_second"
            )
            if before and now:
                found[engine, workload] = now / before
    return found


def table(results: Results, model: str) -> str:
    found = gains(results, model)
    if not found:
        return ""
    middle = median(found.values())

    slower = dict.fromkeys(engine for (engine, _), gain in found.items() if gain / middle < SLOWER)

    def cell(engine: str, workload: str) -> str:
        if (engine, workload) not in found:
            return "-"
        relative = found[engine, workload] / middle
        mark = " **slower than the others**" if relative < SLOWER else ""
        return f"{found[engine, workload]:.2f} ({relative:.2f}){mark}"

    rows = [
        [BY_NAME[engine].label, cell(engine, "queries"), cell(engine, "paragraphs")]
        for engine in ZEN4
        if any(name == engine for name, _ in found)
    ]
    has_vnni = "vnni" in results.about["flags"]

    def reason(engine: str) -> str:
        if "int8" in engine and not has_vnni:
            return WITHOUT_VNNI
        return WHY.get(engine, "not explained.")

    reasons = [f"- {BY_NAME[engine].label}: {reason(engine)}" for engine in slower]
    return "\n".join([tables.markdown(["peer", "queries", "paragraphs"], rows), *reasons, ""])
