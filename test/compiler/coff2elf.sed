# SPDX-License-Identifier: MIT
#
# Rewrites what clang --target=aarch64-pc-windows-msvc -S says for a COFF assembler as what GNU as takes for ELF, so that
# code for Windows on Arm runs on Linux. For C functions that call nothing but the C library's memcpy and its like; for
# sed -E. Instructions stay as they are.

# What only the other assembler and linker know: kinds of symbols, unwind data, features.
/^[[:space:]]*\.(def|scl|type|endef|seh_|addrsig)/d
/@feat\.00|_fltused/d

# Sections: constants of one value each, for the linker to join.
s/^[[:space:]]*\.section[[:space:]]+\.rdata.*/    .section .rodata/
/^[[:space:]]*\.section[[:space:]]+\.(drectve|debug|llvm|xdata|pdata).*/,$d
/^[[:space:]]*\.globl[[:space:]]+__(real|xmm)@/d

# name@GOT and dllimport are not here; .lcomm and .comm with the logarithm of an alignment.
s/^[[:space:]]*\.lcomm[[:space:]]+([A-Za-z0-9_]+),([0-9]+),([0-9]+)/    .local \1\
    .comm \1,\2,\3/
s/^[[:space:]]*\.comm[[:space:]]+([A-Za-z0-9_]+),([0-9]+),([0-9]+)/    .comm \1,\2,64/
