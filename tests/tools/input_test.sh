#!/usr/bin/env bash
# input_test.sh LINNET SOURCE: what a text is in each kind of input, and what is said of bad ones.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
model=$(as_file "$model" tiny_bert)

# ids_of WORD...: the ids of all texts, one a line.
ids_of() { "$LINNET" tokenize -q -m "$model" --format ids "$@"; }

hello=$(ids_of --text hello) world=$(ids_of --text world) empty=$(ids_of --text '')
both=$(printf '%s\n%s' "$hello" "$world")
expect_equal "$(printf 'hello\nworld\n' | ids_of)" "$both" "standard input"
expect_equal "$(printf 'hello\nworld' | ids_of -)" "$both" "a last line without its end"
expect_equal "$(printf 'hello\r\nworld\r\n' | ids_of)" "$both" "CR LF"
expect_equal "$(printf '\xef\xbb\xbfhello\nworld\n' | ids_of)" "$both" "a byte order mark"
expect_equal "$(printf 'hello\n\nworld\n' | ids_of)" "$(printf '%s\n%s\n%s' "$hello" "$empty" "$world")" "an empty line"
expect_equal "$(printf '' | ids_of)" "" "no texts"
expect_equal "$(printf 'hello\0world\0' | ids_of --input-format nul)" "$both" "NUL-separated"
expect_equal "$(printf 'hel\0lo\n' | ids_of)" "$hello" "NUL is a character that is dropped"
printf 'hello\n' >a.txt
printf '{"text": "world", "id": 7}\n' >b.jsonl
expect_equal "$(ids_of a.txt b.jsonl)" "$both" "two files, two kinds"
printf '{"a": {"b": "hello"}}\n\n' >c.jsonl
expect_equal "$(ids_of --field /a/b c.jsonl)" "$hello" "a JSON pointer, and a blank line"

run tokenize -m "$model" b.jsonl --id-field id --keep text,id
expect_out '"index": 0, "id": 7, "text": "world"'
run tokenize -m "$model" --text 'naïve 𝒳 x'
expect_out '[8, 9]'
run tokenize -m "$model" --text 'naïve 𝒳 x' --offset-unit byte
expect_out '[12, 13]'
run tokenize -m "$model" --text 'naïve 𝒳 x' --offset-unit utf16
expect_out '[9, 10]'
expect_equal "$(ids_of --no-special --text hello | wc -w)" 1 "--no-special"
[[ $(ids_of --literal --text '[SEP]' | wc -w) -gt 3 ]] || complain "--literal"
expect_equal "$(ids_of --max-length 3 --text 'hello world')" "$hello" "--max-length"

printf 'bad \xff byte, \xe2\x82 half\n' >bad.txt
run embed -m "$model" bad.txt
expect_rc 0 "invalid UTF-8"
expect_err "2 invalid UTF-8 repaired"
printf 'a b c %.0s' {1..100} >long.txt
run embed -m "$model" long.txt
expect_err "1 truncated"

printf '{"text": "a"}\n{"text": 5}\n' >bad.jsonl
run embed -m "$model" bad.jsonl
expect_rc 1 "a text that is a number"
expect_err "bad.jsonl:2: "
printf '{"text": "a"}\n{"tex\n' >broken.jsonl
run embed -m "$model" broken.jsonl -o v.jsonl
expect_rc 1 "broken JSON"
expect_err "broken.jsonl:2: "
expect_no_file v.jsonl
printf '\xff\xfeh\x00' >utf16.txt
run embed -m "$model" utf16.txt
expect_rc 1 "UTF-16"
expect_err "iconv -f UTF-16 -t UTF-8 utf16.txt"
for name in "it's 16.txt" '$(x) `y`.txt' '"a"\b.txt'; do  # of the command that is proposed the last word is the name
  cp utf16.txt "$name"
  run embed -m "$model" "$name"
  expect_rc 1 "UTF-16, $name"
  eval "words=(${err##*convert it with: })"
  expect_equal "${words[-1]}" "$name" "the command for $name: $err"
done

# A name cannot do anything to the terminal, nor make a line of its own.
name=$'a\e[31m\x7f\xc2\x9b\nlinnet: b\tä.txt'
run embed -m "$model" "$name"
expect_rc 1 "control characters in a name"
shown='a\x1b[31m\x7f\u009b\x0alinnet: b\x09ä.txt'
expect_equal "$err" "linnet: $shown: cannot read: No such file or directory" "control characters"
run embed -m "$model" "$name" --log-format json
expect_err '"message": "a\u001b[31m'

# CSV and TSV: quotes, separators and line breaks in fields, columns by name or number.
printf 'id,text\r\n7,"hello"\r\n\r\n8,world\r\n' >d.csv
expect_equal "$(ids_of d.csv)" "$both" "CSV"
run tokenize -m "$model" d.csv --id-field id --keep all
expect_out '{"index": 0, "id": "7", "text": "hello", "ids"'
printf 'text\tn\n"say ""a\tb"", or\nnot"\t1\n5" disk\t2' >e.tsv
run tokenize -m "$model" e.tsv --keep text,n
expect_out '"text": "say \"a\tb\", or\nnot", "n": "1"'
expect_out '"text": "5\" disk", "n": "2"'
expect_equal "$(printf 'hello\nworld\n' | ids_of --input-format csv --no-header)" "$both" "CSV without a header"
expect_equal "$(printf '1,hello\n2,world\n' | ids_of --input-format csv --no-header --field 2)" "$both" "a column by number"
run tokenize -m "$model" d.csv --field txt
expect_rc 1 "no such column"
expect_err 'd.csv:1: found no field "txt"; the header has: id, text'
printf 'id,text\n1,a,b\n' >bad.csv
run tokenize -m "$model" bad.csv
expect_rc 1 "one field more"
expect_err 'bad.csv:2: found 3 fields, expected 2'
printf 'text\n"hello\nworld\n' >open.csv
run tokenize -m "$model" open.csv
expect_rc 1 "an open quote"
expect_err 'open.csv:2: a quote is opened and not closed'

printf 'id,text,a long name\n1,hello,x\n2,world,y\n' >header.csv
run tokenize -m "$model" header.csv --max-record 12 --on-error null
expect_rc 1 "a header that is too long"
expect_err 'header.csv:1: the header has more than 12 bytes; --max-record N allows more'
run tokenize -m "$model" header.csv --max-record 12 --on-error skip --no-header --field 2 --format ids --errors long.err
expect_rc 3 "a first record that is too long"
expect_equal "$out" "$both" "the records behind it"

# What plain texts do not have is not left out in silence.
run tokenize -m "$model" a.txt --keep text
expect_out '{"index": 0, "text": "hello", "ids"'
for input in "a.txt" "--text a"; do
  run tokenize -m "$model" $input --keep text,nothere
  expect_rc 2 "--keep of $input"
  expect_err "--keep nothere needs JSON Lines, CSV or TSV, but ${input% a} is read as plain texts"
  expect_err 'of which "text" alone can be kept'
  run tokenize -m "$model" $input --id-field id
  expect_rc 2 "--id-field of $input"
  run tokenize -m "$model" $input --keep all
  expect_rc 0 "--keep all of $input"
done

# What is no text is not embedded as one; .json is JSON Lines, or is told how to become so.
printf '\x93NUMPY\x01\x00v\x00{...}' >vectors.npy
printf 'PAR1\x15\x04\x15' >table.parquet
printf 'PK\x03\x04\x14' >archive.zip
for kind in 'vectors.npy: expected text, found a NumPy file' 'table.parquet: expected text, found a Parquet file' \
            'archive.zip: expected text, found a zip archive'; do
  run tokenize -m "$model" "${kind%%:*}"
  expect_rc 1 "$kind"
  expect_err "$kind"
done
printf 'PAR1 golf\nPK\n' >golf.txt
run tokenize -m "$model" golf.txt --format ids
expect_rc 0 "texts that begin like other files"
printf '{"text": "hello"}\n{"text": "world"}\n' >lines.json
expect_equal "$(ids_of lines.json)" "$both" ".json as JSON Lines"
printf '[{"text": "hello"},\n{"text": "world"}]\n' >array.json
run tokenize -m "$model" array.json
expect_rc 1 "a JSON array"
expect_err "array.json:1: found a JSON array, expected an object on each line; jq -c '.[]' writes them so"

# Compressed files, also several members in one, and broken ones.
{ printf 'hello\n' | gzip; printf 'world\n' | gzip; } >f.txt.gz
expect_equal "$(ids_of f.txt.gz)" "$both" "gzip, two members"
gzip -c d.csv >d.csv.gz
expect_equal "$(ids_of d.csv.gz)" "$both" "gzip of CSV"
head -c 15 f.txt.gz >cut.txt.gz
run tokenize -m "$model" cut.txt.gz
expect_rc 1 "half a gzip file"
expect_err "cut.txt.gz: ends within its compressed data"
printf 'a\n' >plain.txt.gz
run tokenize -m "$model" plain.txt.gz
expect_rc 1 "no gzip file"
expect_err "plain.txt.gz: is damaged, or is no gzip file"
if command -v zstd >/dev/null; then
  { zstd -q <a.txt; printf 'world\n' | zstd -q; } >f.txt.zst
  expect_equal "$(ids_of f.txt.zst)" "$both" "zstd, two frames"
  zstd -qc b.jsonl | head -c 20 >cut.jsonl.zst
  run tokenize -m "$model" cut.jsonl.zst
  expect_rc 1 "half a zstd file"
  expect_err "cut.jsonl.zst: ends within its compressed data"
  # Sound, but it takes more memory than one file of texts should.
  cat a.txt | zstd -qc --long=30 >"long window.zst"
  run tokenize -m "$model" "long window.zst"
  expect_rc 1 "zstd with a long window"
  expect_err "long window.zst: takes a window of more than 128 MB to decompress (zstd --long); give what this writes "
  expect_equal "$(bash -c "${err##*writes instead: }" | ids_of)" "$hello" "the command for it: $err"
else
  echo "no program zstd: reading .zst was not tested"
fi
# Suffixes in capitals, as other systems write them; compression is known by the first bytes, too.
cp d.csv D.CSV
expect_equal "$(ids_of D.CSV)" "$both" "a name in capitals"
cp d.csv.gz D.Csv.GZ
expect_equal "$(ids_of D.Csv.GZ)" "$both" "a compressed one"
expect_equal "$(ids_of <f.txt.gz)" "$both" "compressed standard input"
cp f.txt.gz unnamed
expect_equal "$(ids_of unnamed)" "$both" "compressed without a name"
expect_equal "$({ head -c 1 f.txt.gz; sleep 0.2; tail -c +2 f.txt.gz; } | ids_of)" "$both" "a first byte alone"
expect_equal "$(ids_of --input-format jsonl < <(gzip -c b.jsonl))" "$world" "compressed JSON Lines"
expect_equal "$(printf '\x1f' | ids_of)" "$(ids_of --text $'\x1f')" "a start that only looks compressed"
expect_equal "$(printf '(\xb5\n' | ids_of)" "$(ids_of --text $'(\xb5')" "another one"
if [[ -e f.txt.zst ]]; then
  expect_equal "$(ids_of <f.txt.zst)" "$both" "compressed standard input, zstd"
  cp f.txt.zst named.txt.gz
  expect_equal "$(ids_of named.txt.gz)" "$both" "the first bytes count more than the name"
fi
# Zeros behind the last member fill a block, as gzip says; other bytes are damage.
{ cat f.txt.gz; head -c 200000 /dev/zero; } >padded.txt.gz
expect_equal "$(ids_of padded.txt.gz)" "$both" "zeros behind gzip"
{ cat padded.txt.gz; cat f.txt.gz; } >more.txt.gz
run tokenize -m "$model" more.txt.gz
expect_rc 1 "something behind the zeros"
expect_err "more.txt.gz: has other bytes behind the zeros after its gzip data"
head -c 100 /dev/zero >zeros.txt.gz
run tokenize -m "$model" zeros.txt.gz
expect_rc 1 "nothing but zeros"

run embed -m "$model" nothing.txt
expect_rc 1 "no such file"
expect_err "nothing.txt: cannot read: No such file"
run embed -m "$model" .
expect_rc 1 "a folder as texts"

# Every subcommand that reads texts reads them like that; one that needs them all ends at a bad record.
printf '1,hello\n2,world\n' >numbered.csv
printf 'hello\nworld\n' >two.txt
printf '{"text": "hello"}\n{"text": 7}\n' >bad.jsonl
given() { sed 's/numbered.csv/two.txt/' out; cat vocab/vocab.txt; }  # by the last run
for command in "train-vocab --vocab-size 20 -o vocab" "similar -m $model" "verify -m $model --reference $model"; do
  run $command two.txt
  expect_rc 0 "$command"
  expected=$(given)
  run $command numbered.csv --no-header --field 2
  expect_rc 0 "$command --no-header"
  expect_equal "$(given)" "$expected" "$command --no-header"
done
for command in "similar -m $model" "train-vocab -o none" "verify -m $model --reference $model" "bench -m $model"; do
  run $command bad.jsonl
  expect_rc 1 "$command"
  expect_err 'bad.jsonl:2: field "text" is a number, expected a string'
  run $command two.txt --max-record 3
  expect_rc 1 "$command --max-record"
  expect_err "two.txt:1: has more than 3 bytes; --max-record N allows more"
done
expect_no_file none

# The locale changes nothing; neither do the order of options and = signs.
printf 'ein Text\n' >text.txt
plain=$("$LINNET" embed -q -m "$model" text.txt)
for locale in C C.UTF-8 de_DE.UTF-8 tr_TR.UTF-8; do
  expect_equal "$(LC_ALL=$locale "$LINNET" embed -q -m "$model" text.txt 2>/dev/null)" "$plain" "$locale"
done
expect_equal "$("$LINNET" embed text.txt --quiet --model="$model" 2>&1)" "$plain" "options after files"

# One line, its answer, the next line: nothing waits for a full window.
asked=0
mkfifo to from
"$LINNET" embed -q -m "$model" <to >from &
exec 3>to 4<from
for word in one two three; do
  printf '%s\n' "$word" >&3
  read -r -t 20 answer <&4 || complain "no answer to '$word'"
  expect_equal "${answer%%,*}" "{\"index\": $((asked++))" "the answer to '$word'"
done
exec 3>&-
wait
finish
