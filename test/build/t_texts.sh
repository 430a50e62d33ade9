#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A text of a signature that the context has seen before costs the same whether 4 or 4,000 texts are in turn: counted in
# instructions, by valgrind.
. "$(dirname "$0")/../lib/tap.sh"

here=$(cd "$(dirname "$0")" && pwd)
command -v valgrind >/dev/null || skip_all "valgrind is not installed"
check "the program is compiled" "${CC:-cc}" -std=c11 -O1 -Wall -Wextra -Wpedantic -Werror -I"$root/include" "$here/texts.c" \
    "$BUILD/libffi_invoke.a" -o "$work/texts" -lpthread

instructions() { # COUNT ROUNDS WAY
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/texts" "$@" 2>&1 | sed -n 's/.*refs: *//p' | tr -d ,
}

# Of a text in its third round and later ones.
cost() { # COUNT ROUNDS WAY
    first=$(instructions "$1" 2 "$3") all=$(instructions "$1" "$2" "$3")
    echo $(((all - first) / $1 / ($2 - 2)))
}

for way in parse bind; do
    few=$(cost 4 502 $way) many=$(cost 4000 3 $way)
    echo "# $way: $few instructions with 4 texts in turn, $many with 4,000"
    check "$way: 4,000 texts in turn cost at most a fifth more than 4" [ "$few" -gt 50 -a "$many" -le $((few * 6 / 5)) ]
done
finish
