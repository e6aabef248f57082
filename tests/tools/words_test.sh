#!/usr/bin/env bash
# words_test.sh LINNET SOURCE: `linnet tokenize --words` against Hugging Face `tokenizers`, and what it says of
# lists that are none.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

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
expect_bad '{"text": "a b"}' 'field "text" is a string, expected a list of words'
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
printf 'a b\n' >plain.txt
printf 'text\na\n' >table.csv
expect_usage "--words needs JSON Lines with a list of words in each record, but plain.txt is read as plain texts" plain.txt
expect_usage "but table.csv is read as CSV or TSV" table.csv
expect_usage "not --text" --text 'a b'
expect_usage "--words goes with neither pairs nor --stride nor --decode" w.jsonl --max-length 8 --stride 2
expect_usage "--words goes with neither pairs nor --stride nor --decode" w.jsonl --pair-field b
expect_usage "--words goes with neither pairs nor --stride nor --decode" w.jsonl --decode
finish
