#!/bin/sh
# SPDX-License-Identifier: MIT
#
# AArch64 with guarded pages and signed return addresses, enforced: see bti.c.
. "$(dirname "$0")/../lib/tap.sh"

here=$(dirname "$0")
CC=${CC:-cc}
case $($CC -dumpmachine) in
aarch64*) ;;
*) skip_all "guarded pages are AArch64's: make test TARGET=aarch64" ;;
esac
! is_musl || skip_all "musl's loader maps no guarded pages"
case ${RUNNER:-} in qemu-aarch64*) RUNNER="$RUNNER -cpu max" ;; esac

# compile OPTION...: pages of what is linked with these are guarded, if everything in it says so.
compile() {
    $CC -std=gnu11 -O2 -Wall -Wextra -Werror -mbranch-protection=standard -fno-omit-frame-pointer \
        -I"$root/include" -I"$root/test/lib" "$here/bti.c" "$@"
}

{
    check "callees in guarded pages" compile -DCALLEES -fPIC -shared -nostdlib -Wl,-z,force-bti -o "$work/callees.so"
    check "a program" compile -L"$BUILD" -lffi_invoke -Wl,-rpath,"$(cd "$BUILD" && pwd)" -o "$work/bti"
    # shellcheck disable=SC2086 # a command and its options
    ${RUNNER:-} "$work/bti" "$work/callees.so" 2>/dev/null || # where qemu tells of each child's end
        echo "not ok 0 - to the end without a failure"
} | joined
