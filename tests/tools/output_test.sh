#!/usr/bin/env bash
# output_test.sh LINNET SOURCE: full disks, closed pipes, missing rights, damaged models; nothing
# half-written is left.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

printf 'some text\n' >in.txt
for i in {1..4000}; do echo "text number $i of many"; done >many.txt

for format in jsonl csv f32; do
  run embed -m "$model" many.txt --format "$format" -o /dev/full
  expect_rc 1 "a full device, $format"
  expect_err "/dev/full: cannot write: No space left on device"
done
# A name never promises another kind of file than is written.
for name in v.jsonl.gz v.csv.gz v.JSONL.ZST v.parquet v.tsv v.html; do
  run embed -m "$model" in.txt -o "$name"
  expect_rc 2 "-o $name"
  expect_err "-o $name: embed writes jsonl, csv, npy, f32, but no "
  expect_no_file "$name"
done
run embed -m "$model" in.txt -o v.csv.gz
expect_err "to compress: linnet embed ... | gzip >v.csv.gz"
run tokenize -m "$model" in.txt -o v.csv --format jsonl
expect_rc 2 "a clash with what is never written"
run embed -m "$model" in.txt -o v.ndjson --format csv
expect_rc 2 "a clash with ndjson"
run embed -m "$model" in.txt -o v.NPY
expect_equal "$(head -c 6 v.NPY | tail -c 5)" NUMPY "a suffix in capitals"
run similar v.NPY --top-k 1
expect_rc 0 "vectors in capitals"
for name in v.ndjson v.txt v.d/v v; do
  mkdir -p v.d
  run embed -m "$model" in.txt -o "$name"
  expect_rc 0 "-o $name"
done

printf old >v.npy
(ulimit -f 8 && run embed -m "$model" many.txt -o v.npy; echo "$rc" >limit.rc; cp err limit.err) || true
expect_equal "$(cat limit.rc)" 1 "a file-size limit"
grep -q "v.npy: cannot write: File too large" limit.err || complain "a file-size limit: $(cat limit.err)"
expect_equal "$(cat v.npy)" old "the old file after a failure"
(ulimit -f 8 && "$LINNET" import "$model" -o big.linnet >out 2>err; echo $? >limit.rc)
expect_equal "$(cat limit.rc)" 1 "import over a file-size limit"
expect_no_file big.linnet
expect_clean_folder

"$LINNET" embed -m "$model" many.txt 2>err | head -1 >out
expect_equal "${PIPESTATUS[0]}:$(cat err)" "0:" "a reader that goes away"

# Without root's rights, wherever this runs.
mkdir locked
cp in.txt locked/in.txt
printf old >locked/v.npy
chmod 555 locked
chmod 000 locked/in.txt
as_user=()
if [[ $(id -u) == 0 ]]; then
  chmod 755 "$work"
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
can_run=true
"${as_user[@]}" "$LINNET" --version >/dev/null 2>&1 || can_run=false
"${as_user[@]}" test -r "$model/config.json" || can_run=false
if $can_run; then
  "${as_user[@]}" "$LINNET" embed -m "$model" --text a -o locked/w.npy 2>err
  expect_equal $? 1 "a folder that may not be written"
  grep -q "locked/w.npy: cannot write: Permission denied" err || complain "no permission: $(cat err)"
  "${as_user[@]}" "$LINNET" embed -m "$model" locked/in.txt 2>err
  expect_equal $? 1 "a file that may not be read"
  grep -q "locked/in.txt: cannot read: Permission denied" err || complain "no permission: $(cat err)"
  "${as_user[@]}" "$LINNET" import "$model" -o locked/m.linnet 2>err
  expect_equal $? 1 "import without permission"
  grep -q "locked/m.linnet: .*Permission denied" err || complain "no permission: $(cat err)"
else
  echo "this user's files cannot be read by another one: the permission tests did not run"
fi
expect_equal "$(cat locked/v.npy)" old "the old file"

# A signal ends the program as signals do, and takes the temporary file along.
mkfifo slow
"$LINNET" embed -m "$model" slow -o v.jsonl 2>/dev/null &
pid=$!
exec 3>slow
printf 'a\n' >&3
sleep 0.3
kill -TERM "$pid"
wait "$pid"
expect_equal $? 143 "SIGTERM"
exec 3>&-
expect_no_file v.jsonl
expect_clean_folder

# Models that are not what they should be.
run import "$model" -o m.linnet
expect_rc 0 "import"
"$LINNET" import "$model/" -o again.linnet 2>/dev/null
cmp -s m.linnet again.linnet || complain "two imports differ"
head -c 5000 m.linnet >cut.linnet
run embed -m cut.linnet --text a
expect_rc 1 "a truncated model"
expect_err "cut.linnet: has 5000 bytes, expected $(stat -c %s m.linnet)"
: >nothing.linnet
run embed -m nothing.linnet --text a
expect_rc 1 "an empty model"
run embed -m in.txt --text a
expect_rc 1 "a text as model"
expect_err "in.txt: "
cp m.linnet newer.linnet
printf '\x63' | dd of=newer.linnet bs=1 seek=8 conv=notrunc status=none
run inspect newer.linnet
expect_rc 1 "a newer version"
expect_err "newer.linnet: is of format version 99, this program reads version 2"
cp m.linnet flipped.linnet
printf '\x55' | dd of=flipped.linnet bs=1 seek=$(($(stat -c %s m.linnet) - 900)) conv=notrunc status=none
run embed -m flipped.linnet --text a
expect_rc 1 "a flipped weight"
expect_err "is damaged (checksum)"
finish
