#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Damaged modules in libwabt's interpreter, with everything but libwabt compiled with sanitizers: none may crash or leak.
. "$(dirname "$0")/../lib/tap.sh"
. "$root/test/host/wasm/wasp.sh"
. "$root/test/lib/sanitized.sh"

kind=address,undefined
can_sanitize "$kind" || skip_all "${CC:-cc} cannot build or run a program with -fsanitize=$kind here"
seed=$(number 20261129 "$(date +%s)")
export ASAN_OPTIONS=exitcode=99:allocator_may_return_null=1:max_allocation_size_mb=200 UBSAN_OPTIONS=print_stacktrace=1:exitcode=99
check "garbage.c is built with -fsanitize=$kind" make_sanitized "$kind" hosts/wasm/garbage
for source in app cbrt signal numbers edges; do
    check "$source.c is built" module "$source" --export-table
    check "$source.wasm, as it is and damaged, seed $seed" \
        "$BUILD-$kind/hosts/wasm/garbage" wabt "$seed" "$(number 100 1000)" "$work/$source.wasm"
done
finish
