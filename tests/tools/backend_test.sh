#!/usr/bin/env bash
# backend_test.sh LINNET SOURCE ONEDNN: --backend. ONEDNN: whether the build has it, ON or another word.
LINNET=$1 SOURCE=$2 ONEDNN=$3
. "$SOURCE/tests/tools/check.sh"

run embed -m "$model" --text a --precision int8 -q
ours=$out
run embed -m "$model" --text a --precision int8 -q --backend linnet
expect_equal "$out" "$ours" "--backend linnet"
run embed -m "$model" --text a --backend blas
expect_rc 2 "an unknown backend"
expect_err "backend blas: expected linnet or onednn"
run inspect -m "$model"
expect_out "backend           linnet"
if [[ $ONEDNN != ON ]]; then
  run embed -m "$model" --text a --backend onednn
  expect_rc 1 "--backend onednn without oneDNN"
  expect_err "this build has no oneDNN: build with -DLINNET_ONEDNN=ON"
else
  run embed -m "$model" --text a --precision int8 -q --backend onednn
  expect_rc 0 "--backend onednn, int8"
  expect_equal "$out" "$ours" "int8 with oneDNN has Linnet's bits"
  run embed -m "$model" --text a --text b --precision int8 -q --backend onednn -t 2 --mode latency
  expect_rc 0 "--backend onednn, two workers on each text"
  expect_equal "${out%%$'\n'*}" "${ours%%$'\n'*}" "int8 with oneDNN and a team"
  run embed -m "$model" --text a --backend onednn
  expect_rc 0 "--backend onednn, fp32"
  expect_err "multiplies: fp32 results differ in their last bits from Linnet's own"
  run inspect -m "$model" --backend onednn
  expect_out "backend           onednn "
fi
expect_clean_folder
finish
