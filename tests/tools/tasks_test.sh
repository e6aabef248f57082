#!/usr/bin/env bash
# tasks_test.sh LINNET SOURCE: the subcommands of the tasks on tiny models. The expected labels, words and
# offsets are those of tests/golden/tasks/*/cases.jsonl.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
tasks=$SOURCE/tests/golden/tasks

# ---- classify
run classify -m "$tasks/bert_classify" --text 'Hello, world!' --text a
expect_rc 0 classify
expect_out '{"index": 0, "label": "politics", "score": 0.28726'
expect_out '{"index": 1, "label": '
run classify -m "$tasks/bert_classify" --text 'Hello, world!' --top-k 2
expect_out '"scores": [{"label": "politics", "score": 0.28726'
expect_out '}, {"label": "science", "score": 0.28726'
run classify -m "$tasks/bert_classify" --text Hello --pair world
expect_out '"label": "other", "score": 0.33189'
printf '{"a": "Hello", "b": "world"}\n{"a": "Hello"}\n' >pairs.jsonl
run classify -m "$tasks/bert_classify" pairs.jsonl --field a --pair-field b
expect_rc 1 "a pair that is missing"
expect_err 'pairs.jsonl:2: '
run classify -m "$tasks/bert_classify" pairs.jsonl --field a --pair-field b --on-error skip
expect_rc 3 "a pair that is missing, skipped"
expect_out '"label": "other", "score": 0.33189'
run classify -m "$tasks/electra_multi_label" --text 'Hello, world!' --threshold 0.4
expect_out '"scores": [{"label": "politics", "score": 0.73714'
expect_out '}, {"label": "science", "score": 0.49522'
[[ $out != *sport* ]] || complain "a label below the threshold is shown"
run classify -m "$tasks/electra_multi_label" --text 'Hello, world!' --threshold 0.4 --pretty
expect_out '  science '
[[ $out != *sport* ]] || complain "a label below the threshold is shown by --pretty"
run classify -m "$tasks/bert_regression" --text 'Hello, world!'
expect_out '"label": "LABEL_0", "score": 1.52737'
run classify -m "$tasks/bert_classify" --text 'Hello, world!' --format csv
expect_out 'index,label,score'
expect_out '0,politics,0.28726'
run classify -m "$tasks/bert_classify" --text 'Hello, world!' --format csv --top-k 2
expect_rc 2 "the best labels as columns"
expect_err "--top-k does not go with csv, which has a column for each label: --all"
run classify -m "$tasks/bert_classify" --text 'Hello, world!' --pretty
expect_out 'Hello, world!'
expect_out '  politics                   0.2873  #########'
# On a terminal the format is for people, but where something asks for what that has no place for.
if command -v script >/dev/null; then
  echo '{"text": "a", "n": 7}' >kept.jsonl
  on_terminal() {
    script -qec "$(printf '%q ' "$LINNET" classify -q -m "$tasks/bert_classify" kept.jsonl "$@")" /dev/null \
      >typescript 2>&1 </dev/null
    rc=$? out=$(cat typescript)
  }
  on_terminal
  expect_out '#####'
  for words in "--keep all" "--keep n" "--id-field n"; do
    on_terminal $words  # words
    expect_rc 0 "on a terminal: $words"
    expect_out '{"index": 0, '
    expect_out '": 7, "label": "'
  done
  on_terminal --pretty --keep all
  expect_rc 2 "on a terminal: --pretty --keep all"
fi
run classify -m "$tasks/bert_classify" --text a --top-k 6
expect_rc 2 "more labels than there are"
expect_err "--top-k 6: this model has 5 labels"
run classify -m "$tasks/bert_tag" --text a
expect_rc 2 "a model for another task"
expect_err "this model has no sequence-classification head; it has a token-classification head"
long=$(printf 'water %.0s' {1..60})
run classify -m "$tasks/bert_classify" --text a --text "$long" --long error --on-error null
expect_rc 3 "a text that is too long"
expect_out '{"index": 1, "error": {"code": '
expect_out 'the text has more than 40 tokens'
run classify -m "$tasks/bert_classify" --text "$long"
expect_err '1 truncated'
run classify -m "$tasks/bert_classify" --text "$long" --long split --stride 5
expect_err '0 truncated'

# A folder and a file of it are one model.
"$LINNET" import "$tasks/bert_classify" -o classify.linnet -q || complain import
run classify -m classify.linnet --text 'Hello, world!' --all
from_file=$out
run classify -m "$tasks/bert_classify" --text 'Hello, world!' --all
expect_equal "$from_file" "$out" "the file and the folder"
run inspect classify.linnet
expect_out 'head              BertForSequenceClassification'
expect_out 'labels            5: sport politics art science other'

# ---- tag
run tag -m "$tasks/bert_tag" --text 'naïve café déjà vu'
expect_rc 0 tag
expect_out '"entities": [{"entity_group": "LOC", "score": 0.71897'
expect_out '"word": "naive", "start": 0, "end": 5}'
expect_out '"word": "##e", "start": 12, "end": 13}'
run tag -m "$tasks/bert_tag" --text 'naïve café déjà vu' --offset-unit byte
expect_out '"word": "##e", "start": 14, "end": 16}'
run tag -m "$tasks/bert_tag" --text 'naïve café déjà vu' --aggregation none
expect_out '{"entity": "I-LOC", "score": 0.71897'
expect_out '"index": 1, "word": "naive"'
run tag -m "$tasks/bert_tag" --text 'one two three' --words
expect_out '"entities": ['
run tag -m "$tasks/bert_tag" --text 'naïve café déjà vu' --pretty
expect_equal "$out" '[naïve LOC] café d[é LOC]j[à PER] vu' "tag --pretty"
run tag -m "$tasks/bert_tag" --text a --aggregation best
expect_rc 2 "an unknown aggregation"
expect_err "expected none, simple, first, average or max"

# ---- answer
context='the quick brown fox jumps over the lazy dog'
run answer -m "$tasks/bert_answer" --text 'who is it' --pair "$context" --top-k 3
expect_rc 0 answer
expect_out '"answers": [{"answer": "dog", "score": 0.03103'
expect_out '"start": 40, "end": 43}, {"answer": "over the lazy"'
printf '%s' "$context" >article.txt
run answer -m "$tasks/bert_answer" --question 'who is it' article.txt
expect_out '{"answer": "dog"'
# A context goes the way of every input: decompressed, without a byte order mark, bounded, with its reasons.
expected=$out
ask() { run answer -m "$tasks/bert_answer" --question 'who is it' "$@"; }
gzip -c article.txt >article.txt.gz
ask article.txt.gz
expect_equal "$out" "$expected" "a compressed context"
ask --text "$context"
expect_equal "$out" "$expected" "a context on the command line"
ask --text "$context" --pair a
expect_rc 2 "--question and --pair"
expect_err "--question and --pair cannot be given together"
{ printf '\xef\xbb\xbf'; cat article.txt; } >mark.txt
ask mark.txt
expect_equal "$out" "$expected" "a context with a byte order mark"
iconv -f UTF-8 -t UTF-16 article.txt >utf16.txt
ask utf16.txt
expect_rc 1 "a context in UTF-16"
expect_err "utf16.txt: is UTF-16"
ask article.txt --max-record 10
expect_rc 1 "a context that is too long"
expect_err "article.txt:1: has more than 10 bytes"
ask .
expect_rc 1 "a folder as context"
expect_err ".: cannot read: Is a directory"
ask nothing.txt
expect_rc 1 "no such context"
expect_err "nothing.txt: cannot read: No such file"
for option in "--keep q" "--id-field q" "--field q" "--pair-field q" "--input-format csv"; do
  ask article.txt $option
  expect_rc 2 "--question $option"
  expect_err "--question and $([[ $option == *csv ]] && echo "$option" || echo "${option% *}") cannot be given together"
done
printf 'who is it\n' >q.csv
ask q.csv
expect_rc 2 "records as one context"
expect_err "q.csv: is by its name a file of records"
ask q.csv --input-format lines
expect_rc 0 "CSV as one context"
printf '' >empty.txt
printf 'a\n\nb\r\n' >lines.txt
ask empty.txt article.txt lines.txt empty.txt --offset-unit byte -o all.jsonl
expect_rc 0 "several contexts"
expect_equal "$(grep -c answers all.jsonl)" 4 "an empty file is a context, too"
expect_equal "$(sed -n 2p all.jsonl | sed 's/"index": 1/"index": 0/')" "$expected" "the second context"
printf '{"question": "who is it", "context": "%s"}\n' "$context" >questions.jsonl
run answer -m "$tasks/bert_answer" questions.jsonl
expect_out '{"index": 0, "answers": [{"answer": "dog"'
run answer -m "$tasks/bert_answer" --text 'who is it' --pair "$context" --pretty
expect_out '    the quick brown fox jumps over the lazy dog'
run answer -m "$tasks/bert_answer" --text 'who is it'
expect_rc 2 "a question without a context"
expect_err "a question has no context"
echo '{"question": "who is it"}' >bad.jsonl
run answer -m "$tasks/bert_answer" bad.jsonl
expect_rc 1 "a question without a context"
expect_err "bad.jsonl:1: "

# ---- fill
run fill -m "$tasks/bert_fill" --text 'the [MASK] fox' --top-k 2
expect_rc 0 fill
expect_out '"masks": [[{"token": 102, "token_str": "the", "score": 0.16144'
expect_out '"sequence": "the get fox"}]]'
run fill -m "$tasks/bert_fill" --text 'the [MASK] fox' --targets dog,unheardof
expect_err 'the target "unheardof" is no token of this model'
expect_out '"token_str": "dog"'
printf 'the [MASK] fox\nno mask\n' >masks.txt
run fill -m "$tasks/bert_fill" masks.txt
expect_rc 1 "a text without a mask"
expect_err "the text has no [MASK]"
run fill -m "$tasks/bert_fill" masks.txt --on-error skip --top-k 1
expect_rc 3 "a text without a mask, skipped"
expect_equal "$(wc -l <out)" 1 "the record that is left"
run fill -m "$tasks/bert_fill" --text '[MASK]' --top-k 253
expect_rc 2 "more words than there are"

# ---- sparse
run sparse -m "$tasks/bert_fill" --text 'Hello, world!' --top-k 2
expect_rc 0 sparse
[[ $out =~ ^\{\"index\":\ 0,\ \"sparse\":\ \{\"[^\"]+\":\ [0-9.]+,\ \"[^\"]+\":\ [0-9.]+\}\}$ ]] ||
  complain "sparse"

# ---- zero-shot
run zero-shot -m "$tasks/bert_nli" --text a --labels 'water, people , the day,'
expect_rc 0 zero-shot
expect_out '"labels": ["water", "people", "the day"], "scores": [0.38385'
printf 'water\npeople\nthe day\n' >labels.txt
run zero-shot -m "$tasks/bert_nli" --text a --labels-file labels.txt --multi-label
expect_out '"labels": ["the day", "people", "water"], "scores": [0.06896'
run zero-shot -m "$tasks/bert_nli" --text a
expect_rc 2 "no labels"
expect_err "no labels are given"
run zero-shot -m "$tasks/bert_classify" --text a --labels b
expect_rc 2 "a model without entailment"
expect_err 'no label of this model starts with "entail"'

# ---- rerank
printf 'world\n🙂\none\n' >documents.txt
run rerank -m "$tasks/bert_rerank" --query Hello documents.txt
expect_rc 0 rerank
expect_out '"score": 0.82867'
expect_equal "$(grep -o '"index"' out | wc -l)" 4 "a record and three results"
first=${out#*results\": [}
run rerank -m "$tasks/bert_rerank" --query Hello documents.txt --top 1 --return-documents
expect_equal "$(grep -o '"score"' out | wc -l)" 1 "--top 1"
expect_out '"text": '
echo '{"query": "Hello", "documents": ["world", "🙂", "one"], "id": 7}' >lists.jsonl
run rerank -m "$tasks/bert_rerank" lists.jsonl --id-field id
expect_out '{"index": 0, "id": 7, "results": ['
expect_equal "${out#*results\": [}" "$first" "lists of documents"
printf 'query,document\nHello,world\nHello,🙂\nHello,one\nHi,world\n' >rows.csv
run rerank -m "$tasks/bert_rerank" rows.csv
expect_equal "$(wc -l <out)" 2 "a record for each query"
expect_equal "$(head -1 out | sed 's/.*results": \[//')" "$first" "rows of documents"
run rerank -m "$tasks/bert_rerank" --query Hello --text world --raw
expect_out '"score": 1.57626'
run rerank -m "$tasks/bert_rerank" documents.txt
expect_rc 2 "documents without a query"
echo '{"query": "Hello"}' >no_documents.jsonl
run rerank -m "$tasks/bert_rerank" no_documents.jsonl
expect_rc 1 "a query without documents"
expect_err 'no_documents.jsonl:1: found no field "documents"; the record has: query'
run rerank -m "$tasks/bert_classify" --query Hello --text world
expect_err "has 5 labels; a reranker has one output"

# ---- similar
printf 'the quick brown fox\nsome people\nthe quick brown fox\nwater\n' >texts.txt
run similar -m "$model" texts.txt --top-k 2
expect_rc 0 similar
expect_equal "$(wc -l <out)" 4 "a line for each text"
expect_out '{"index": 0, "results": [{"index": 2, "score": 0.99999'
within=$out
"$LINNET" embed -m "$model" texts.txt -o texts.npy -q
run similar texts.npy --top-k 2
expect_equal "$out" "$within" "vectors and their texts"
run similar -m "$model" texts.npy texts.txt --top-k 1 --metric dot
expect_out '{"index": 1, "results": [{"index": 1, "score": '
run similar texts.npy --top-k 2 -o by_npy.jsonl
tail -c +129 texts.npy >texts.f32
run similar texts.f32 --columns 32 --top-k 2 -o by_f32.jsonl
expect_rc 0 "similar of .f32"
cmp -s by_npy.jsonl by_f32.jsonl || complain "similar: .f32 differs from .npy"
"$LINNET" embed -m "$model" texts.txt -o halves.npy --dtype float16 -q
run similar halves.npy --top-k 2
expect_rc 0 "similar of float16"
expect_equal "$(grep -o '"index": [0-9]*' out)" "$(grep -o '"index": [0-9]*' by_npy.jsonl)" "similar of float16"
"$LINNET" embed -m "$model" texts.txt -o bytes.npy --quantize-output int8 -q
run similar bytes.npy
expect_rc 1 "similar of bytes"
expect_err "found dtype |i1, expected little-endian float32 (<f4) or float16 (<f2)"
run similar texts.npy --keep all
expect_rc 2 "fields of vectors"
expect_err "unknown option --keep"
run similar texts.f32
expect_rc 2 "similar of .f32 without --columns"
run similar texts.f32 --columns 31
expect_rc 1 "similar of .f32 with another width"
expect_err "expected rows of 31 numbers"
run similar texts.txt
expect_rc 2 "texts without a model"
expect_err "texts.txt: is no .npy or .f32 file of vectors; for texts, -m MODEL embeds them"
run similar -m "$tasks/bert_fill" texts.npy texts.txt
expect_rc 1 "vectors of different sizes"
expect_err "texts.txt: has vectors of 20 numbers, expected 32, as in texts.npy"
run similar texts.npy --metric l2
expect_rc 2 "an unknown metric"
run similar
expect_rc 2 "no file"
printf '{"text": "a"}\n{"text": 1}\n' >bad.jsonl
run similar -m "$model" bad.jsonl
expect_rc 1 "a bad record"
expect_err 'bad.jsonl:2: field "text" is a number, expected a string'
run similar -m "$model" no.txt -o no/such/place.jsonl
expect_rc 1 "no such place"
expect_err "no/such/place.jsonl: cannot write"

# Interrupted while it embeds: nothing is left, an old file stays.
mkfifo pipe
echo old >nearest.jsonl
"$LINNET" similar -q -m "$model" pipe -o nearest.jsonl 2>err &
pid=$!
exec 3>pipe
wait_until compgen -G '.linnet.*'
kill -TERM $pid
wait $pid
expect_equal $? 143 "SIGTERM"
exec 3>&-
expect_equal "$(cat nearest.jsonl)" old "the old file"

expect_clean_folder
finish
