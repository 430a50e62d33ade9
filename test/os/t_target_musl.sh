#!/bin/sh
# SPDX-License-Identifier: MIT
# The C library musl, on this machine.
target=musl tools=musl-gcc
. "$(dirname "$0")/target.sh"
