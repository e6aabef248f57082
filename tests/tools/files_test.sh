#!/usr/bin/env bash
# files_test.sh LINNET SOURCE: names of outputs: descriptors, links, long ones.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
folder=$model
model=$(as_file "$folder" tiny_bert)
printf 'one\ntwo words\n' >in.txt
printf '{"text": "a"}\n{"tex": "b"}\n{"text": "c"}\n' >in.jsonl

# A descriptor by its name: what is in the file stays, and messages, data and bad records stand one behind the other.
skip=(in.jsonl --on-error skip)
for errors in /dev/stderr /dev/fd/2 /proc/self/fd/2 link; do
  ln -sf /dev/fd/2 link
  echo old >log.txt
  "$LINNET" tokenize -m "$model" "${skip[@]}" --errors "$errors" 2>>log.txt >out
  expect_equal $? 3 "--errors $errors"
  expect_equal "$(head -1 log.txt)" old "the start of what $errors is redirected to"
  grep -q '^linnet: in.jsonl:2: ' log.txt || complain "--errors $errors: no message: $(cat log.txt)"
  grep -q '^{"index": 1, "file": "in.jsonl"' log.txt || complain "--errors $errors: no record: $(cat log.txt)"
done
"$LINNET" tokenize -m "$model" in.txt >whole 2>err
for name in - /dev/stdout /dev/fd/1 /proc/self/fd/1 /proc/thread-self/fd/1; do
  (echo header; "$LINNET" tokenize -q -m "$model" in.txt -o "$name"; echo footer) >so.txt
  cmp -s so.txt <(echo header; cat whole; echo footer) || complain "-o $name: $(cat so.txt)"
done
(echo header >&5; "$LINNET" tokenize -q -m "$model" in.txt -o /dev/fd/5; echo footer >&5) 5>so.txt
cmp -s so.txt <(echo header; cat whole; echo footer) || complain "-o /dev/fd/5: $(cat so.txt)"
run tokenize -m "$model" in.txt -o /dev/fd/9
expect_rc 1 "a descriptor that is not open"
expect_err "/dev/fd/9: cannot write: Bad file descriptor"
run tokenize -m "$model" in.txt -o /dev/stdin
expect_rc 1 "a descriptor for reading"
expect_err "/dev/stdin: cannot write: Bad file descriptor"

# Data and bad records on one stream.
for errors in - /dev/stdout; do
  run tokenize -m "$model" "${skip[@]}" --errors "$errors"
  expect_rc 3 "--errors $errors"
  expect_equal "$(cut -c-12 out | sort | tr '\n' ' ')" '{"index": 0, {"index": 1, {"index": 2, ' "--errors $errors"
done

# A link stays one, also to what is not there yet.
mkdir there
ln -s there/target dangling
run tokenize -m "$model" in.txt -o dangling --errors dangling.err
expect_rc 0 "a dangling link"
[[ -L dangling ]] || complain "the dangling link was replaced"
cmp -s there/target whole || complain "the link's target"
ln -s loop loop
run tokenize -m "$model" in.txt -o loop
expect_rc 1 "a link to itself"
expect_err "loop: cannot write: Too many levels of symbolic links"

# The longest name that what stands beside it leaves room for: 255 bytes, less ".part.state.tmp".
long=$(printf 'n%.0s' {1..240})
run tokenize -m "$model" in.txt -o "$long"
expect_rc 0 "a name of 240 bytes"
run tokenize -m "$model" in.txt -o "${long}n"
expect_rc 2 "a name of 241 bytes"
expect_err "its name has 241 bytes, expected at most 240: while it is unfinished, .part.state.tmp is added to it"
expect_no_file "${long}n.part"
run tokenize -m "$model" in.txt -o "$long$(printf 'n%.0s' {1..11})"
expect_rc 2 "a name of 251 bytes"
expect_err "its name has 251 bytes, expected at most "

expect_clean_folder
finish
