#!/bin/sh
# SPDX-License-Identifier: MIT
# The C library musl on AArch64, under qemu-user; only by make test-all.
[ "$(uname -m)" != aarch64 ] || { echo "1..0 # SKIP this is AArch64: make test TARGET=musl tests it" && exit; }
[ "${FFI_FULL:-}" ] || { echo "1..0 # SKIP make test-all runs it" && exit; }
target=musl-aarch64 tools='/usr/local/lib/musl-aarch64/musl-gcc aarch64-linux-gnu-gcc qemu-aarch64'
. "$(dirname "$0")/target.sh"
