# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# A variant of AAPCS64 without its system: callees that clang compiled for it, their assembly rewritten for ELF, are
# called through signatures of its ABI, and call back. The same random functions as in t_calls.sh and t_values.sh. Sourced
# with
#
#   abi, target     the ABI's name, clang's for the system
#   to_elf          what rewrites the assembly, in this folder
#   few             how many random signatures `make test` takes
#   kinds           how the programs that call are compiled, where their own types differ from the callees'
#   options         of clang
#   scalar_callers  the task by which compilers.sh says that clang's variadic callers are wrong; empty if they are right
#   value_callers   the same of callers that pass records
#
# Another seed or number: FFI_SEED=7 FFI_COUNT=10000, or as arguments.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
seed=${1:-${FFI_SEED:-20240609}}
number=${2:-$(number "$few" 1200)}

case $(${CC:-cc} -dumpmachine) in
aarch64*) ;;
*) skip_all "the calls are made on AArch64: make test TARGET=aarch64" ;;
esac
machine=${RUNNER:+$(${CC:-cc} -dumpmachine)-}
# The newest; only clang has this target. Its options here are of no use.
newest clang >"$work/newest"
read -r _ version clang _ <"$work/newest" || skip_all "clang is not installed"

program() { # source
    # shellcheck disable=SC2086 # options are words
    ${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wshadow -Werror $kinds -I"$root/include" -I"$root/test/lib" "$here/$1.c" \
        "$BUILD/libffi_invoke.a" -rdynamic -o "$work/$1"
}
for name in gen_calls run_calls gen_values run_values; do program $name; done

# callee SOURCE LEVEL: compiles for the system, and makes a shared library of it. The selector of instructions that clang
# takes for -O0 would not do: that of clang 19 ends with an error of its own at some variadic calls.
callee() {
    library=$work/$1$2.so
    # shellcheck disable=SC2086
    sed 's/#include <string.h>/void *memcpy(void *, const void *, __SIZE_TYPE__);/' "$work/$1.c" >"$work/$1-foreign.c" &&
        "$clang" --target="$target" "$2" -fno-global-isel -w -ffreestanding -fno-verbose-asm \
            -fno-asynchronous-unwind-tables -fno-stack-protector $options -I"$work" \
            -S "$work/$1-foreign.c" -o "$work/$1$2.s" &&
        sed -E -f "$here/$to_elf" "$work/$1$2.s" >"$work/$1$2.elf.s" &&
        "${machine}as" -march=armv8.5-a+fp16 "$work/$1$2.elf.s" -o "$work/$1$2.o" &&
        ${CC:-cc} -shared -Wl,-Bsymbolic "$work/$1$2.o" -o "$library"
}

export FFI_ABI=$abi
${RUNNER:-} "$work/gen_calls" "$seed" "$number" >"$work/calls.c"
for part in declarations bodies extras; do
    ${RUNNER:-} "$work/gen_values" $part "$seed" "$number" 64 half >"$work/$part"
done
mv "$work/declarations" "$work/values.h"
mv "$work/bodies" "$work/values.c"

# choose_callers WHAT TASK: sets FFI_FIXED_CALLERS, which run_calls and run_values read, if clang's variadic callers are wrong.
choose_callers() {
    unset FFI_FIXED_CALLERS
    reason=$(why_wrong clang "$version" "$2")
    if [ "$reason" ]; then
        export FFI_FIXED_CALLERS=yes
        skip "$1: variadic callers by clang $version" "$reason"
    fi
}

# run WHAT PROGRAM...: its checks, and that it had some.
run() {
    what=$1
    shift
    # shellcheck disable=SC2086 # a command and its options
    ${RUNNER:-} "$@" >"$work/said" || echo "not ok 0 - $what: to the end without a failure"
    cat "$work/said"
    grep -q '^ok .*called back' "$work/said" || echo "not ok 0 - $what: called, and called back"
}

{
    echo "# judged by clang $version: calls and callbacks of $target"
    for level in -O0 -O2; do
        for source in calls values; do check "$source.c $level for $abi becomes a library" callee $source $level; done
        choose_callers scalars "$scalar_callers"
        run "scalars $level" "$work/run_calls" "$seed" "$number" '' "for $abi $level" "$work/calls$level.so"
        choose_callers values "$value_callers"
        run "values $level" "$work/run_values" "$work/values.h" "$work/extras" "$seed" "$number" \
            "for $abi $level" "$work/values$level.so" ''
    done
} | joined
