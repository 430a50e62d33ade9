#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The same lines of test/host/lua/agree.lua from LuaJIT's own library and from ffi_invoke in every Lua that is installed.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
scripts=$(cd "$(dirname "$0")/lua" && pwd)
export SEED="${SEED:-$$}" LUA_PATH="$scripts/?.lua"
ROUNDS=$(number 200 5000)
export ROUNDS
cd "$work" || exit 1

command -v luajit >/dev/null || skip_all "luajit is not installed"
echo "# SEED=$SEED ROUNDS=$ROUNDS"
FFI=luajit luajit "$scripts/agree.lua" >want 2>&1
check "LuaJIT's own library prints a line for each case" test "$(wc -l <want)" -gt $((ROUNDS * 10 + 12000))

for one in lua5.4:lua lua5.3:lua5.3 lua5.1:lua5.1 luajit:lua5.1; do
    lua=${one%:*} module=$BUILD/hosts/${one#*:}/ffi_invoke.so
    if ! command -v "$lua" >/dev/null || [ ! -e "$module" ]; then
        skip "$lua prints the same" "it, or its headers, are not installed"
        continue
    fi
    LUA_CPATH="${module%/*}/?.so" "$lua" "$scripts/agree.lua" >got 2>&1
    check "$lua prints the same" diff want got
done
finish
