"""Rows of results, and the CSV file they are kept in: what a run is, then one row a number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True)
class Row:
    model: str
    workload: str
    engine: str
    threads: str  # "1", "2 (inter)"
    metric: str
    unit: str
    value: float
    low: float  # least and largest of the rounds; equal to value where there was one
    high: float
    setting: str = ""  # "batch 32"

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return (self.model, self.workload, self.engine, self.threads, self.metric)


@dataclass
class Results:
    about: dict[str, str] = field(default_factory=dict)  # date, commit, CPU, versions, ...
    rows: list[Row] = field(default_factory=list)

    def add(
        self,
        key: tuple[str, str, str, str],
        metric: str,
        unit: str,
        values: list[float] | float,
        setting: str = "",
    ) -> None:
        """key: model, workload, engine, threads. Several values: their median, least, largest."""
        several = sorted(values if isinstance(values, list) else [values])
        middle = several[len(several) // 2]
        if len(several) % 2 == 0:
            middle = (several[len(several) // 2 - 1] + middle) / 2
        self.rows.append(Row(*key, metric, unit, middle, several[0], several[-1], setting))

    def select(self, **wanted: str) -> Iterator[Row]:
        for row in self.rows:
            if all(getattr(row, name) == value for name, value in wanted.items()):
                yield row

    def find(self, **wanted: str) -> Row | None:
        return next(self.select(**wanted), None)

    def value(self, **wanted: str) -> float | None:
        row = self.find(**wanted)
        return row.value if row else None

    def best(self, **wanted: str) -> Row | None:
        """The row of the largest value: the better way to use the threads."""
        return max(self.select(**wanted), key=lambda row: row.value, default=None)

    def write(self, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            for name, text in self.about.items():
                file.write(f"# {name}: {' '.join(text.split())}\n")
            writer = csv.DictWriter(file, [f.name for f in fields(Row)], lineterminator="\n")
            writer.writeheader()
            for row in self.rows:
                numbers = {name: f"{getattr(row, name):.6g}" for name in ("value", "low", "high")}
                writer.writerow(asdict(row) | numbers)


def read_results(path: Path) -> Results:
    results = Results()
    lines = path.read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("# "):
            name, _, text = line[2:].partition(": ")
            results.about[name] = text
    table = csv.DictReader(line for line in lines if not line.startswith("# "))
    for record in table:
        numbers = {name: float(record.pop(name)) for name in ("value", "low", "high")}
        results.rows.append(Row(**record, **numbers))
    return results
