#!/usr/bin/env bash
# rerank_test.sh LINNET SOURCE: rerank has what every run over records has: bad records, resuming, constant memory,
# answers as soon as they are known. What it computes: tasks_test.sh and tests/engine.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
reranker=$SOURCE/tests/golden/tasks/bert_rerank

# rows FIRST LAST, lists FIRST LAST: the same queries of three documents each.
rows() { seq "$1" "$2" | sed 's/.*/query &,one of &\nquery &,"two, of &"\nquery &,& has three/'; }
lists() { seq "$1" "$2" | sed 's/.*/{"query": "query &", "documents": ["one of &", "two, of &", "& has three"]}/'; }
{ echo query,document; rows 1 500; } >rows.csv
lists 1 500 >lists.jsonl
run rerank -m "$reranker" lists.jsonl -o lists.out.jsonl
expect_rc 0 "lists of documents"
expect_err "500 texts, "
run rerank -m "$reranker" rows.csv -t 2 --dedup -o rows.out.jsonl
expect_rc 0 "a row for each document"
expect_equal "$(wc -l <rows.out.jsonl)" 500 "a record for each query"
cmp -s lists.out.jsonl rows.out.jsonl || complain "rows and lists differ"
expect_clean_folder

# A bad row makes its query's record bad: a ranking that misses a document is none.
sed '6s/.*/broken/' rows.csv >broken.csv
bad='broken.csv:6: found 1 fields, expected 2 as in the first line'
run rerank -m "$reranker" broken.csv -o a.jsonl
expect_rc 1 "a bad row"
expect_err "$bad"
expect_no_file a.jsonl
run rerank -m "$reranker" broken.csv -o a.jsonl --on-error skip --errors errors.jsonl
expect_rc 3 "a bad row, its query skipped"
expect_err "$bad"
cmp -s a.jsonl <(sed 2d lists.out.jsonl) || complain "the other queries"
expect_equal "$(cut -c1-44 errors.jsonl)" '{"index": 1, "file": "broken.csv", "line": 6' "--errors"
run rerank -m "$reranker" broken.csv -o a.jsonl --on-error null --metrics metrics
expect_rc 3 "a bad row, an error record"
cmp -s <(sed 2d a.jsonl) <(sed 2d lists.out.jsonl) || complain "the other queries"
expect_equal "$(sed -n 2p a.jsonl | cut -c1-43)" '{"index": 1, "error": {"code": "malformed",' "the error record"
grep -q '^linnet_bad_records_total 1$' metrics || complain "--metrics: $(cat metrics)"
sed '2s/.*/broken/' rows.csv >first.csv
run rerank -m "$reranker" first.csv -o a.jsonl --on-error skip
expect_rc 3 "a bad first row"
cmp -s a.jsonl <(sed 1d lists.out.jsonl) || complain "the queries behind a bad first row"
echo broken >only.csv && sed 1q rows.csv | cat - only.csv >all_bad.csv
run rerank -m "$reranker" all_bad.csv --on-error null
expect_rc 3 "no good row"
expect_equal "$(wc -l <out)" 1 "one bad record"
run rerank -m "$reranker" rows.csv --max-record 20 --on-error null
expect_rc 3 "a query with too many bytes"
expect_out '{"index": 0, "error": {"code": "too_large", "message": "up to here the rows of this record have more than 20'
echo '{"query": "q", "documents": ["a", 7]}' >seven.jsonl
run rerank -m "$reranker" seven.jsonl
expect_rc 1 "a document that is a number"
expect_err 'seven.jsonl:1: document 1 of field "documents" is a number, expected a string'
printf '{"query": "q", "documents": []}\n{"query": "q", "n": 1, "documents": ["a"]}\n' >empty.jsonl
run rerank -m "$reranker" empty.jsonl --keep all
expect_rc 0 "no documents"
expect_out '{"index": 0, "query": "q", "results": []}'
expect_out '{"index": 1, "query": "q", "n": 1, "results": [{"index": 0, '

# More documents than are scored at a time, in one record and as lines.
seq 5000 | sed 's/.*/& documents/' >documents.txt
{ printf '{"query": "few", "documents": ["none"'; sed 's/.*/, "&"/' documents.txt | tr -d '\n'; echo ']}'; } >long.jsonl
run rerank -m "$reranker" long.jsonl --top 7 --return-documents -t 1
expect_rc 0 "many documents"
in_a_record=$out
{ echo none; cat documents.txt; } >lines.txt
run rerank -m "$reranker" --query few lines.txt --top 7 --return-documents
expect_equal "$out" "$in_a_record" "documents in a record and as lines"
run rerank -m "$reranker" --query few lines.txt --return-documents -o all.jsonl
cmp -s <(grep -o '"text": "[^"]*"' all.jsonl | head -7) <(grep -o '"text": "[^"]*"' <<<"$in_a_record") ||
  complain "--top 7 are not the first seven of all"
expect_equal "$(grep -o '"score"' all.jsonl | wc -l)" 5001 "all documents"

# Interrupted between two rows of a query, and gone on with: the bytes of a run that was not.
mkfifo pipe
"$LINNET" rerank -q -m "$reranker" --input-format csv - <pipe -o b.jsonl 2>err &
pid=$!
exec 3>pipe
head -902 rows.csv >&3  # 300 queries and a row of the next
answered() { [[ $(wc -l <b.jsonl.part) == 300 ]]; }
wait_until answered
kill -TERM $pid
wait $pid
expect_equal $? 143 "SIGTERM"
exec 3>&-
expect_no_file b.jsonl
"$LINNET" rerank -m "$reranker" --input-format csv - <rows.csv -o b.jsonl --resume 2>err
expect_equal $? 0 "resumed"
err=$(cat err)
expect_err "resuming b.jsonl.part after 300 records"
cmp -s b.jsonl lists.out.jsonl || complain "the resumed file differs"

# A query is answered when the next one begins, whoever writes the rows waits.
mkfifo answers
"$LINNET" rerank -q -m "$reranker" --input-format csv - <pipe >answers &
exec 3>pipe 4<answers
head -5 rows.csv >&3
read -t 60 -r answer <&4
expect_equal "$answer" "$(head -1 lists.out.jsonl)" "the answer while the rows go on"
exec 3>&-
read -t 60 -r answer <&4
[[ $answer == '{"index": 1, "results": [{"index": 0, '* ]] || complain "the last query: $answer"
exec 4<&-
wait

# With --query there is one record, whole or not at all.
echo old >c.jsonl
"$LINNET" rerank -q -m "$reranker" --query few pipe -o c.jsonl 2>err &
pid=$!
exec 3>pipe
head -5000 lines.txt >&3
wait_until compgen -G '.linnet.*'
kill -TERM $pid
wait $pid
expect_equal $? 143 "SIGTERM, one query"
exec 3>&-
expect_equal "$(cat c.jsonl)" old "the old file"
expect_clean_folder
expect_no_file c.jsonl.part
run rerank -m "$reranker" --query few lines.txt -o c.jsonl --resume
expect_rc 2 "nothing to go on with"
run rerank -m "$reranker" --query few --id-field id lists.jsonl
expect_rc 2 "an id of documents"
printf '{"text": "none"}\n{"text": 1}\n{"text": "1 documents"}\n' >texts.jsonl
run rerank -m "$reranker" --query few texts.jsonl --on-error skip
expect_rc 3 "a bad document is left out"
expect_err 'texts.jsonl:2: field "text" is a number'
expect_equal "$(grep -o '{"index": [0-9]*, "score"' out | sort | tr -dc '0-9')" 02 "documents keep their numbers"
run rerank -m "$reranker" --query few texts.jsonl --on-error null
expect_rc 2 "nothing stands for a bad document"
: >nothing.txt
run rerank -m "$reranker" --query few nothing.txt
expect_equal "$out" '{"index": 0, "results": []}' "no document"
finish
