#!/usr/bin/env bash
# similar_test.sh LINNET SOURCE: what similar refuses, leaves out and counts. Its results are in tasks_test.sh.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

printf 'the quick brown fox\nsome people\nwater\n' >texts.txt
"$LINNET" embed -q -m "$model" texts.txt -o texts.npy
tail -c +129 texts.npy >texts.f32
run similar -m "$model" texts.txt --top-k 2
expected=$out

# Without a FILE it reads standard input.
for files in "" - "-i -"; do
  "$LINNET" similar -m "$model" $files --top-k 2 <texts.txt >out 2>err
  expect_equal "$(cat out)" "$expected" "similar '$files'"
done
"$LINNET" similar <texts.txt >out 2>err
rc=$? err=$(cat err)
expect_rc 2 "texts without a model"
expect_err "standard input: is no .npy or .f32 file of vectors"
run similar texts.npy texts.npy texts.npy
expect_rc 2 "three files"

# What can be read once is not both sides.
one_input() {  # A B, with a pipe as standard input
  printf 'q1\nq2\n' | "$LINNET" similar -m "$model" "$@" --top-k 1 >out 2>err
  rc=${PIPESTATUS[1]} err=$(cat err)
  expect_rc 2 "similar $*"
  expect_err "$1 and $2 are one input, which can be read once"
}
one_input - -
one_input - /dev/stdin
one_input /dev/stdin /dev/fd/0
printf 'q1\nq2\n' | "$LINNET" similar -m "$model" - <(printf 'q2\nq1\n') --top-k 1 >out 2>err
expect_equal "$(grep -o '"results": \[{"index": [01]' out | grep -o '.$' | tr -d '\n')" 10 "two pipes"
run similar texts.npy texts.npy --top-k 1
expect_rc 0 "a file as both sides"

# Options that are about texts do nothing to vectors.
for option in "--dim 4" --normalize --no-normalize "--pooling cls" "--prompt a" "--prompt-name a" "--max-length 9" \
    "--precision int8" "--input-format lines" "--field a" --no-header "--max-record 9"; do
  run similar -m "$model" texts.npy $option
  expect_rc 2 "vectors with $option"
  expect_err "${option% *} goes with texts, which -m MODEL embeds; texts.npy holds vectors"
done
run similar -m "$model" texts.f32 texts.txt --columns 32 --max-length 9 --top-k 1
expect_rc 0 "vectors and texts with --max-length"
for files in texts.npy texts.txt; do
  run similar -m "$model" $files --columns 9
  expect_rc 2 "$files with other --columns"
  expect_err "--columns 9: $files has vectors of 32 numbers"
done
run similar texts.npy --columns 32
expect_rc 0 "--columns as they are"

# Vectors with NaN or infinity have no neighbours and are nobody's, which is said.
cp texts.npy nan.npy
printf '\0\0\300\177' | dd of=nan.npy bs=1 seek=$((128 + 4 * 3)) conv=notrunc 2>/dev/null       # in vector 0
printf '\0\0\200\177' | dd of=nan.npy bs=1 seek=$((128 + 4 * 32 * 2)) conv=notrunc 2>/dev/null  # in vector 2
for metric in cosine dot; do
  run similar nan.npy texts.npy --metric $metric --top-k 1
  expect_rc 0 "queries with NaN, $metric"
  expect_equal "$(grep -c '"results": \[\]' out)" 2 "queries with NaN, $metric"
  expect_err "nan.npy: has NaN or infinity in 2 of its 3 vectors, which have no neighbours and are nobody's"
  run similar texts.npy nan.npy --metric $metric
  expect_equal "$(grep -o '[0-9]*, "score"' out | sort -u)" '1, "score"' "candidates with NaN, $metric"
  expect_err "nan.npy: has NaN or infinity in 2 of its 3 vectors"
  run similar nan.npy --metric $metric
  expect_equal "$(grep -c '"results": \[\]' out)" 3 "neighbours among NaN, $metric"
  expect_equal "$(grep -c 'NaN or infinity in 2 of' err)" 1 "one file, $metric"
done
run similar texts.npy
[[ $err != *NaN* ]] || complain "NaN where there is none"

# Truncated and repaired texts of both sides are counted.
printf 'water water water water\na\xef\n' >odd.txt
printf '{"text": "\xef"}\n' >odd.jsonl
run similar -m "$model" odd.txt odd.jsonl --max-length 5
expect_err "2 queries, 1 candidates of 32 numbers; 1 texts truncated, 2 invalid UTF-8 repaired"
run similar texts.npy
[[ $err != *truncated* ]] || complain "vectors are not truncated"

expect_clean_folder
finish
