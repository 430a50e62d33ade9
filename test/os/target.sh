# SPDX-License-Identifier: MIT
#
# Another target from this machine: everything cross-built, its demo and its tests run by its emulator. Their checks are
# ours. Sourced with `target`, `tools` that it needs, and `parts` of the names of the tests to run (`make test T=`), or
# `others`, of those not to run (NOT=). With FFI_FULL all run.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
for tool in $tools; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done

unset MAKEFLAGS MFLAGS MAKELEVEL CC BUILD # of the make that runs the tests
quietly() { make TARGET="$target" WERROR=-Werror "$@" >"$work/output" 2>&1 || ! tail -n 40 "$work/output"; }

check "make TARGET=$target" quietly -j2
check "make demo TARGET=$target" quietly demo
[ ! "${FFI_FULL:-}" ] || parts='' others=''
check "make test TARGET=$target" quietly PROVEFLAGS=--verbose T="${parts:-}" NOT="${others:-}" test

awk -v count="$count" -v file="$work/count" '
    /^[^ ]+ \.\.+ *$/ { program = $1 }
    /^(not )?ok /     { shown = /^not/; sub(/ok [0-9]+( - )?/, "ok " ++count " - " program ": "); print; next }
    shown && /^#/
    END               { print count >file }' "$work/output"
count=$(cat "$work/count")
finish
