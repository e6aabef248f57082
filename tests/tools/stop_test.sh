#!/usr/bin/env bash
# stop_test.sh LINNET SOURCE: one signal ends a run at once, whatever it does with its input: waits for a named pipe that
# nobody has opened, reads a record that takes long, or reads again what the run to be resumed had read.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
model=$(as_file "$model" tiny_bert)

# stop NAME: the signal, and what became of the run in the background.
stop() {
  kill -TERM $pid
  for _ in {1..400}; do kill -0 $pid 2>/dev/null && sleep 0.05; done
  ! kill -KILL $pid 2>/dev/null || complain "$1: still running after 20 s"
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

finish
