#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The tests again in valgrind: no invalid access, no use of what was never written, nothing leaked, on the ways
# of errors above all. Checks that fail are told by the plain run; here only what valgrind finds counts.
# Part of make test that takes long.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=${BUILD:?the build folder}
command -v valgrind >/dev/null || skip_all "valgrind is not installed"

# t_memory.c: not each allocation fails, and libm is opened and closed 212 times, not 1,000: valgrind reads its symbols each
# time.
if [ "${FFI_FULL:-}" ]; then export STEP=37
else export STEP=149 FFI_FEWER=8; fi

# The loader keeps pointers into its blocks, not to them.
cat >"$work/suppressions" <<'END'
{
   loader
   Memcheck:Leak
   match-leak-kinds: possible
   fun:malloc
   obj:*/ld-linux-*
   ...
}
END

clean_run() {
    valgrind -q --suppressions="$work/suppressions" --error-exitcode=99 --num-callers=20 --leak-check=full \
        --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible "$1"
    [ $? -le 1 ]
}

for name in t_smoke t_types t_records t_aggregate t_declare t_declare_memory t_whole_text t_syntax t_errors t_library t_symbols t_bind t_function t_free_twice t_memory t_threads t_embed_values t_embed_calls t_embed_host \
    t_embed_native t_embed_names t_embed_memory t_syscalls t_policy t_batch t_red_zone t_trace; do
    check "$name" clean_run "$BUILD/test/$name"
done
finish
