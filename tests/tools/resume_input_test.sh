#!/usr/bin/env bash
# resume_input_test.sh LINNET SOURCE: a run is resumed whatever its input is: several files, compressed ones, CSV, NUL,
# names that are no UTF-8; and when an input that stopped it has been mended.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
model=$(as_file "$model" tiny_bert)

# records KIND FROM TO
records() {
  case $1 in
    csv) seq "$2" "$3" | sed 's/.*/&,"text, & of\nmany"/' ;;
    nul) seq "$2" "$3" | sed 's/.*/text & of many/' | tr '\n' '\0' ;;
    jsonl) seq "$2" "$3" | sed 's/.*/{"text": "text & of many"}/' ;;
  esac
}
header() { [[ $1 != csv ]] || echo n,text; }

# Interrupted within the third of three files: a pipe whose writer pauses, in whose place the whole file stands when
# the run is resumed.
while read -r kind suffix compress; do
  { header $kind; records $kind 1 1000; } >a
  { header $kind; records $kind 1001 2000; } | $compress -c >b$suffix
  { header $kind; records $kind 2001 2500; } | $compress -c >first
  { cat first; records $kind 2501 3000 | $compress -c; } >third
  options=(-m "$model" --input-format $kind a b$suffix c$suffix)
  cp third c$suffix
  run embed "${options[@]}" -o whole.jsonl
  expect_rc 0 "$kind$suffix: the whole run"
  rm c$suffix && mkfifo c$suffix
  "$LINNET" embed -q "${options[@]}" -o x.jsonl 2>err &
  pid=$!
  exec 3>c$suffix
  cat first >&3
  all_is_written() { [[ $(wc -l <x.jsonl.part) == 2500 ]]; }
  wait_until all_is_written
  kill -TERM $pid
  wait $pid
  expect_equal $? 143 "$kind$suffix: SIGTERM"
  exec 3>&-
  rm c$suffix && mv third c$suffix
  run embed "${options[@]}" -o x.jsonl --resume
  expect_rc 0 "$kind$suffix: resumed"
  expect_err "resuming x.jsonl.part after 2500 records"
  cmp -s x.jsonl whole.jsonl || complain "$kind$suffix: the resumed file differs"
done <<'KINDS'
csv .gz gzip
nul .zst zstd -q
jsonl .gz gzip
KINDS

# stopped ARGUMENTS...: a run to m.f32 that its input stops, far enough in for something to go on with.
stopped() {
  run embed -m "$model" -t 1 -o m.f32 "$@"
  expect_rc 1 "stopped: $*"
  expect_err " records are in m.f32.part; --resume goes on behind them"
}
goes_on() {
  run embed -m "$model" -t 1 -o m.f32 --resume "$@"
  expect_rc 0 "mended: $*"
  expect_err "resuming m.f32.part after "
  run embed -m "$model" -t 1 -o n.f32 "$@"
  cmp -s m.f32 n.f32 || complain "mended, other bytes: $*"
}
refused() {  # MESSAGE ARGUMENTS...
  run embed -m "$model" -t 1 -o m.f32 --resume "${@:2}"
  expect_rc 1 "refused: ${*:2}"
  expect_err "cannot resume: $1"
}

# A download that had ended early. Its name and an option hold a byte that is part of no character.
name=$'caf\xe9.jsonl.gz'
records jsonl 1 6000 | gzip >whole.gz
head -c $(($(stat -c %s whole.gz) * 9 / 10)) whole.gz >"$name"
stopped "$name" --prompt $'\xe9: '
expect_err "ends within its compressed data"
cp whole.gz "$name"
cp whole.gz $'caf\xe8.jsonl.gz'
refused 'the list of inputs was "caf\xe9.jsonl.gz", now it is "caf\xe8.jsonl.gz"' $'caf\xe8.jsonl.gz' --prompt $'\xe9: '
refused 'option --prompt was "\xe9: ", now it is "\xe8: "' "$name" --prompt $'\xe8: '
goes_on "$name" --prompt $'\xe9: '

# The header of a later file.
{ header csv; records csv 1 6000; } >one.csv
printf 'txt\nlast\n' >two.csv
stopped one.csv two.csv
expect_err 'two.csv:1: '
printf 'text\nlast\n' >two.csv
goes_on one.csv two.csv

# A record that is longer than was allowed: more may be, less must not, for what was read might have been too long.
{ seq 1 6000; printf '%03000d\n' 0; seq 1 10; } >long.txt
stopped long.txt --max-record 2K
expect_err "long.txt:6001: has more than 2048 bytes; --max-record N allows more"
refused 'option --max-record was 2048, now it is 1024' long.txt --max-record 1K
goes_on long.txt --max-record 4K
stopped long.txt --max-record 2K
goes_on long.txt

# Not when one was passed over: it would now be good.
{ printf '%03000d\n' 0; seq 1 6000; } | gzip >whole.gz
head -c $(($(stat -c %s whole.gz) * 9 / 10)) whole.gz >skipped.txt.gz
skip=(skipped.txt.gz --on-error skip --errors m.err)
stopped "${skip[@]}" --max-record 2K
cp whole.gz skipped.txt.gz
refused 'option --max-record was 2048, now it is 4096' "${skip[@]}" --max-record 4K
run embed -m "$model" -t 1 -o m.f32 --resume "${skip[@]}" --max-record 2048
expect_rc 3 "the same number of bytes, written otherwise"
expect_err "resuming m.f32.part after "
finish
