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
if [[ -n ${LINNET_SLOW_BUILD-} ]]; then  # a measurement takes its time, whatever is found in it
  finish
  exit
fi

run bench -m "$model" --quick -t 1 --json --profile -o bench.json
expect_rc 0 "bench --json"
for field in tokens_per_second share_of_peak core_seconds_per_million_texts peak_kib p99_ms gemm tokenizer; do
  grep -q "\"$field\": [0-9.]*[1-9]" bench.json || complain "bench --json: $field"
done
# The share of the peak counts every weight of the layers, the third matrix of a gated feed-forward too.
run bench -m "$SOURCE/tests/golden/tasks/nomic" --quick -t 1 --json
expect_rc 0 "bench of a gated model"
shares=$(awk -v hidden=24 -v intermediate=36 -v layers=2 '
  /"flops"/ { peak = $2 + 0 }
  /"share_of_peak"/ { share = $2 + 0 }
  /"tokens_per_second"/ { speed = $2 + 0 }
  /"tokens_per_text"/ { tokens = $2 + 0 }
  /}/ && share > 0 {
    weights = layers * (4 * hidden * hidden + 3 * hidden * intermediate)
    expected = speed * (2 * weights + 4 * tokens * hidden * layers) / peak
    if (share < 0.999 * expected || share > 1.001 * expected) ++wrong
    ++rows
    share = 0
  }
  END { print rows + 0, wrong + 0 }' out)
expect_equal "$shares" "7 0" "rows with a share of the peak, wrong ones"

# Processes that measure memory open the model as asked, and before this one has threads: else they would hang.
run bench -m "$model" --quick -t 2 --precision int8 --json
expect_rc 0 "bench --precision int8 of a folder"
expect_out '"precision": "int8"'
expect_out '"backend": "linnet"'
expect_equal "$(grep -c "made int8 of fp32" err)" 1 "notes that int8 was made"
run bench -m "$model" -o no/folder/bench.json  # not quick: it is said before anything is measured
expect_rc 1 "bench -o into no folder"
expect_err 'no/folder/bench.json'
run bench -m "$model" --quick --backend none
expect_rc 2 "bench --backend none"
expect_clean_folder
finish
