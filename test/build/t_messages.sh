#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Whose message an error is: messages.c calls each function of the public headers with arguments of which one is bad. A
# message that begins with the name of a public function begins with that of the function that was called.
set -u

here=$(dirname "$0")
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"

CC=${CC:-cc}
shared=$(cd "$BUILD" && pwd)/libffi_invoke.so
[ ! "${RUNNER:-}" ] && [ -f "$shared" ] || skip_all "it runs programs of this machine with the shared library"

# shellcheck disable=SC2086 # $CC is a list of words
$CC -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" "$here/messages.c" "$BUILD/libffi_invoke.a" \
    -o "$work/messages" || exit 1
(cd "$work" && ./messages "$shared" "$root/include" 2>said) >"$work/all"
check "messages" [ $? = 0 ]
sed 's/^[^)]*) //' "$work/all" | grep -c . >"$work/count"
echo "# $(wc -l <"$work/all") calls, $(cat "$work/count") messages"
check "there are enough" [ "$(cat "$work/count")" -gt 500 ]
check_text "each names the function that was called, or none" "$(awk '
    { name = $0; sub(/\(.*/, "", name); message = $0; sub(/^[^:]*: [^:]*\) /, "", message) }
    message ~ /^ffi_[a-z_0-9]*: / && index(message, name ": ") != 1' "$work/all")" ""
check_text "of an argument that is NULL it names one" "$(awk '
    /: NULL\) .* is NULL$/ { name = $0; sub(/\(.*/, "", name); if (!index($0, ") " name ": ")) print }' "$work/all" |
    grep -v ') abs: args is NULL$')" ""
finish
