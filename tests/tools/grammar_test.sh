#!/usr/bin/env bash
# grammar_test.sh LINNET SOURCE: the command line itself: help, exit codes, options, formats, clashes.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

run
expect_rc 2 "without arguments"
expect_err "usage: linnet CMD"
run --version
expect_rc 0 "--version"
expect_out "linnet "
run embbed
expect_rc 2 "unknown command"
expect_err "unknown command embbed; the nearest one is embed"
run frobnicate
expect_err "unknown command frobnicate (linnet --help lists them)"
for command in import inspect tokenize embed classify tag answer fill sparse rerank zero-shot similar attend verify \
    bench; do
  run "$command" --help
  expect_rc 0 "$command --help"
  expect_out "usage: linnet $command"
  [[ $(awk 'length > 80' out) == "" ]] || complain "$command --help is wider than 80 columns"
  [[ $(sed -n '/^examples:/,$p' out | grep -c '^  linnet ') == 2 ]] || complain "$command: two examples"
done

run embed -m "$model" --max-lenght 3
expect_rc 2 "unknown option"
expect_err "unknown option --max-lenght; the nearest one is --max-length"
run embed -m "$model" --max-length
expect_rc 2 "an option without its value"
run embed
expect_rc 2 "no model"
expect_err "no model is given"
run embed -m no/such/folder/model.linnet --text a
expect_rc 1 "a model that is not there"
expect_err "no/such/folder/model.linnet: no such file or folder"
HF_HUB_CACHE=$work/cache run embed -m organization/name --text a
expect_rc 1 "a model that is not in the cache"
expect_err "hf download organization/name"
run embed -m "$model" --max-length 65 --text a
expect_rc 2 "more tokens than positions"
expect_err "max_length 65, expected 2 to 64"
for word in 0 -1 x 99999999999999999999; do
  run embed -m "$model" --text a "--threads=$word"
  expect_rc 2 "--threads=$word"
done
OMP_NUM_THREADS=4,2 run embed -v -m "$model" --text a
expect_rc 0 "OMP_NUM_THREADS=4,2"
expect_err "threads: 4, by OMP_NUM_THREADS"
# The mask of CPUs that this process may use decides, where nothing else does.
allowed=$(taskset -pc $$)
one=${allowed##*[ ,-]}  # the last of "0-3,7"
env -u LINNET_THREADS -u OMP_NUM_THREADS taskset -c "$one" "$LINNET" embed -v -m "$model" --text a >out 2>err
rc=$? err=$(cat err)
expect_rc 0 "a CPU mask"
expect_err "threads: 1, by the CPU affinity mask"
LINNET_THREADS=2 taskset -c "$one" "$LINNET" embed -v -m "$model" --text a >out 2>err
rc=$? err=$(cat err)
expect_err "threads: 2, by LINNET_THREADS"
LINNET_THREADS=4,2 run inspect "$model"
expect_rc 2 "LINNET_THREADS=4,2"
run embed -m "$model" --text a --isa sse9
expect_rc 2 "--isa sse9"
expect_err "expected one of scalar, avx2, avx2-vnni, avx512, avx512-vnni, avx512-amx"
run embed -m "$model" --text a --pooling sum
expect_rc 2 "--pooling sum"
run embed -m "$model" --text a --dim 33
expect_rc 2 "--dim 33"
expect_err "dimension 33, expected 1 to 32"
run embed -m "$model" --text a --dim 0
expect_rc 2 "--dim 0"
run embed -m "$model" --text a --prompt-name query
expect_rc 2 "--prompt-name query"
expect_err "prompt name query: this model has no prompts"
run embed -m "$model" --text a --mode fast
expect_rc 2 "--mode fast"
expect_err "expected auto, throughput or latency"
run embed -m "$model" --text a --precision int4
expect_rc 2 "--precision int4"
expect_err "expected fp32 or int8"
run embed -m "$model" --text a --format xml
expect_rc 2 "--format xml"
run embed -m "$model" --text a --format csv -o v.npy
expect_rc 2 "a format that clashes with the name"
expect_err "do not agree"
run embed -m "$model" --text a --format npy
expect_rc 2 "npy to a pipe"
run embed -m "$model" --text a in.txt
expect_rc 2 "texts and files"
run embed -m "$model" --text a -h
expect_rc 0 "-h anywhere"

# What is wrong with the command line is said as --log-format asks, wherever it stands.
for words in "embbed --log-format json" "embed --log-format=json --max-lenght 3" "embed --log-format json -m" \
    "embed --max-lenght=3 --log-format json"; do
  run $words  # words
  expect_rc 2 "$words"
  expect_equal "$(grep -vc '^{"time": "20[0-9TZ:-]*", "level": "error", "message": ".*"}$' err)" 0 "$words: $err"
done
for word in -V --version; do
  run embed "$word"
  expect_rc 0 "embed $word"
  expect_equal "$out" "$("$LINNET" --version)" "embed $word"
done

# A model in the local cache, by name.
mkdir -p cache/models--org--tiny/refs cache/models--org--tiny/snapshots
printf abc >cache/models--org--tiny/refs/main
ln -s "$model" cache/models--org--tiny/snapshots/abc
HF_HUB_CACHE=$work/cache run embed -m org/tiny --text a
expect_rc 0 "a model of the cache"
mv cache/models--org--tiny cache/models--sentence-transformers--tiny
HF_HUB_CACHE=$work/cache run embed -m tiny --text a
expect_rc 0 "a model of the cache without its organization"
HF_HUB_CACHE=$work/cache run embed -m small --text a
expect_rc 1 "a model that is not in the cache"
expect_err "to fetch one: hf download sentence-transformers/small"

# Every format holds the same numbers; -- ends options; -i FILE is a FILE.
printf 'one\ntwo words\n' >in.txt
cp in.txt ./-odd.txt
run embed -m "$model" in.txt -o v.jsonl
expect_rc 0 "jsonl"
run embed -m "$model" -i in.txt -o v.csv
expect_rc 0 "csv"
run embed -m "$model" -o v.f32 -- -odd.txt
expect_rc 0 "f32"
run embed -m "$model" in.txt -o v.npy
expect_rc 0 "npy"
from_json=$(sed 's/.*\[//; s/\].*//; s/, /\n/g' v.jsonl)
from_csv=$(tail -n +2 v.csv | cut -d, -f2- | tr ',' '\n')
expect_equal "$from_csv" "$from_json" "csv against jsonl"
expect_equal "$(head -1 v.csv | cut -d, -f1,2,33)" "index,embedding_0,embedding_31" "the header of csv"
cmp -s <(tail -c 256 v.npy) v.f32 || complain "npy against f32"
expect_equal "$(head -c 6 v.npy | od -An -tx1)" " 93 4e 55 4d 50 59" "the start of npy"
grep -aq "'shape': (2, 32)" v.npy || complain "the shape in npy"
run verify -m "$model" -i in.txt --reference v.npy --min-cosine 0.999
expect_rc 0 "verify against its own vectors"
expect_out "max abs difference   0"
run verify -m "$model" -i in.txt --reference "$model"
expect_rc 0 "verify against a model"
run verify -m "$model" -i in.txt --reference "$SOURCE/tests/golden/tiny_bert_plain"
expect_rc 1 "verify against vectors of another length"
expect_err "has vectors of 25 numbers, expected 32"
run embed -m "$model" --text other --text 'texts here' -o w.npy
run verify -m "$model" -i in.txt --reference w.npy --min-cosine 0.999
expect_rc 1 "verify against other texts"
expect_err "the least cosine is below 0.999"
run verify -m "$model" -i in.txt -i in.txt --reference v.npy
expect_rc 1 "more texts than rows"
expect_err "has 2 rows, fewer than there are texts"

# Binary output to a terminal is refused, where a terminal can be made.
if command -v script >/dev/null; then
  script -qec "'$LINNET' embed -m '$model' --text a --format f32" /dev/null >typescript 2>&1 </dev/null
  grep -q "not written to a terminal" typescript || complain "binary to a terminal"
fi
run inspect --cpu
expect_out "in use"
run inspect "$model"
expect_rc 0 "inspect"
expect_out "fingerprint"
expect_out "unused  pooler.dense.bias"

expect_clean_folder
finish
