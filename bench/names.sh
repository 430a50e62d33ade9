#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes a library of many names for look-ups: FILE exports f0 to f(COUNT - 1), each a function that returns.
#
# Usage: CC=cc bench/names.sh COUNT FILE
set -eu
awk -v count="$1" 'BEGIN { for (i = 0; i < count; i++) printf ".globl f%d\nf%d: ret\n", i, i }' |
    ${CC:-cc} -shared -nostdlib -Wa,--noexecstack -x assembler - -o "$2"
