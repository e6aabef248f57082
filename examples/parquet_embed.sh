#!/usr/bin/env bash
# parquet_embed.sh MODEL IN.parquet OUT.parquet [COLUMN]: the columns of IN as they are and a column "embedding" of
# float32, one vector for the text in COLUMN (default: text) of each row, none where it is null. Through pipes, in
# constant memory; OUT appears when it is complete. Needs python3 with pyarrow; LINNET (default: linnet) and PYTHON
# (default: python3) may say where the programs are.
set -euo pipefail
model=$1 in=$2 out=$3 column=${4:-text}

read_texts='
import json, sys
import pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
names = file.schema_arrow.names
if sys.argv[2] not in names:
    sys.exit(f"{sys.argv[1]}: has no column {sys.argv[2]}, but " + ", ".join(names))
if "embedding" in names:
    sys.exit(f"{sys.argv[1]}: has a column embedding already")
for batch in file.iter_batches(4096, columns=[sys.argv[2]]):
    for text in batch.column(0).to_pylist():
        print(json.dumps({"text": "" if text is None else text}))'

write_vectors='
import json, os, sys
import pyarrow as pa
import pyarrow.parquet as pq
source, target, column = sys.argv[1:]
file = pq.ParquetFile(source)
vectors = pa.list_(pa.float32())
schema = file.schema_arrow.append(pa.field("embedding", vectors))
unfinished = target + ".part"
try:
    with pq.ParquetWriter(unfinished, schema) as writer:
        for batch in file.iter_batches(4096):
            texts = batch.column(batch.schema.names.index(column))
            lines = [sys.stdin.readline() for _ in range(batch.num_rows)]
            if not all(lines):
                sys.exit(f"{target}: is not written, for vectors are missing")
            found = [json.loads(line)["embedding"] if text.is_valid else None for text, line in zip(texts, lines)]
            columns = [*batch.columns, pa.array(found, vectors)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    os.replace(unfinished, target)
finally:
    if os.path.exists(unfinished):
        os.remove(unfinished)'

python=${PYTHON:-python3}
"$python" -c "$read_texts" "$in" "$column" |
  "${LINNET:-linnet}" embed -m "$model" --input-format jsonl |
  "$python" -c "$write_vectors" "$in" "$out" "$column"
