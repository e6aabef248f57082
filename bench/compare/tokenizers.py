"""Tokenizers on the same texts in one run, interleaved, one thread, pinned: Linnet, nanotoken, Hugging Face
`tokenizers` and BlingFire, with the vocabulary of bert-base-uncased, ids only.

    pip install nanotoken tokenizers numpy blingfire
    python bench/compare/tokenizers.py --speed build/release/bench/tokenizer_speed --data ../shared/data

For each file and engine: `cold`, the first pass of a new tokenizer; `fresh`, the first pass over the file after
another one (Moby Dick) was read; `seen`, the best of ten more passes. A pass gets the file's lines as the engine likes
them best: memory for Linnet, str for the others. Of --rounds rounds, which go through all engines, the median counts.

A hash of all ids comes first: an engine whose ids are not those of Hugging Face is marked `differs` and not
ranked. An engine that is not installed is named as missing.
"""
import argparse
import hashlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path = [p for p in sys.path if pathlib.Path(p or ".").resolve() != pathlib.Path(__file__).resolve().parent]
os.environ["TOKENIZERS_PARALLELISM"] = "false"
VOCABULARY = "vocabs/bert-base-uncased"
WARM = "text/gutenberg_moby_dick_paragraphs.txt"
FILES = {
    "English: Wikipedia": "text/wikipedia_paragraphs.txt", "English: SQuAD": "text/squad_contexts.txt",
    "English: reviews": "text/product_reviews.txt", "Chinese": "text/flores200/cmn_Hans.txt",
    "Japanese": "text/flores200/jpn.txt", "Korean": "text/flores200/kor.txt",
    "Russian": "text/flores200/rus.txt", "Hindi": "text/flores200/hin.txt", "German": "text/flores200/deu.txt",
}
CLS, SEP, UNK = 101, 102, 100


def lines_of(path):
    text = path.read_bytes().decode()
    return (text[:-1] if text.endswith("\n") else text).split("\n")


def hash_of(rows):
    digest = hashlib.sha256()
    for row in rows:
        digest.update(np.asarray(row, dtype="<i4").tobytes() + b"\xff\xff\xff\xff")
    return digest.hexdigest()


class Linnet:
    name = "linnet"

    def __init__(self, options):
        self.command = [options.speed, options.data / VOCABULARY]
        self.warm = options.data / WARM

    def measure(self, path, lines):
        def run(*arguments):
            out = subprocess.run([*self.command, path, *arguments], check=True, capture_output=True, text=True)
            return json.loads(out.stdout)
        cold, warm = run("0"), run("10", "--warm", self.warm)
        offsets = run("10", "--warm", self.warm, "--offsets")
        return {"cold": cold["fresh"], "fresh": warm["fresh"], "seen": warm["seen"], "hash": warm["hash"],
                "fresh_offsets": offsets["fresh"], "seen_offsets": offsets["seen"]}


class InPython:
    """start() makes a new tokenizer; encode(lines) returns what rows(result) turns into ids."""

    def __init__(self, options):
        self.folder = options.data / VOCABULARY
        self.warm = lines_of(options.data / WARM)
        self.start()

    def timed(self, lines):
        begin = time.perf_counter()
        result = self.encode(lines)
        return time.perf_counter() - begin, result

    def measure(self, path, lines):
        self.start()
        cold, _ = self.timed(lines)
        self.start()
        self.encode(self.warm)
        fresh, result = self.timed(lines)
        seen = min(self.timed(lines)[0] for _ in range(self.passes))
        return {"cold": cold, "fresh": fresh, "seen": seen, "hash": hash_of(self.rows(result))}


class Nanotoken(InPython):
    name, passes = "nanotoken", 10

    def start(self):
        import nanotoken
        self.tokenizer = nanotoken.Tokenizer(str(self.folder / "tokenizer.json"))
        self.tokenizer.clear_cache()

    def encode(self, lines):
        return self.tokenizer.encode_batch(lines, parallel=False)

    def rows(self, result):
        return result


class HuggingFace(InPython):
    name, passes = "tokenizers", 1

    def start(self):
        import tokenizers
        self.tokenizer = tokenizers.Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def encode(self, lines):
        return self.tokenizer.encode_batch_fast(lines)

    def rows(self, result):
        return (encoding.ids for encoding in result)


class BlingFire(InPython):
    name, passes = "blingfire", 1

    def start(self):
        import blingfire
        self.module = blingfire
        if not hasattr(self, "model"):
            self.model = blingfire.load_model(
                os.path.join(os.path.dirname(blingfire.__file__), "bert_base_tok.bin"))

    def encode(self, lines):
        return [self.module.text_to_ids(self.model, line, len(line) + 2, UNK, True) for line in lines]

    def rows(self, result):
        return ([CLS, *row, SEP] for row in result)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=pathlib.Path, required=True, help="the program tokenizer_speed")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder with vocabs/ and text/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)), help="which one to run on")
    parser.add_argument("--json", type=pathlib.Path, help="write every measurement there")
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.cpu})

    engines, missing = [Linnet(options)], []
    for kind in (Nanotoken, HuggingFace, BlingFire):
        try:
            engines.append(kind(options))
        except (ImportError, OSError) as error:
            missing.append(f"{kind.name}: missing ({error})")
    cells = {}
    for _ in range(options.rounds):
        for case, file in FILES.items():
            path = options.data / file
            lines = lines_of(path)
            for engine in engines:
                cells.setdefault((case, engine.name), []).append(engine.measure(path, lines))

    rows = []
    print(f"{'':20} {'engine':11} {'cold':>7} {'fresh':>7} {'seen':>7}  MB/s (with offsets)")
    for case, file in FILES.items():
        size = (options.data / file).stat().st_size
        right = cells.get((case, "tokenizers"), [{}])[0].get("hash")
        for engine in engines:
            runs = cells[case, engine.name]
            row = {"case": case, "engine": engine.name, "ids": "unchecked" if right is None else
                   "same" if all(run["hash"] == right for run in runs) else "differs"}
            for key in runs[0]:
                if key != "hash":
                    row[key] = size / statistics.median(run[key] for run in runs) / 1e6
            rows.append(row)
            offsets = f"  ({row['fresh_offsets']:.0f} / {row['seen_offsets']:.0f})" if "fresh_offsets" in row else ""
            mark = "" if row["ids"] == "same" else f"  ids: {row['ids']}"
            print(f"{case:20} {engine.name:11} {row['cold']:7.1f} {row['fresh']:7.1f} {row['seen']:7.1f}{offsets}{mark}")
    for line in missing:
        print(line)
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "missing": missing}, indent=1) + "\n")


if __name__ == "__main__":
    import numpy as np
    main()
