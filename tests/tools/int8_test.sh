#!/usr/bin/env bash
# int8_test.sh LINNET SOURCE: int8 from the command line: import, --precision, calibration, what is refused.
LINNET=$1 SOURCE=$2
. "$SOURCE/tests/tools/check.sh"

run embed -m "$model" --text a --precision int8
expect_rc 0 "--precision int8"
expect_err "to keep it: linnet import $model --int8 -o MODEL.linnet"
made=$out
: >empty.txt
run import "$model" --int8 --calibration empty.txt -o int8.linnet
expect_rc 1 "an empty calibration file"
expect_err "empty.txt: holds no text to calibrate with, expected one text a line"
run import "$model" --int8 --calibration none.txt -o int8.linnet
expect_rc 1 "a missing calibration file"
expect_err "none.txt: cannot open: No such file"
printf 'text\n' | gzip >calibration.txt.gz
printf 't\0e\0x\0t\0\n\0' >utf16.txt
for file in calibration.txt.gz utf16.txt; do
  run import "$model" --int8 --calibration "$file" -o int8.linnet
  expect_rc 1 "a calibration file that is no text: $file"
  expect_err ", expected text"
done
run import "$model" --int8 --calibration '' -o int8.linnet
expect_rc 2 "--calibration without a name"
expect_no_file int8.linnet
run import "$model" --calibration empty.txt -o int8.linnet
expect_rc 2 "--calibration without --int8"
run import "$model" --int8 -o int8.linnet
expect_rc 0 "import --int8"
run embed -m int8.linnet --text a
expect_rc 0 "embed with an int8 file"
expect_equal "$out" "$made" "int8 made while opening and int8 of a file"
run embed -m int8.linnet --text a --precision int8 -t 2
expect_equal "$out" "$made" "--precision int8 of an int8 file"
run import "$model" -o fp32.linnet
run import fp32.linnet --int8 -t 3 -o of_file.linnet
expect_rc 0 "import --int8 of an fp32 file"
cmp -s int8.linnet of_file.linnet || complain "int8 of a folder and of its file"
printf 'Some text.\n\nMore of it.\n' >calibration.txt
run import "$model" --int8 --calibration calibration.txt -o own.linnet
expect_rc 0 "a calibration file"
run inspect own.linnet
expect_out "calibration       calibration.txt, SHA-256 "
run inspect int8.linnet
expect_rc 0 "inspect an int8 file"
[[ $out == *"precision         int8"* ]] || complain "inspect says int8"
expect_out "layers.0.qkv.weight  s8 panels"
run embed -m int8.linnet --text a --precision fp32
expect_rc 2 "--precision fp32 of an int8 file"
expect_err "int8.linnet: holds int8 weights, of which fp32 ones cannot be made"
run import int8.linnet --int8 -o again.linnet
expect_rc 1 "import of an int8 file"
expect_err "holds int8 weights already"
expect_no_file again.linnet

printf 'One text.\nAnother text here.\nA third one, longer than the others.\n' >texts.txt
run verify -m int8.linnet --reference fp32.linnet --per-layer texts.txt
expect_rc 0 "verify --per-layer"
expect_out "top-10 neighbours    need 12 texts, there are 3"
expect_out "
  embeddings "
expect_out "
  2  "
run verify -m int8.linnet --reference fp32.linnet --per-layer --json texts.txt
expect_rc 0 "verify --json"
expect_out '"relative_error": '
expect_out '"neighbours_kept": null'
for n in {1..12}; do echo "text $n with ${n}0 words"; done >twelve.txt
neighbours() { grep -oE '[0-9.]+ % kept, of the first [0-9]+' out; }
run verify -m fp32.linnet --reference fp32.linnet --per-layer twelve.txt
expect_equal "$(neighbours)" "100.00 % kept, of the first 12" "neighbours of equal models"
run embed -m fp32.linnet twelve.txt -o twelve.npy
cp -r "$model" other  # with weights that belong elsewhere
dd if="$model/model.safetensors" of=other/model.safetensors bs=4 skip=9000 seek=4000 count=5000 conv=notrunc 2>/dev/null
run verify -m other --reference fp32.linnet --per-layer twelve.txt
[[ -n $(neighbours) && $(neighbours) != 100.00* ]] || complain "neighbours of another model: $(neighbours)"
# A NaN, wherever it stands, is not passed over: the reference's third vector of twelve.
printf '\0\0\300\177' | dd of=twelve.npy bs=1 seek=$((128 + 4 * 32 * 2)) conv=notrunc 2>/dev/null
run verify -m fp32.linnet --reference twelve.npy --min-cosine 0.5 twelve.txt
expect_rc 1 "a NaN in the reference"
expect_out "min cosine           nan"
run verify -m int8.linnet --reference fp32.linnet texts.txt
[[ $out != *"hidden states"* ]] || complain "layers are shown when asked for"
run embed -m fp32.linnet texts.txt -o texts.npy
run verify -m int8.linnet --reference texts.npy --per-layer texts.txt
expect_rc 2 "--per-layer with vectors"
expect_err "--per-layer: texts.npy is no model"
expect_clean_folder
finish
