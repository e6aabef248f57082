#!/usr/bin/env bash
# stream_test.sh LINNET SOURCE: the same bytes with any number of threads, through any pipe; an answer for
# each line as it comes; equal texts computed once.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
int8=$(as_file "$model" int8 --int8)
model=$(as_file "$model" tiny_bert)

# Lengths mixed, some lines equal.
awk 'BEGIN { for (i = 0; i < 5000; ++i) { n = i % 17; line = "line " i % 3000; while (n--) line = line " word" n; print line } }' >in.txt
"$LINNET" embed -q -t 1 -m "$model" in.txt -o one.f32
for threads in 2 7; do
  "$LINNET" embed -q -t $threads -m "$model" in.txt -o many.f32
  cmp -s one.f32 many.f32 || complain "$threads threads"
done

# Workers each on their own and all together, fp32, int8 and two tasks.
classify=$(as_file "$SOURCE/tests/golden/tasks/bert_classify" classify)
declare -A command=([fp32]="embed -m $model" [classify]="classify --all -m $classify"
  [int8]="embed -m $int8" [tag]="tag -m $(as_file "$SOURCE/tests/golden/tasks/bert_tag" tag)")
head -300 in.txt >some.txt
for task in "${!command[@]}"; do
  ${LINNET} ${command[$task]} -q -t 1 some.txt >one.jsonl
  expect_equal "$(cut -d, -f1 one.jsonl | cksum)" "$(seq 0 299 | sed 's/^/{"index": /' | cksum)" "$task"
  for how in "1 latency" "2 throughput" "2 latency" "7 throughput" "7 latency"; do
    ${LINNET} ${command[$task]} -q -t ${how% *} --mode ${how#* } some.txt >many.jsonl
    cmp -s one.jsonl many.jsonl || complain "$task, $how"
  done
done
run classify -m "$classify" --mode fast in.txt
expect_rc 2 "--mode fast"
expect_err "--mode fast: expected auto, throughput or latency"
"$LINNET" embed -q -t 2 -m "$model" in.txt --dedup -o dedup.f32
cmp -s one.f32 dedup.f32 || complain "--dedup"
yes 'the same text' | head -4096 >same.txt
run embed -m "$model" same.txt -o same.f32 --dedup
tokens=$("$LINNET" tokenize -q -m "$model" --text 'the same text' --format ids | wc -w)
expect_err "4096 texts, $tokens tokens"

# One after the other, the order of records is that of the input.
"$LINNET" embed -q -m "$model" <in.txt >whole.jsonl
expect_equal "$(cut -d, -f1 whole.jsonl | cksum)" "$(seq 0 4999 | sed 's/^/{"index": /' | cksum)" "the order"
while read -r number; do
  expected=$("$LINNET" embed -q -m "$model" --text "$(sed -n "$((number + 1))p" in.txt)" | cut -d, -f2-)
  expect_equal "$(sed -n "$((number + 1))p" whole.jsonl | cut -d, -f2-)" "$expected" "record $number alone"
done < <(seq 17 2111 4999)

# A slow reader, a slow writer, and both ends as files.
"$LINNET" embed -q -m "$model" in.txt | { sleep 0.5; head -c 100000; sleep 0.5; cat; } >slow.jsonl
cmp -s whole.jsonl slow.jsonl || complain "a slow reader"
{ head -c 5001 in.txt; sleep 0.3; tail -c +5002 in.txt; } | "$LINNET" embed -q -m "$model" >slow.jsonl
cmp -s whole.jsonl slow.jsonl || complain "a slow writer"
gzip -c in.txt >in.txt.gz
"$LINNET" embed -q -m "$model" in.txt.gz -o slow.jsonl
cmp -s whole.jsonl slow.jsonl || complain "a compressed file"

# A thousand questions, each waiting for its answer.
mkfifo to from
"$LINNET" embed -q -m "$model" <to >from &
exec 3>to 4<from
for ((asked = 0; asked < 1000; ++asked)); do
  echo "question $asked" >&3
  read -r -t 20 answer <&4 || { complain "no answer to question $asked"; break; }
  [[ $answer == "{\"index\": $asked, "* ]] || { complain "question $asked: $answer"; break; }
done
exec 3>&- 4<&-
wait

# answered NAME NUMBER: so many answers are there, though the input stays open.
answered() {
  exec 4<from
  for ((asked = 0; asked < $2; ++asked)); do
    read -r -t 20 answer <&4 || { complain "$1: no answer to record $asked"; break; }
    [[ $answer == "{\"index\": $asked, "* ]] || complain "$1: record $asked: $answer"
  done
  exec 4<&-
}

# paused NAME INPUT NUMBER WORD...: standard input pauses behind INPUT.
paused() {
  "$LINNET" embed -q -m "$model" "${@:4}" <to >from &
  exec 3>to
  printf "$2" >&3
  answered "$1" "$3"
  exec 3>&-
  wait
}
printf 'one\ntwo\nthree\n' >three.txt
printf 'text\none\n\n' >one.csv
: >empty.txt
paused "a file and a silent pipe" "" 3 three.txt -
paused "a file, an empty one, CSV and a silent pipe" "" 4 three.txt empty.txt one.csv -
paused "blank lines of JSON" '{"text":"a"}\n\n \t\r\n' 1 --input-format jsonl -
paused "blank lines of CSV" 'text\r\na\r\n\r\n\n' 1 --input-format csv -
paused "a header alone" '\ntext\n' 2 --input-format csv one.csv one.csv -
paused "a byte order mark alone" '\xef\xbb\xbf' 3 three.txt -
mkfifo nobody
"$LINNET" embed -q -m "$model" three.txt nobody >from &
answered "a pipe that nobody has opened" 3
exec 5<>nobody 5>&-  # does not block, whatever became of the run
wait
expect_clean_folder
finish
