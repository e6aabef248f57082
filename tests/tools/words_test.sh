#!/usr/bin/env bash
# words_test.sh LINNET SOURCE: --words of tokenize against Hugging Face `tokenizers` and of tag against transformers,
# from a list and from a text by one rule, and what is said of other things.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
model=$(as_file "$model" tiny_bert)

golden=$SOURCE/tests/golden/tokenizer/pre_split_words.jsonl
tokenize=(tokenize -q -m "$model" --input-format jsonl --words --field words)

# members FILE: of each record the ids, offsets and word ids, without spaces.
members() { sed -E 's/.*("ids": [^a-z]*), ("tokens": .*, )?("offsets": [^a-z]*), ("word_ids": [][0-9nul, ]*\]).*/\1, \3, \4/' "$1" | tr -d ' '; }

# The records of each maximal length together.
for length in null {2..11}; do
  grep "\"max_length\": $length}\$" "$golden" >some.jsonl || complain "no golden records of --max-length $length"
  limit=(); [[ $length == null ]] || limit=(--max-length "$length")
  run "${tokenize[@]}" "${limit[@]}" some.jsonl
  expect_equal "$(members out)" "$(members some.jsonl)" "--max-length $length"
done

# All at once: several threads, the same as one by one; the other formats tell the same.
run "${tokenize[@]}" -t 1 "$golden"
cp out whole.jsonl
run "${tokenize[@]}" -t 3 --dedup "$golden"
cmp -s out whole.jsonl || complain "threads"
ids=$(sed -E 's/.*"ids": \[([^]]*)\].*/\1/; s/,//g' whole.jsonl)
run "${tokenize[@]}" --format ids "$golden"
expect_equal "$out" "$ids" "--format ids"
run "${tokenize[@]}" --format count "$golden"
expect_equal "$out" "$(awk '{ print NF }' <<<"$ids")" "--format count"

printf '{"id": 7, "words": ["naïve", "𝒳y"]}\n' >w.jsonl
run tokenize -q -m "$model" --words --field words --id-field id --keep words --offset-unit byte w.jsonl
expect_out '{"index": 0, "id": 7, "words": ["naïve","𝒳y"], "ids": '
expect_out '"offsets": [[0, 0], [0, 6], [0, 5], [0, 0]], "word_ids": [null, 0, 1, null]}'
run tokenize -q -m "$model" --words --field words --no-special --format count w.jsonl
with=$("$LINNET" tokenize -q -m "$model" --words --field words --format count w.jsonl)
expect_equal "$out" "$((with - 2))" "--no-special"

# expect_bad RECORD MESSAGE
expect_bad() {
  printf '{"text": ["a"]}\n%s\n' "$1" >bad.jsonl
  run tokenize -m "$model" --words bad.jsonl
  expect_rc 1 "$1"
  expect_err "bad.jsonl:2: $2"
}
expect_bad '{"text": 7}' 'field "text" is a number, expected a list of words, or a string'
expect_bad '{"text": ["a", null]}' 'word 1 of field "text" is null, expected a string'
expect_bad '{"text": [["a"]]}' 'word 0 of field "text" is a list, expected a string'
expect_bad '{"words": ["a"]}' 'found no field "text"'
run tokenize -m "$model" w.jsonl --field words
expect_rc 1 "a list without --words"
expect_err 'field "words" is a list, expected a string'

# expect_usage MESSAGE WORD...
expect_usage() {
  run tokenize -m "$model" --words "${@:2}"
  expect_rc 2 "${*:2}"
  expect_err "$1"
}
expect_usage "--words goes with neither pairs nor --stride nor --decode" w.jsonl --max-length 8 --stride 2
expect_usage "--words goes with neither pairs nor --stride nor --decode" w.jsonl --pair-field b
expect_usage "--words goes with neither pairs nor --stride nor --decode" w.jsonl --decode

# Whatever they come from, the words are the same: two spaces have an empty one between them.
printf '%s\n' '{"text": ["«naïve", "", "it\u0027s", "end"]}' '{"text": ["one"]}' '{"text": [""]}' >same.jsonl
printf '%s\n' "«naïve  it's end" one "" >same.txt
printf '%s\n' '{"text": "«naïve  it\u0027s end"}' '{"text": "one"}' '{"text": ""}' >text.jsonl
printf '%s\n' text "«naïve  it's end" one '""' >same.csv
bert_tag=$SOURCE/tests/golden/tasks/bert_tag
tagger=$(as_file "$bert_tag" tag)
for command in "tokenize -m $model" "tag -m $tagger --aggregation none --ignore-labels X"; do
  run $command -q --words same.jsonl
  expect_rc 0 "$command"
  cp out same.out
  for input in same.txt text.jsonl same.csv; do
    run $command -q --words "$input"
    expect_equal "$out" "$(cat same.out)" "$command --words $input"
  done
  run $command -q --words --text "«naïve  it's end" --text one --text ''
  expect_equal "$out" "$(cat same.out)" "$command --words --text"
  run $command --help
  [[ $(tr -s ' \n' ' ' <out) == *"--[no-]words a text is words already: in JSON Lines a list of them, or what stands between single spaces;"* ]] ||
    complain "$command --help"
done
run tokenize -q -m "$model" --words same.txt
expect_out '"word_ids": [null, 0, '
expect_out ', 2, 2, 2, 3'

# The entities of the golden lists, places in the words joined by single spaces. Scores are for tagger_test.
grep '^{"words"' "$bert_tag/cases.jsonl" >lists.jsonl
run tag -q -m "$tagger" --words --field words lists.jsonl
expect_rc 0 "tag --words"
grep -q '"word": "words", "start": 10, "end": 15' lists.jsonl || complain "the golden lists say nothing of a word with a space"
expect_equal "$(sed -E 's/.*"entities": (.*)\}/\1/; s/"score": [^,]*, //g' out)" \
  "$(sed -E 's/.*"simple": (.*), "first".*/\1/; s/"score": [^,]*, //g' lists.jsonl)" "tag --words"
finish
