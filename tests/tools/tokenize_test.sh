#!/usr/bin/env bash
# tokenize_test.sh LINNET SOURCE: which options of tokenize go together, texts that cannot be cut, and ids as texts.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
model=$(as_file "$model" tiny_bert)

# expect_usage MESSAGE WORD...
expect_usage() {
  run tokenize -m "$model" "${@:2}"
  expect_rc 2 "${*:2}"
  expect_err "$1"
}

# ---- what the options alone decide is said before the first text
expect_usage "--max-length 1: leaves no room for the 2 special tokens" --text 'a b c' --max-length 1
expect_usage "--max-length 2: leaves no room for the 3 special tokens" --text a --pair b --max-length 2
expect_usage "--stride 2: expected less than 2, the tokens that --max-length 4 leaves" \
  --text a --max-length 4 --stride 2
expect_usage "--stride 1: expected less than 1, the tokens" --text a --pair b --max-length 4 --stride 1
expect_usage "--truncation only_second needs pairs" --text a --max-length 8 --truncation only_second
run tokenize -m "$model" --text 'a b c' --max-length 1 --no-special --format count
expect_equal "$out" 1 "--max-length 1 --no-special"
run tokenize -m "$model" --text 'a b c d' --max-length 4 --stride 1
expect_rc 0 "--stride 1"

# ---- nor are there options that would change nothing
for format in ids tokens count; do
  expect_usage "--masks goes with jsonl: $format has no place for them" --text a --masks --format $format
done
expect_usage "--masks goes with jsonl: npy has no place for them" --text a --masks -o a.npy
expect_usage "--truncation needs --max-length" --text a --truncation only_first
expect_usage "--truncation-side needs --max-length" --text a --truncation-side left
expect_usage "--clean-up needs --decode" --text a --clean-up
for words in --masks --literal "--truncation only_first" "--truncation-side left" "--offset-unit byte"; do
  expect_usage "--decode does not go with ${words% *}" --text 2 --decode $words
done
run tokenize -m "$model" --text '2 40 3' --decode --clean-up --no-masks --format text
expect_rc 0 "--decode --clean-up"
run tokenize -m "$model" --text a --no-masks --format count
expect_rc 0 "--no-masks --format count"

# ---- a pair that cannot be cut is a bad record, and no more
printf '%s\n' '{"a": "a", "b": "b"}' '{"a": "a", "b": "b c d e f g h"}' '{"a": "a", "b": "c"}' >pairs.jsonl
pairs=(pairs.jsonl --field a --pair-field b --max-length 7)
run tokenize -m "$model" "${pairs[@]}" --truncation only_first
expect_rc 1 "a pair that cannot be cut"
expect_err "pairs.jsonl:2: truncation of the first text alone: it has 1 tokens and would lose 4"
run tokenize -m "$model" "${pairs[@]}" --truncation only_first --on-error null
expect_rc 3 "a pair that cannot be cut, and a record for it"
expect_out '{"index": 1, "error": {"code": "too_large", "message": "truncation of the first text alone'
expect_out '{"index": 2, "ids": ['
run tokenize -m "$model" "${pairs[@]}" --stride 3 --on-error null
expect_rc 3 "a pair whose windows do not exceed the stride"
expect_out '{"index": 1, "error": {"code": "too_large", "message": "windows of 3 tokens'
expect_out '{"index": 2, "windows": ['

# ---- --decode: ids from texts, and from what tokenize writes
printf '%s\n' hello 'a, b (c)' >texts.txt
run tokenize -m "$model" texts.txt
cp out ids.jsonl
run tokenize -m "$model" --decode --field ids ids.jsonl --format text
expect_rc 0 "tokenize's own output"
decoded=$out
run tokenize -m "$model" texts.txt --format ids
cp out ids.txt
run tokenize -m "$model" --decode ids.txt --format text
expect_equal "$decoded" "$out" "ids as text"
expect_equal "$(head -1 out)" hello "hello and back"
run tokenize -m "$model" --decode --field ids --keep ids ids.jsonl
expect_out '{"index": 0, "ids": [2,'
expect_out '"text": "hello"}'
printf '%s\n' '2 -5 3' '2 252 3' 251 '2 x' >bad.txt  # the vocabulary has 252
run tokenize -m "$model" --decode bad.txt --on-error null
expect_rc 3 "ids that are none"
expect_out '{"index": 0, "error": {"code": "malformed", "message": "found the token id -5, expected 0 to 251"'
expect_out '{"index": 1, "error": {"code": "malformed", "message": "found the token id 252, expected 0 to 251"'
expect_out '{"index": 2, "text": "'
expect_out '{"index": 3, "error": {"code": "malformed", "message": "found \"x\", expected token ids"'
printf '%s\n' '{"text": [2, "a"]}' '{"text": 7}' '{"text": [1.5]}' '{"text": []}' >bad.jsonl
run tokenize -m "$model" --decode bad.jsonl --on-error null
expect_rc 3 "lists that are no ids"
expect_out '{"index": 0, "error": {"code": "wrong_type", "message": "id 1 of field \"text\" is a string, expected a num'
expect_out '{"index": 1, "error": {"code": "wrong_type", "message": "field \"text\" is a number, expected a list of '
expect_out '{"index": 2, "error": {"code": "malformed", "message": "found \"1.5'
expect_out '{"index": 3, "text": ""}'
expect_clean_folder
finish
