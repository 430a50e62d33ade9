#!/bin/sh
# SPDX-License-Identifier: MIT
#
# StoffelVM's C API on Windows: what stoffel_vm.dll exports, and the clients in C, run by RUNNER.
# shellcheck disable=SC2086 # $CC and $RUNNER are lists of words
. "$(dirname "$0")/../lib/tap.sh"

clients=$root/test/host/stoffel
header=$root/src/hosts/stoffel
build=$(cd "${BUILD:?the build folder}" && pwd)
cd "$work" || exit 1
cp "$build/stoffel_vm.dll" .

x86_64-w64-mingw32-objdump -p stoffel_vm.dll | awk '/^\t\[ *[0-9]+\] .*stoffel_/ { print $NF }' | sort >exported
grep -oE '\bstoffel_[a-z_]+\(' "$header/stoffel_vm.h" | tr -d '(' | sort -u >declared
check_text "the library exports the header's functions alone" "$(cat exported)" "$(cat declared)"

# No pipe: Wine's services would hold it.
says() { # NAME PROGRAM WANTED
    $RUNNER ./"$2" >said 2>&1 </dev/null
    check_text "$1" "$(tr -d '\r' <said)" "$3"
}
check "the C example compiles" $CC -I"$header" "$clients/example.c" stoffel_vm.dll -o example.exe
says "it prints its result" example.exe "Result: 42"
check "our test compiles" $CC -std=c11 -Wall -Wextra -Werror -I"$header" "$clients/values.c" stoffel_vm.dll -o values.exe
says "values of each type, strings, objects and failures" values.exe "good"
finish
