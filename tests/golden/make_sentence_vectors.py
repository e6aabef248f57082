"""Writes minilm/: all-MiniLM-L6-v2 vectors as sentence-transformers computes them.

    python tests/golden/make_sentence_vectors.py MODEL_FOLDER SHARED_TEXT_FOLDER

1,000 texts of the shared folder, chosen evenly over its files from one word to over 256 tokens, go to
texts.tsv as file, line (from 1) and SHA-256 of the line; their vectors to vectors.f32. The 100 lines
of own_texts.txt give own_vectors.f32. Little-endian float32, 384 a row; fp32 on the CPU, one thread,
one text at a time, so that no padding touches a value.
"""
import hashlib
import pathlib
import sys

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

HERE = pathlib.Path(__file__).parent / "minilm"
COUNT = 1000


def lines_of(path):
    raw = path.read_bytes().split(b"\n")
    for number, line in enumerate(raw, 1):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if text.strip() and not line.endswith(b"\r"):
            yield number, line, text


def choose(folder):
    """The same share of every group of files, spread over each file's lines."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix == ".txt" and p.name != "NOTE.txt")
    groups = {}
    for path in files:
        groups.setdefault(path.relative_to(folder).parts[0], []).append(path)
    chosen = []
    for g, name in enumerate(sorted(groups)):
        quota = COUNT * (g + 1) // len(groups) - COUNT * g // len(groups)
        paths = groups[name]
        for i in range(quota):
            path = paths[i * len(paths) // quota]
            lines = list(lines_of(path))
            rank = sum(p == path for _, p, *_ in chosen[-quota:])
            each = max(1, -(-quota // len(paths)))
            number, line, text = lines[(2 * rank + 1) * len(lines) // (2 * each + 1) % len(lines)]
            chosen.append((name, path, number, line, text))
    return [(path.relative_to(folder).as_posix(), number, line, text)
            for _, path, number, line, text in chosen]


def main():
    torch.set_num_threads(1)
    model = SentenceTransformer(sys.argv[1], device="cpu")
    encode = lambda texts: np.stack([model.encode([t], batch_size=1)[0] for t in texts]).astype("<f4")
    own = (HERE / "own_texts.txt").read_text(encoding="utf-8").splitlines()
    assert len(own) == 100, len(own)
    encode(own).tofile(HERE / "own_vectors.f32")
    chosen = choose(pathlib.Path(sys.argv[2]))
    assert len(chosen) == COUNT and len({(f, n) for f, n, _, _ in chosen}) == COUNT, len({(f, n) for f, n, _, _ in chosen})
    with open(HERE / "texts.tsv", "w") as out:
        for name, number, line, _ in chosen:
            out.write(f"{name}\t{number}\t{hashlib.sha256(line).hexdigest()}\n")
    encode([text for *_, text in chosen]).tofile(HERE / "vectors.f32")
    lengths = [len(model.tokenizer(t)["input_ids"]) for *_, t in chosen]
    print("tokens: least", min(lengths), "median", sorted(lengths)[COUNT // 2], "most", max(lengths),
          "over 256:", sum(n > 256 for n in lengths))


main()
