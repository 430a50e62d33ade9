#!/bin/sh
# SPDX-License-Identifier: MIT
# The C library musl on AArch64, under qemu-user. With FFI_FULL also the tests that take it more than ten seconds each.
[ "$(uname -m)" != aarch64 ] || { echo "1..0 # SKIP this is AArch64: make test TARGET=musl tests it" && exit; }
target=musl-aarch64 tools='/usr/local/lib/musl-aarch64/musl-gcc aarch64-linux-gnu-gcc qemu-aarch64'
others='doubling macros syntax declare_bad t_late callback_rest t_threads t_stack embed_names cli_eval t_memory t_format
    t_guard_ t_musl t_small'
. "$(dirname "$0")/target.sh"
