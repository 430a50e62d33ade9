#!/bin/sh
# SPDX-License-Identifier: MIT
# RISC-V under qemu-user, from another machine. What calls and is called back; all tests with FFI_FULL.
[ "$(uname -m)" != riscv64 ] || { echo "1..0 # SKIP this is RISC-V: make test tests it" && exit; }
target=riscv64 tools='riscv64-linux-gnu-gcc qemu-riscv64'
parts='smoke function aggregate t_callback.c t_callback adapter guard step unwind t_calls t_values narrow'
. "$(dirname "$0")/target.sh"
