#!/usr/bin/env bash
# kill_test.sh LINNET SOURCE: killed at 50 random moments (kill -9), a run that is resumed gives the bytes of one
# that was not killed; and one that makes a record of several rows, at 10.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
reranker=$SOURCE/tests/golden/tasks/bert_rerank

now() { date +%s%3N; }
awk 'BEGIN { for (i = 0; i < 60000; ++i) print "{\"text\": \"text " i " of many\", \"n\": " i "}"; print "bad" }' >in.jsonl
awk 'BEGIN { print "query,document"; for (i = 0; i < 12000; ++i) print "query " int(i / 3) ",document " i; print "bad" }' >rows.csv
# The subshell becomes the program, which is then what a background job's pid names.
embed_it() { exec "$LINNET" embed -m "$model" --on-error null --errors "$1.err" --keep n in.jsonl -o "$1.jsonl" "${@:2}"; }
rerank_it() { exec "$LINNET" rerank -m "$reranker" --on-error null --errors "$1.err" rows.csv -o "$1.jsonl" "${@:2}"; }

kill_trials() {  # COMMAND TRIALS
  local run_it=$1 trials=$2 begin whole moment pid trial resumed=0
  rm -f whole.*
  begin=$(now)
  ("$run_it" whole) 2>/dev/null
  expect_equal $? 3 "$run_it: the whole run"
  whole=$(($(now) - begin))
  for ((trial = 0; trial < trials; ++trial)); do
    rm -f x.*
    "$run_it" x 2>/dev/null &
    pid=$!
    moment=$((RANDOM * (whole + 200) / 32768))
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    if [[ ! -e x.jsonl ]]; then
      ("$run_it" x --resume) 2>err
      expect_equal $? 3 "$run_it, trial $trial, killed after $moment ms: $(cat err)"
      ! grep -q '^linnet: resuming' err || resumed=$((resumed + 1))
    fi
    cmp -s x.jsonl whole.jsonl || complain "$run_it, trial $trial, killed after $moment ms: another output"
    cmp -s x.err whole.err || complain "$run_it, trial $trial, killed after $moment ms: another --errors"
  done
  echo "$run_it: $whole ms; of $trials runs killed, $resumed had something to resume"
}

RANDOM=${KILL_TEST_SEED:-$$}
echo "seed ${KILL_TEST_SEED:-$$}"
kill_trials embed_it 50
kill_trials rerank_it 10
finish
