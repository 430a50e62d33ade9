# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What the tests of the `ffi` program share, on top of tap.sh: running it, with RUNNER if it is another machine's, and
# judging what it printed where. $lib is a library to call, compiled from cli_callee.c.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
ffi=$BUILD/ffi
[ -x "$ffi" ] || ffi=$ffi.exe
lib=$work/libcallee.so
out=$work/out
err=$work/err
${CC:-cc} -Wno-psabi -shared -fPIC -o "$lib" test/cli/cli_callee.c || { echo "Bail out! no library to call"; exit 1; }

# Runs ffi; leaves the exit code, and in files what it printed.
run() {
    # shellcheck disable=SC2086 # a command and its options
    ${RUNNER:-} "$ffi" "$@" >"$out" 2>"$err"
    code=$?
}

# A check's name must be one line without a `#`; echo may make something of a backslash.
title() {
    printf '%.150s' "$*" | tr '\n\\#' ' /_'
}

told() { # WORDS: what went to stdout and stderr, and the exit code; then false
    cat "$out" "$err"
    echo "exit code $code, but wanted: $*"
    false
}

printed() { # TEXT: all went well, and just this was printed
    printf '%s\n' "$1" >"$work/wanted"
    { [ $code = 0 ] && [ ! -s "$err" ] && cmp -s "$work/wanted" "$out"; } || told "$1"
}

complained() { # CODE TEXT: ffi failed with this code, printed nothing, and said why in these words
    { [ $code = "$1" ] && [ ! -s "$out" ] && grep -q '^ffi: ' "$err" && grep -qF -e "$2" "$err"; } ||
        told "$1, $2"
}

gives() { # TEXT ARGUMENT...
    wanted=$1
    shift
    run "$@"
    check "$(title "$@")" printed "$wanted"
}

fails() { # CODE TEXT ARGUMENT...
    wanted_code=$1 wanted=$2
    shift 2
    run "$@"
    check "$(title "$*: exit code $wanted_code, $wanted")" complained "$wanted_code" "$wanted"
}

# ---- JSON: the exact text, and a parser that takes it ----

# The program itself: `python3` may be a script that looks for it each time.
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)

is_json() { # NAME: what was printed last
    if [ "$python" ]; then check "$1 is JSON" "$python" -m json.tool "$out"
    elif command -v node >/dev/null; then
        check "$1 is JSON" node -e 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))' "$out"
    elif command -v jq >/dev/null; then check "$1 is JSON" jq . "$out"
    else skip "$1 is JSON" "there is no python3, node or jq to parse it"
    fi
}

gives_json() { # TEXT ARGUMENT...
    gives "$@"
    shift
    is_json "$(title "$@")"
}

# json_of ARGUMENTS RESULT OUTPUTS SIGNATURE ARGUMENT...: what a call of $lib prints in these members
json_of() {
    wanted="{\"arguments\": $1, \"result\": $2, \"outputs\": $3}"
    signature=$4
    shift 4
    run call --json "$lib" "$signature" "$@"
    cp "$out" "$work/whole"
    sed 's/.*libcallee.so", /{/' "$work/whole" >"$out"
    check "$(title "--json $signature $*")" printed "$wanted"
    cp "$work/whole" "$out"
    is_json "$(title "$signature $*")"
}
