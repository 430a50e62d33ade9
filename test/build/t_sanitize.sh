#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The library and its tests compiled with sanitizers: addresses and undefined behaviour for all, data races for
# those with threads. Only what a sanitizer reports counts here; checks that fail are told by the plain run.
# Part of make test that takes long.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/sanitized.sh"

CC=${CC:-cc}
cd "$root" || exit 1
# Less of what takes long: of t_declare_bad.c the longest text and the names, of t_near.c signatures, and of t_memory.c the
# allocations that fail.
if [ "${FFI_FULL:-}" ]; then export FFI_MIB=2 FFI_COUNT=100
else export FFI_MIB=1 FFI_COUNT=25 STEP=37 FFI_FEWER=8; fi
export ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:exitcode=99
export TSAN_OPTIONS="exitcode=99:halt_on_error=1:suppressions='$work/suppressions'"
# The loader is not compiled with the sanitizer, which sees neither its lock nor that it maps a library where
# something else was mapped before.
printf '%s\n' called_from_lib:ld-linux-x86-64.so race:newest_version race:cache_open >"$work/suppressions"

# The program came to its end: 0 or 1, not a sanitizer's 99 nor a signal's.
clean_run() {
    $launch "$1"
    [ $? -le 1 ]
}

# sanitized KIND TEST...
sanitized() {
    kind=$1
    shift
    launch=
    if ! can_sanitize "$kind"; then
        launch="setarch -R" # ThreadSanitizer wants its addresses free
        if ! can_sanitize "$kind"; then
            skip "-fsanitize=$kind" "$CC cannot build or run such a program here"
            return
        fi
    fi
    # shellcheck disable=SC2046 # a list of words
    check "building with -fsanitize=$kind" make_sanitized "$kind" $(printf 'test/%s\n' "$@")
    for name; do check "$name with -fsanitize=$kind" clean_run "$BUILD-$kind/test/$name"; done
}

sanitized address,undefined t_smoke t_types t_records t_aggregate t_declare t_declare_bad t_declare_memory t_whole_text t_syntax t_errors t_library \
    t_symbols t_bind t_function t_memory t_near t_threads \
    t_embed_values t_embed_calls t_embed_host t_embed_native t_embed_names t_embed_memory t_embed_nonnull t_embed_wrong \
    t_policy t_batch t_red_zone t_trace t_guarded t_queue t_queue_hop t_queue_posix t_queue_ends t_async

# What the ffi program reads, stores and shows of values of every type: minutes, so that only test-all does it.
if [ ! "${FFI_FULL:-}" ]; then
    skip 't_cli_value.sh with -fsanitize=address,undefined' 'make test-all runs it'
elif [ -d "$BUILD-address,undefined/test" ]; then
    check 'building ffi with -fsanitize=address,undefined' make_sanitized address,undefined ffi
    check 't_cli_value.sh with -fsanitize=address,undefined' env BUILD="$BUILD-address,undefined" test/cli/t_cli_value.sh
fi

sanitized thread t_threads t_library t_function t_callback_end t_late t_embed_threads t_queue t_queue_hop t_queue_posix t_queue_ends t_async
finish
