#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random structs and unions against compilers: gen_layout.c writes them as C with our sizes, alignments and offsets as
# assertions, and an object whose bytes show where bit-fields lie. Every compiler found here must agree, for its own
# target and for others. Another seed or number of types: FFI_SEED=7 FFI_COUNT=100000 make test, or as arguments.
set -u

here=$(dirname "$0")
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/sanitized.sh
. "$here/../lib/sanitized.sh"
# shellcheck source=test/lib/compilers.sh
. "$here/../lib/compilers.sh"
seed=${1:-${FFI_SEED:-20240607}}
types=${2:-$(number 2500 20000)}
CC=${CC:-cc}
echo "# seed $seed, $types types for each ABI"

# program NAME SOURCE FLAG...
program() {
    output=$work/$1 source=$here/$2
    shift 2
    $CC -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" -I"$root/test/lib" "$source" "$@" -o "$output"
}

check "the generator is built" program gen_layout gen_layout.c "$BUILD/libffi_invoke.a"
check "that of data models is built" program gen_model gen_model.c "$BUILD/libffi_invoke.a"
check "that of attributes is built" program gen_attributes gen_attributes.c "$BUILD/libffi_invoke.a"
check "its counterpart for objects is built" program find_image find_image.c
check "its counterpart for text is built" program read_layout read_layout.c "$BUILD/libffi_invoke.a"

# write ABI MODE: the files $work/ABI-MODE.*
write() {
    "$work/gen_model" "$1" "$2" >"$work/$1-$2.model.c" &&
        "$work/gen_attributes" "$1" "$2" "$seed" "$types" "$work/$1-$2.attributes.c" "$work/$1-$2.attributes.image" &&
        "$work/gen_layout" "$1" "$2" "$seed" "$types" "$work/$1-$2.c" "$work/$1-$2.image"
}
sets="sysv-all sysv-own win64-own msvc-own aapcs64-all aapcs64-own lp64d-all lp64d-own apple-arm64-own win-arm64-own wasm32-own"
for set in $sets; do check "types of $set, bit-fields read as written" write "${set%-*}" "${set##*-}"; done
for set in $sets; do check "$set: read as text it is the same" "$work/read_layout" "${set%-*}" "$work/$set.c"; done

# ---- the same from a sanitized library ----

kind=address,undefined
same_text() { # set: the sanitized library says what the other says
    "$work/gen_sanitized" "${1%-*}" "${1##*-}" "$seed" "$types" "$work/again.c" "$work/again.image" &&
        cmp "$work/again.c" "$work/$1.c" && cmp "$work/again.image" "$work/$1.image"
}
if can_sanitize $kind; then
    check "a sanitized library is built" make_sanitized $kind libffi_invoke.a
    # shellcheck disable=SC2046 # options are words
    check "a sanitized generator is built" program gen_sanitized gen_layout.c "$BUILD-$kind/libffi_invoke.a" \
        $(sanitizing $kind)
    # shellcheck disable=SC2046
    check "a sanitized reader is built" program read_sanitized read_layout.c "$BUILD-$kind/libffi_invoke.a" \
        $(sanitizing $kind)
    for set in $sets; do
        check "$set: the sanitized library agrees" same_text "$set"
        check "$set: as text too" "$work/read_sanitized" "${set%-*}" "$work/$set.c"
    done
else
    skip "-fsanitize=$kind" "$CC cannot build or run such a program here"
fi

# ---- the judges ----

agrees() { # set, compiler and its options
    set=$1 object=$work/$1.o
    shift
    # What has no _Float16 takes a type of the same layout for it.
    echo '_Float16 half;' >"$work/half.c"
    "$@" -w -c "$work/half.c" -o "$object" 2>/dev/null || set -- "$@" -D_Float16=short
    compiles "$set.model" "$@" && compiles "$set.attributes" "$@" &&
        "$work/find_image" "$work/$set.attributes.image" "$object" &&
        compiles "$set" "$@" $wide && "$work/find_image" "$work/$set.image" "$object"
}

compiles() { # file, compiler and its options: makes $object
    file=$work/$1.c
    shift
    "$@" -w -c "$file" -o "$object" >"$work/said" 2>&1 || { grep -E "error|evaluates" "$work/said" | head -n 20; return 1; }
}

# judge TITLE SET COMPILER OPTION...: gcc aligns vectors of 32 and 64 bytes as the psABI says, and as clang does, only if
# the machine has them; but with these instructions it places bit-fields of types aligned to 32 otherwise.
judge() {
    title=$1 wide=''
    case $2 in sysv* | win64*) wide=-mavx512f ;; esac
    shift
    if command -v "$2" >/dev/null; then check "$1: $title, $("$2" -dumpversion)" agrees "$@"
    else skip "$1: $title" "$2 is not installed"; fi
}

for family in gcc clang; do
    judges $family "layouts"
    while read -r _ version path; do
        case $family:$version in gcc:1[3-9]* | clang:[2-9]?*) skip "types of enum constants: $family $version" "they are C23's" ;; esac
        judge $family sysv-all "$path"
        [ $family = clang ] || judge $family sysv-own "$path"
    done <"$work/judges"
done
judge "gcc for Windows" win64-own x86_64-w64-mingw32-gcc
judge "gcc for AArch64" aapcs64-all aarch64-linux-gnu-gcc
judge "gcc for AArch64" aapcs64-own aarch64-linux-gnu-gcc
for set in lp64d-all lp64d-own; do
    case $(riscv64-linux-gnu-gcc -dumpversion 2>/dev/null) in
    1[4-9]*) skip "$set: gcc for RISC-V" "since gcc 14 vectors of more than 16 bytes are aligned to 16, not by clang" ;;
    *) judge "gcc for RISC-V" $set riscv64-linux-gnu-gcc ;;
    esac
done

# The newest clang that is a cross compiler for these.
clang=$(newest clang | cut -d ' ' -f 3)
judge "clang for AArch64" aapcs64-all "${clang:-clang}" --target=aarch64-linux-gnu
judge "clang for RISC-V" lp64d-all "${clang:-clang}" --target=riscv64-linux-gnu
judge "clang for Apple" apple-arm64-own "${clang:-clang}" --target=arm64-apple-macos
judge "clang for Windows on Arm" win-arm64-own "${clang:-clang}" --target=aarch64-pc-windows-msvc
judge "clang for WebAssembly" wasm32-own "${clang:-clang}" --target=wasm32
judge "clang for Microsoft" msvc-own "${clang:-clang}" --target=x86_64-pc-windows-msvc
finish
