#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `make bench-js`: the JavaScript module beside koffi, node:ffi, bun:ffi and Deno's own functions, all in one run. Prints
# nanoseconds of one call, the least of ROUNDS rounds, in each of which all take their turn. NODE chooses the Node of the module and of koffi. Needs BUILD and CC;
# `tools/build/runtimes.sh all` installs the others.
set -eu
cd "$(dirname "$0")/../.."
modules=$PWD/build/runtimes/node_modules
folder=$PWD/$BUILD/bench/js
FFI_INVOKE=$PWD/$BUILD/hosts/node
export FFI_INVOKE NODE_PATH="$modules"
if [ ! -e "$FFI_INVOKE/ffi_invoke.node" ]; then
    echo "JavaScript: SKIPPED: the headers of Node-API are not installed"
    exit
fi
mkdir -p "$folder"
# shellcheck disable=SC2086 # $CC is a list of words
$CC -O2 -fno-tree-vectorize -fPIC -shared bench/js/callee.c -o "$folder/callee.so"
node=${NODE:-$modules/node26/bin/node}
[ -x "$node" ] || node=node
newest=$modules/node26/bin/node

row() { # NAME COMMAND...
    name=$1
    shift
    "$@" bench/js/bench.mjs "$name" "$folder/callee.so" 2>"$folder/said" || sed "s/^/# $name: /" "$folder/said" | head -3 >&2
}
for _ in $(seq "${ROUNDS:-3}"); do
    row ffi_invoke "$node"
    row fast "$node"
    row Node-API "$node"
    [ ! -d "$modules/koffi" ] || row koffi "$node"
    [ ! -x "$newest" ] || row node:ffi "$newest" --experimental-ffi
    [ ! -x "$modules/@oven/bun-linux-x64/bin/bun" ] || row bun:ffi "$modules/@oven/bun-linux-x64/bin/bun"
    [ ! -x "$modules/@deno/linux-x64-glibc/deno" ] || row Deno "$modules/@deno/linux-x64-glibc/deno" run -A
done >"$folder/rows.tsv"

awk -F'\t' -v node="$("$node" --version)" '
    { if (!(($2, $1) in ns) || $3 < ns[$2, $1]) ns[$2, $1] = $3; if (!($2 in seen)) { seen[$2]; order[++rows] = $2 } if (!($1 in known)) { known[$1]; name[++names] = $1 } }
    END {
        printf "%-16s", "Node " node ", ns"
        for (i = 1; i <= names; i++) printf "%11s", name[i]
        print "   ffi_invoke / koffi"
        for (r = 1; r <= rows; r++) {
            printf "%-16s", order[r]
            for (i = 1; i <= names; i++) printf "%11s", ns[order[r], name[i]]
            if (ns[order[r], "koffi"]) printf "%12.2f", ns[order[r], "ffi_invoke"] / ns[order[r], "koffi"]
            print ""
        }
    }' "$folder/rows.tsv"
