#!/bin/sh
# SPDX-License-Identifier: MIT
# AArch64 under qemu-user, from another machine.
[ "$(uname -m)" != aarch64 ] || { echo "1..0 # SKIP this is AArch64: make test tests it" && exit; }
target=aarch64 tools='aarch64-linux-gnu-gcc qemu-aarch64'
parts='smoke bind caches function shift thunk callback late async batch embed guarded queue red_zone syscalls trace library policy
    symbols threads aggregate records types step guard unwind bti t_calls t_values narrow win_arm64 pages'
. "$(dirname "$0")/target.sh"
