#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The Lua module beside a Lua module written by hand in C, and beside LuaJIT's own FFI with and without its JIT. Prints lines
# of row, who, and nanoseconds of one call; or one line, why there are none. Needs BUILD and CC.
set -eu
cd "$(dirname "$0")/../.."
folder=$BUILD/bench/lua
headers=$(ls -d /usr/include/lua5.4 /usr/include/lua-5.4 /usr/local/include/lua5.4 2>/dev/null | head -1)
if [ ! -e "$BUILD/hosts/lua/ffi_invoke.so" ] || ! command -v lua5.4 >/dev/null; then
    echo "Lua 5.4, its headers or its module are not there"
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
row lua5.4 bench/lua/bench.lua "by hand"
row lua5.4 bench/lua/bench.lua ffi_invoke
if command -v luajit >/dev/null; then
    row luajit bench/lua/bench.lua LuaJIT
    row luajit -joff bench/lua/bench.lua "LuaJIT without its JIT"
fi
