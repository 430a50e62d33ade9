#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The module for JavaScript, by the scripts of test/host/node in every Node, Bun and Deno that is there: the system's, and
# those of build/runtimes, which tools/build/runtimes.sh installs.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
scripts=$(cd "$(dirname "$0")/node" && pwd)
runtimes=${RUNTIMES:-$root/build/runtimes/node_modules}
FFI_INVOKE=$BUILD/hosts/node
[ -e "$FFI_INVOKE/ffi_invoke.node" ] || skip_all "the headers of Node-API are not installed"
cd "$work" || exit 1

CALLEE=$work/callee.so HEADER=$scripts/callee.h
export FFI_INVOKE CALLEE HEADER
${CC:-cc} -shared -fPIC -O1 -pthread "$scripts/callee.c" -o callee.so || exit 1

# Each runtime: a word, and its command.
find_runtimes() {
    for node in $(command -v node) "$runtimes"/node*/bin/node; do
        [ -x "$node" ] && echo "node $("$node" -p process.versions.node) $node --expose-gc"
    done
    for bun in $(command -v bun) "$runtimes"/@oven/bun-linux-x64/bin/bun; do
        [ -x "$bun" ] && echo "bun $("$bun" --version) $bun"
    done
    for deno in $(command -v deno) "$runtimes"/@deno/linux-x64-glibc/deno; do
        [ -x "$deno" ] && echo "deno $("$deno" --version | sed -n 's/^deno \([^ ]*\).*/\1/p') $deno run -A --v8-flags=--expose-gc"
    done
}

# Each check of a script, with the runtime's name.
told() { # NAME COMMAND...
    name=$1
    shift
    "$@" >told 2>&1
    status=$?
    grep -E '^(not )?ok |^#' told | sed -E "s/^((not )?ok [0-9]+ - )/\\1$name: /"
    grep -q '^1\.\.' told && [ $status = 0 ] && return
    echo "not ok 1 - $name: the script ends with $status"
    tail -15 told | sed 's/^/# /'
}

find_runtimes | sort -u -k1,2 >runtimes
[ -s runtimes ] || skip_all "there is no Node, Bun or Deno"
while read -r kind version command; do
    for script in ${SCRIPTS:-values callbacks refuse ends}; do
        # shellcheck disable=SC2086 # a command and its options
        told "$kind $version, $script" $command "$scripts/$script.mjs" </dev/null
    done
done <runtimes | joined >results
cat results
! grep -q '^not ok' results
