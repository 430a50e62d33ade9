#!/bin/sh
# SPDX-License-Identifier: MIT
#
# UltraScript's FFI, by test/host/node/ultrascript.mts: as it is where TypeScript runs, elsewhere compiled.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
scripts=$(cd "$(dirname "$0")/node" && pwd)
FFI_INVOKE=$BUILD/hosts/node
[ -e "$FFI_INVOKE/ffi_invoke.node" ] || skip_all "the headers of Node-API are not installed"
cd "$work" || exit 1
export FFI_INVOKE
. "$scripts/runtimes.sh"

# Debian's Bullet has no functions for C.
if command -v g++ >/dev/null && pkg-config --exists bullet 2>/dev/null; then
    # shellcheck disable=SC2046 # a list of options
    g++ -O1 -shared -fPIC $(pkg-config --cflags bullet) "$scripts/bullet.cc" -o bullet.so $(pkg-config --libs bullet) || exit 1
    BULLET=$work/bullet.so
    export BULLET
fi

# The test, compiled for runtimes without TypeScript.
tsc=$runtimes/typescript/bin/tsc
cp "$scripts/tap.mjs" "$scripts/ultrascript.mts" .
! [ -e "$tsc" ] || "$tsc" --target es2022 --module nodenext --noCheck --outDir compiled ultrascript.mts >tsc.txt 2>&1
script=$(find . -name ultrascript.mjs)

accept_types() {
    [ -e "$tsc" ] || { skip "TypeScript accepts the module and its declarations" "its compiler is not installed" && return; }
    cat >tsconfig.json <<END
{ "compilerOptions": { "target": "es2022", "module": "nodenext", "strict": true, "erasableSyntaxOnly": true, "noEmit": true,
                       "lib": ["esnext", "dom"], "types": [] },
  "files": ["$FFI_INVOKE/ultrascript/ffi.mts", "$FFI_INVOKE/std/ffi.d.ts", "$FFI_INVOKE/index.d.ts"] }
END
    check_text "TypeScript accepts the module and its declarations" "$("$tsc" -p tsconfig.json 2>&1)" ""
}

has_types() { # KIND VERSION
    case $1 in
    node) [ "$(printf '%s\n22.18.0\n' "$2" | sort -V | head -1)" = 22.18.0 ] ;;
    *) true ;;
    esac
}
find_runtimes | sort -u -k1,2 >runtimes
[ -s runtimes ] || skip_all "there is no Node, Bun or Deno"
run_all() {
    while read -r kind version command; do
        name="$kind $version, ultrascript"
        if has_types "$kind" "$version"; then
            # shellcheck disable=SC2086 # a command and its options
            ULTRASCRIPT=$FFI_INVOKE/ultrascript/ffi.mts told "$name" $command ultrascript.mts </dev/null
        fi
        if [ "$script" ] && [ -e "$FFI_INVOKE/ultrascript/ffi.mjs" ]; then
            cp "$script" compiled.mjs
            # shellcheck disable=SC2086
            ULTRASCRIPT=$FFI_INVOKE/ultrascript/ffi.mjs told "$name, compiled" $command compiled.mjs </dev/null
        fi
    done <runtimes
}
{ accept_types && run_all; } | joined >results
cat results
! grep -q '^not ok' results
