#!/usr/bin/env bash
# resume_test.sh LINNET SOURCE: a run that was interrupted gives, once resumed, the bytes of one that was not;
# and it is not resumed when something has changed.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
model=$(as_file "$model" tiny_bert)

# The input is a pipe whose writer pauses: where the run stands when it is interrupted is no accident.
lines() { seq "$1" "$2" | sed 's/.*/{"text": "text & of many", "id": &}/'; }
{ lines 1 3000; echo broken; lines 3001 6000; } >in.jsonl
options=(-m "$model" --input-format jsonl --id-field id --on-error skip --errors)
"$LINNET" embed -q "${options[@]}" whole.err in.jsonl -o whole.jsonl
expect_equal $? 3 "the whole run"

all_is_written() { [[ $(cat ./*.jsonl.part | wc -l) == 3999 ]]; }

# interrupt SIGNAL FILE ARGUMENTS...: the first half through standard input, then the signal.
interrupt() {
  local signal=$1
  shift
  rm -f pipe && mkfifo pipe
  env --default-signal=INT "$LINNET" embed -q "$@" - <pipe 2>err &
  local pid=$!
  exec 3>pipe
  head -4000 in.jsonl >&3
  wait_until all_is_written
  kill "-$signal" "$pid"
  wait "$pid"
  rc=$?
  exec 3>&-
}

interrupt TERM "${options[@]}" a.err -o a.jsonl
expect_equal "$rc" 143 "SIGTERM"
expect_no_file a.jsonl
[[ -s a.jsonl.part && -s a.jsonl.part.state ]] || complain "nothing to resume: $(ls)"
head -4000 in.jsonl >start
expect_equal "$(grep -c . a.jsonl.part)" 3999 "what is written"

# Standard input again, in full: the part that was read is checked and skipped.
cp a.jsonl.part keep.part && cp a.jsonl.part.state keep.state && cp a.err.part keep.err
restore() { cp keep.part a.jsonl.part && cp keep.state a.jsonl.part.state && cp keep.err a.err.part; }
resume() { "$LINNET" embed "${options[@]}" a.err -o a.jsonl --resume "$@" >out 2>err; rc=$? err=$(cat err) out=; }
resume - <in.jsonl
expect_rc 3 "resumed"
expect_err "resuming a.jsonl.part after 4000 records"
cmp -s a.jsonl whole.jsonl || complain "the resumed file differs"
cmp -s <(sed 's/standard input/in.jsonl/' a.err) whole.err || complain "the resumed --errors differs"
expect_no_file a.jsonl.part
expect_no_file a.jsonl.part.state
expect_no_file a.err.part

# Killed while its input pauses: what is written is not computed again.
mkfifo paused
"$LINNET" embed -q "${options[@]}" p.err -o p.jsonl - <paused 2>err &
pid=$!
exec 3>paused
head -4000 in.jsonl >&3
wait_until grep -q '"records": *4000\b' p.jsonl.part.state
kill -KILL $pid
wait $pid
expect_equal $? 137 "SIGKILL"
exec 3>&-
"$LINNET" embed "${options[@]}" p.err -o p.jsonl --resume --metrics p.prom - <in.jsonl >out 2>err
rc=$? err=$(cat err)
computed=$(awk '$1 == "linnet_input_bytes_total" { print $2 }' p.prom)
expect_equal "$computed" "$(tail -n +4001 in.jsonl | wc -c)" "the bytes of a resumed run"
skipped=$(awk '$1 == "linnet_input_skipped_bytes" { print $2 }' p.prom)
expect_equal "$skipped" "$(head -4000 in.jsonl | wc -c)" "the bytes that were computed before"
expect_rc 3 "resumed after SIGKILL"
expect_err "resuming p.jsonl.part after 4000 records"
cmp -s p.jsonl whole.jsonl || complain "the file resumed after SIGKILL differs"
cmp -s <(sed 's/standard input/in.jsonl/' p.err) whole.err || complain "the --errors resumed after SIGKILL differs"

# Something has changed: exit 1, what it is, and everything stays as it was.
refuse() {  # WHAT MESSAGE
  expect_rc 1 "$1"
  expect_err "$2"
  cmp -s a.jsonl.part keep.part && cmp -s a.jsonl.part.state keep.state || complain "$1: the state was changed"
}
restore
resume - < <(sed 's/text 17 of/text 18 of/' in.jsonl)
refuse "another input" "standard input: its first "
resume - < <(head -100 in.jsonl)
refuse "a shorter input" "standard input: has only "
resume - --max-length 9 <in.jsonl
refuse "another option" 'option --max-length was not given, now it is "9"'
resume - --dim 9 <in.jsonl
refuse "another dimension" 'option --dim was not given, now it is "9"'
resume - --prompt "a: " <in.jsonl
refuse "another prompt" 'option --prompt was not given, now it is "a: "'
resume in.jsonl
refuse "another file" 'the list of inputs was "-", now it is "in.jsonl"'
"$LINNET" embed "${options[@]}" a.err -o a.jsonl --resume -m "$SOURCE/tests/golden/tiny_bert_plain" - <in.jsonl 2>err
rc=$? err=$(cat err)
refuse "another model" "the model was "
echo '{' >a.jsonl.part.state
resume - <in.jsonl
expect_rc 1 "a broken state"
expect_err "a.jsonl.part.state: "
restore
: >a.jsonl.part
resume - <in.jsonl
expect_rc 3 "no data"
expect_err "nothing to resume"
cmp -s a.jsonl whole.jsonl || complain "a fresh start differs"
resume - <in.jsonl
expect_rc 3 "nothing to resume"
expect_err "nothing to resume: there is no a.jsonl.part.state; starting from the beginning"
run embed -m "$model" --text a --resume
expect_rc 2 "--resume without -o"

# Without --resume an earlier run's part is discarded, and an old file stays until the new one is whole.
restore
echo old >a.jsonl
run embed "${options[@]}" a.err -o a.jsonl nothing.jsonl
expect_equal "$(cat a.jsonl)" old "the old file"
run embed "${options[@]}" a.err -o a.jsonl in.jsonl
expect_err "discarding a.jsonl.part of an earlier run"
cmp -s a.jsonl whole.jsonl || complain "after discarding"

# SIGINT too; two runs at once do not write one file.
interrupt INT "${options[@]}" b.err -o b.jsonl
expect_equal "$rc" 130 "SIGINT"
mkfifo held
"$LINNET" embed -q -m "$model" held -o c.jsonl &
exec 3>held
wait_until test -e c.jsonl.part.state
run embed -m "$model" in.jsonl -o c.jsonl
expect_rc 1 "two runs"
expect_err "c.jsonl.part: another run is writing it"
exec 3>&-
wait

# A task that takes long: results come every few seconds, and a signal waits for those at hand. (Were a window all the
# texts that memory allows, here 2,519, the first of them would come after 20 s, and these at once.)
seq 1 6000 >slow.txt
: >empty.txt
labels=$(for i in {1..400}; do printf '%s, ' "$i$(printf ' a%.0s' {1..18})"; done)
"$LINNET" zero-shot -q -m "$SOURCE/tests/golden/tasks/bert_nli" --labels "${labels%, }" -t 1 --progress \
  slow.txt empty.txt -o slow.jsonl 2>err &
pid=$!
wait_until test -s slow.jsonl.part
kill -TERM $pid
wait $pid
expect_equal $? 143 "SIGTERM during a long task"
written=$(wc -l <slow.jsonl.part)
[[ $written -gt 0 && $written -lt 2519 ]] || complain "a long task: $written records were written"
expect_equal "$(grep '"records"' slow.jsonl.part.state | tr -dc 0-9)" "$written" "the state of a long task"
# The share done is that of the texts computed, not of those read.
shares=$(grep -oE '[0-9.]+ %, 0:[0-9:]+ left' err)
[[ -n $shares && $shares != *100.0* ]] || complain "the share done: $(tr '\r' '\n' <err)"

# A pipe that nobody reads: one signal is enough.
mkfifo stuck
exec 4<>stuck  # open, and never read
for number in 1 2; do lines 1 6000; done >long.jsonl
"$LINNET" embed -q -m "$model" long.jsonl >stuck 2>err &
pid=$!
sleep 1  # long enough to fill the pipe; a run that has not yet ends all the same
kill -TERM $pid
has_ended() { ! kill -0 $pid; }
wait_until has_ended
kill -KILL $pid 2>/dev/null
wait $pid
expect_equal $? 143 "SIGTERM while nobody reads"
exec 4<&-

# A bad record that stops the run, mended, is gone on with; the header of npy is that of all rows.
{ lines 1 5000; echo broken; lines 5002 6000; } >mend.jsonl
run embed -m "$model" mend.jsonl -o d.npy
expect_rc 1 "stopped by a bad record"
expect_err "mend.jsonl:5001: "
[[ $err =~ ([0-9]+)" records are in d.npy.part; --resume goes on behind them" ]] || complain "stopped by a bad record"
records=${BASH_REMATCH[1]-}
[[ $records -gt 0 ]] || complain "stopped by a bad record: $records records"
lines 1 6000 >mend.jsonl
run embed -m "$model" mend.jsonl -o d.npy --resume
expect_rc 0 "mended"
expect_err "resuming d.npy.part after $records records"
run embed -m "$model" mend.jsonl -o e.npy
cmp -s d.npy e.npy || complain "the mended npy differs"

# No room (1 block is 1024 bytes): what was written before stays, and is gone on with when there is some.
(ulimit -f 600 && "$LINNET" embed -q -m "$model" mend.jsonl -o f.f32 2>err; echo $? >rc)
expect_equal "$(cat rc)" 1 "a file-size limit"
grep -q "f.f32: cannot write: File too large" err || complain "a file-size limit: $(cat err)"
run embed -m "$model" mend.jsonl -o f.f32 --resume
expect_rc 0 "with room"
expect_err "resuming f.f32.part after "
cmp -s f.f32 <(tail -c +129 e.npy) || complain "after a full disk"

# What a run stops at may be gone past: nothing was bad before, so another --on-error changes nothing that is written.
# Options that change no byte, and the default said aloud, are no change either.
{ lines 1 5000; echo broken; lines 5002 6000; } >past.jsonl
run embed -m "$model" past.jsonl -o g.jsonl --errors g.err
expect_rc 1 "stopped by a bad record"
expect_err "the bad records so far are in g.err.part"
expect_equal "$(cut -c1-16 g.err.part)" '{"index": 5000, ' "the record that stopped the run"
run embed -m "$model" past.jsonl -o g.jsonl --resume --on-error skip --errors g.err --mode throughput --format jsonl \
  --field text --dedup
expect_rc 3 "gone past the bad record"
expect_err "resuming g.jsonl.part after "
expect_err "that was this run; with what it went on with: 6000 records, 1 of them bad, "
run embed -m "$model" past.jsonl -o h.jsonl --on-error skip --errors h.err
cmp -s g.jsonl h.jsonl && cmp -s g.err h.err || complain "gone past the bad record: other bytes"
[[ $err != *"that was this run"* ]] || complain "one run is all"

# Bad records and nothing else are something to go on with; --on-error must then stay.
mkfifo bad_ones
"$LINNET" embed -q -m "$model" --on-error skip --input-format jsonl - -o i.jsonl <bad_ones 2>err &
pid=$!
exec 3>bad_ones
printf 'broken\nbroken\n' >&3
wait_until grep -q '"records": *2\b' i.jsonl.part.state
kill -KILL $pid
wait $pid
exec 3>&-
printf 'broken\nbroken\n{"text": "good"}\n' >bad_ones.jsonl
go_on() {
  "$LINNET" embed -m "$model" --input-format jsonl - -o i.jsonl --resume "$@" <bad_ones.jsonl >out 2>err
  rc=$? err=$(cat err)
}
go_on --on-error null
expect_rc 1 "another --on-error"
expect_err 'option --on-error was "skip", now it is "null"'
go_on --on-error skip --metrics i.prom
expect_rc 3 "bad records alone"
expect_err "resuming i.jsonl.part after 2 records"
expect_err "3 records, 2 of them bad"
expect_equal "$(cut -c1-12 i.jsonl)" '{"index": 2,' "after the bad records"
grep -q '^linnet_bad_records_total 0$' i.prom || complain "bad records of this run: $(cat i.prom)"

# Nothing to resume: the list of bad records is there nevertheless.
{ echo broken; lines 1 10; } >first.jsonl
run embed -m "$model" first.jsonl -o j.jsonl --errors j.err
expect_rc 1 "the first record is bad"
expect_equal "$(cut -c1-13 j.err)" '{"index": 0, ' "--errors of a run that wrote nothing"
expect_no_file j.jsonl.part
expect_no_file j.err.part

# A disk that is full before the first state is written, where a small one can be made: what lies behind the last whole
# window makes room for the state.
mkdir small
if unshare -rm mount -t tmpfs -o size=200k tmpfs small 2>/dev/null; then
  lines 1 6000 >many.jsonl
  unshare -rm bash -c 'mount -t tmpfs -o size=200k tmpfs small; "$@"; cp -a small kept' - \
    "$LINNET" embed -q -m "$model" many.jsonl -o small/k.jsonl 2>err
  grep -q "small/k.jsonl: cannot write: No space left" err || complain "a full disk: $(cat err)"
  cp kept/* small
  run embed -m "$model" many.jsonl -o small/k.jsonl --resume
  expect_err "resuming small/k.jsonl.part after "
  run embed -m "$model" many.jsonl -o whole_k.jsonl
  cmp -s small/k.jsonl whole_k.jsonl || complain "after a full disk, other bytes"
fi
finish
