#!/usr/bin/env bash
# embed_parts_test.sh LINNET SOURCE: texts that are too long, vectors of windows and of tokens.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

printf '%s\n' 'a b c' 'a b c d e f g h i j' '' 'é è a b c d e f' >in.txt
run embed -m "$model" in.txt --max-length 6
expect_err "2 truncated"
cp out truncate.jsonl
run embed -m "$model" in.txt --max-length 6 --long split
expect_rc 0 "--long split"
expect_err "0 truncated"
cmp -s <(sed -n '1p;3p' out) <(sed -n '1p;3p' truncate.jsonl) || complain "short texts change by --long split"
cmp -s <(sed -n 2p out) <(sed -n 2p truncate.jsonl) && complain "a long text does not change by --long split"
run embed -m "$model" in.txt --max-length 6 --long error
expect_rc 1 "--long error"
expect_err "in.txt:2: the text has more than 6 tokens"
run embed -m "$model" in.txt --max-length 6 --long error --on-error null
expect_rc 3 "--long error, told to go on"
expect_equal "$(grep -c '"error"' out)" 2 "the long texts"
cmp -s <(sed -n '1p;3p' out) <(sed -n '1p;3p' truncate.jsonl) || complain "short texts change by --long error"
run embed -m "$model" in.txt --max-length 6 --long split --stride 4
expect_rc 2 "a stride as long as a window"
expect_err "stride 4, expected less than 4"

# A record for each window: kept fields in all of them, places in the unit asked for.
printf '%s\n' '{"text": "é è a b c d e f", "n": "x\ny"}' '{"text": "a", "n": 2}' >in.jsonl
run embed -m "$model" in.jsonl --keep n --max-length 6 --long split --stride 1 --per-window
expect_rc 0 "--per-window"
expect_equal "$(cut -d'[' -f1 out)" '{"index": 0, "n": "x\ny", "start": 0, "end": 7, "embedding": 
{"index": 0, "n": "x\ny", "start": 6, "end": 13, "embedding": 
{"index": 0, "n": "x\ny", "start": 12, "end": 15, "embedding": 
{"index": 1, "n": 2, "start": 0, "end": 1, "embedding": ' "the windows"
run embed -m "$model" in.jsonl --max-length 6 --long split --per-window --offset-unit byte
expect_out '"start": 0, "end": 9, '
run embed -m "$model" in.jsonl --per-window
expect_rc 2 "--per-window alone"
expect_err "--per-window needs --long split"
run embed -m "$model" in.jsonl --per-window --long split -o v.npy
expect_rc 2 "--per-window to npy"

run embed -m "$model" --text 'Hello, world!' --tokens
expect_rc 0 "--tokens"
expect_out '{"index": 0, "tokens": ["[CLS]", '
expect_out '"offsets": [[0, 0], [0, 5], [5, 6], [7, 12], [12, 13], [0, 0]], "embeddings": [['
expect_equal "$(grep -o '\], \[' <<<"${out#*embeddings}" | wc -l)" 5 "a vector a token"
for other in "--long split" "--dim 3" "--prompt a" "--pooling cls" "--normalize" "--per-window" "--format csv"; do
  run embed -m "$model" --text a --tokens $other
  expect_rc 2 "--tokens $other"
done
finish
