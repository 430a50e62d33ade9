#!/bin/sh
# SPDX-License-Identifier: MIT
#
# AArch64 from another machine: everything cross-built, its demo and its tests under qemu-user, two at a time. Their
# checks are ours.
. "$(dirname "$0")/tap.sh"

cd "$(dirname "$0")/.." || exit 1
[ "$(uname -m)" != aarch64 ] || skip_all "this is AArch64: make test tests it"
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $tool >/dev/null || skip_all "$tool is not installed"
done

unset MAKEFLAGS MFLAGS MAKELEVEL CC BUILD # of the make that runs the tests
quietly() { make TARGET=aarch64 "$@" >"$work/output" 2>&1 || ! tail -n 40 "$work/output"; }

check "make TARGET=aarch64" quietly -j2 WERROR=-Werror
check "make demo TARGET=aarch64" quietly WERROR=-Werror demo
check "make test TARGET=aarch64" quietly WERROR=-Werror PROVEFLAGS="--verbose -j2" test

awk -v count="$count" -v file="$work/count" '
    /^[^ ]+ \.\.+ *$/ { program = $1 }
    /^(not )?ok /     { sub(/ok [0-9]+( - )?/, "ok " ++count " - " program ": "); print }
    END               { print count >file }' "$work/output"
count=$(cat "$work/count")
finish
