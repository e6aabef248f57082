#!/usr/bin/env bash
# progress_test.sh LINNET SOURCE: what a run says of itself: progress events, the summary, --metrics.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

member() { sed -n "s/.*\"$1\": *\([0-9.e+-]*\)[,}].*/\1/p"; }  # NAME, of a JSON object
metric() { awk -v name="$1" '$1 == name { print $2 }' "$2"; }   # NAME FILE
holds() { awk "BEGIN { exit !($1) }"; }                         # of numbers

# Progress as JSON, of a task that takes long: the share done and the time left are those of the texts computed, and
# from one count to the next the rates do not fall.
seq 1 20000 >slow.txt
: >empty.txt
labels=$(for i in {1..40}; do printf '%s, ' "$i$(printf ' a%.0s' {1..18})"; done)
"$LINNET" zero-shot -m "$SOURCE/tests/golden/tasks/bert_nli" --labels "${labels%, }" -t 1 --progress \
  --log-format json --metrics slow.prom slow.txt empty.txt -o slow.jsonl 2>err &
pid=$!
has_counted() { [[ $(grep -c '"event": "progress", "texts":[1-9]' err) -ge 3 ]]; }
wait_until has_counted
kill -TERM $pid
wait $pid
expect_equal $? 143 "SIGTERM"
expect_equal "$(grep -vc '^{"time": "20[0-9TZ:-]*", "level": "info", "\(event\|message\)": ".*}$' err)" 0 "every line is an object"
grep '"event": "progress"' err >events
grep -v '"texts":0,' events >counted
while read -r event; do
  share=$(member share_done <<<"$event") left=$(member seconds_left <<<"$event")
  [[ -n $share && -n $left ]] && holds "$share > 0 && $share < 1 && $left > 0" || complain "the share done: $event"
done <counted
grep '"texts":0,' events | grep -v '"share_done":0\.0}' && complain "the share done before the first text"
counts=$(grep -o '"texts":[0-9]*,"tokens":[0-9]*' counted | sort -u | wc -l)
rates=$(grep -o '"texts_per_second":[^,]*,"tokens_per_second":[^,]*' counted | sort -u | wc -l)
expect_equal "$rates" "$counts" "as many rates as counts"
expect_equal "$(metric linnet_input_size_bytes slow.prom)" "$(stat -c %s slow.txt)" "the size of the input"
expect_equal "$(metric linnet_run_complete slow.prom)" 0 "a run that was stopped"

# The seconds of the stages and the peak of memory, in all that tells them. A pipe has no size to have a share of.
seq 1 3000 | sed 's/.*/text & of many/' >many.txt
run embed -m "$model" -t 1 --metrics m.prom many.txt -o m.jsonl
expect_rc 0 "a run"
stages=$(tail -1 <<<"$err")
[[ $stages =~ ^"linnet: read "[0-9.]+" s, tokenize "[0-9.]+" s, compute "([0-9.]+)" s, write "[0-9.]+" s; peak memory: "([0-9]+)" KiB"$ ]] ||
  complain "the stages"
compute=${BASH_REMATCH[1]-} peak=${BASH_REMATCH[2]-}
seconds=$(metric linnet_run_seconds m.prom)
for stage in read tokenize compute write; do
  took=$(metric "linnet_stage_seconds_total{stage=\"$stage\"}" m.prom)
  holds "${took:--1} > 0 && ${took:--1} < $seconds" || complain "seconds of $stage: '$took' of $seconds"
done
took=$(metric 'linnet_stage_seconds_total{stage="compute"}' m.prom)
holds "$took > $compute - 0.006 && $took < $compute + 0.006" || complain "compute: $took in --metrics, $compute in the summary"
holds "$peak > 5000 && $peak < 1000000" || complain "peak memory: $peak KiB"
bytes=$(metric linnet_peak_memory_bytes m.prom)
holds "$bytes > 1024 * $peak - 1048576 && $bytes < 1024 * $peak + 1048576" || complain "peak memory: $bytes and $peak KiB"
expect_equal "$(metric linnet_input_bytes_total m.prom)" "$(stat -c %s many.txt)" "the bytes computed"
expect_equal "$(metric linnet_input_size_bytes m.prom)" "$(stat -c %s many.txt)" "the bytes of the input"
expect_equal "$(metric linnet_input_skipped_bytes m.prom)" 0 "nothing was skipped"
expect_equal "$(grep -o '^# TYPE [a-z_]*' m.prom | sort | uniq -d)" "" "each metric once"
expect_equal "$(grep -v '^#' m.prom | grep -vcE '^linnet_[a-z_]+(\{stage="[a-z]+"\})? [0-9.e+-]+$')" 0 "a name and a number a line"

cat many.txt | "$LINNET" embed -m "$model" --metrics m.prom --log-format json -o m.jsonl 2>err
rc=$? err=$(cat err)
expect_rc 0 "of a pipe"
for name in read_seconds tokenize_seconds compute_seconds write_seconds peak_memory_kib; do
  value=$(member $name <<<"$err")
  [[ -n $value ]] && holds "$value > 0" || complain "the summary as JSON: $name"
done
expect_equal "$(metric linnet_input_size_bytes m.prom)" "" "the size of a pipe"
finish
