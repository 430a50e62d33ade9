#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Published Lua modules on src/hosts/lua, by lua/modules.lua, in Lua 5.4 and LuaJIT; where FFI_LUA_MODULES is the folder that
# has clones of their repositories.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=${BUILD:?the build folder}
[ "${FFI_LUA_MODULES:-}" ] || skip_all "FFI_LUA_MODULES is no folder of published modules"
command -v lua5.4 >/dev/null && [ -e "$BUILD/hosts/lua/ffi_invoke.so" ] || skip_all "Lua 5.4 is not installed"

run() { # LUA FOLDER_OF_THE_LIBRARY
    LUA_CPATH="$BUILD/hosts/$2/?.so" LUA_CPATH_5_4="$BUILD/hosts/$2/?.so" "$1" "$root/test/host/lua/modules.lua" "$FFI_LUA_MODULES"
}
{
    run lua5.4 lua
    [ ! -e "$BUILD/hosts/lua5.1/ffi_invoke.so" ] || ! command -v luajit >/dev/null || run luajit lua5.1
} | joined >"$work/results"
cat "$work/results"
! grep -q '^not ok' "$work/results"
