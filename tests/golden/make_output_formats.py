#!/usr/bin/env python3
"""Writes tests/golden/output_formats: vectors as NumPy and sentence-transformers write them, and CSV as
Python's csv module reads it. Needs numpy and sentence-transformers."""
import csv
import io
import json
import pathlib
import random

import numpy as np
from sentence_transformers.quantization import quantize_embeddings

out = pathlib.Path(__file__).parent / "output_formats"
out.mkdir(exist_ok=True)

# Vectors with what rounds badly: halfway cases of float16, subnormals, overflow, zeros of both signs.
rng = np.random.default_rng(7)
vectors = rng.normal(size=(40, 24)).astype(np.float32)
vectors[0] = 0
vectors[1, :12] = [65504, 65519.996, 65520, 1e9, -1e9, 6e-8, 2.9e-8, 2.98023224e-08, -0.0, 1.00048828125,
                   1.00146484375, 6.1e-5]
vectors[2] = -np.abs(vectors[2])
vectors[3, 5] = np.nan
vectors[4] *= 1e-30
np.save(out / "float32.npy", vectors)
with np.errstate(over="ignore"):
    np.save(out / "float16.npy", vectors.astype(np.float16))
finite = np.where(np.isnan(vectors), 0, vectors)
np.save(out / "binary.npy", quantize_embeddings(finite, "binary"))
np.save(out / "ubinary.npy", quantize_embeddings(finite, "ubinary"))
# int8 is Linnet's own: each vector by its largest number (see tools/vector_format.h).
most = np.abs(finite).max(axis=1, keepdims=True)
factor = np.divide(np.float32(127), most, out=np.zeros_like(most), where=most > 0)
np.save(out / "int8.npy", np.clip(np.rint(finite * factor), -127, 127).astype(np.int8))

random.seed(7)
cases = ["a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b", '"a,b",c\n', '"a\nb",c\r\nd,e', '"a""b"\n', '""\n', '"",""\n', ",\n",
         'a"b,c\n', '"a"b,c\n', '"a" "b"\n', '"a\r\nb"\n', "a, b \n", '"",x\n"y"', "é,日本\n", '"a"""\n', '""""\n']
for _ in range(400):
    cases.append("".join(random.choice('ab,,""\n') for _ in range(random.randint(1, 24))))
with open(out / "csv.jsonl", "w") as file:
    for text in cases:
        # Read as a file is. A quote left open is Linnet's error, and not in these cases.
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=False))
            closed = list(csv.reader(io.StringIO(text + '\nx"y', newline="")))[-1:] == [['x"y']]
        except csv.Error:
            continue
        if closed:
            file.write(json.dumps({"text": text, "rows": [row for row in rows if row]}) + "\n")
