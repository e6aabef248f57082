#!/usr/bin/env bash
# bench_test.sh LINNET SOURCE: of a measurement only that it is one: every row is there, no number is missing.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

printf 'one text\n\nand a longer one, of some more words\n' >in.txt
run bench -m "$model" --quick --profile -t 2 in.txt
expect_rc 0 "bench"
expect_equal "$(grep -cE '^ +(8|16|32|64|yours) +[12] +[1-9]' out)" 10 "rows of speed"
expect_equal "$(grep -cE '^ +[12] threads?, (back to back|10 ms apart) +[1-9]' out)" 4 "rows of latency"
expect_equal "$(grep -cE 'GFLOP/s of|the first vector [0-9]|with 2 threads, the model' out)" 3 "the head"
expect_equal "$(grep -cE '^ +(8|16|32|64|yours)( +[0-9.]+){10}$' out)" 5 "rows of parts"

run bench -m "$model" --quick -t 1 --json --profile -o bench.json
expect_rc 0 "bench --json"
for field in tokens_per_second share_of_peak core_seconds_per_million_texts peak_kib p99_ms gemm tokenizer; do
  grep -q "\"$field\": [0-9.]*[1-9]" bench.json || complain "bench --json: $field"
done
expect_clean_folder
finish
