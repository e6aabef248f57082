#!/usr/bin/env bash
# parquet_test.sh LINNET SOURCE: examples/parquet_embed.sh gives every row its vector and loses no column.
set -euo pipefail
LINNET=$1 source_dir=$2
export LINNET PYTHON=${PYTHON:-python3}
for fetched in "$source_dir"/build/reference/pyarrow-*; do
  [[ ! -e $fetched ]] || export PYTHONPATH=$fetched
done
if ! "$PYTHON" -c "import pyarrow.parquet" 2>/dev/null; then
  [[ ,${LINNET_REQUIRE-}, != *,parquet,* ]] || { echo "parquet_test: pyarrow is missing: tools/fetch_parquet.sh" >&2; exit 1; }
  echo "parquet_test: skipped, pyarrow is missing: tools/fetch_parquet.sh"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
model=$source_dir/tests/golden/tiny_bert

"$PYTHON" - "$work" <<'MAKE'
import sys
import pyarrow as pa, pyarrow.parquet as pq
n = 10000
texts = [f'row {i}, "quoted"\nand über two lines' for i in range(n)]
table = pa.table({"id": pa.array(range(n), pa.int64()), "text": texts,
                  "price": pa.array([i / 7 if i % 3 else None for i in range(n)], pa.float64()),
                  "share": pa.array([float("nan") if i % 5 else i for i in range(n)], pa.float32()),
                  "day": pa.array(range(n), pa.timestamp("us", tz="UTC")),
                  "body": pa.array([text if i % 2 else None for i, text in enumerate(texts)])})
pq.write_table(table, f"{sys.argv[1]}/in.parquet", row_group_size=1000)
with open(f"{sys.argv[1]}/texts.nul", "w") as file:
    file.write("".join(text + "\0" for text in texts))
MAKE
"$source_dir/examples/parquet_embed.sh" "$model" "$work/in.parquet" "$work/out.parquet"
"$LINNET" embed -q -m "$model" --input-format nul "$work/texts.nul" -o "$work/vectors.f32"
"$PYTHON" - "$work" <<'CHECK'
import array, sys
import pyarrow as pa, pyarrow.parquet as pq
before = pq.read_table(f"{sys.argv[1]}/in.parquet")
after = pq.read_table(f"{sys.argv[1]}/out.parquet")
def bits(table):  # NaN is not equal to itself
    return [pa.chunked_array([c.view(pa.int32()) for c in column.chunks]) if name == "share" else column
            for name, column in zip(table.column_names, table.columns)]
assert after.column_names == [*before.column_names, "embedding"], after.column_names
assert bits(after)[:-1] == bits(before), "a column has changed"
vectors = array.array("f")
with open(f"{sys.argv[1]}/vectors.f32", "rb") as file:
    vectors.frombytes(file.read())
found = array.array("f", (x for row in after["embedding"].to_pylist() for x in row))
assert found.tobytes() == vectors.tobytes(), "the vectors differ"
CHECK

# Another column, with nulls; then what cannot be done leaves no file.
"$source_dir/examples/parquet_embed.sh" "$model" "$work/in.parquet" "$work/body.parquet" body
"$PYTHON" - "$work" <<'CHECK'
import sys
import pyarrow.parquet as pq
of_text = pq.read_table(f"{sys.argv[1]}/out.parquet")["embedding"].to_pylist()
of_body = pq.read_table(f"{sys.argv[1]}/body.parquet")["embedding"].to_pylist()
assert of_body == [vector if i % 2 else None for i, vector in enumerate(of_text)], "null texts"
CHECK
refused() {  # WORDS ARGUMENT...: fails, says WORDS and writes nothing
  local words=$1
  shift
  if "$source_dir/examples/parquet_embed.sh" "$@" 2>"$work/err"; then echo "not refused: $*" >&2; exit 1; fi
  grep -qF -- "$words" "$work/err" || { echo "expected '$words', found:" >&2; cat "$work/err" >&2; exit 1; }
  for left in "$work"/none*; do [[ ! -e $left ]] || { echo "$left is left" >&2; exit 1; }; done
}
refused "has no column title, but id, text, price" "$model" "$work/in.parquet" "$work/none.parquet" title
refused "has a column embedding already" "$model" "$work/out.parquet" "$work/none.parquet"
refused "vectors are missing" "$work/no_model" "$work/in.parquet" "$work/none.parquet"
echo "10,000 rows, through Parquet and back"
