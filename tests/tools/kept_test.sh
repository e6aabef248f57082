#!/usr/bin/env bash
# kept_test.sh LINNET SOURCE: what is carried from input to output, and under which names.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"
classifier=$(as_file "$SOURCE/tests/golden/tasks/bert_classify" classifier)
model=$(as_file "$model" tiny_bert)

# A labelled data set: neither its labels nor the model's get lost.
printf '%s\n' '{"text":"good film","label":"pos","index":7,"id":"a","score":0.5,"error":1,"labels":[]}' >c.jsonl
run classify -m "$classifier" c.jsonl --keep all --id-field id
expect_rc 0 "kept fields named like results"
expect_out '{"index": 0, "id": "a", "text": "good film", "input_label": "pos", "input_index": 7, "input_score": 0.5, "input_error": 1, "labels": [], "label": "'
expect_err 'field "label" is written as "input_label", apart from the names of the results'
run classify -m "$classifier" c.jsonl --keep label,id,label
expect_out '{"index": 0, "input_label": "pos", "id": "a", "label": "'
sed 's/good film/a b c d e f g h/' c.jsonl >long.jsonl
run classify -m "$classifier" long.jsonl --keep error --id-field id --on-error null --max-length 5 --long error
expect_out '{"index": 0, "id": "a", "input_error": 1, "error": {"code": "'

# The names do not depend on what else stands in a record, and no two fields get one name.
printf '%s\n' '{"text":"a","input_label":1,"label":2,"input_input_label":3}' '{"text":"a","input_label":1}' \
  '{"text":"a","n":1,"n":2}' >d.jsonl
run classify -m "$classifier" d.jsonl --keep all
expect_out '{"index": 0, "text": "a", "input_input_label": 1, "input_label": 2, "input_input_input_label": 3, "label": "'
expect_out '{"index": 1, "text": "a", "input_input_label": 1, "label": "'
expect_out '{"index": 2, "text": "a", "n": 2, "label": "'
expect_equal "$(grep -c 'written as "input_label"' err)" 1 "the note is said once"

# CSV, whose columns may be the labels of the model or of the user.
printf 'text,label,id\ngood film,pos,a\n' >c.csv
run classify -m "$classifier" c.csv --keep label,id --id-field id --format csv
expect_out $'index,id,input_label,label,score\n0,a,pos,'
expect_err 'field "label" is written as "input_label"'
run classify -m "$classifier" c.csv --keep text,label --format jsonl
expect_out '{"index": 0, "text": "good film", "input_label": "pos", "label": "'
nli=$(as_file "$SOURCE/tests/golden/tasks/bert_nli" nli)
printf 'text,news,input_news\na,b,c\n' >news.csv
run zero-shot -m "$nli" news.csv --labels news,sport --keep news,text,input_news --format csv
expect_out $'index,input_news,text,input_input_news,news,sport\n0,b,a,c,'
expect_err 'field "news" is written as "input_news"'
run zero-shot -m "$nli" news.csv --labels input_news,sport --keep news,input_news --format csv
expect_out $'index,input_input_news,input_input_input_news,input_news,sport\n0,b,c,'

# Numbers are carried as they stand, ids above all, also in lists and where no double holds them.
numbers='"id":123456789012345678901234567890,"v":18446744073709551616,"f":0.12345678901234567890123,"n":-0,"m":1.50E+2'
printf '{"text":"a",%s,"big":-1e400,"list":[{"a":1e999},2.0,"1e400\\"",12]}\n{"text":"a","unkept":1e400,"id":7}\n' \
  "$numbers" >n.jsonl
run tokenize -m "$model" n.jsonl --keep v,f,n,m,big,list --id-field id
expect_rc 0 "numbers of any size"
expect_out '"id": 123456789012345678901234567890, "v": 18446744073709551616, "f": 0.12345678901234567890123, "n": -0, '
expect_out '"m": 1.50E+2, "big": -1e400, "list": [{"a":1e999},2.0,"1e400\"",12], "ids"'
expect_out '{"index": 1, "id": 7, "ids"'
run tokenize -m "$model" n.jsonl --field big
expect_err 'n.jsonl:1: field "big" is a number, expected a string'
printf '{"text":"a","n":1e400,"m":01}\n' >bad.jsonl
run tokenize -m "$model" bad.jsonl
expect_err 'bad.jsonl:1: not valid JSON at byte 28, near "1"'

# What has no place for them says so, before the model is looked at.
run embed -m no-model names.jsonl --keep all -o vectors.npy
expect_rc 2 "--keep with npy"
expect_err '--keep goes with jsonl or csv: npy has no place for fields'
run tokenize -m no-model names.jsonl --keep all --format ids
expect_rc 2 "--keep with ids"

# Every command keeps its own names.
tasks=$SOURCE/tests/golden/tasks
printf '%s\n' '{"text": "a [MASK]", "query": "a", "documents": ["b"], "question": "a", "context": "a b", "embedding": 1,
"scale": 1, "ids": 1, "tokens": 1, "offsets": 1, "word_ids": 1, "windows": 1, "scores": 1, "labels": 1,
"entities": 1, "answers": 1, "masks": 1, "sparse": 1, "results": 1, "attention": 1, "embeddings": 1, "start": 1,
"end": 1}' | tr -d '\n' >names.jsonl
keeps() {  # NAMES COMMAND...: those, and only those, are the input's under another name
  run "${@:2}" names.jsonl --keep all
  expect_rc 0 "${*:2}"
  expect_equal "$(grep -o '"input_[a-z_]*"' out | sort | xargs)" "$1" "${*:2}"
  for name in $1; do
    [[ $out != *"\"${name#input_}\": 1,"* ]] || complain "${name#input_} twice: ${*:2}"
  done
}
keeps 'input_embedding' embed -m "$model"
keeps 'input_embedding input_scale' embed -m "$model" --quantize-output int8
keeps 'input_embeddings input_offsets input_tokens' embed -m "$model" --tokens
keeps 'input_embedding input_end input_start' embed -m "$model" --long split --per-window
keeps 'input_ids input_offsets input_tokens input_word_ids' tokenize -m "$model"
keeps 'input_windows' tokenize -m "$model" --max-length 8 --stride 2
keeps 'input_scores' classify -m "$classifier" --all
keeps 'input_labels input_scores' zero-shot -m "$nli" --labels x,y
keeps 'input_entities' tag -m "$tasks/bert_tag"
keeps 'input_answers' answer -m "$tasks/bert_answer"
keeps 'input_masks' fill -m "$tasks/bert_fill"
keeps 'input_sparse' sparse -m "$tasks/bert_fill"
keeps 'input_results' rerank -m "$tasks/bert_rerank"
keeps 'input_attention input_offsets input_tokens' attend -m "$model"
finish
