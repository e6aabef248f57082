#!/usr/bin/env bash
# kill_test.sh LINNET SOURCE: killed at 50 random moments (kill -9), a run that is resumed gives the bytes of one
# that was not killed.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

now() { date +%s%3N; }
awk 'BEGIN { for (i = 0; i < 60000; ++i) print "{\"text\": \"text " i " of many\", \"n\": " i "}"; print "bad" }' >in.jsonl
# The subshell becomes the program, which is then what a background job's pid names.
run_it() { exec "$LINNET" embed -m "$model" --on-error null --errors "$1.err" --keep n in.jsonl -o "$1.jsonl" "${@:2}"; }
begin=$(now)
(run_it whole) 2>/dev/null
expect_equal $? 3 "the whole run"
whole=$(($(now) - begin))
RANDOM=${KILL_TEST_SEED:-$$}
echo "the whole run: $whole ms; seed $RANDOM"
resumed=0
for ((trial = 0; trial < 50; ++trial)); do
  rm -f x.*
  run_it x 2>/dev/null &
  pid=$!
  moment=$((RANDOM * (whole + 200) / 32768))
  sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  if [[ ! -e x.jsonl ]]; then
    (run_it x --resume) 2>err
    expect_equal $? 3 "trial $trial, killed after $moment ms: $(cat err)"
    ! grep -q '^linnet: resuming' err || resumed=$((resumed + 1))
  fi
  cmp -s x.jsonl whole.jsonl || complain "trial $trial, killed after $moment ms: another output"
  cmp -s x.err whole.err || complain "trial $trial, killed after $moment ms: another --errors"
done
echo "of 50 runs killed, $resumed had something to resume"
finish
