#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The headers of packages (headers.txt), each through gcc and clang in four forms: as `cc -E` prints it, with its macros
# (-dD), as text that no preprocessor seems to have seen (-P -dD), and as strict C11. No form may be refused, and nothing
# of it skipped; of the headers that lead a package the context keeps at most two bytes for a byte of the first two. Of the form with
# macros each struct, prototype and constant is compared with the compiler's own view (gen_headers.c, read_constants.c).
# `make test-headers` runs this alone; FFI_FULL=yes asks clang for constants too, and for literals in each header, not only in
# the first that has them, and reads each header of a package, not only those that lead the others, as many together as the
# compiler takes.
# Part of make test that takes long.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
. "$here/constants.sh"

for tool in gen_headers read_constants; do
    ${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" -I"$root/test/lib" \
        "$here/$tool.c" "$BUILD/libffi_invoke.a" -o "$work/$tool"
done

# text COMPILER FORM: the path of a form of the header, which is made once.
text() {
    path_of=$work/form$(echo "$2" | tr -d ' ').i
    # shellcheck disable=SC2086 # lists of words
    [ -e "$path_of" ] || $1 $2 "$work/header.c" -o "$path_of" && echo "$path_of"
}

# noreturn is a part of a function's type to gcc, but says nothing about a call.
types() { # compiler and options
    # shellcheck disable=SC2086 # lists of words
    {
        header=$(text "$1" -E) && "$work/gen_headers" "$header" $names >"$work/check.c" 2>"$work/counts" ||
            { cat "$work/counts"; return 1; }
        $1 -Dnoreturn=unused -D__noreturn__=__unused__ "$work/check.c" $loosely -o "$work/check" >"$work/errors" 2>&1 ||
            { grep -m 20 error: "$work/errors" || head -20 "$work/errors"; return 1; }
        "$work/check"
    }
}

# The unknown of all headers together may be one in a thousand; a wrong one is an error of its header.
compare_constants() {
    constants "$1" "$work/header.c" >"$work/facts" && header=$(text "$1" '-E -dD') || return
    "$work/read_constants" "$header" <"$work/facts" >"$work/found" || { cat "$work/found"; return 1; }
    tail -n 1 "$work/found" >>"$work/totals"
    grep '^unknown' "$work/found" >>"$work/unknown" || true
}

# The forms that are not compared are read whole. Some headers are no strict C. The context keeps at most $most bytes for
# each byte of the first two forms, if that is set, and the text has 32 KiB: of a shorter one blocks that are half full
# count.
forms() {
    for form in -E '-E -dD' '-E -P -dD' '-std=c11 -E -dD'; do
        # shellcheck disable=SC2086
        [ "${form%% *}" = -E ] || $1 ${form%% *} -fsyntax-only "$work/header.c" >"$work/missing" 2>&1 || continue
        header=$(text "$1" "$form") || return
        limit=''
        case $form in -E | '-E -dD') [ "$(wc -c <"$header")" -lt 32768 ] || limit=$most ;; esac
        # shellcheck disable=SC2086
        "$work/read_constants" "$header" ${limit:-} </dev/null >"$work/found" || { echo "$form:"; cat "$work/found"; return 1; }
        grep -q ' 0 skipped$' "$work/found" || { echo "$form:"; cat "$work/found"; return 1; }
    done
}

# Headers that the compiler does not take together are read by halves, and one that it does not take alone is skipped.
# Uses $family, $version, $path, $package, $flags and $wide.
read_headers() { # names below /usr/include
    names=$* command="$path -w $flags $wide"
    rm -f "$work"/form*.i
    for name in $names; do echo "#include <$name>"; done >"$work/header.c"
    # shellcheck disable=SC2086
    if ! $command -fsyntax-only "$work/header.c" >"$work/missing" 2>&1; then
        if [ $# = 1 ]; then
            skip "$names of $package by $family $version" "$family does not take it: $(grep -m 1 error: "$work/missing")"
        else # the positional parameters are each call's own
            set -- "$(echo "$names" | cut -d ' ' -f "-$(($# / 2))")" "$(echo "$names" | cut -d ' ' -f "$(($# / 2 + 1))-")"
            # shellcheck disable=SC2086
            read_headers $1
            # shellcheck disable=SC2086
            read_headers $2
        fi
        return
    fi
    check "$names of $package by $family $version" types "$command"
    echo "# $(cat "$work/counts")"
    check "  its other forms" forms "$command"
    [ $family = clang ] && [ -z "${FFI_FULL:-}" ] || check "  its constants" compare_constants "$command"
}

together=24 # headers at most
: >"$work/totals" && : >"$work/unknown"
for family in gcc clang; do
    newest $family >"$work/newest"
    [ -s "$work/newest" ] || skip "headers by $family" "$family is not installed"
    literals=$work/literals-$family
    [ ! "${FFI_FULL:-}" ] || literals=/dev/null
    while read -r _ version path; do
        # gcc aligns vectors of 32 and 64 bytes as the psABI says only if the machine has them.
        wide=''
        ! echo | "$path" -mavx512f -E - >"$work/option" 2>&1 || wide=-mavx512f
        while read -r package file pkg names flags; do
            case $package in '' | \#*) continue ;; esac
            if [ ! -e "/usr/include/$file" ] && ! ls /usr/include/*-linux-*/"$file" >"$work/missing" 2>&1; then
                skip "$names by $family" "$package is not installed"
                continue
            fi
            [ "$pkg" = - ] || flags="$flags $(pkg-config --cflags "$pkg" 2>/dev/null || true)"
            most=2
            # shellcheck disable=SC2046 # names without spaces
            read_headers $(echo "$names" | tr , ' ')
            most=''
            [ "${FFI_FULL:-}" ] && command -v dpkg-query >/dev/null || continue
            dpkg -L "$package" | sed -n 's#^/usr/include/\(.*-linux-[a-z0-9]*/\)\{0,1\}\(.*\.h\)$#\2#p' | xargs -r -n "$together" >"$work/groups"
            while read -r group; do
                # shellcheck disable=SC2086
                read_headers $group
            done <"$work/groups"
        done <"$here/headers.txt"
    done <"$work/newest"
done

# The largest header: its constants are asked for by a program of Windows.
windows() {
    rm -f "$work"/form*.i
    echo '#include <windows.h>' >"$work/header.c"
    asks=wine
    export FFI_ABI=win64 WINEDEBUG=-all WINEPREFIX="$work/wine"
    compare_constants "x86_64-w64-mingw32-gcc -w -Dprintf=__mingw_printf"
}

if [ -z "${FFI_FULL:-}" ]; then skip "the constants of windows.h" "only FFI_FULL=yes asks for them"
elif command -v x86_64-w64-mingw32-gcc wine >"$work/missing"; then check "the constants of windows.h" windows
else skip "the constants of windows.h" "x86_64-w64-mingw32-gcc or wine is not installed"; fi
sort -u "$work/unknown" | sed 's/^/# /' | head -n 50
awk '{ known += $1; unknown += $3; wrong += $5 } END { printf "# constants: %d known, %d unknown, %d wrong\n", known, unknown, wrong
    exit !(unknown * 1000 <= known) }' "$work/totals" >"$work/sum" && enough=true || enough=false
cat "$work/sum"
check "at most one in a thousand constants is unknown" $enough
finish
