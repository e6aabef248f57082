"""The workloads: texts as people have them, or made of this tree's own words where ../shared is absent."""

from __future__ import annotations

import csv
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from compare.engines.catalog import ROOT, EngineSpec

SHARED = ROOT.parent / "shared" / "data"
SEED = 4


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    texts: list[str]

    def for_engine(self, spec: EngineSpec) -> list[str]:
        if spec.share > 1:
            by_length = sorted(self.texts, key=len)
            return by_length[spec.share // 2 :: spec.share] or by_length[:1]
        return self.texts * spec.repeat


@dataclass(frozen=True)
class Corpus:
    source: str  # for the report
    workloads: list[Workload]
    calibration: list[str]  # none of the workloads' texts

    def workload(self, name: str) -> Workload:
        return next(workload for workload in self.workloads if workload.name == name)


@dataclass(frozen=True)
class Sizes:
    queries: int
    sentences: int
    paragraphs: int
    mixed: int

    def times(self, share: float) -> Sizes:
        def some(count: int) -> int:
            return max(2, round(count * share))

        return Sizes(some(self.queries), some(self.sentences), some(self.paragraphs), some(self.mixed))


@dataclass(frozen=True)
class Tasks:
    """Graded pairs, and a collection to search; empty where the data is absent."""

    pairs: list[tuple[str, str, float]] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    relevant: dict[str, dict[str, int]] = field(default_factory=dict)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()]


def _first_sentence(paragraph: str) -> str:
    return re.split(r"(?<=[a-z][.!?]) (?=[A-Z])", paragraph)[0]


def load_corpus(sizes: Sizes) -> Corpus:
    if (SHARED / "text").is_dir():
        text = SHARED / "text"
        wikipedia = _lines(text / "wikipedia_paragraphs.txt")
        queries = _lines(text / "banking77_test.txt")
        sentences = [s for s in map(_first_sentence, wikipedia[1000:]) if 30 < len(s) < 400]
        paragraphs = _lines(text / "squad_contexts.txt")
        calibration = wikipedia[:1000]
        source = "banking77 questions, Wikipedia sentences, SQuAD contexts"
    else:
        queries, sentences, paragraphs, calibration = _made_up()
        source = "made up of random words of this tree's samples: ../shared/data is absent"
    draw = random.Random(SEED)
    queries, sentences, paragraphs = (
        draw.sample(texts, min(count, len(texts)))
        for texts, count in (
            (queries, sizes.queries),
            (sentences, sizes.sentences),
            (paragraphs, sizes.paragraphs),
        )
    )
    mixed = queries[: sizes.mixed // 2] + sentences[: sizes.mixed * 3 // 10]
    mixed += paragraphs[: sizes.mixed - len(mixed)]
    draw.shuffle(mixed)
    return Corpus(
        source,
        [
            Workload("queries", "short queries", queries),
            Workload("sentences", "single sentences", sentences),
            Workload("paragraphs", "paragraphs", paragraphs),
            Workload("mixed", "mixed lengths", mixed),
        ],
        draw.sample(calibration, min(300, len(calibration))),
    )


def _made_up() -> tuple[list[str], list[str], list[str], list[str]]:
    words = re.findall(r"[A-Za-z']+", (ROOT / "samples" / "sentences.txt").read_text("utf-8"))
    draw = random.Random(SEED)

    def texts(count: int, least: int, most: int) -> list[str]:
        return [" ".join(draw.choices(words, k=draw.randint(least, most))) for _ in range(count)]

    return texts(3000, 5, 20), texts(2000, 12, 40), texts(1000, 60, 200), texts(300, 10, 120)


def load_tasks(every_pair: int, every_document: int) -> Tasks:
    """every_pair 3: each third pair of STS-B. every_document 0: no collection."""
    pairs: list[tuple[str, str, float]] = []
    stsb = SHARED / "tasks" / "stsb_multi_mt" / "stsb-en-test.csv"
    if stsb.exists():
        with stsb.open(encoding="utf-8", newline="") as file:
            pairs = [(a, b, float(score)) for a, b, score in csv.reader(file)][::every_pair]
    collection = SHARED / "tasks" / "cranfield"
    if not every_document or not collection.is_dir():
        return Tasks(pairs)
    documents, questions, relevant = cranfield(collection)
    return Tasks(pairs, dict(list(documents.items())[::every_document]), questions, relevant)


def _squeeze(text: str | None) -> str:
    return " ".join((text or "").split())


def cranfield(folder: Path) -> tuple[dict[str, str], dict[str, str], dict[str, dict[str, int]]]:
    """Documents and questions by number, and each question's graded documents."""
    collection = (folder / "cran.all.1400.xml").read_text("utf-8")
    root = ElementTree.fromstring(f"<all>{collection.replace('&', '&amp;')}</all>")
    documents = {
        _squeeze(doc.findtext("docno")): _squeeze(doc.findtext("text")) for doc in root.iter("doc")
    }
    documents = {number: text for number, text in documents.items() if text}
    queries = ElementTree.fromstring((folder / "cran.qry.xml").read_text("utf-8"))
    # The judgments count the queries 1, 2, 3, ..., whatever their <num> says.
    questions = {
        str(place): _squeeze(top.findtext("title"))
        for place, top in enumerate(queries.iter("top"), start=1)
    }
    relevant: dict[str, dict[str, int]] = {}
    for line in (folder / "cranqrel.trec.txt").read_text("ascii").splitlines():
        question, _, document, grade = line.split()
        if int(grade) > 0:
            relevant.setdefault(question, {})[document] = int(grade)
    return documents, questions, relevant
