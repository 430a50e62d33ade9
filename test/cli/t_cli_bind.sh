#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi bind`: bindings of a header with all that C declares, and of SQLite, zlib, libcurl and SDL2 (surfaces, without a display) where they are installed; a
# session with each in Lua, Python and C.

. "$(dirname "$0")/cli.sh"

${CC:-cc} -E -x c /dev/null >/dev/null 2>&1 || skip_all "there is no preprocessor"
here=test/cli/bind
shapes=$work/libshapes.so
${CC:-cc} -shared -fPIC -o "$shapes" $here/shapes.c || { echo "Bail out! no library of shapes"; exit 1; }

bind() { # LANGUAGE LIBRARY HEADER FILE
    "$ffi" bind --lang "$1" --library "$2" "$3" >"$work/$4" 2>"$err"
    code=$?
    check "$1 of $3" sh -c "[ $code = 0 ] && [ -s '$work/$4' ] && [ ! -s '$err' ]"
}

names=
has='' # -DHAS_... for session.c
while read -r module library header; do
    [ "$module" = shapes ] && library=$shapes header=$here/shapes.h
    if ! printf '#include <%s>\n' "$header" | ${CC:-cc} -I. -E -x c - >/dev/null 2>&1 || ! "$ffi" symbols "$library" >/dev/null 2>&1; then
        skip "$module" "$header or the library is not installed"
        continue
    fi
    names="$names $module"
    has="$has -DHAS_$(echo "$module" | tr '[:lower:]' '[:upper:]')"
    bind lua "$library" "$header" "$module.lua"
    bind python "$library" "$header" "bound_$module.py"
    bind c "$library" "$header" "${module}_bound.h"
    bind ts "$library" "$header" "$module.ts"
    bind json "$library" "$header" "$module.json"
    cp "$work/$module.json" "$out"
    is_json "the description of $module"
    "$ffi" bind "$header" --library="$library" --lang lua >"$out"
    check "$module: options may stand behind, and the output stays the same" cmp "$out" "$work/$module.lua"
done <<'END'
shapes libshapes shapes.h
zlib z zlib.h
sqlite3 sqlite3 sqlite3.h
curl curl curl/curl.h
SDL2 SDL2 SDL2/SDL.h
END

session() { # NAME COMMAND...: it prints the names
    what=$1
    shift
    "$@" >"$out" 2>&1
    check_text "$what: a session with each" "$(tr '\n' ' ' <"$out")" "${names# } "
}
# shellcheck disable=SC2086 # lists of words
{
    lua=$(command -v lua5.4)
    if [ "$lua" ] && [ -f "$BUILD/hosts/lua/ffi_invoke.so" ]; then
        LUA_CPATH="$BUILD/hosts/lua/?.so" session "ffi_invoke's Lua module" "$lua" $here/session.lua "$work" $names
    else
        skip "ffi_invoke's Lua module" 'Lua 5.4 or its headers are not installed'
    fi
    if command -v luajit >/dev/null; then
        LUA_CPATH=none session "LuaJIT's own library" luajit $here/session.lua "$work" $names
    else
        skip "LuaJIT's own library" 'luajit is not installed'
    fi
    if command -v python3 >/dev/null; then
        session "Python's ctypes" python3 $here/session.py "$work" $names
    else
        skip "Python's ctypes" 'python3 is not installed'
    fi
    runtimes=${RUNTIMES:-build/runtimes/node_modules}
    tsc=$(command -v "$runtimes/typescript/bin/tsc" || command -v tsc)
    if [ "$tsc" ] && [ -f "$BUILD/hosts/node/ffi_invoke.node" ] && command -v node >/dev/null; then
        mkdir "$work/node_modules" && ln -s "$(cd "$BUILD" && pwd)/hosts/node" "$work/node_modules/ffi_invoke"
        echo '{"type": "module"}' >"$work/package.json"
        # shellcheck disable=SC2046 # a list of words
        "$tsc" --target es2022 --module nodenext --moduleResolution nodenext --strict --skipLibCheck \
            $(for module in $names; do echo "$work/$module.ts"; done) >"$err" 2>&1
        check_text 'TypeScript accepts the modules' "$(cat "$err")" ''
        session "ffi_invoke's Node module" node $here/session.mjs "$work" $names
    else
        skip "ffi_invoke's Node module" 'node, its headers or the compiler of TypeScript are not installed'
    fi
    if [ "${CC:-cc}" ] && ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -I"$work" $has $here/session.c "$BUILD/libffi_invoke.a" \
        -lpthread -o "$work/session" 2>"$err"; then
        session 'C and ffi_library_bind' "$work/session" "$shapes"
    else
        check 'C: the generated headers compile without a warning' sh -c "cat '$err'; false"
    fi
}

# ---- what is carried over ----

lua=$work/shapes.lua
has_lines() { # FILE LINES: the lines follow each other
    printf '%s\n' "$2" >"$work/wanted_lines"
    grep -qF "$(head -n 1 "$work/wanted_lines")" "$1" || return 1
    grep -F -A "$(($(wc -l <"$work/wanted_lines") - 1))" -e "$(head -n 1 "$work/wanted_lines")" "$1" | diff - "$work/wanted_lines"
}
check 'a comment before a function' has_lines "$lua" '// Adds two points.
struct shapes_point shapes_add(struct shapes_point, struct shapes_point);'
check 'two comments in lines' has_lines "$work/bound_shapes.py" '# Called for each point.
# Two lines.
shapes_visitor = CFUNCTYPE(c_int32, c_void_p, POINTER(struct_shapes_point))'
check 'a packed record' has_lines "$lua" 'struct shapes_packed {
    char kind;
    int32_t size __attribute__((packed));
};'
check 'a record that is used behind pointers only' grep -qx 'struct shapes_hidden;' "$lua"
check "the C library's own records stay closed" grep -qx 'struct _IO_FILE;' "$lua"
check 'what the library lacks is told' grep -qx -- '-- The library does not export: shapes_absent.' "$lua"
check 'and left out' sh -c "! grep -q 'shapes_absent(' '$lua'"
check 'nothing of other headers' sh -c "! grep -q fopen '$lua'"

check 'another name of a record without a tag' has_lines "$lua" 'typedef shapes_info shapes_old_info;'
check 'and in Python' grep -qx 'shapes_old_info = shapes_info' "$work/bound_shapes.py"
check 'a typedef that is aligned to less' grep -qx 'typedef int32_t shapes_loose __attribute__((aligned(1)));' "$lua"

# ---- layouts ----

# Random records: those of the generated C are judged by compilers, and those of ctypes by the description. (The seed is
# fixed, because gcc ignores `packed` on some vectors of bytes.)
layouts=$work/layouts.h
${CC:-cc} -std=c11 -O1 -Iinclude -Itest/lib test/compiler/gen_layout.c "$BUILD/libffi_invoke.a" -o "$work/gen_layout" &&
    "$work/gen_layout" sysv all 7 300 "$work/layouts.c" "$work/layouts.image"
grep '^CHECK' "$work/layouts.c" >"$work/layouts.checks"
sed '/CHECK/d; /^const struct/,$d' "$work/layouts.c" >"$layouts"
for language in lua json python; do "$ffi" bind --lang $language "$layouts" >"$work/layouts.$language"; done
check 'there are layouts to check' [ "$(wc -l <"$work/layouts.checks")" -gt 1500 ]

# Typedefs that change alignments, and types that look the same.
"$ffi" bind --lang lua $here/crooked.h >"$work/crooked.lua"
while read -r tag size alignment offsets; do
    echo "CHECK(sizeof(struct $tag) == $size && _Alignof(struct $tag) == $alignment);"
    for member in far near three complex loose wide; do
        echo "CHECK(__builtin_offsetof(struct $tag, $member) == ${offsets%% *});"
        offsets=${offsets#* }
    done
done <<'END' >"$work/crooked.checks"
crooked 112 16 16 25 48 64 74 96
crooked_packed 57 1 1 10 19 32 41 49
crooked_four 68 4 4 13 24 40 50 60
END
check 'a constant with an attribute' grep -qF 'CROOKED_OLD"] = 3' "$work/crooked.lua"
echo 'CHECK(_Alignof(crooked_wide) == 16 && sizeof(crooked_two) == 4);' >>"$work/crooked.checks"
{
    printf '#include "%s"\n#define CHECK(x) _Static_assert(x, #x)\n' "$PWD/$here/crooked.h"
    cat "$work/crooked.checks"
} >"$work/crooked_bound.c"
check 'the checks are true of the header' ${CC:-cc} -std=gnu11 -w -fsyntax-only "$work/crooked_bound.c"

for module in layouts crooked; do
    {
        printf '#define CHECK(x) _Static_assert(x, #x)\n#ifdef __clang__\n#define _Float128 __float128\n#endif\n#include <stdint.h>\n'
        sed -n '/^ffi.cdef/,/^]==]/p' "$work/$module.lua" | sed '1d; $d'
        cat "$work/$module.checks"
    } >"$work/${module}_bound.c"
    for compiler in ${CC:-cc} clang-19; do
        if ! command -v "$compiler" >/dev/null; then
            skip "$module: layouts of the generated C by $compiler" 'it is not installed'
            continue
        fi
        "$compiler" -std=gnu11 -w -mavx512f -fsyntax-only "$work/${module}_bound.c" >"$out" 2>"$err"
        check_text "$module: layouts of the generated C by $compiler" "$(grep error "$err")" ''
    done
done
if command -v python3 >/dev/null; then
    mv "$work/layouts.python" "$work/layouts_bound.py"
    check 'layouts of ctypes' python3 $here/layouts.py "$work"
else
    skip 'layouts of ctypes' 'python3 is not installed'
fi

# ---- filters, and what goes wrong ----

bound() { # WANTED ARGUMENT...: the functions in the description
    wanted=$1
    shift
    run bind --lang json "$@"
    check_text "$(title "bind $*")" "$(sed -n '/"functions"/,/"variables"/s/^{"name": "\([a-z_]*\)".*/\1/p' "$out" | tr '\n' ' ')" "$wanted"
}
bound 'shapes_add shapes_absent ' --only 'shapes_a*' $here/shapes.h
bound 'shapes_add ' --only 'shapes_a*' --except '*absent' $here/shapes.h
bound 'shapes_each ' --only shapes_each --from '*/shapes.h' -I $here/shapes.h stddef.h
bound 'fopen ' --from stdio.h --only fopen $here/shapes.h
fails 2 'option --lang is missing; the languages are: c json lua python ts' bind zlib.h
fails 2 "no language is named 'basic'" bind --lang basic zlib.h
fails 2 'too few operands' bind --lang lua
fails 1 'the preprocessor failed for no/such.h' bind --lang lua no/such.h
fails 1 'cannot open library' bind --lang lua --library no-such-library $here/shapes.h
fails 1 'declares nothing that is selected' bind --lang lua --only 'nothing*' $here/shapes.h
mkdir "$work/whole" && echo '#include "whole/one.h"' >"$work/whole.h" && echo 'int one(int); int two(int);' >"$work/whole/one.h"
fails 1 'declares nothing that is selected' bind --lang lua "$work/whole.h"
check 'a header that only includes others: how to bind these' \
    grep -qx "  note: files with its name in their path declare 2 names: --from '\*whole\*'" "$err"
bound 'one two ' --from '*whole*' "$work/whole.h"
"$ffi" bind --lang c --only SHAPES_MOST $here/shapes.h >"$work/empty.h"
check 'C without functions is good C' ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -Wno-unused-variable -Iinclude -fsyntax-only -x c "$work/empty.h"
fails 2 'option --only needs a value' bind --lang lua $here/shapes.h --only
finish
