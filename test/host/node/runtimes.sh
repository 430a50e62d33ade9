# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Read by the tests of the JavaScript module, after tap.sh: the runtimes that are there, and how a script runs in them.
runtimes=${RUNTIMES:-${root:?}/build/runtimes/node_modules}

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

