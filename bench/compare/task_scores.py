"""Task scores of Linnet and of transformers on the same inputs: the README's table.

    python bench/compare/task_scores.py LINNET SHARED [--work DIR] [--precision fp32,int8] [--limit N]
                                        [--splade FOLDER]

LINNET is the program, SHARED the folder with models/ and data/tasks/, FOLDER a SPLADE model, which searches
Cranfield. Needs transformers 4.57, the last one
with a question-answering pipeline. Both sides give labels, entities and answers; one scorer counts both.
"""
import argparse
import collections
import json
import math
import pathlib
import re
import string
import subprocess
import sys
import tempfile

# Started as a script, this folder comes first, and with it a tokenizers.py that is not the package.
sys.path = [p for p in sys.path if pathlib.Path(p or ".").resolve() != pathlib.Path(__file__).resolve().parent]


def sentiment(tasks):
    rows = [line.rstrip("\n").rsplit("\t", 1) for line in open(tasks / "sst2/test.tsv", encoding="utf-8")]
    return [{"text": text, "gold": ["negative", "positive"][int(label)]} for text, label in rows]


def intent(tasks):
    data = json.load(open(tasks / "clinc150/data_full.json", encoding="utf-8"))["test"]
    return [{"text": text, "gold": label} for text, label in data]


def ner(tasks):
    """The last 2,000 sentences, as words joined by single spaces; gold: spans of characters."""
    cases, words, tags = [], [], []
    for line in list(open(tasks / "wikiann/en.test", encoding="utf-8")) + ["\n"]:
        if line.strip():
            word, tag = line.rstrip("\n").split("\t")[:2]
            words.append(word.split(":", 1)[1].replace(" ", "_"))
            tags.append(tag)
        elif words:
            spans, at, before = [], 0, "O"
            for word, tag in zip(words, tags):
                if tag != "O":
                    if tag[0] == "I" and before != "O" and before[2:] == tag[2:]:
                        spans[-1][1] = at + len(word)
                    else:
                        spans.append([at, at + len(word), tag[2:]])
                at, before = at + len(word) + 1, tag
            cases.append({"text": " ".join(words), "gold": spans})
            words, tags = [], []
    return cases[-2000:]


def qa(tasks):
    data = json.load(open(tasks / "squad2_dev_half/dev-v2.0.json", encoding="utf-8"))["data"]
    return [{"question": q["question"], "context": p["context"], "gold": [a["text"] for a in q["answers"]]}
            for article in data[-3:] for p in article["paragraphs"] for q in p["qas"]
            if not q["is_impossible"]]


def search(tasks):
    """Cranfield's documents, then its questions; gold: None, or the grades of documents by their place."""
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
    from compare.texts import cranfield
    documents, questions, relevant = cranfield(tasks / "cranfield")
    place = {number: i for i, number in enumerate(documents)}
    cases = [{"text": text, "gold": None} for text in documents.values()]
    return cases + [{"text": text, "gold": {place[d]: g for d, g in relevant[q].items() if d in place}}
                    for q, text in questions.items() if q in relevant]


def ndcg_at_10(cases, found):
    """Documents in the order of their weights' products with the question's."""
    def gain(grades):
        return sum(g / math.log2(i + 2) for i, g in enumerate(grades[:10]))
    documents = [weights for case, weights in zip(cases, found) if case["gold"] is None]
    postings = collections.defaultdict(list)
    for i, weights in enumerate(documents):
        for token, weight in weights.items():
            postings[token].append((i, weight))
    shares = []
    for case, question in zip(cases, found):
        if not case["gold"]:
            continue
        scores = [0.0] * len(documents)
        for token, weight in question.items():
            for i, other in postings[token]:
                scores[i] += weight * other
        order = sorted(range(len(documents)), key=lambda i: (-scores[i], i))
        ideal = sorted(case["gold"].values(), reverse=True)
        shares.append(gain([case["gold"].get(i, 0) for i in order]) / gain(ideal))
    return 100 * sum(shares) / len(shares)


def accuracy(cases, found):
    return 100 * sum(f == c["gold"] for c, f in zip(cases, found)) / len(cases)


def span_f1(cases, found):
    right = given = gold = 0
    for case, spans in zip(cases, found):
        want = {tuple(s) for s in case["gold"]}
        have = {tuple(s) for s in spans}
        right, given, gold = right + len(want & have), given + len(have), gold + len(want)
    return 200 * right / (given + gold)


def answer_f1(cases, found):
    """SQuAD's F1: words without articles and punctuation."""
    def words(text):
        text = "".join(c for c in text.lower() if c not in string.punctuation)
        return re.sub(r"\b(a|an|the)\b", " ", text).split()

    def f1(a, b):
        common = sum((collections.Counter(a) & collections.Counter(b)).values())
        return 2 * common / (len(a) + len(b)) if common else 0.0
    return 100 * sum(max(f1(words(f), words(g)) for g in c["gold"])
                     for c, f in zip(cases, found)) / len(cases)


def by_linnet(program, model, command, options, cases, precision):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "in.jsonl"
        source.write_text("".join(json.dumps(c) + "\n" for c in cases))
        run = [program, command, "-m", str(model), "--precision", precision, "-q", *options, str(source)]
        lines = subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert len(records) == len(cases)
    if command == "classify":
        return [r["label"] for r in records]
    if command == "tag":
        return [[(e["start"], e["end"], e["entity_group"]) for e in r["entities"]] for r in records]
    if command == "sparse":
        return [r["sparse"] for r in records]
    return [r["answers"][0]["answer"] if r["answers"] else "" for r in records]


def by_transformers(model, command, cases):
    import torch
    from transformers import pipeline
    torch.set_grad_enabled(False)
    if command == "sparse":
        return splade_by_transformers(model, [c["text"] for c in cases])
    name = {"classify": "text-classification", "tag": "token-classification",
            "answer": "question-answering"}[command]
    pipe = pipeline(name, model=str(model), device="cpu", torch_dtype=torch.float32)
    if command == "classify":
        return [pipe([c["text"]], truncation=True)[0]["label"] for c in cases]
    if command == "tag":
        pipe.tokenizer.model_max_length = 128
        found = [pipe(c["text"].split(" "), is_split_into_words=True, aggregation_strategy="first")
                 for c in cases]
        return [[(e["start"], e["end"], e["entity_group"]) for e in (f[0] if f and isinstance(f[0], list) else f)]
                for f in found]
    return [pipe(question=c["question"], context=c["context"], max_seq_len=256, doc_stride=128,
                 max_answer_len=20)["answer"] for c in cases]


def splade_by_transformers(model, texts):
    import torch
    from transformers import AutoModelForMaskedLM, AutoTokenizer
    tokenizer, encoder = AutoTokenizer.from_pretrained(model), AutoModelForMaskedLM.from_pretrained(model).eval()
    found = []
    for text in texts:
        inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=512)
        weights = torch.log1p(torch.relu(encoder(**inputs).logits[0])).max(0).values
        ids = weights.nonzero().flatten()
        found.append(dict(zip(tokenizer.convert_ids_to_tokens(ids.tolist()), weights[ids].tolist())))
    return found


def differ(a, b):
    """Two answers; of weights, their tokens."""
    return set(a) != set(b) if isinstance(a, dict) else json.dumps(a) != json.dumps(b)


TASKS = {
    "sentiment": (sentiment, "classify", [], accuracy, "SST-2 test, accuracy"),
    "intent": (intent, "classify", [], accuracy, "CLINC150 test, accuracy"),
    "ner": (ner, "tag", ["--words", "--aggregation", "first", "--max-length", "128", "--long", "truncate"],
            span_f1, "WikiANN English, last 2,000, span F1"),
    "splade": (search, "sparse", [], ndcg_at_10, "Cranfield, nDCG@10"),
    "qa": (qa, "answer", ["--max-length", "256", "--stride", "128", "--max-answer", "20"], answer_f1,
           "SQuAD 2 dev, answerable, last 3 articles, F1"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("linnet")
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, help="keeps what transformers gave, for the next run")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--tasks", default=",".join(name for name in TASKS if name != "splade"))
    parser.add_argument("--splade", type=pathlib.Path, help="a SPLADE model, and its row")
    args = parser.parse_args()
    precisions = args.precision.split(",")
    print("| model | test | transformers |" + "".join(f" Linnet {p} | different |" for p in precisions))
    print("|---|---|---|" + "---|---|" * len(precisions))
    for name in args.tasks.split(",") + ["splade"] * bool(args.splade):
        load, command, options, score, title = TASKS[name]
        cases = load(args.shared / "data/tasks")[:args.limit]
        model = args.splade if name == "splade" else args.shared / "models" / name
        kept = args.work and args.work / f"{name}-{len(cases)}.json"
        if kept and kept.exists():
            reference = json.loads(kept.read_text())
        else:
            reference = by_transformers(model, command, cases)
            if kept:
                args.work.mkdir(parents=True, exist_ok=True)
                kept.write_text(json.dumps(reference))
        row = f"| {name} | {title} | {score(cases, reference):.2f} |"
        for precision in precisions:
            found = by_linnet(args.linnet, model, command, options, cases, precision)
            different = sum(differ(a, b) for a, b in zip(found, reference))
            row += f" {score(cases, found):.2f} | {different} of {len(cases)} |"
        print(row, flush=True)


if __name__ == "__main__":
    main()
