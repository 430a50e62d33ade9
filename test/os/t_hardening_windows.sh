#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the build for Windows is hardened with, as the files' headers show it: random addresses, also above 4 GiB, and no
# executable data. Nothing is run, so RUNNER is not needed.
here=$(dirname "$0")
. "$here/../lib/tap.sh"
BUILD=${BUILD:?the build folder}
objdump=$(command -v x86_64-w64-mingw32-objdump || command -v objdump) || skip_all "objdump is not installed"

for file in ffi_invoke.dll ffi.exe demo.exe; do
    if [ ! -e "$BUILD/$file" ]; then
        skip "$file" "it is not built here"
        continue
    fi
    "$objdump" -p "$BUILD/$file" >"$work/headers" 2>&1
    check "$file: its address is random" grep DYNAMIC_BASE "$work/headers"
    check "$file: its address may be above 4 GiB" grep HIGH_ENTROPY_VA "$work/headers"
    check "$file: data is not executable" grep NX_COMPAT "$work/headers"
    check "$file: it can be relocated" grep 'Base Relocation Directory.*\|\.reloc' "$work/headers"
done
finish
