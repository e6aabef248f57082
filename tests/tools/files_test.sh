#!/usr/bin/env bash
# files_test.sh LINNET SOURCE: what is written replaces nothing else: not an input, not the model, not another output,
# not what a stream is redirected to.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
folder=$model
model=$(as_file "$folder" tiny_bert)
printf 'one\ntwo words\n' >in.txt
printf '{"text": "a"}\n{"tex": "b"}\n{"text": "c"}\n' >in.jsonl

# refuse NAME MESSAGE WORD...: exit 2, and every file is as it was.
refuse() {
  find . -type f ! -name out ! -name err ! -name '*.sum' -exec md5sum {} + | sort >before.sum
  run tokenize -m "$model" "${@:3}"
  expect_rc 2 "$1"
  expect_err "$2 are one file, which would be overwritten: expected two"
  find . -type f ! -name out ! -name err ! -name '*.sum' -exec md5sum {} + | sort >after.sum
  cmp -s before.sum after.sum || complain "$1: files were changed: $(diff before.sum after.sum)"
}
cp in.txt k.txt
ln k.txt hard.txt
ln -s k.txt soft.txt
for name in k.txt ./k.txt hard.txt soft.txt "$work/k.txt"; do
  refuse "--metrics $name" "--metrics $name and the input k.txt" k.txt --metrics "$name"
  refuse "--errors $name" "--errors $name and the input k.txt" k.txt --errors "$name"
  refuse "-o $name" "-o $name and the input k.txt" k.txt -o "$name" --format jsonl
done
refuse "the second input" "--metrics k.txt and the input k.txt" in.txt -i k.txt --metrics k.txt
refuse "--metrics in -o" "-o s.jsonl and --metrics s.jsonl" in.txt -o s.jsonl --metrics s.jsonl
refuse "--metrics in -o, by another name" "-o s.jsonl and --metrics ../${work##*/}/s.jsonl" \
  in.txt -o s.jsonl --metrics "../${work##*/}/s.jsonl"
refuse "--errors in -o" "-o s.jsonl and --errors s.jsonl" in.txt -o s.jsonl --errors s.jsonl
refuse "--errors in --metrics" "--errors s.jsonl and --metrics s.jsonl" in.txt --errors s.jsonl --metrics s.jsonl
refuse "in what is unfinished" "the unfinished s.jsonl.part of -o s.jsonl and --metrics s.jsonl.part" \
  in.txt -o s.jsonl --metrics s.jsonl.part
refuse "in the state" "the unfinished s.jsonl.part.state of -o s.jsonl and --errors s.jsonl.part.state" \
  in.txt -o s.jsonl --errors s.jsonl.part.state
refuse "in the bad records' .part" "-o s.part and the unfinished s.part of --errors s" in.txt -o s.part --errors s
cp in.txt t.jsonl.part
refuse "an input that is a .part" "the unfinished t.jsonl.part of -o t.jsonl and the input t.jsonl.part" \
  t.jsonl.part -o t.jsonl
for option in -o --errors --metrics; do
  refuse "the model in $option" "$option $model and --model $model" --text a "$option" "$model"
done
cp -r "$folder" folder
model=folder refuse "a file of the model" \
  "--metrics folder/tokenizer.json and the model's folder/tokenizer.json" --text a --metrics folder/tokenizer.json
mkdir folder/runs
for _ in first again; do
  run tokenize -m folder --text a -o folder/runs/a.jsonl --metrics folder/runs/metrics.txt
  expect_rc 0 "other files in the model's folder"
done

# What streams are redirected to.
"$LINNET" tokenize -m "$model" --metrics k.txt <k.txt >out 2>err
rc=$? err=$(cat err)
expect_rc 2 "standard input"
expect_err "--metrics k.txt and standard input are one file"
cmp -s k.txt in.txt || complain "standard input was overwritten"
for option in --metrics --errors; do
  "$LINNET" tokenize -m "$model" in.txt "$option" s.jsonl >s.jsonl 2>err
  rc=$? err=$(cat err)
  expect_rc 2 "standard output in $option"
  expect_err "standard output and $option s.jsonl are one file"
  "$LINNET" tokenize -m "$model" in.txt "$option" err >out 2>err
  rc=$? err=$(cat err)
  expect_rc 2 "standard error in $option"
  expect_err "$option err and standard error are one file"
done
"$LINNET" tokenize -m "$model" k.txt 2>err >>k.txt
rc=$? err=$(cat err)
expect_rc 2 "input that is output"
expect_err "standard output and the input k.txt are one file"

# Other commands that write.
import_over() {  # MESSAGE WORD...
  run import "${@:2}"
  expect_rc 2 "import ${*:2}"
  expect_err "$1 are one file"
}
cp "$model" m.linnet
import_over "-o m.linnet and the model m.linnet" m.linnet --int8 -o m.linnet
import_over "-o folder/vocab.txt and the model's folder/vocab.txt" folder -o folder/vocab.txt
import_over "-o in.txt and --calibration in.txt" -m m.linnet --int8 --calibration in.txt -o in.txt
run train-vocab -o folder folder/vocab.txt
expect_rc 2 "train-vocab over its input"
expect_err "-o folder/vocab.txt and the input folder/vocab.txt are one file"
cmp -s m.linnet "$model" || complain "import has changed its input"
diff -r -x runs folder "$folder" >/dev/null || complain "the folder was changed"

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

ln -s there/linked.linnet linked.linnet
run import "$folder" -o linked.linnet
expect_rc 0 "import through a link"
[[ -L linked.linnet ]] || complain "import has replaced a link"
cmp -s there/linked.linnet "$model" || complain "import through a link"
run import "$folder" -o -
expect_rc 2 "import -o -"
expect_err "-o -: expected the name of a file"
# /dev/fd and not /dev/stdout: a program that renames over it would take it from the whole machine.
run import "$folder" -o /dev/fd/1
expect_rc 2 "import to a file that standard output is redirected to"
"$LINNET" import -q "$folder" -o /dev/fd/1 | cmp -s - "$model" || complain "import to a pipe"

# An import that a signal ends leaves nothing. It waits for its calibration text.
mkfifo calibration
for number in INT:130 TERM:143 HUP:129; do
  env --default-signal=INT "$LINNET" import "$folder" --int8 --calibration calibration -o int8.linnet 2>err &
  pid=$!
  wait_until compgen -G 'int8.linnet.tmp*'
  kill "-${number%:*}" $pid
  wait $pid
  expect_equal $? "${number#*:}" "import ended by ${number%:*}"
  expect_no_file int8.linnet
  expect_clean_folder
done

# --metrics: its place is looked at before any work is done, a link is followed, and data that are whole stay so.
no_metrics() {  # FILE CODE MESSAGE
  run tokenize -m "$model" in.txt -o data.jsonl --metrics "$1"
  expect_rc "$2" "--metrics $1"
  expect_err "$3"
  expect_no_file data.jsonl
}
no_metrics nowhere/m.prom 1 "linnet: nowhere/m.prom: cannot write: No such file or directory"
no_metrics in.txt/m.prom 1 "linnet: in.txt/m.prom: cannot write: Not a directory"
no_metrics there 2 "--metrics there: is no regular file"
no_metrics /dev/null 2 "--metrics /dev/null: is no regular file"
for name in - /dev/fd/1 /proc/self/fd/2; do
  no_metrics "$name" 2 "--metrics $name: expected the name of a file"
done
expect_no_file ./-
ln -s there/m.prom m.prom
for _ in first again; do
  run tokenize -m "$model" in.txt --metrics m.prom
  expect_rc 0 "--metrics through a link"
  [[ -L m.prom ]] || complain "the link m.prom was replaced"
  grep -q '^linnet_run_complete 1$' there/m.prom || complain "--metrics through a link: $(ls -l there)"
done
mkfifo slow
mkdir gone
"$LINNET" tokenize -q -m "$model" slow -o late.jsonl --metrics gone/m.prom 2>err &
exec 3>slow
wait_until test -e gone/m.prom
rm -r gone
cat in.txt >&3
exec 3>&-
wait $!
rc=$? err=$(cat err)
expect_rc 0 "--metrics that can no more be written"
expect_err "gone/m.prom: cannot write: No such file or directory; --metrics lacks the last counters"
cmp -s late.jsonl whole || complain "the data when --metrics fails"

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
