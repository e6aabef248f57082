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

# ---- --stride without windows
for command in "classify -m $tasks/bert_classify" "sparse -m $tasks/bert_fill" "embed -m $model" \
    "tag -m $tasks/bert_tag --long truncate" "classify -m $tasks/bert_classify --long error"; do
  expect_usage "--stride needs --long split" $command --text a --stride 5
done
for command in "tag -m $tasks/bert_tag" "sparse -m $tasks/bert_fill --long split"; do
  run $command --text a --stride 5
  expect_rc 0 "$command --stride 5"
done
long=$(printf 'water %.0s' {1..60})
for option in --stride=5 --long=split; do
  expect_usage "${option%=*}" tag -m "$tasks/bert_tag" --text "$long" --aggregation none $option
  expect_err "needs an --aggregation other than none"
done
run tag -m "$tasks/bert_tag" --text "$long" --aggregation none
expect_err "1 truncated"
run tag --help
[[ $(tr -s ' \n' ' ' <out) == *"(default: split; with --aggregation none: truncate)"* ]] || complain "tag --help"

expect_clean_folder
finish
