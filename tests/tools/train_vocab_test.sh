#!/usr/bin/env bash
# train_vocab_test.sh LINNET SOURCE: where train-vocab writes, and what it says of the size.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

printf 'a few words, a few more\n' >texts.txt
for folder in '' -; do
  run train-vocab -o "$folder" texts.txt
  expect_rc 2 "-o '$folder'"
  expect_err "-o $folder: expected the name of a folder"
  expect_no_file ./-
done
mkdir -p taken/vocab.txt
run train-vocab -o taken texts.txt
expect_rc 1 "a folder in the place of vocab.txt"
expect_err "taken/vocab.txt: is a folder"

run train-vocab -o made --vocab-size 6 texts.txt
expect_rc 0 "fewer than there are characters"
expect_err "more than the 6 asked for: special tokens and characters are in it in any case"
run train-vocab -o made --vocab-size 1000 texts.txt
expect_err "fewer than the 1000 asked for"

run train-vocab -o none --special-token $'x\ny' texts.txt
expect_rc 2 "a special token of two lines"
expect_err 'the special token "x\x0ay" has a line break'
run train-vocab -o none --initial-alphabet $'\n' texts.txt
expect_rc 2 "a line break as a character"
run train-vocab -o none --like texts.txt texts.txt
expect_rc 1 "texts as vocabulary"
expect_err "texts.txt: has no line of ## and one character"
expect_no_file none

expect_clean_folder
finish
