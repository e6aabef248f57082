#!/usr/bin/env bash
# stop_test.sh LINNET SOURCE: one signal ends a run at once, whatever it does with its input: waits for a named pipe that
# nobody has opened, reads a record that takes long, or reads again what the run to be resumed had read.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
model=$(as_file "$model" tiny_bert)

# stop NAME: the signal, and what became of the run in the background.
stop() {
  kill -TERM $pid
  for _ in {1..200}; do kill -0 $pid 2>/dev/null && sleep 0.05; done
  ! kill -KILL $pid 2>/dev/null || complain "$1: still running after 10 s"
  wait $pid
  rc=$? err=$(cat err)
  expect_rc 143 "$1"
}

printf 'one\ntwo\nthree\n' >three.txt
mkfifo pipe
"$LINNET" embed -m "$model" three.txt pipe -o a.jsonl 2>err &
pid=$!
wait_until grep -q '"records": *3\b' a.jsonl.part.state
stop "a pipe that nobody has opened"
expect_err "stopped by a signal; 3 records are written and --resume goes on behind them"
echo four >pipe &
run embed -m "$model" three.txt pipe -o a.jsonl --resume
wait
expect_rc 0 "the pipe, resumed"
expect_err "resuming a.jsonl.part after 3 records"
echo four | "$LINNET" embed -q -m "$model" three.txt - -o b.jsonl
cmp -s a.jsonl b.jsonl || complain "the pipe, resumed: other results"

# 64 GB in 64 MB: a line that takes half a minute to read.
# More lines than the first window takes: while those are computed, the next one comes to the long line.
seq 1 4100 | gzip >long.txt.gz
head -c 67108864 /dev/zero | tr '\0' x | gzip -1 >member
for _ in {1..32}; do cat member; done >members
for _ in {1..32}; do cat members; done >>long.txt.gz
command=(embed -m "$model" --on-error skip long.txt.gz -o c.jsonl)
"$LINNET" "${command[@]}" 2>err &
pid=$!
wait_until test -s c.jsonl.part
stop "a long record"
[[ $err =~ ([0-9]+)" records are written and --resume goes on behind them" ]] || complain "a long record"
((BASH_REMATCH[1] > 0 && BASH_REMATCH[1] <= 4100)) || complain "a long record"

# As if the earlier run had read it.
sed -i -E '/"consumed"/,/]/ s/("bytes": *)[0-9]+/\160000000000/' c.jsonl.part.state
cp c.jsonl.part.state state
"$LINNET" "${command[@]}" --resume 2>err &
pid=$!
reads_it() { [[ $(readlink /proc/$pid/fd/*) == *long.txt.gz* ]]; }
wait_until reads_it
stop "what was read before"
expect_equal "$err" "" "what was read before"
cmp -s c.jsonl.part.state state || complain "what was read before: another state"
finish
