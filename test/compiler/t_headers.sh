#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Real headers, taken whole: what `cc -E` makes of each is declared by one ffi_declare(), and a program that
# gen_headers.c writes from it compares every struct, prototype and constant with the same compiler's own view of
# the header. With -dD, the values of #define are compared too.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"

headers="stdio.h stdlib.h string.h math.h time.h sys/stat.h sys/socket.h pthread.h zlib.h sqlite3.h openssl/evp.h
    curl/curl.h png.h X11/Xlib.h SDL2/SDL.h GL/gl.h Python.h"

${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" -I"$root/test/lib" \
    "$here/gen_headers.c" "$BUILD/libffi_invoke.a" -o "$work/gen_headers"

# Python's headers are in a folder of its version.
options() { # header
    echo -w "$wide"
    [ "$1" != Python.h ] || python3-config --includes 2>/dev/null || true
}

# gcc aligns vectors of 32 and 64 bytes as the psABI says only if the machine has them.
choose_wide() { # compiler
    wide=''
    ! echo | "$1" -mavx512f -E - >"$work/option" 2>&1 || wide=-mavx512f
}

# compare COMPILER HEADER KIND: KIND is `types` or `constants`.
compare() {
    flags=$(options "$2") only='' dump=''
    [ "$3" = types ] || only=-d dump=-dD
    echo "#include <$2>" >"$work/header.c"
    # shellcheck disable=SC2086 # lists of words
    {
        "$1" $flags -E $dump "$work/header.c" -o "$work/header.i" || return
        "$work/gen_headers" "$work/header.i" "$2" $only >"$work/check.c" 2>"$work/counts" || { cat "$work/counts"; return 1; }
        "$1" $flags "$work/check.c" -o "$work/check" >"$work/errors" 2>&1 ||
            { grep -m 20 error: "$work/errors" || head -20 "$work/errors"; return 1; }
        [ "${FFI_ABI:-}" ] || "$work/check" # what is for another system is only compiled
    }
}

for family in gcc clang; do
    judges $family "real headers"
    while read -r _ version path; do
        choose_wide "$path"
        for header in $headers; do
            # shellcheck disable=SC2046 # a list of words
            if ! echo "#include <$header>" | "$path" $(options "$header") -E - >"$work/missing" 2>&1; then
                skip "$header by $family $version" "it is not installed"
                continue
            fi
            check "$header by $family $version" compare "$path" "$header" types
            echo "# $(cat "$work/counts")"
            check "the constants of $header by $family $version" compare "$path" "$header" constants
            echo "# $(sed 's/.*variables, //; s/;.*//' "$work/counts")"
        done
    done <"$work/judges"
done
# The largest header that there is, under another data model.
mingw=$(command -v x86_64-w64-mingw32-gcc || true)
if [ "$mingw" ]; then
    export FFI_ABI=win64 # read by gen_headers
    choose_wide "$mingw"
    check "windows.h by mingw $("$mingw" -dumpversion)" compare "$mingw" windows.h types
    echo "# $(cat "$work/counts")"
else
    skip "windows.h" "x86_64-w64-mingw32-gcc is not installed"
fi
finish
