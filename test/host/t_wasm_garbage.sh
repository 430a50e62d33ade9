#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Damaged modules in each engine, with everything but the engine compiled with sanitizers: none may crash or leak.
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

damaged() { # ENGINE NAME FEW MANY
    for source in app signal; do
        check "$source.wasm, as it is and damaged, in $2, seed $seed" \
            "$BUILD-$kind/hosts/wasm/garbage" "$1" "$seed" "$(number "$3" "$4")" "$work/$source.wasm"
    done
}

if command -v wasm2c >/dev/null; then
    printf '#!/bin/sh\nexec %s "$@" -O0\n' "${CC:-cc}" >"$work/cc" # which takes half the time
    chmod +x "$work/cc"
    CC=$work/cc damaged aot wasm2c 6 200
else
    skip "damaged modules made native code" "wasm2c is not installed"
fi
wasmtime=${WASMTIME:-$(ls /usr/local/lib/wasmtime/wasmtime/linux-*/_libwasmtime.so 2>/dev/null)}
if [ "$wasmtime" ]; then
    damaged "$wasmtime" Wasmtime 25 500
    damaged "wasm.h:$wasmtime" "Wasmtime by the standard API" 10 500
else
    skip "damaged modules in Wasmtime" "PyPI's package wasmtime is not in /usr/local/lib/wasmtime"
fi
finish
