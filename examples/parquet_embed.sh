#!/usr/bin/env bash
# parquet_embed.sh MODEL IN.parquet OUT.parquet: the columns of IN and a column "embedding" of float32, one
# vector for the column "text" of each row. Through pipes, in constant memory. Needs python3 with pyarrow;
# LINNET (default: linnet) and PYTHON (default: python3) may say where the programs are.
set -euo pipefail
model=$1 in=$2 out=$3

read_rows='
import json, sys
import pyarrow.parquet as pq
for batch in pq.ParquetFile(sys.argv[1]).iter_batches(4096):
    for row in batch.to_pylist():
        print(json.dumps(row))'

write_rows='
import json, sys
from itertools import islice
import pyarrow as pa
import pyarrow.parquet as pq
schema = pq.read_schema(sys.argv[1]).append(pa.field("embedding", pa.list_(pa.float32())))
with pq.ParquetWriter(sys.argv[2], schema) as file:
    while lines := list(islice(sys.stdin, 4096)):
        file.write_batch(pa.RecordBatch.from_pylist([json.loads(line) for line in lines], schema))'

python=${PYTHON:-python3}
"$python" -c "$read_rows" "$in" |
  "${LINNET:-linnet}" embed -m "$model" --input-format jsonl --keep all |
  "$python" -c "$write_rows" "$in" "$out"
