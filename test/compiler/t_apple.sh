#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Apple's variant of AAPCS64 without a Mac: callees that clang compiled for arm64-apple-macos, their assembly
# rewritten for ELF by mach2elf.sed, are called through signatures of ABI apple-arm64. The same random functions as
# in t_calls.sh and t_values.sh. Another seed or number: FFI_SEED=7 FFI_COUNT=10000, or as arguments.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
seed=${1:-${FFI_SEED:-20240609}}
number=${2:-$(number 512 1200)}

case $(${CC:-cc} -dumpmachine) in
aarch64*) ;;
*) skip_all "the calls are made on AArch64: make test TARGET=aarch64" ;;
esac
machine=${RUNNER:+$(${CC:-cc} -dumpmachine)-}
# The newest; only clang has this target. Its options here are of no use.
newest clang >"$work/newest"
read -r _ version clang _ <"$work/newest" || skip_all "clang is not installed"

# Run where char is unsigned and wchar_t too; the callees' are signed.
program() { # source
    ${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wshadow -Werror -fsigned-char -DWCHAR_KIND=FFI_KIND_I32 \
        -I"$root/include" -I"$root/test/lib" "$here/$1.c" "$BUILD/libffi_invoke.a" -rdynamic -o "$work/$1"
}
for name in gen_calls run_calls gen_values run_values; do program $name; done

# callee SOURCE LEVEL: compiles for Apple, and makes a shared library of it. The selector of instructions that clang
# takes for -O0 would not do: that of clang 19 ends with an error of its own at some variadic calls.
callee() {
    library=$work/$1$2.so
    sed 's/#include <string.h>/void *memcpy(void *, const void *, __SIZE_TYPE__);/' "$work/$1.c" >"$work/$1-apple.c" &&
        "$clang" --target=arm64-apple-macos "$2" -fno-global-isel -w -ffreestanding -fno-verbose-asm \
            -fno-asynchronous-unwind-tables -fno-stack-protector -mllvm -aarch64-neon-syntax=generic -I"$work" \
            -S "$work/$1-apple.c" -o "$work/$1$2.s" &&
        sed -E -f "$here/mach2elf.sed" "$work/$1$2.s" >"$work/$1$2.elf.s" &&
        "${machine}as" -march=armv8.5-a+fp16 "$work/$1$2.elf.s" -o "$work/$1$2.o" &&
        ${CC:-cc} -shared -Wl,-Bsymbolic "$work/$1$2.o" -o "$library"
}

${RUNNER:-} "$work/gen_calls" "$seed" "$number" >"$work/calls.c"
for part in declarations bodies extras; do
    ${RUNNER:-} "$work/gen_values" $part "$seed" "$number" 64 half >"$work/$part"
done
mv "$work/declarations" "$work/values.h"
mv "$work/bodies" "$work/values.c"

# run WHAT PROGRAM...: its checks, and that it had some.
run() {
    what=$1
    shift
    # shellcheck disable=SC2086 # a command and its options
    ${RUNNER:-} "$@" >"$work/said" || echo "not ok 0 - $what: to the end without a failure"
    cat "$work/said"
    grep -q '^ok .*called back' "$work/said" || echo "not ok 0 - $what: called, and called back"
}

export FFI_ABI=apple-arm64
{
    echo "# judged by clang $version: calls and callbacks of arm64-apple-macos"
    reason=$(why_wrong clang "$version" apple-variadic-callers)
    if [ "$reason" ]; then
        export FFI_FIXED_CALLERS=yes # read by run_calls and run_values
        skip "variadic callers by clang $version" "$reason"
    fi
    for level in -O0 -O2; do
        for source in calls values; do check "$source.c $level for Apple becomes a library" callee $source $level; done
        run "scalars $level" "$work/run_calls" "$seed" "$number" '' "for Apple $level" "$work/calls$level.so"
        run "values $level" "$work/run_values" "$work/values.h" "$work/extras" "$seed" "$number" \
            "for Apple $level" "$work/values$level.so" ''
    done
} | joined
