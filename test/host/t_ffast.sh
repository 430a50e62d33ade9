#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The goals of ffast's Makefile.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
[ -e "$BUILD/hosts/node/ffi_invoke.node" ] || skip_all "the headers of Node-API are not installed"
cp "$root/src/hosts/node/ffast/Makefile" "$work" && cd "$work" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
ffast() { make -s ROOT="$root" TARGET="${BUILD##*/}" CC="${CC:-cc}" "$@"; }
lists() { ffast help | grep -q "^$1  "; }
makes() { ffast "$1" && [ -e "$1" ]; }
makes_records() { makes src/v8-fast-api-calls.h && grep -q V8_FLOAT64 src/v8-fast-api-calls.h; }
makes_binding() { ffast library && [ -e build/Release/ffast.node ]; }

for goal in bench/bench.so bench src/v8-fast-api-calls.h src/ffast.cc node_modules/.bin/node-gyp build/Release/ffast.node library clean \
    cleanall; do
    check "make help lists $goal" lists "$goal"
done
check "make bench/bench.so builds the library of the benchmarks" makes bench/bench.so
check "make src/v8-fast-api-calls.h writes the records of V8" makes_records
check "make library builds the binding" makes_binding
if command -v node >/dev/null; then
    check_text "the binding loads" "$(node -p 'typeof require("./build/Release/ffast.node").open')" function
else
    skip "the binding loads" "there is no Node"
fi
ffast cleanall
check_text "make cleanall removes all" "$(ls)" Makefile
finish
