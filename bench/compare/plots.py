"""The report's plots, each as PNG and SVG."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from compare import tables
from compare.engines.catalog import BY_NAME, REFERENCE, EngineSpec
from compare.results import Results

COLOURS = {"fp32": "#4477aa", "bf16": "#228833", "fp16": "#66ccee", "int8": "#cc6633"}
GREY = "#666666"
plt.rcParams.update(
    {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "linnet",
        "axes.titlesize": 10,
        "figure.dpi": 130,
    }
)


def save(figure: Figure, out: Path, name: str) -> str:
    for suffix in ("png", "svg"):
        metadata = {"Date": None} if suffix == "svg" else None
        figure.savefig(out / f"{name}.{suffix}", bbox_inches="tight", metadata=metadata)
    plt.close(figure)
    return name


def precision_legend(axes: Axes, precisions: set[str], place: str = "lower right") -> None:
    handles = [Patch(color=COLOURS[p], label=p) for p in COLOURS if p in precisions]
    axes.legend(handles=handles, loc=place, frameon=False)


def colour(spec: EngineSpec) -> str:
    return COLOURS[spec.precision]


def bold_linnet(axes: Axes, specs: list[EngineSpec]) -> None:
    for text, spec in zip(axes.get_yticklabels(), specs, strict=True):
        text.set_fontweight("bold" if spec.is_linnet else "normal")


def speed(results: Results, model: str, out: Path, name: str) -> str | None:
    """Texts a second on one core: bars, with the least and the largest round."""
    specs = tables.engines_with(results, model, "texts_per_second")
    if not specs:
        return None
    figure, panels = plt.subplots(1, 2, figsize=(10, 0.33 * len(specs) + 1), sharey=True)
    for axes, workload in zip(panels, ("queries", "paragraphs"), strict=True):
        rows = [
            results.find(
                model=model, workload=workload, engine=s.name, threads="1", metric="texts_per_second"
            )
            for s in specs
        ]
        values = [row.value if row else 0 for row in rows]
        low = [row.value - row.low if row else 0 for row in rows]
        high = [row.high - row.value if row else 0 for row in rows]
        places = range(len(specs))
        axes.barh(
            places,
            values,
            color=[colour(s) for s in specs],
            xerr=[low, high],
            error_kw={"elinewidth": 0.8, "ecolor": GREY},
        )
        for place, value in zip(places, values, strict=True):
            if value:
                end = value + high[place] + 0.01 * max(values)
                axes.text(end, place, tables.number(value), va="center", fontsize=8)
        axes.set_title(f"{workload}: texts/s, one core")
        axes.set_xlim(0, 1.15 * max(values))
        axes.set_yticks(list(places), [s.label for s in specs])
    bold_linnet(panels[0], specs)
    panels[0].invert_yaxis()
    precision_legend(panels[1], {s.precision for s in specs}, "upper right")
    figure.suptitle(model)
    figure.tight_layout()
    return save(figure, out, name)


def label_points(axes: Axes, labels: list[tuple[str, str, float, float]]) -> None:
    """(text, weight, x, y): each beside its point, at the first of some places where it covers neither a
    point nor a label, and joined to it by a line where that is not next to it."""
    places = [(7, 0, "left"), (-7, 0, "right")]
    places += [(0, sign * step, "center") for step in (12, 24, 36, 48, 60) for sign in (1, -1)]
    axes.figure.canvas.draw()
    renderer = axes.figure.canvas.get_renderer()
    points = [axes.transData.transform((x, y)) for _, _, x, y in labels]
    taken = [Bbox.from_extents(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    for own, (text, weight, x, y) in enumerate(labels):
        for right, up, side in places:
            note = axes.annotate(
                text,
                (x, y),
                xytext=(right, up),
                textcoords="offset points",
                fontsize=8,
                va="center",
                ha=side,
                fontweight=weight,
                arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5} if abs(up) > 12 else None,
            )
            note.update_positions(renderer)
            box = Text.get_window_extent(note, renderer)  # without the line
            others = taken[:own] + taken[own + 1 :]
            inside = axes.bbox.x0 < box.x0 and axes.bbox.y0 < box.y0 and box.y1 < axes.bbox.y1
            if (inside and not box.count_overlaps(others)) or (right, up, side) == places[-1]:
                taken.append(box)
                break
            note.remove()


def quality(results: Results, model: str, out: Path) -> str | None:
    """Distance from torch fp32 against speed: the lower right is good."""
    points = []
    for spec in tables.engines_with(results, model, "cosine_mean"):
        rate = results.value(
            model=model, workload="queries", engine=spec.name, threads="1", metric="texts_per_second"
        )
        cosine = results.value(model=model, engine=spec.name, metric="cosine_min")
        if rate and cosine is not None and spec.name != REFERENCE:
            points.append((spec, rate, max(1e-7, 1 - cosine)))
    if not points:
        return None
    figure, axes = plt.subplots(figsize=(8, 4.6))
    for spec, rate, drift in points:
        marker = "D" if spec.is_linnet else "o"
        axes.scatter(rate, drift, color=colour(spec), marker=marker, s=60 if spec.is_linnet else 30)
    axes.set_yscale("log")
    axes.set_ylim(3e-8, 1)
    axes.set_xlim(0, 1.3 * max(rate for _, rate, _ in points))
    axes.set_xlabel("queries: texts/s, one core")
    axes.set_ylabel("1 - the least cosine to torch fp32\n(1e-7: as good as equal)")
    axes.set_title(f"{model}: drift against speed; lower and further right is better")
    axes.grid(alpha=0.25)
    precision_legend(axes, {spec.precision for spec, _, _ in points}, "center right")
    weights = {True: "bold", False: "normal"}
    label_points(axes, [(s.label, weights[s.is_linnet], rate, drift) for s, rate, drift in points])
    return save(figure, out, "quality")


def latency(results: Results, model: str, out: Path) -> str | None:
    specs = tables.engines_with(results, model, "latency_p50")
    if not specs:
        return None
    figure, axes = plt.subplots(figsize=(8, 0.33 * len(specs) + 1.2))
    for place, spec in enumerate(specs):
        own = {"model": model, "workload": "one query", "engine": spec.name}
        middle = results.value(**own, metric="latency_p50") or 0
        late = results.value(**own, metric="latency_p99") or 0
        axes.plot([middle, late], [place, place], color=colour(spec), linewidth=1.5)
        axes.plot(middle, place, "o", color=colour(spec))
        axes.plot(late, place, "|", color=colour(spec), markersize=12, markeredgewidth=2)
        axes.text(late * 1.08, place, f"{middle:.2f} / {late:.2f}", va="center", fontsize=8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(right=axes.get_xlim()[1] * 1.8)
    axes.set_yticks(range(len(specs)), [spec.label for spec in specs])
    bold_linnet(axes, specs)
    axes.invert_yaxis()
    axes.set_xlabel("milliseconds, one query at a time, one core: p50 (dot) and p99 (bar)")
    axes.set_title(model)
    axes.grid(axis="x", alpha=0.25)
    precision_legend(axes, {spec.precision for spec in specs}, "lower right")
    return save(figure, out, "latency")


def threads(results: Results, model: str, out: Path) -> str | None:
    """Speed-up with all cores, the better of intra and inter, beside the multiply-add loop's."""
    peaks = {
        int(row.threads): row.value
        for row in results.select(model=model, workload="scaling", engine="machine")
    }
    most = max(peaks, default=1)
    if most == 1:
        return None
    specs, gains = [], []
    for spec in tables.engines_with(results, model, "texts_per_second"):
        own = {"model": model, "engine": spec.name, "workload": "queries", "metric": "texts_per_second"}
        one = results.value(**own, threads="1")
        many = [results.value(**own, threads=f"{most}{way}") for way in ("", " (inter)")]
        if one and any(many):
            specs.append(spec)
            gains.append(max(value for value in many if value) / one)
    if not specs:
        return None
    figure, axes = plt.subplots(figsize=(8, 0.33 * len(specs) + 1.2))
    axes.barh(range(len(specs)), gains, color=[colour(spec) for spec in specs])
    for place, gain in enumerate(gains):
        axes.text(gain + 0.02, place, f"{gain:.2f}", va="center", fontsize=8)
    ideal = peaks[most] / peaks[1]
    axes.axvline(ideal, color=GREY, linestyle="--", linewidth=1, zorder=0)
    axes.set_xlim(0, 1.25 * max([ideal, *gains]))
    precision_legend(axes, {spec.precision for spec in specs}, "upper right")
    axes.set_yticks(range(len(specs)), [spec.label for spec in specs])
    bold_linnet(axes, specs)
    axes.invert_yaxis()
    axes.set_xlabel(
        f"queries: speed with {most} threads / with 1; dashed: the multiply-add loop on {most} cores"
    )
    axes.set_title(model)
    return save(figure, out, "threads")


def work(results: Results, model: str, out: Path) -> str | None:
    engines = sorted({row.engine for row in results.select(model=model, metric="seconds")})
    if not engines:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    for engine in engines:
        rows = list(results.select(model=model, engine=engine, metric="seconds"))
        texts = [int(row.workload.split()[0]) for row in rows]
        memory = [
            results.value(model=model, engine=engine, workload=row.workload, metric="peak_memory")
            for row in rows
        ]
        spec = BY_NAME[engine]
        left.plot(texts, [row.value for row in rows], "o-", color=colour(spec), label=spec.precision)
        right.plot(texts, memory, "o-", color=colour(spec), label=spec.precision)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlabel("texts")
        axes.grid(alpha=0.25)
        axes.legend(frameon=False)
    left.set_yscale("log")
    left.set_title("seconds")
    right.set_ylim(bottom=0)
    right.set_title("peak memory, MiB")
    figure.suptitle(f"{model}: linnet embed, all cores")
    figure.tight_layout()
    return save(figure, out, "work")
