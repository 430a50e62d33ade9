#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The Lua module beside a Lua module written by hand in C, and beside LuaJIT's own FFI with and without its JIT. Prints
# nanoseconds of one call. Needs BUILD and CC.
set -eu
cd "$(dirname "$0")/../.."
folder=$BUILD/bench/lua
headers=$(ls -d /usr/include/lua5.4 /usr/include/lua-5.4 /usr/local/include/lua5.4 2>/dev/null | head -1)
if [ ! -e "$BUILD/hosts/lua/ffi_invoke.so" ] || ! command -v lua5.4 >/dev/null; then
    echo "Lua: SKIPPED: Lua 5.4 or its headers are not installed"
    exit
fi
mkdir -p "$folder"
# shellcheck disable=SC2086 # $CC is a list of words
$CC -O2 -fPIC -shared -isystem "$headers" bench/lua/callee.c -o "$folder/callee.so"
export LUA_CPATH="$BUILD/hosts/lua/?.so"
repeats=${REPEATS:-25}

row() { # COMMAND... NAME
    "$@" "$folder/callee.so" "$repeats"
}
{
    row lua5.4 bench/lua/bench.lua "by hand"
    row lua5.4 bench/lua/bench.lua ffi_invoke
    if command -v luajit >/dev/null; then
        row luajit bench/lua/bench.lua LuaJIT
        row luajit -joff bench/lua/bench.lua "without JIT"
    fi
} >"$folder/rows.tsv"

awk -F'\t' '{ ns[$1, $2] = $3; if (!($1 in seen)) { seen[$1]; order[++rows] = $1 } if (!($2 in known)) { known[$2]; name[++names] = $2 } }
    END {
        printf "%-14s", "Lua, ns a call"
        for (i = 1; i <= names; i++) printf "%14s", name[i]
        print "   ffi_invoke / by hand"
        for (r = 1; r <= rows; r++) {
            printf "%-14s", order[r]
            for (i = 1; i <= names; i++) printf "%14s", ns[order[r], name[i]]
            printf "%12.2f\n", ns[order[r], "ffi_invoke"] / ns[order[r], "by hand"]
        }
    }' "$folder/rows.tsv"
