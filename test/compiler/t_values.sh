#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random signatures with values of every kind, by value, against compilers: gen_values.c writes C functions, every
# compiler found here builds them, and run_values.c declares their header and calls them. Another seed or
# number: FFI_SEED=7 FFI_COUNT=10000 make test, or as arguments.
# Part of make test that takes long.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
. "$here/../lib/sanitized.sh"
seed=${1:-${FFI_SEED:-20240608}}
number=${2:-$(number 500 2500)} # of which clang for RISC-V judges 2,000

program() { # source
    ${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wshadow -Werror -I"$root/include" -I"$root/test/lib" "$here/$1.c" \
        "$BUILD/libffi_invoke.a" -o "$work/$1"
}
program gen_values
program run_values

# The largest vectors are those of the processor; what it lacks is not called.
flags=$(sed -n 's/^flags.*: / /p' /proc/cpuinfo 2>/dev/null | head -n 1)
half=''
case " $flags $(${CC:-cc} -dumpmachine) " in
*' aarch64'*) vector=64 option='' half=half ;; # by reference, and _Float16 is in every compiler for it
*' riscv64'*) vector=64 option='' ;; # by reference; gcc 12 has no _Float16 for it
*' avx512f '*) vector=64 option='-mavx512f' ;;
*' avx '*) vector=32 option='-mavx' ;;
*) vector=16 option='' ;;
esac
echo "# seed $seed, $number signatures, vectors of up to $vector bytes"

# run PROGRAM FOLDER LABEL LIBRARY DOUBTS...: a program that dies has a check that failed.
run() {
    program=$1
    headers=$2
    shift 2
    ${RUNNER:-} "$work/$program" "$headers/values.h" "$headers/extras" "$seed" "$number" "$@" ||
        echo "not ok 0 - $program comes to its end without a failure"
}

# generate PROGRAM ATTRIBUTE HALF: random types, and functions of them.
generate() {
    folder=$work/values-$(echo "$2" | tr -dc a-z_)
    mkdir "$folder"
    for part in declarations bodies extras; do
        ${RUNNER:-} "$work/$1" $part "$seed" "$number" $vector "$3" "$2" >"$folder/$part"
    done
    mv "$folder/declarations" "$folder/values.h"
    mv "$folder/bodies" "$folder/values.c"
}

# from_compilers ATTRIBUTE LEVEL...: the functions of that ABI, from every compiler at each level.
from_compilers() {
    attribute=$1
    shift
    levels=$*
    tasks=''
    case $(${CC:-cc} -dumpmachine)$attribute in
    x86_64*abi*) ;;
    x86_64*) tasks='half-eightbytes float128-structs float128-unions long-vector-unions' ;;
    riscv64*) tasks='complex-integers overlong-bits raised-records' ;;
    esac
    generate gen_values "$attribute" "$half"
    set --
    for family in gcc clang; do
        judges $family "values of every type${attribute:+ of $attribute}"
        while read -r _ version path; do
            # shellcheck disable=SC2086 # words
            doubts=$(doubts $family "$version" $tasks)
            for level in $levels; do
                library=$folder/$family-$version$level.so
                # shellcheck disable=SC2086 # words
                $path $level $option -w -Wno-psabi -shared -fPIC "$folder/values.c" -o "$library" &
                label="$family $version $level${attribute:+ $attribute}"
                set -- "$@" "$label" "$library" "$doubts"
            done
        done <"$work/judges"
    done
    wait
    run run_values "$folder" "$@"
}

# vectorcall SOURCE LIBRARY COMPILER...: by clang for Windows, but in ELF. It calls "f1@@16" what here is "f1" again.
vectorcall() {
    source=$1 made=$2
    shift 2
    "$@" --target=x86_64-pc-windows-msvc-elf -mno-stack-arg-probe -w -S "$source" -o "$made.s" &&
        sed -i 's/"*\(\<f[0-9]*\)@@[0-9]*"*/\1/g' "$made.s" && "$@" -w -shared -Wl,-Bsymbolic "$made.s" -o "$made"
}

# Functions of __vectorcall, with types as Microsoft's compiler has them: clang's own for ELF is another ABI, without
# shadow space, and System V's in aggregates. What the test calls is System V's; what clang may call itself, Windows'.
from_vectorcall() {
    ${CC:-cc} -std=c11 -O2 -D_WIN32 "$here/gen_values.c" -o "$work/gen_windows"
    generate gen_windows '__attribute__((vectorcall))' ''
    sed -i 's/^void [cv][0-9]/__attribute__((sysv_abi)) &/' "$folder/values.c"
    cat >>"$folder/values.c" <<'END'
int _fltused;
void *memcpy(void *to, const void *from, __SIZE_TYPE__ size) {
    void *at = to;
    __asm__("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
    return to;
}
void *memset(void *to, int byte, __SIZE_TYPE__ size) {
    void *at = to;
    __asm__("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
    return to;
}
END
    judges clang "values of every type of __vectorcall" # of which there are no doubts
    label='' library=''
    set --
    while read -r _ version path; do
        library=$folder/clang-$version.so label="clang $version __vectorcall"
        # shellcheck disable=SC2086 # words
        vectorcall "$folder/values.c" "$library" $path -O2 $option &
        set -- "$@" "$label" "$library" ''
    done <"$work/judges"
    wait
    (export FFI_ABI=msvc && run run_values "$folder" "$@")
    windows_folder=$folder windows_label=$label windows_callees=$library
}

windows_callees=
{
    case $(${CC:-cc} -dumpmachine) in
    x86_64*) from_vectorcall ;;
    esac
    from_compilers '' -O0 -O2
    sanitized_folder=$folder sanitized_label=$label sanitized_callees=$library sanitized_doubts=$doubts
    case $(${CC:-cc} -dumpmachine) in
    x86_64*) from_compilers '__attribute__((ms_abi))' -O2 ;;
    esac
} >"$work/compilers.tap"

# The same from a sanitized library, with the callees that were built last.
kind=address,undefined
if [ "${RUNNER:-}" ]; then
    echo "ok 0 - a sanitized library # SKIP not under $RUNNER" >"$work/sanitized.tap"
elif can_sanitize $kind; then
    make_sanitized $kind libffi_invoke.a
    # shellcheck disable=SC2046 # options are words
    ${CC:-cc} -std=c11 $(sanitizing $kind) -I"$root/include" -I"$root/test/lib" "$here/run_values.c" \
        "$BUILD-$kind/libffi_invoke.a" -o "$work/run_sanitized"
    run run_sanitized "$sanitized_folder" "$sanitized_label, from a sanitized library," "$sanitized_callees" \
        "$sanitized_doubts" \
        >"$work/sanitized.tap"
    [ "$folder" = "$sanitized_folder" ] ||
        run run_sanitized "$folder" "$label, from a sanitized library," "$library" "$doubts" \
            >>"$work/sanitized.tap"
    [ ! -f "$windows_callees" ] || (
        export FFI_ABI=msvc
        run run_sanitized "$windows_folder" "$windows_label, from a sanitized library," "$windows_callees" ''
    ) >>"$work/sanitized.tap"
else
    echo "ok 0 - a sanitized library # SKIP ${CC:-cc} has no -fsanitize=$kind" >"$work/sanitized.tap"
fi
cat "$work/compilers.tap" "$work/sanitized.tap" | joined
