"""Task scores of models with heads, Linnet's and transformers' side by side (task_scores.py), where
../shared has the models."""

from __future__ import annotations

from compare import tables
from compare.engines.catalog import PROGRAM
from compare.results import Results
from compare.session import say
from compare.texts import SHARED

CHOSEN = ("sentiment", "ner")  # the question-answering pipeline is gone from transformers 5
MODELS = SHARED.parent / "models"


def measure_heads(results: Results, precisions: list[str], most: int) -> None:
    if not MODELS.is_dir():
        results.about["note heads"] = "no tasks with heads: ../shared, which has the models, is absent"
        return
    from compare.task_scores import TASKS, by_linnet, by_transformers

    for name in CHOSEN:
        say(f"{name}: the task's score")
        load, command, options, score, title = TASKS[name]
        try:
            cases = load(SHARED / "tasks")[:most]
            found = {"transformers": by_transformers(MODELS / name, command, cases)}
            for precision in precisions:
                found[f"linnet-{precision}"] = by_linnet(
                    PROGRAM, MODELS / name, command, options, cases, precision
                )
        except Exception as error:  # a peer or a head that does not run is noted, and the rest goes on
            results.about[f"note heads {name}"] = f"{title}: {type(error).__name__}: {error}"
            continue
        for engine, answers in found.items():
            key = (name, title, engine, "1")
            results.add(key, "task_score", "x100", float(score(cases, answers)), f"{len(cases)} cases")


def table(results: Results) -> str:
    scores = list(results.select(metric="task_score"))
    engines = list(dict.fromkeys(row.engine for row in scores))
    rows = [
        [
            f"{model}: {title}",
            *(tables.fixed(results.value(model=model, engine=e, metric="task_score"), 2) for e in engines),
        ]
        for model, title in dict.fromkeys((row.model, row.workload) for row in scores)
    ]
    return tables.markdown(["task", *engines], rows)
