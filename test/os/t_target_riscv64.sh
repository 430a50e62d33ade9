#!/bin/sh
# SPDX-License-Identifier: MIT
# RISC-V under qemu-user, from another machine: all tests, with few random signatures; all of these with FFI_FULL.
[ "$(uname -m)" != riscv64 ] || { echo "1..0 # SKIP this is RISC-V: make test tests it" && exit; }
target=riscv64 tools='riscv64-linux-gnu-gcc qemu-riscv64'
[ "${FFI_FULL:-}" ] || export FFI_COUNT="${FFI_COUNT:-150}"
. "$(dirname "$0")/target.sh"
