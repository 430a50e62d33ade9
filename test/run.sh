#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs a test for prove: a program through RUNNER, which is empty on the target itself; a script as it is. An
# emulator is slow, and asks for a program's full path when that asks for its own.
case $1 in
*.sh) exec "$@" ;;
esac
[ "$RUNNER" ] || exec "$@"
export FFI_MIB="${FFI_MIB:-1}" STEP="${STEP:-37}" FFI_FEWER="${FFI_FEWER:-50}"
case $RUNNER in
*wine) # the first program starts Wine's services, which keep its output open: if that is a pipe, prove waits for them
    said=$(mktemp)
    trap 'rm -f "$said"' EXIT
    $RUNNER "$(realpath "$1")" >"$said" 2>&1
    status=$?
    cat "$said"
    exit $status
    ;;
esac
exec $RUNNER "$(realpath "$1")" # a command and its options
