#!/bin/sh
# SPDX-License-Identifier: MIT
# `make bench`: runs every benchmark with the static and with the shared library, all rows also in
# BUILD/bench.tsv. A missed target is a result, not an error. Needs BUILD, CC, STRIP and RUNNER.
set -eu
cd "$(dirname "$0")/.."
folder=$BUILD/bench
tsv=$BUILD/bench.tsv

for count in 1 1000 1000000; do
    [ -e "$folder/names_$count.so" ] || bench/names.sh $count "$folder/names_$count.so"
done
echo '#include <sqlite3.h>' | $CC -E - >"$folder/sqlite3.i" 2>/dev/null || rm -f "$folder/sqlite3.i"
$STRIP "$BUILD/libffi_invoke.so" -o "$folder/stripped.so"

rm -f "$tsv"
[ ! -x "$folder/bench_libffi" ] || $RUNNER "$folder/bench_libffi" --tsv "$tsv" "$BUILD/libffi.so.8"
for link in '' -shared; do
    $RUNNER "$folder/bench_call$link" --tsv "$tsv"
    $RUNNER "$folder/bench_callback$link" --tsv "$tsv"
    $RUNNER "$folder/bench_thread$link" --tsv "$tsv"
    $RUNNER "$folder/bench_bind$link" --tsv "$tsv" "$folder"
    $RUNNER "$folder/bench_signature$link" --tsv "$tsv"
    $RUNNER "$folder/bench_embed$link" --tsv "$tsv"
    $RUNNER "$folder/bench_queue$link" --tsv "$tsv"
    $RUNNER "$folder/bench_load$link" --tsv "$tsv" "$folder/stripped.so"
done
BUILD=$BUILD CC=$CC bench/lua/run.sh
