#!/usr/bin/env bash
# attend_test.sh LINNET SOURCE: attention as JSON and as a page.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

run attend -m "$model" --text 'Hello, world!' --layer 1 --head mean
expect_rc 0 "one layer"
expect_out '{"index": 0, "tokens": ["[CLS]", '
expect_out '"offsets": [[0, 0], [0, 5], [5, 6], [7, 12], [12, 13], [0, 0]]'
expect_out '"attention": [{"layer": 1, "head": "mean", "weights": [['
run attend -m "$model" --text a --head all
expect_equal "$(grep -o '"layer": ' <<<"$out" | wc -l)" 8 "all heads of all layers"
run attend -m "$model" --text a --layer 1,0 --head 3
expect_out '"attention": [{"layer": 1, "head": 3, '
expect_out ']]}, {"layer": 0, "head": 3, '
run attend -m "$model" --text a --layer 2
expect_rc 2 "--layer 2"
expect_err "layer 2, expected 0 to 1"
run attend -m "$model" --text a --head best
expect_rc 2 "--head best"
expect_err "--head best: expected numbers from 0, or all, mean or auto"
run attend -m "$model" --text 'a word' --from other
expect_rc 1 "--from other"
expect_err "the text has no word other, which --from asks for"
run attend -m "$model" --text 'a word' --from other --on-error null
expect_out '"error": {"code": "malformed", "message": "the text has no word other'

# Threads change nothing; a text without the word can be left out.
printf '%s\n' 'a cat and a dog' 'nothing' 'the cat' 'a dog' 'cat' >in.txt
for threads in 1 3; do
  run attend -m "$model" -t "$threads" in.txt --head all -o "all.$threads.jsonl"
  run attend -m "$model" -t "$threads" in.txt --from cat --on-error null -o "from.$threads.jsonl"
  expect_rc 3 "texts without the word"
done
cmp -s all.1.jsonl all.3.jsonl || complain "threads change the weights"
cmp -s from.1.jsonl from.3.jsonl || complain "threads change what is chosen"
expect_equal "$(grep -c '"error"' from.1.jsonl)" 2 "texts without the word"

# A page holds every text, and needs nothing else.
run attend -m "$model" in.txt -o page.html
expect_rc 0 "a page"
expect_equal "$(grep -c '<!doctype html>' page.html)" 1 "one start"
expect_equal "$(grep -c '<h2>' page.html)" 5 "a section a text"
grep -qE '(src|href)=' page.html && complain "the page needs another file"
for words in "/dev/null" "in.txt --from absent --on-error skip"; do  # also without a text
  run attend -m "$model" $words -o empty.html
  expect_equal "$(head -c 15 empty.html)" '<!doctype html>' "a page of $words"
done
run attend -m "$model" --text a --head all --format html
expect_rc 0 "8 pictures"
run attend -m "$model" in.txt -o page.html --resume
expect_rc 2 "--resume"
expect_err "does not go with html"
finish
