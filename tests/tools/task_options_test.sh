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

# ---- labels as columns of csv
nli=$(as_file "$tasks/bert_nli" nli)
labels=(zero-shot -m "$nli" --labels)
expect_usage '--format csv would have two columns named "a": use jsonl' "${labels[@]}" a,b,a --text x --format csv
expect_usage 'two columns named "index"' "${labels[@]}" index,b --text x -o labels.csv
expect_no_file labels.csv
echo '{"text": "a", "n": 7}' >n.jsonl
expect_usage 'two columns named "id"' "${labels[@]}" b,id n.jsonl --id-field n --format csv
run "${labels[@]}" b,id n.jsonl --format csv
expect_out 'index,b,id'
run "${labels[@]}" a,index,a --text x
expect_rc 0 "labels in jsonl"
cp -r "$tasks/bert_classify" doubled && chmod u+w doubled/config.json
sed -i 's/"4": "other"/"4": "art"/' doubled/config.json
expect_usage 'two columns named "art"' classify -m doubled --text x --format csv --all
run classify -m doubled --text x --format csv
expect_out 'index,label,score'

# ---- zero-shot --labels-file: read as texts are
printf '\xef\xbb\xbf water \r\n\npeople\n  \n' >labels.txt
printf 'the day' >more.txt
run zero-shot -m "$nli" --text a --labels water,people,'the day'
expected=$out
run zero-shot -m "$nli" --text a --labels-file labels.txt --labels-file more.txt
expect_equal "$out" "$expected" "two files of labels"
run zero-shot -m "$nli" --text a --labels water,people --labels-file more.txt
expect_equal "$out" "$expected" "labels and a file of them"
out=$("$LINNET" zero-shot -q -m "$nli" --text a --labels water --labels-file - < <(printf 'people\nthe day\n'))
expect_equal "$out" "$expected" "labels from standard input"
expect_usage "--labels-file -: standard input has the texts" zero-shot -m "$nli" --labels-file -
expect_usage "--labels-file -: standard input has the texts" zero-shot -m "$nli" --labels-file - n.jsonl -
expect_usage "no labels are given" zero-shot -m "$nli" --text a --labels-file /dev/null
run zero-shot -m "$nli" --text a --labels-file .
expect_rc 1 "a folder of labels"
expect_err ".: cannot read: Is a directory"
run zero-shot -m "$nli" --text a --labels-file nothing.txt
expect_rc 1 "no such file of labels"
expect_err "nothing.txt: cannot read: No such file"
run zero-shot -m "$nli" --text a --labels-file more.txt --labels-file labels.txt -o more.txt
expect_rc 2 "labels that would be overwritten"
expect_err "--labels-file more.txt are one file"

# A run is not resumed under other labels, though the file of them has the same name.
{ yes '{"text": "a"}' | head -9000; echo '{"text": 1}'; } >stopped.jsonl
resumed=(zero-shot -m "$nli" stopped.jsonl --labels-file more.txt -o resumed.jsonl)
printf 'people\nwater\n' >more.txt
run "${resumed[@]}"
expect_rc 1 "a bad record"
printf 'people\nthe day\n' >more.txt
run "${resumed[@]}" --resume --on-error skip
expect_rc 1 "other labels"
expect_err 'cannot resume: option --labels was "people water", now it is "people the day"'
printf 'people\r\nwater\n' >more.txt
run "${resumed[@]}" --resume --on-error skip
expect_rc 3 "the same labels"
expect_equal "$(grep -c '"labels"' resumed.jsonl)" 9000 "the records of both runs"

# ---- --pretty and another format
for words in "--format csv" "--format jsonl" "-o p.jsonl"; do
  expect_usage "do not agree" classify -m "$tasks/bert_classify" --text a --pretty $words
done
expect_no_file p.jsonl
for words in "--pretty --format pretty" "--pretty --no-pretty --format csv"; do
  run classify -m "$tasks/bert_classify" --text a $words
  expect_rc 0 "$words"
done

expect_clean_folder
finish
