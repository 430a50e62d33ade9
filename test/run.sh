#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs a test for prove: a program through RUNNER, which is empty on the target itself; a script as it is.
case $1 in
*.sh) exec "$@" ;;
*) exec $RUNNER "$@" ;; # a command and its options
esac
