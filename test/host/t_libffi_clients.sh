#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The clients of libffi that apt installs with their test-suites, each with the machine's libffi and with libffi.so.8: every
# line of their results is the same. `make test-libffi` also runs the suites of which apt has the source only.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
target=${BUILD##*/}
[ "$target" = x86_64 ] || skip_all "clients run on this machine only"
[ -x /usr/bin/python3 ] || skip_all "there is no /usr/bin/python3"
make -s TARGET="$target" B="$BUILD" CC="$CC" libffi || exit 1
exec /usr/bin/python3 test/host/libffi/clients.py "$BUILD" ctypes gjs jna guile perl
