# SPDX-License-Identifier: MIT
#
# Rewrites what clang --target=arm64-apple-macos -S says for a Mach-O assembler as what GNU as takes for ELF, so that
# code for Apple's variant of AAPCS64 runs on Linux. For C functions that call nothing but the C library's memcpy
# and its like; for sed -E. Instructions stay as they are: clang is asked for no comments, no unwind tables and
# the generic names of vector instructions (-fno-verbose-asm -fno-asynchronous-unwind-tables
# -mllvm -aarch64-neon-syntax=generic).

# What only the other assembler and linker know.
/^[[:space:]]*\.(build_version|subsections_via_symbols|loh|no_dead_strip|data_region|end_data_region|weak_def)/d

# Sections, and variables without a value: .zerofill segment,section,name,size,log2 of the alignment.
s/^[[:space:]]*\.section[[:space:]]+__TEXT,__text.*/    .text/
s/^[[:space:]]*\.section[[:space:]]+__(TEXT|DATA),__(const|literal|cstring).*/    .section .rodata/
s/^[[:space:]]*\.section[[:space:]]+__DATA,__data.*/    .data/
s/^[[:space:]]*\.zerofill[[:space:]]+__DATA,__[a-z]+,_([A-Za-z0-9_]+),([0-9]+),([0-9]+)/    .bss\
    .p2align \3\
\1:\
    .zero \2\
    .text/
s/^[[:space:]]*\.comm[[:space:]]+_([A-Za-z0-9_]+),([0-9]+),[0-9]+/    .comm \1,\2,64/

# Addresses: of what may be elsewhere by the global offset table, of what is here by page and offset.
s/([A-Za-z0-9_.]+)@GOTPAGEOFF/:got_lo12:\1/
s/([A-Za-z0-9_.]+)@GOTPAGE/:got:\1/
s/([A-Za-z0-9_.]+)@PAGEOFF/:lo12:\1/
s/([A-Za-z0-9_.]+)@PAGE/\1/

# Names begin with an underscore there; local labels with an L or an l.
s/(^|[[:space:],:])_([A-Za-z])/\1\2/g
