#!/usr/bin/env bash
# verify_test.sh LINNET SOURCE: when the report of verify is a failure, and what it counts.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

printf 'one\ntwo words\n' >texts.txt
"$LINNET" embed -q -m "$model" texts.txt -o own.npy
check() { run verify -m "$model" texts.txt --reference "$@"; }

# Only a limit that was asked for can be missed.
cp own.npy nan.npy
printf '\0\0\300\177' | dd of=nan.npy bs=1 seek=128 conv=notrunc 2>/dev/null
check nan.npy
expect_rc 0 "a NaN without --min-cosine"
expect_out "min cosine           nan"
[[ $err != *"least cosine"* ]] || complain "a limit that nobody asked for"
check nan.npy --min-cosine -1
expect_rc 1 "a NaN with --min-cosine -1"
expect_err "the least cosine is below -1"

# Truncated and repaired texts are counted.
printf 'water water water water\na\xef\n' >odd.txt
run verify -m "$model" odd.txt --reference "$model" --max-length 5
expect_rc 0 "odd texts"
expect_err ', 1 truncated, 1 invalid UTF-8 repaired'
run verify -q -m "$model" texts.txt --reference own.npy
expect_equal "$err" "" "verify -q"

expect_clean_folder
finish
