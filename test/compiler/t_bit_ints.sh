#!/bin/sh
# SPDX-License-Identifier: MIT
#
# _BitInt(N) of random widths by value, as clang 19 passes it: arguments, results, members, callbacks. gcc 12 has none.
# FFI_SEED is another seed, FFI_COUNT another number of widths.
set -u

here=$(dirname "$0")
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/compilers.sh
. "$here/../lib/compilers.sh"

seed=${FFI_SEED:-$(date +%s)}
clang=$(newest clang | cut -d ' ' -f 3-)
flags="-std=c23 -O1 -w"
most=128 # clang's for AArch64
[ -n "$clang" ] || skip_all "clang is not installed"
case $(${CC:-cc} -dumpmachine) in
x86_64-linux-gnu) most=300 ;;
aarch64-linux-gnu) ;;
*) skip_all "a _BitInt of other widths is refused here" ;;
esac
# shellcheck disable=SC2086 # a command and its options
echo "_BitInt($most) f(_BitInt(7) x) { return x; }" | $clang $flags -c -x c - -o "$work/probe.o" 2>"$work/errors" ||
    skip_all "$clang has no _BitInt of $most bits"

# All widths up to 9, those around each size, and random ones.
widths() { # COUNT
    awk -v seed="$seed" -v most="$most" -v count="$1" 'BEGIN {
        srand(seed)
        for (n = 1; n <= 9; n++) print n
        for (at = 16; at <= 128; at *= 2) for (n = at - 1; n <= at + 1; n++) if (n <= most) print n
        for (i = 0; i < count; i++) print 2 + int(rand() * (most - 1))
    }'
}

write_functions() {
    echo 'struct bit_int { unsigned bits, is_unsigned, size; void *mix, *top, *many, *in_struct, *call; };'
    widths "$1" | awk '
        function functions(sign, n,    type) {
            type = sign "_BitInt(" n ")"; i++
            printf "typedef %s T%d;\n", type, i
            top = n > 64 ? "((long long)((v) >> " n - 8 "))" : "((long long)(v))"
            printf "static long long top%d(T%d v) { return %s; }\n", i, i, top
            printf "T%d mix%d(int a, T%d x, double d, T%d y) { return a || x < 0 ? x ^ y : y; }\n", i, i, i, i
            printf "long long tops%d(int a, T%d x, T%d y) { return (unsigned long long)top%d(x) + 3 * (unsigned long long)top%d(y); }\n", i, i, i, i, i
            printf "T%d many%d(T%d a, T%d b, T%d c, T%d d, T%d e, T%d f, T%d g, T%d h) { return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h; }\n", i, i, i, i, i, i, i, i, i, i
            printf "struct s%d { char c; T%d x; }; struct s%d struct%d(struct s%d s, T%d y) { s.x ^= y; s.c++; return s; }\n", i, i, i, i, i, i
            printf "long long call%d(T%d (*f)(int, T%d, double, T%d), const T%d *x, const T%d *y) { return top%d(f(7, *x, 0.5, *y)); }\n", i, i, i, i, i, i, i
            table = table sprintf("{%d, %d, sizeof(T%d), mix%d, tops%d, many%d, struct%d, call%d},\n", n, sign != "", i, i, i, i, i, i)
        }
        $1 > 1 { functions("", $1) }
        { functions("unsigned ", $1) }
        END { printf "const struct bit_int bit_ints[] = {%s{0}};\n", table }'
}

echo "# seed $seed"
write_functions "$(number 40 400)" >"$work/callees.c"
# shellcheck disable=SC2086 # a command and its options
check "clang compiles the functions" $clang $flags -fPIC -c "$work/callees.c" -o "$work/callees.o"
check "the program is compiled" "${CC:-cc}" -std=c11 -D_DEFAULT_SOURCE -O1 -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" \
    "$here/run_bit_ints.c" "$work/callees.o" "$BUILD/libffi_invoke.a" -o "$work/run"
# shellcheck disable=SC2086 # a command and its options
check "arguments, results and callbacks of _BitInt(N) are those of clang" ${RUNNER:-} "$work/run"
finish
