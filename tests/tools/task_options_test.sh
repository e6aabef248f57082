#!/usr/bin/env bash
# task_options_test.sh LINNET SOURCE: options of the tasks that would change nothing are refused, and lists of words.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
tasks=$SOURCE/tests/golden/tasks

# expect_usage MESSAGE WORD...
expect_usage() {
  run "${@:2}"
  expect_rc 2 "${*:2}"
  expect_err "$1"
}

# ---- fill --targets
for targets in '' , ,,; do
  expect_usage "--targets names no word" fill -m "$tasks/bert_fill" --text 'the [MASK] fox' --targets "$targets"
done

expect_clean_folder
finish
