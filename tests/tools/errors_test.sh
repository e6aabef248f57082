#!/usr/bin/env bash
# errors_test.sh LINNET SOURCE: bad records: stop, skip, null, --errors, exit codes, and what is printed.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

{ echo '{"text": "one"}'; echo '{"text": 2}'; echo '{"tex": "x"}'; echo '{"text"'; echo '{"text": "five", "id": 5}'; } >in.jsonl

run embed -m "$model" in.jsonl
expect_rc 1 "stop"
expect_err 'in.jsonl:2: field "text" is a number, expected a string'
expect_equal "$(wc -l <out)" 1 "what stands before the bad record"

run embed -m "$model" in.jsonl --on-error null
expect_rc 3 "null"
expect_equal "$(wc -l <out)" 5 "line for line"
expect_equal "$(sed -n 2p out)" '{"index": 1, "error": {"code": "wrong_type", "message": "field \"text\" is a number, expected a string"}}' "an error record"
expect_equal "$(sed -n 3p out | cut -d'"' -f3-8)" ': 2, "error": {"code": "missing_field' "the third"
expect_equal "$(sed -n 4p out | grep -c '"code": "malformed"')" 1 "the fourth"
expect_equal "$(sed -n 5p out | cut -c-14)" '{"index": 4, "' "the fifth"
expect_err "in.jsonl:3: "
expect_err "in.jsonl:4: not valid JSON at byte "
expect_err "3 bad records"

run embed -m "$model" in.jsonl --on-error skip --errors bad.jsonl
expect_rc 3 "skip"
expect_equal "$(cut -d, -f1 out | tr -d '\n')" '{"index": 0{"index": 4' "indices with a gap"
expect_equal "$(wc -l <bad.jsonl)" 3 "--errors"
expect_equal "$(head -1 bad.jsonl)" '{"index": 1, "file": "in.jsonl", "line": 2, "error": {"code": "wrong_type", "message": "field \"text\" is a number, expected a string"}}' "--errors"
expect_no_file bad.jsonl.part

run embed -m "$model" in.jsonl --on-error null --format csv
expect_rc 3 "null in csv"
expect_equal "$(sed -n 3p out)" "1$(printf ',%.0s' {1..32})" "empty cells"

# NaN rows; what is not bad has the bits it has without its neighbours.
printf '{"text": "one"}\n{"text": "five"}\n' >good.jsonl
run embed -m "$model" good.jsonl -o good.f32
run embed -m "$model" in.jsonl --on-error null -o null.f32
expect_rc 3 "null in f32"
expect_equal "$(stat -c %s null.f32)" $((5 * 128)) "rows of f32"
cmp -s <(head -c 128 null.f32; tail -c 128 null.f32) good.f32 || complain "the good rows"
expect_equal "$(head -c 256 null.f32 | tail -c 128 | od -An -v -tx4 -w4 | sort -u)" " 7fc00000" "a row of NaN"
# In .npy too, behind its header, and in float16.
for dtype in "float32 32 7fc00000 x4" "float16 16 7e00 x2"; do
  read -r name bits nan unit <<<"$dtype"
  run embed -m "$model" good.jsonl --dtype "$name" -o good.npy
  run embed -m "$model" in.jsonl --dtype "$name" --on-error null -o null.npy
  expect_rc 3 "null in npy, $name"
  row=$((32 * bits / 8))
  expect_equal "$(stat -c %s null.npy)" $((128 + 5 * row)) "rows of npy, $name"
  grep -aq "'shape': (5, 32)" null.npy || complain "the shape of npy, $name"
  cmp -s <(tail -c $((5 * row)) null.npy | head -c $row; tail -c $row null.npy) <(tail -c $((2 * row)) good.npy) ||
    complain "the good rows of npy, $name"
  expect_equal "$(tail -c $((4 * row)) null.npy | head -c $((3 * row)) | od -An -v -t"$unit" -w$((bits / 8)) | sort -u)" \
    " $nan" "rows of NaN in npy, $name"
done
for format in f32 npy; do
  run embed -m "$model" in.jsonl --on-error skip -o s.$format
  expect_rc 2 "skip with $format and no --errors"
  run embed -m "$model" in.jsonl --on-error skip --errors s.jsonl -o s.$format
  expect_rc 3 "skip with $format and --errors"
  expect_equal "$(tail -c 256 s.$format | cksum)" "$(cksum <good.f32)" "skip in $format"
done
run embed -m "$model" in.jsonl --on-error null --quantize-output int8 -o s.npy
expect_rc 2 "no NaN among integers"
run embed -m "$model" in.jsonl --on-error maybe
expect_rc 2 "--on-error maybe"

# A bad record has its id and what is kept, whatever is wrong with it.
{ echo '{"id": "a", "k": 1, "text": 2}'; echo '{"k": 1, "id": 2}'; echo '{"id": [], "k": 1, "text": "x"}'
  echo '{"id": "d", "k": 1, "text": "this one is too long"}'; } >whose.jsonl
whose=(whose.jsonl --id-field id --keep k --long error --max-length 5 --on-error null --errors whose.err)
run embed -m "$model" "${whose[@]}"
expect_equal "$(sed 's/, "error".*//' out)" "$(printf '{"index": %s, "k": 1\n' '0, "id": "a"' '1, "id": 2' 2 '3, "id": "d"')" \
  "the id and the kept fields of bad records"
expect_equal "$(sed 's/, "file".*//' whose.err)" "$(printf '{"index": %s\n' '0, "id": "a"' '1, "id": 2' 2 '3, "id": "d"')" \
  "the id of bad records in --errors"
run embed -m "$model" "${whose[@]}" --format csv
expect_equal "$(cut -d, -f1-3 out | tr '\n' ';')" "index,id,k;0,a,1;1,2,1;2,,1;3,d,1;" "the id and the kept fields in csv"

# A text that the model takes no more of is too large, one without a mask is not what it should be.
printf 'one\n%s\n' "$(printf ' two%.0s' {1..100})" >long.txt
run embed -m "$model" long.txt --long error --on-error null
expect_rc 3 "--long error"
expect_equal "$(sed -n 2p out | cut -c1-49)" '{"index": 1, "error": {"code": "too_large", "mess' "a text that is too long"
run fill -m "$SOURCE/tests/golden/tasks/bert_fill" --text "no mask" --on-error null
expect_out '"error": {"code": "malformed", "message": "the text has no '

# What is counted as a text has been computed, whatever a bad record's problem is.
{ seq 1 5; printf ' two%.0s' {1..100}; } >counted.txt
run embed -m "$model" counted.txt --long error --on-error skip
expect_rc 3 "one text too long"
expect_err "linnet: 5 texts, "
expect_err " 1 bad records, "

# Invalid UTF-8 is repaired and counted, whatever becomes of it.
printf 'abc\xff\xfe def\nok\n' >wrong.txt
for format in ids count; do
  run tokenize -m "$model" --format $format wrong.txt -o wrong.out
  expect_err " 2 invalid UTF-8 repaired"
done
printf 'text,n,m\na\xff,b\xfe,c\n' >wrong.csv
for format in csv jsonl; do
  run embed -m "$model" wrong.csv --keep text,m --id-field n --format $format -o wrong.out
  expect_err " 2 invalid UTF-8 repaired"
  iconv -f UTF-8 -t UTF-8 wrong.out >/dev/null || complain "$format: wrong UTF-8 in the output"
done
run embed -m "$model" wrong.txt --keep text --format csv -o wrong.out
expect_err " 2 invalid UTF-8 repaired"
iconv -f UTF-8 -t UTF-8 wrong.out >/dev/null || complain "wrong UTF-8 in a text that is kept"

# A record that is too long, in each kind of input; the ones after it are read.
for kind in lines nul jsonl csv; do
  case $kind in
    lines) printf 'a\n%0300d\nb\n' 0 ;;
    nul) printf 'a\0%0300d\0b\0' 0 ;;
    jsonl) printf '{"text": "a"}\n{"text": "%0300d"}\n{"text": "b"}\n' 0 ;;
    csv) printf 'text\na\n"%0300d"\nb\n' 0 ;;
  esac >long.txt
  run tokenize -m "$model" --input-format $kind long.txt --max-record 200 --on-error skip
  expect_rc 3 "a long record of $kind"
  expect_err "has more than 200 bytes"
  expect_equal "$(cut -d, -f1 out | tr -d '\n')" '{"index": 0{"index": 2' "around a long record of $kind"
done
run tokenize -m "$model" --text a --max-record 64X
expect_rc 2 "--max-record 64X"

# Twenty are shown, all are counted.
for i in {1..30}; do echo x; done >many.jsonl
run embed -m "$model" many.jsonl --on-error skip --errors many.err
expect_rc 3 "nothing but bad records"
expect_equal "$(grep -c 'many.jsonl:' err)" 20 "twenty of them shown"
expect_err "30 bad records"
expect_equal "$(wc -l <many.err)" 30 "all of them in --errors"

# A reader that goes away, of the list of bad records too; but not while results are written to a file.
for i in {1..20000}; do echo x; done >lost.jsonl
"$LINNET" embed -q -m "$model" lost.jsonl --on-error skip --errors - 2>err | head -1 >out
expect_equal "${PIPESTATUS[0]}:$(grep -vc 'lost.jsonl:\|further bad records' err)" "0:0" "nobody reads --errors -: $(tail -1 err)"
"$LINNET" embed -q -m "$model" lost.jsonl --on-error skip --errors - -o lost.npy 2>err | head -1 >out
expect_equal "${PIPESTATUS[0]}" 1 "nobody reads --errors - beside -o"
grep -q "standard output: cannot write: Broken pipe" err || complain "nobody reads --errors - beside -o: $(tail -1 err)"
expect_no_file lost.npy

# The folder of --errors is taken away: the results are whole, and nothing says that they are not.
mkdir gone && mkfifo slow
"$LINNET" embed -m "$model" --input-format jsonl slow -o kept.jsonl --on-error skip --errors gone/bad.jsonl 2>err &
pid=$!
exec 3>slow
cat in.jsonl >&3
wait_until grep -q '"records": 5\b' kept.jsonl.part.state
rm -r gone
exec 3>&-
wait $pid
rc=$? err=$(cat err) out=
expect_rc 1 "no folder for --errors"
expect_err "gone/bad.jsonl: cannot write: No such file or directory; the results are complete"
[[ $err != *"so far are in"* ]] || complain "the bad records are nowhere"
expect_equal "$(wc -l <kept.jsonl)" 2 "the results beside --errors"
expect_no_file kept.jsonl.part.state
run embed -m "$model" in.jsonl --on-error skip -o kept.jsonl
[[ $err != *discarding* ]] || complain "nothing was unfinished"

# Messages as JSON, one object a line.
run embed -m "$model" in.jsonl --on-error skip --log-format json
expect_rc 3 "--log-format json"
expect_equal "$(grep -vc '^{"time": "20[0-9TZ:-]*", "level": "[a-z]*", ".*}$' err)" 0 "every line is an object"
grep -q '"event": "summary", "texts":2,.*"bad":3' err || complain "the summary as JSON"
run embed -m "$model" good.jsonl --metrics m.prom
expect_rc 0 "--metrics"
expect_equal "$(grep -E '^linnet_(texts_total|run_complete) ' m.prom | tr '\n' ';')" "linnet_texts_total 2;linnet_run_complete 1;" "the metrics"
expect_clean_folder
finish
