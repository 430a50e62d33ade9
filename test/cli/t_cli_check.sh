#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi check`: a header with and without mistakes beside a library, by gcc and clang, DWARF 4 and 5, with separate debug
# files, split DWARF and none; the C library beside its own headers, if Debian's libc6-dbg is there.

. "$(dirname "$0")/cli.sh"

command -v "${CC:-cc}" >/dev/null || skip_all "there is no C compiler"
case $("$ffi" check m pow 2>&1) in
*"libdw, which reads debug information, cannot be loaded"*) skip_all "libdw is not installed" ;;
esac
cp test/cli/check.c test/cli/check.h "$work"
cd "$work" || exit 1
case $ffi in /*) ;; *) ffi=$root/$ffi ;; esac
one=./one.so

# The mistake, and what is said of it.
cat >mistakes <<'END_OF_MISTAKES'
-DX=float|error: point: the record, member x: declared as float of 4 bytes, compiled as double of 8
-DX=float|error: scale: parameter 1 (point), member x: declared as float of 4 bytes, compiled as double of 8
-DX=float|error: middle: parameter 1 (points), behind the pointer, member x: declared as float of 4 bytes
-DSECOND=8|error: colour: constant SEVENTH: declared as 8, compiled as 7
-DLOW=4|error: node: the record, member flags, member low: declared with 4 bits, compiled with 3
-DLOW=4|error: visit: parameter 1 (first), behind the pointer, member flags, member low: declared with 4 bits
-DPOINT='struct point *'|error: scale: parameter 1 (point): declared as struct point *, compiled as struct point
-DFACTOR=double|error: scale: parameter 2 (factor): declared as double of 8 bytes, compiled as float of 4
-DFACTOR=int|error: scale: parameter 2 (factor): declared as int, compiled as float
-DLAST='const char *name, int more'|error: scale: declared with 5 parameters, compiled with 4
-DLAST='long name'|warning: scale: parameter 4 (name): declared as long, compiled as const char *
-DLAST='int *name'|
-DMORE=|error: sum: declared without variable arguments, compiled with them
-DMORE=', int more'|error: sum: declared with 2 parameters, compiled with 1
-DCALLED='void *, double'|error: visit: parameter 2 (each), behind the pointer, parameter 2: declared as double, compiled as int
-DRESULT=void|error: middle: result: declared as void, compiled as struct point
-DRESULT=double|error: middle: result: declared as double, compiled as struct point
-DCOUNT=int|error: middle: parameter 2 (count): declared as int of 4 bytes, compiled as
-DCOUNT=long|warning: middle: parameter 2 (count): declared as long, compiled as
-DKEY='const long *key'|error: bytes: parameter 3 (key), behind the pointer: declared as const long of 8 bytes, compiled as int of 4
-DKEY='void *key'|
-DKEY='char *key'|
-DWIDE=double|error: wide: result: declared as double of 8 bytes, compiled as long double of 16
-DVARIABLE=int|error: variable: declared with 4 bytes, but the library's variable has 8
-DVARIABLE=double|error: variable: the variable: declared as double, compiled as
END_OF_MISTAKES

has_line() { # TEXT: one of the lines that were printed is this one
    grep -qF -e "$1" "$out" || told "$1"
}

agrees() { # NAME
    check "$1" sh -c "[ $code = 0 ] && [ ! -s '$err' ] && grep -q '^$one: 8 functions, 1 variable, 3 types agree with DWARF' '$out'"
}

build() { # COMPILER OPTION...
    compiler=$1
    shift
    "$compiler" -w -shared -fPIC "$@" check.c -o $one
}

compilers=${CC:-cc}
command -v clang >/dev/null && compilers="$compilers clang"
for compiler in $compilers; do
    for version in 4 5; do
        if ! build "$compiler" -O2 -g -gdwarf-$version; then
            skip "$compiler, DWARF $version" "it does not compile"
            continue
        fi
        run check $one ./check.h
        agrees "$compiler, DWARF $version: all agrees"
        case $compiler$version in clang5 | "${CC:-cc}4") continue ;; esac # the mistakes once with each compiler and version
        while IFS='|' read -r mistake wanted; do
            run check --cflags "$mistake" $one ./check.h
            name=$(title "$compiler, DWARF $version, $mistake: ${wanted:-agrees}")
            case $wanted in
            error:*) check "$name" sh -c "[ $code = 1 ] && grep -q '^ffi: [1-9].* not agree with $one' '$err' && grep -qF -e \"$one: $wanted\" '$out'" ;;
            warning:*) check "$name" sh -c "[ $code = 0 ] && [ ! -s '$err' ] && grep -qF -e \"$one: $wanted\" '$out'" ;;
            *) agrees "$name" ;;
            esac
        done <mistakes
    done
done
if command -v clang >/dev/null && [ "$(uname -m)" = x86_64 ]; then
    run check --cflags -DCONVENTION= $one ./check.h
    check 'the calling convention, which clang records' \
        has_line "error: windows: declared with the platform's calling convention, compiled with win64"
else
    skip 'the calling convention' 'there is no clang for x86-64'
fi

# ---- both sides, one signature, JSON ----

build "${CC:-cc}" -g
run check $one 'double scale(struct { double x, y; }, double, int, char *)'
check_text 'a signature, with both sides' "$(sed 's/unsigned int of/int of/' "$out")" "$one: error: scale: parameter 2 (factor): declared as double of 8 bytes, compiled as float of 4
    declared  double scale(struct { double x; double y; }, double, int, char *)
    compiled  double scale(struct point point, float factor, enum colour colour, const char *name)    check.c:7
$one: nothing agrees with DWARF $(sed -n 's/.*DWARF \([0-9]\).*/\1/p' "$out"); 1 differs"
run check -I ./check.h $one twice
check 'the name of a declared function' has_line "$one: 1 function agrees with DWARF"
run check -I ./check.h $one
agrees 'a header of -I'
run check --json $one 'int sum(int)'
check 'JSON' grep -qx '{"library": ".*one.so", "path": ".*one.so", "problems": \[{"severity": "error", "name": "sum", "message": "declared without variable arguments, compiled with them"}], "functions": 0, "variables": 0, "types": 0, "differ": 1, "unknown": 0, "debug": {"version": [45], "file": "", "missing": null}}' "$out"
is_json 'check --json'
fails 1 "has no symbol 'nothing'" check $one 'int nothing(int)'
fails 1 'column 12' check $one 'int sum(int'
fails 1 'the preprocessor failed for no.h' check $one no.h
fails 1 'cannot open library' check ./absent.so ./check.h
echo 'int absent(int);' >absent.h
run check $one ./absent.h
check 'a header declares what is not there' has_line "$one: warning: absent: declared at absent.h:1, but the library does not export it"
echo 'int f(' >broken.h
fails 1 'exports nothing of what is declared' check $one ./broken.h
fails 1 "note: name a header or a signature that declares it: 'ffi check LIBRARY HEADER'" check $one ./broken.h

# ---- where debug information is ----

if command -v objcopy >/dev/null && command -v strip >/dev/null; then
    objcopy --only-keep-debug $one one.debug && strip $one
    run check $one ./check.h
    check 'no debug information: the symbols are checked' \
        has_line "$one: 8 functions, 1 variable checked by symbol alone: neither the library nor a separate file has debug information"
    run check --cflags "-DVARIABLE=int" $one ./check.h
    check 'the size of a variable by its symbol' has_line "error: variable: declared with 4 bytes, but the library's variable has 8"
    echo 'int variable(int); extern int sum;' >kinds.h
    run check $one ./kinds.h
    check 'a function that is a variable' has_line "error: variable: declared as a function, but the library has a variable of 8 bytes"
    check 'a variable that is a function' has_line "error: sum: declared as a variable, but the library has a function"
    objcopy --add-gnu-debuglink=one.debug $one
    run check $one ./check.h
    agrees 'a separate file, by its debuglink'
else
    skip 'separate files' 'there is no objcopy'
fi
build "${CC:-cc}" -g
echo 'int twice(void) __asm__("sum"); int sum(int, ...);' >labelled.h
run check $one ./labelled.h
check "a function is compared by its label" has_line "$one: error: twice: declared with 0 parameters, compiled with 1"
build "${CC:-cc}" -g -gsplit-dwarf
run check $one ./check.h
agrees 'split DWARF'
for file in *.dwo; do mv "$file" "$file.gone"; done
run check $one ./check.h
check 'split DWARF whose file is missing' sh -c "[ $code = 0 ] && grep -q '; 9 without debug information; .*dwo was not found' '$out'"
for how in '-O2 -flto' '-gdwarf-2 -gstrict-dwarf' '-fdebug-types-section' '-gz'; do
    # shellcheck disable=SC2086 # options
    if build "${CC:-cc}" -g $how 2>/dev/null; then
        run check $one ./check.h
        agrees "$how"
    else
        skip "$how" 'the compiler does not know it'
    fi
done
build "${CC:-cc}" -g1
run check $one ./check.h
check 'functions without types say nothing' sh -c "[ $code = 0 ] && grep -q 'without debug information' '$out'"

# ---- the C library beside its headers ----

run check m 'double pow(double, double)'
if grep -q 'agrees with DWARF' "$out"; then
    run check m
    check 'libm agrees with its headers' sh -c "[ $code = 0 ] && ! grep -q error: '$out' && grep -q '^libm.so.6: [1-9][0-9][0-9] functions' '$out'"
    run check c
    check 'libc agrees with its headers' sh -c "[ $code = 0 ] && ! grep -q error: '$out' && grep -q '^libc.so.6: [1-9][0-9][0-9] functions' '$out'"
    run check m 'double pow(double, float)'
    check 'but not with a wrong signature' has_line 'error: pow: parameter 2 (y): declared as float of 4 bytes, compiled as double of 8'
else
    skip 'the C library' 'libc6-dbg is not installed'
fi
finish
