#!/usr/bin/env bash
# memory_test.sh LINNET SOURCE: the peak does not grow with the number of lines, and little with the
# longest of them.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

peak() {  # KiB, of embedding FILE
  "$LINNET" embed --max-record 200M -t 2 -m "$model" "$1" --format f32 -o /dev/null 2>&1 |
    sed -n 's/.*peak memory: \([0-9]*\) KiB/\1/p'
}

awk 'BEGIN { for (i = 0; i < 1000000; ++i) print "text " i " of a million, not too long" }' >million.txt
head -100000 million.txt >tenth.txt
tenth=$(peak tenth.txt) million=$(peak million.txt)
echo "100,000 lines: $tenth KiB; 1,000,000 lines: $million KiB"
((million - tenth <= 2048 && tenth - million <= 2048)) || complain "memory grows with the lines"
((million <= 64 * 1024)) || complain "more than 64 MiB beside a small model"

# A real model in int8, many windows of it: 24.8 MB are the file's.
minilm=$SOURCE/build/models/all-MiniLM-L6-v2
if [[ -e $minilm/model.safetensors ]]; then
  "$LINNET" import -q --int8 "$minilm" -o int8.linnet || complain "import --int8"
  head -20000 million.txt | cut -d' ' -f1-3 >many.txt
  for threads in 1 2; do
    int8=$("$LINNET" embed -t $threads -m int8.linnet many.txt --format f32 -o /dev/null 2>&1 |
      sed -n 's/.*peak memory: \([0-9]*\) KiB/\1/p')
    echo "all-MiniLM-L6-v2 in int8, 20,000 lines, $threads threads: $int8 KiB"
    ((int8 <= (90 + 30 * threads) * 1000000 / 1024)) || complain "int8, $threads threads: more than $((90 + 30 * threads)) MB"
  done
elif [[ ,${LINNET_REQUIRE-}, == *,model,* ]]; then
  complain "LINNET_REQUIRE names the model, which is not in build/models"
fi

# What is carried along is in memory as well as the texts: 400 records with 128 KiB in each of two fields.
awk 'BEGIN { for (body = "x"; length(body) < 131072;) body = body body
  for (i = 0; i < 400; ++i) print "{\"text\": \"text " i "\", \"id\": \"" body "\", \"body\": \"" body "\"}" }' >carried.jsonl
for options in "--keep body" "--id-field id"; do
  carried=$("$LINNET" embed -t 2 -m "$model" carried.jsonl $options --format jsonl -o /dev/null 2>&1 |
    sed -n 's/.*peak memory: \([0-9]*\) KiB/\1/p')
  echo "100 MB of JSON Lines, $options: $carried KiB"
  ((carried - tenth <= 32 * 1024)) || complain "memory grows with $options"
done

# Neighbours by the million: 6,000 times 1,000 of them take 96 MB, their JSON 226 MB.
head -6000 million.txt | "$LINNET" embed -q -m "$model" --format npy -o many.npy || complain "embed many.npy"
similar=$("$LINNET" similar -v -t 2 many.npy --top-k 1000 -o /dev/null 2>&1 |
  sed -n 's/.*peak memory: \([0-9]*\) KiB/\1/p')
echo "1,000 neighbours of 6,000 vectors: $similar KiB"
((similar > 0 && similar <= 100 * 1024)) || complain "similar: more than 100 MiB"

head -c 100000000 /dev/zero | tr '\0' 'x' >line.txt
printf '\n' >>line.txt
head -c 50000000 /dev/zero | sed 's/\x00/a /g' >words.txt
for file in line.txt words.txt; do
  long=$(peak "$file")
  echo "$file, one line of 100 MB: $long KiB"
  ((long - tenth <= 2 * 100000000 / 1024 + 2048)) || complain "$file: more than twice the line"
done
finish
