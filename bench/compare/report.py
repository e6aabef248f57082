"""report.md: what was measured, on what, and how; every number with what decides it."""

from __future__ import annotations

import textwrap
from pathlib import Path

from compare import earlier, heads, plots, tables, tokenizer_rows
from compare.engines.catalog import BY_NAME
from compare.results import Results

TRAINED = "all-MiniLM-L6-v2"
SECOND = "all-mpnet-base-v2"
RANDOM = ("bert-base", "bert-large")


def image(name: str | None, words: str) -> str:
    return f"![{words}]({name}.png)\n" if name else ""


def starting(results: Results, prefix: str) -> dict[str, str]:
    return {k.removeprefix(prefix): v for k, v in results.about.items() if k.startswith(prefix)}


def head(results: Results) -> str:
    about = results.about
    peak = results.find(model=TRAINED, engine="machine", metric="fma_peak", workload="")
    gflops = f"{peak.value:.1f} GFLOP/s ({peak.low:.1f} to {peak.high:.1f})" if peak else "-"
    facts = [
        ("CPU", f"{about['cpu']}, {about['cores']} cores usable"),
        ("instruction sets", about["flags"]),
        ("caches, memory", f"{about['caches']}; {about['memory']}"),
        ("multiply-add peak of a core", gflops),
        ("date, commit, plan", f"{about['date']}, {about['commit']}, {about['plan']}"),
        ("texts", about["texts"]),
        ("kernel, Python", f"{about['kernel']}, {about['python']}"),
    ]
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {text} |\n" for name, text in facts)


def warnings(results: Results) -> str:
    found = starting(results, "warning ").values()
    if not found:
        return "The machine was quiet: its multiply-add peak moved by less than 5 % between the rounds.\n"
    return "**Read with care:**\n\n" + "".join(f"- {text}\n" for text in found)


LONGEST_REASON = 240


def missing(results: Results) -> str:
    lines = [f"package {name}: {why}" for name, why in starting(results, "package missing ").items()]
    for name, why in starting(results, "missing ").items():
        model, engine = name.rsplit(" ", 1)
        lines.append(f"{BY_NAME[engine].label}, {model}: {why}")
    lines += starting(results, "note ").values()
    lines = [f"- {textwrap.shorten(line, LONGEST_REASON, placeholder=' ...')}" for line in lines]
    return "".join(f"{line}\n" for line in lines) or "Nothing.\n"


def gpu(results: Results) -> str:
    rows = []
    for spec in tables.engines_with(results, TRAINED, "texts_per_second"):
        if not spec.name.startswith("st-gpu"):
            continue
        for workload in ("queries", "paragraphs"):
            own = {"model": TRAINED, "workload": workload, "threads": "1", "metric": "texts_per_second"}
            rate = results.value(**own, engine=spec.name)
            ours = [(o, results.value(**own, engine=o.name)) for o in tables.linnet_rows(results, TRAINED)]
            equal = [f"{rate / value:.1f} cores of {o.label}" for o, value in ours if rate and value]
            rows.append([f"{spec.label}, {workload}", tables.number(rate), "; ".join(equal)])
    if not rows:
        return f"No row: {results.about['gpu']}.\n"
    return f"{results.about['gpu']}.\n\n" + tables.markdown(
        ["engine", "texts/s", "is equal to"], rows, words=True
    )


def engines(results: Results) -> str:
    rows = [[BY_NAME[n].label, *text.split("; ", 1)] for n, text in starting(results, "engine ").items()]
    return tables.markdown(["engine", "version", "detail"], rows, words=True)


def section(title: str, words: str, *found: str) -> str:
    """Nothing where all that was found is empty: a run may leave out a part of the plan."""
    if not any(found):
        return ""
    return f"\n## {title}\n\n" + "\n".join(part for part in (words, *found) if part)


def peers_check(results: Results) -> str:
    return section(
        "Are the peers handicapped here?",
        "Texts/s through this harness (tokenizer, sorting and order restored included) / in a plain loop "
        "that knows nothing of it (`plain_loops.py`): texts of one length, one batch of 32 (16 tokens) or 16 "
        "(128 tokens) again and again, one thread, the same core; taken in turn, harness, loop, harness. "
        "Loops on ids do not tokenize.\n",
        tables.check(results, TRAINED),
    )


def peers_report(results: Results) -> str:
    """What --check-peers shows."""
    return warnings(results) + peers_check(results) + section("Missing", "", missing(results))


def time_taken(results: Results) -> str:
    took = starting(results, "took ")
    if not took:
        return ""
    total = sum(int(text.split()[0]) for text in took.values()) / 60
    parts = ", ".join(f"{name} {text}" for name, text in took.items())
    return f"This run took {total:.0f} minutes once everything was made: {parts}.\n"


def write_report(results: Results, out: Path) -> None:
    trained = TRAINED
    text = f"# Linnet and its peers: {results.about['cpu'].split(' (')[0]}\n\n"
    text += head(results) + "\n" + warnings(results)
    text += section(
        f"{trained}: speed and quality, one core",
        "Tokenizer included, texts in memory to vectors in memory (the program: file to file, its start "
        "included). Median of the rounds; ± half the distance between the least and the largest. Cosine "
        "to torch fp32; STS-B: Spearman; nDCG@10: Cranfield.\n",
        tables.speed_and_quality(results, trained),
        image(plots.speed(results, trained, out, "speed"), "texts a second on one core"),
        image(plots.quality(results, trained, out), "drift from torch fp32 against speed"),
    )
    text += section(
        "How many times as fast Linnet is, and what it saves",
        "In brackets: fewer core-hours for the same texts than with the peer. int8 beside fp32 peers is a "
        "different promise; the quality columns above say what it costs.\n",
        tables.ratios(results, trained),
    )
    text += section(
        "One query at a time",
        "The cores come from a simulated queue of these measured times: queries arrive at random "
        "(Poisson), each core serves its own one by one.\n",
        tables.latency(results, trained),
        image(plots.latency(results, trained, out), "latency of single queries"),
    )
    text += section(
        "What a million texts cost",
        "Core-seconds are CPU time, the tokenizer's included. Memory is the peak of the whole process, "
        "Python and libraries included where the peer needs them.\n",
        tables.cost(results, trained),
    )
    text += section("On a GPU", "", gpu(results))
    text += section(
        "More threads",
        "Peers both ways: all threads in one batch (intra) and a batch a thread (inter); the better one "
        "is shown.\n",
        tables.threads(results, trained),
        image(plots.threads(results, trained, out), "speed-up with all threads"),
    )
    text += section(
        "More texts",
        "Queries from a file through `linnet embed` to a `.npy` file, all cores: 1,000 to 1,000,000 of them "
        "(the shorter half of the queries, again and again). Peak memory of the program alone.\n",
        tables.work(results, trained),
        image(plots.work(results, trained, out), "seconds and memory by number of texts"),
    )
    text += section(
        "The same bits?",
        "The same texts, compared bit by bit; in brackets the largest difference of a component.\n",
        tables.determinism(results, trained),
    )
    seen = {row.model for row in results.rows}
    if SECOND in seen:
        text += section(
            f"{SECOND}: speed and quality, one core",
            "",
            tables.speed_and_quality(results, SECOND),
            image(plots.speed(results, SECOND, out, f"speed-{SECOND}"), f"speed of {SECOND}"),
        )
    for model in RANDOM:
        if model in seen:
            text += section(
                f"{model}'s shape, random weights: speed alone, one core",
                "",
                tables.speed_alone(results, model),
                image(plots.speed(results, model, out, f"speed-{model}"), f"speed of {model}"),
            )
    text += section(
        "What decided the numbers",
        "The batch size each engine was fastest with, and the share of the tokens it computed that was "
        "padding:\n",
        tables.settings(results, trained),
        engines(results),
        time_taken(results),
    )
    text += section(
        "Tokenizers alone, one core",
        "MB/s of text to ids with the vocabulary of bert-base-uncased: a new tokenizer's first pass / "
        "the first pass after other text / text seen before. Other ids: not Hugging Face's, and so "
        "not comparable.\n",
        tokenizer_rows.table(results),
    )
    text += section(
        "Task heads", "Scores of the same answers' counting, whoever gave them.\n", heads.table(results)
    )
    text += peers_check(results)
    text += section(
        "Against figures seen before",
        "Texts/s here over those seen on a Zen 4 core; in brackets the same over the median of all "
        "peers, which tells a slower CPU from a peer that is slower than the others.\n",
        earlier.table(results, trained),
    )
    text += section("Missing", "", missing(results))
    (out / "report.md").write_text(text, "utf-8")
