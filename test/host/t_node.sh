#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The module for JavaScript, by the scripts of test/host/node in every Node, Bun and Deno that is there: the system's, and
# those of build/runtimes, which tools/build/runtimes.sh installs.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
scripts=$(cd "$(dirname "$0")/node" && pwd)
FFI_INVOKE=$BUILD/hosts/node
[ -e "$FFI_INVOKE/ffi_invoke.node" ] || skip_all "the headers of Node-API are not installed"
cd "$work" || exit 1

CALLEE=$work/callee.so HEADER=$scripts/callee.h
export FFI_INVOKE CALLEE HEADER
${CC:-cc} -shared -fPIC -O1 -pthread "$scripts/callee.c" -o callee.so || exit 1

. "$scripts/runtimes.sh"

find_runtimes | sort -u -k1,2 >runtimes
[ -s runtimes ] || skip_all "there is no Node, Bun or Deno"
while read -r kind version command; do
    for script in ${SCRIPTS:-values callbacks refuse ends std_ffi}; do
        # shellcheck disable=SC2086 # a command and its options
        told "$kind $version, $script" $command "$scripts/$script.mjs" </dev/null
    done
done <runtimes | joined >results
cat results
! grep -q '^not ok' results
