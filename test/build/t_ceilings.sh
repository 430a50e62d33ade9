#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The instructions of each call and callback, the inline part and the callee included, are at most 5 % above
# bench/ceilings.txt. They are counted, by valgrind, by qemu for AArch64 and RISC-V (RUNNER), by single steps under Wine: no time is
# measured. Another compiler compiles the inline part differently, so only gcc 12 is held against the file.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
target=${BUILD##*/}
run() { TARGET=$target BUILD=$BUILD CC=${CC:-cc} RUNNER=${RUNNER:-} bench/run.pl "$@"; }

case $(${CC:-cc} --version) in
*clang*) version=clang ;;
*) version=$(${CC:-cc} -dumpversion) ;;
esac
if [ "${version%%[.-]*}" != 12 ]; then
    skip_all "bench/ceilings.txt is for gcc 12, and this is $version"
fi

if [ "$target" = win64 ] && [ ! "${FFI_FULL:-}" ]; then
    skip_all "Wine takes half a millisecond for each step, a minute in all; make test-all counts"
fi

run --check-ceilings >"$work/said" 2>&1
status=$?
if [ $status = 77 ]; then
    skip_all "$(cat "$work/said")"
fi
sed 's/^/# /' "$work/said"
check "no call takes more instructions than its ceiling and 5 %" [ $status = 0 ]
check "at least 100 rows were counted" [ "$(sed -n 's/^\([0-9]*\) rows of .*/\1/p' "$work/said")" -ge 100 ]

# With ceilings that are lower the check fails: a tenth less of one row. Native only: it counts once more.
if [ ! "${RUNNER:-}" ]; then
    mkdir "$work/copy" "$work/copy/bench"
    cp bench/*.pl bench/*.pm bench/names.sh "$work/copy/bench"
    awk -F ' [|] ' -v OFS=' | ' '$3 == "i64(6 x i64)" && $4 == "kept" && $5 == "ffi_invoke" { $6 = int($6 * 0.85) } { print }' \
        bench/ceilings.txt >"$work/copy/bench/ceilings.txt"
    ln -s "$PWD/build" "$work/copy/build"
    (cd "$work/copy" && BENCH_FILTER='^i64\(6 x' TARGET=$target BUILD=$BUILD CC=${CC:-cc} RUNNER='' bench/run.pl --check-ceilings) \
        >"$work/worse" 2>&1
    check "a call above its ceiling fails" [ $? = 1 ]
    check "and is named" grep -q '^calls, i64(6 x i64), kept, ffi_invoke: .* instructions, at most ' "$work/worse"
fi
finish
