#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The Lua module, by the scripts of test/host/lua in every Lua that is installed. same*.lua are also run with LuaJIT's own
# library: the answers are the same.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
scripts=$(cd "$(dirname "$0")/lua" && pwd)
cd "$work" || exit 1

if command -v c++ >/dev/null && c++ -shared -fPIC -pthread "$scripts/counter.cc" -o counter.so 2>/dev/null; then
    export CPLUSPLUS="$work/counter.so"
fi

# A module's folder for each interpreter.
run() { # INTERPRETER FOLDER SCRIPT
    LUA_PATH="$scripts/?.lua" LUA_CPATH="$BUILD/hosts/$2/?.so" "$1" "$scripts/$3"
}

# Each check of the script, with the interpreter's name.
told() { # NAME COMMAND...
    name=$1
    shift
    "$@" >told 2>&1
    status=$?
    grep -E '^(not )?ok |^#' told | sed -E "s/^((not )?ok [0-9]+ - )/\\1$name: /"
    [ $status = 0 ] || { echo "not ok 1 - $name: the script ends with $status"; tail -5 told | sed 's/^/# /'; }
}

all() {
    for one in lua5.4:lua lua5.3:lua5.3 lua5.1:lua5.1 luajit:lua5.1; do
        lua=${one%:*} folder=${one#*:}
        if ! command -v "$lua" >/dev/null || [ ! -e "$BUILD/hosts/$folder/ffi_invoke.so" ]; then
            echo "ok 1 - $lua # SKIP it, or its headers, are not installed"
            continue
        fi
        for script in same same_semantics same_conversions same_programs own sessions late; do told "$lua" run "$lua" $folder $script.lua; done
    done
    if command -v luajit >/dev/null; then
        FFI=luajit
        export FFI
        for script in same same_semantics same_conversions same_programs; do told "LuaJIT's own library" run luajit lua5.1 $script.lua; done
        unset FFI
    else
        echo "ok 1 - LuaJIT's own library # SKIP luajit is not installed"
    fi
}
# README's example, and an install.
others() {
    [ -e "$BUILD/hosts/lua/ffi_invoke.so" ] || return
    awk '/^```lua/ { is = 1; next } /^```/ { is = 0 } is' "$root/README.md" >example.lua
    told "README's example" sh -c 'LUA_CPATH="$0/hosts/lua/?.so" lua5.4 example.lua | sed "s/^3\.[0-9.]*$/ok 1 - runs/"' "$BUILD"
    unset MAKEFLAGS MFLAGS MAKELEVEL
    make -s -C "$root" B="$BUILD" DESTDIR="$work/to" PREFIX=/usr install-lua >install.said 2>&1
    told "make install-lua" env LUA_CPATH="$work/to/usr/lib/lua/5.4/?.so" \
        lua5.4 -e 'print("ok 1 - " .. require "ffi_invoke".os .. " has the module")'
    make -s -C "$root" B="$BUILD" DESTDIR="$work/to" PREFIX=/usr uninstall-lua >>install.said 2>&1
    told "make uninstall-lua" sh -c '[ -z "$(find "$0" ! -type d)" ] && echo "ok 1 - nothing is left"' "$work/to"
}

# Nothing is lost and nothing wrong is read, in the scripts that make errors and free things.
in_valgrind() { # SCRIPT
    LUA_PATH="$scripts/?.lua" LUA_CPATH="$BUILD/hosts/lua/?.so" FEWER=1 valgrind -q --error-exitcode=9 --leak-check=full \
        lua5.4 "$scripts/$1.lua" >"$1.said" 2>&1 && return
    sed 's/^/# /' "$1.said"
    return 1
}

memory() {
    for script in same same_semantics same_conversions same_programs own late; do
        if ! command -v valgrind >/dev/null || ! command -v lua5.4 >/dev/null || [ ! -e "$BUILD/hosts/lua/ffi_invoke.so" ]; then
            echo "ok 1 - $script.lua in valgrind # SKIP valgrind or Lua 5.4 is not installed"
        elif in_valgrind $script; then
            echo "ok 1 - $script.lua in valgrind"
        else
            echo "not ok 1 - $script.lua in valgrind"
        fi
    done
}

{ all; others; memory; } | joined >results
cat results
! grep -q '^not ok' results
