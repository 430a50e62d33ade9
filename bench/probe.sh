#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds out which peers there are to be compared with: writes FOLDER/peers.h, and FOLDER/peers.cflags and
# FOLDER/peers.libs, how to compile and link them. What is as it was stays untouched. LIBFFI_CFLAGS and
# LIBFFI_LIBS choose another libffi than pkg-config's.
#
# Usage: CC=cc bench/probe.sh FOLDER
set -eu
mkdir -p "$1"
cd "$1"
cflags=${LIBFFI_CFLAGS-$(pkg-config --cflags libffi 2>/dev/null || :)}
libs=${LIBFFI_LIBS-$(pkg-config --libs libffi 2>/dev/null || echo -lffi)}
package=$(pkg-config --modversion libffi 2>/dev/null || :)

# Sets `found`, whether a program with this statement compiles and links, and `folder`, where its libffi is loaded from.
# The flags are lists of words.
# shellcheck disable=SC2086
builds() {
    printf '#include <ffi.h>\nint main(void) { %s }\n' "$1" >probe.c
    found=1
    ${CC:-cc} $cflags probe.c -o probe $libs 2>/dev/null || found=0
    [ $found = 0 ] || folder=$(ldd probe 2>/dev/null | sed -n 's|.*libffi\.so.* => \(.*\)/[^/]* .*|\1|p')
    rm -f probe.c probe
}

replace() { # FILE, from standard input
    cat >"$1.new"
    if cmp -s "$1" "$1.new"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

builds 'ffi_call_plan_invoke(ffi_call_plan_alloc(0), 0, 0, 0);'
plan=$found
builds 'return ffi_prep_cif(0, FFI_DEFAULT_ABI, 0, &ffi_type_void, 0) == FFI_OK;'
libffi=$found
[ "$libffi" = 1 ] || cflags='' libs=''
# Its folder comes before ours, where the drop-in of the same name may be (make libffi).
[ ! "${folder:-}" ] || libs="$libs -Wl,-rpath,$folder"
echo "$cflags" | replace peers.cflags
echo "$libs" | replace peers.libs
replace peers.h <<END
/* Written by bench/probe.sh for: $cflags $libs */
#define BENCH_LIBFFI $libffi
#define BENCH_CALL_PLAN $plan
#define BENCH_LIBFFI_PACKAGE "$package"
END
