# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced after tap.sh: makes the amalgamation, and tries it in the folder $work.

cd "$root" || exit 1
CC=${CC:-cc}
unset MAKEFLAGS MFLAGS MAKELEVEL
[ "$(uname -m)" = x86_64 ] || skip_all "the files are made on x86-64 only"

# The objects go to $work. The files are copied under the lock, too: the other test may make them again.
# shellcheck disable=SC2016 # the inner shell expands it
check "make amalgamation" locked build/amalgamation.lock \
    sh -c 'make -s B="$1" CC="$2" amalgamation && cp build/ffi_invoke* "$3"' - "$BUILD" "$CC" "$work"
cp test/lib/*.h "$work"
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```$/q' | grep -v '^```' >"$work/example.c"
sed -n '/^## Being called/,/^## /p' README.md | sed -n '/^```c$/,/^```$/p' | grep -v '^```' >"$work/called.c"
cd "$work" || exit 1

# try NAME RUNNER ASSEMBLER_FILE COMPILER FLAG...: the library from one C file and the assembler file, README's examples with
# it. An object in place of the assembler file is linked as it is.
try() {
    label=$1 runner=$2 file=$3
    shift 3
    case $file in
    *.o) object=$file ;;
    *) object=$label.o && check "$label: $file is assembled" "$@" -c "$file" -o "$object" ;;
    esac
    check "$label: ffi_invoke.c is compiled" "$@" -std=c11 -O2 -c ffi_invoke.c -o "$label-c.o"
    link "$label" "$runner" "$label-c.o" "$object" "$@"
}

# link NAME RUNNER OBJECT OBJECT COMPILER FLAG...: README's examples.
link() {
    label=$1 runner=$2 library=$3 object=$4
    shift 4
    for program in example called; do
        check "$label: README's $program.c is linked" "$@" -std=c11 -I. "$program.c" "$library" "$object" -o "$label-$program.exe"
    done
    check_text "$label: pow(2, 10)" "$($runner "./$label-example.exe" 2>"$label.err" | tr -d '\r')" 1024
    check_text "$label: qsort" "$($runner "./$label-called.exe" 2>"$label.err" | tr -d '\r')" "0 1 2 3"
}
