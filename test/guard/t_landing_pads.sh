#!/bin/sh
# SPDX-License-Identifier: MIT
#
# RISC-V's landing pads (Zicfilp): no processor and no emulator here checks them, so this reads the code. Each function of
# the assembler, and each trampoline, begins with `lpad 0`. The others are steps and the ends of entries: they are reached by
# a jump through t2 alone, which needs none. RUNNER is not used: nothing runs.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
[ "${BUILD##*/}" = riscv64 ] || skip_all "the code is RISC-V's: make test TARGET=riscv64"
objdump=$(echo "${CC:-cc}" | sed 's/gcc.*$/objdump/')
command -v "$objdump" >/dev/null || skip_all "there is no $objdump"

for object in "$BUILD"/arch/riscv64/*.S.o; do "$objdump" -d "$object"; done >"$work/code"

# The first word of each function whose name does not begin with a dot.
awk '
    /^[0-9a-f]+ <[A-Za-z_][A-Za-z_0-9]*>:$/ { name = substr($2, 2, length($2) - 3); next }
    name != "" && /^ +[0-9a-f]+:/ { print name, ($2 == "00000017" ? "lpad" : "none"); name = "" }
' "$work/code" >"$work/functions"
check "there are many functions" test "$(grep -c ' lpad$' "$work/functions")" -gt 800
check_text "all but steps, ends of entries and the page's shared code have landing pads" \
    "$(grep ' none$' "$work/functions" | grep -vE '^(lp64d_(last|middle|pair)_|trampoline_page )' >"$work/rest"
    for file in steps store table; do "$objdump" -t "$BUILD/arch/riscv64/lp64d_$file.S.o"; done |
        awk '{ print $NF, "none" }' | grep -vxFf - "$work/rest")" ""
check_text "each trampoline has one" \
    "$(sed -n '/<trampoline_page>:/,$p' "$work/code" | grep -c '	00000017 ')" 255
check_text "indirect jumps are through ra, t1 and t2 alone" \
    "$(sed -n 's/.*	j[al]*r	\([a-z0-9]*\).*/\1/p' "$work/code" | sort -u | paste -s -d " ")" "ra t1 t2"
finish
