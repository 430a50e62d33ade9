#!/bin/sh
# SPDX-License-Identifier: MIT
# The C library musl on AArch64, under qemu-user: calls, callbacks and values; all tests with FFI_FULL.
[ "$(uname -m)" != aarch64 ] || { echo "1..0 # SKIP this is AArch64: make test TARGET=musl tests it" && exit; }
target=musl-aarch64 tools='/usr/local/lib/musl-aarch64/musl-gcc aarch64-linux-gnu-gcc qemu-aarch64'
parts='smoke function aggregate callback_life t_guard embed_values'
. "$(dirname "$0")/target.sh"
