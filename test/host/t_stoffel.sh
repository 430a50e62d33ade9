#!/bin/sh
# SPDX-License-Identifier: MIT
#
# StoffelVM's C API: the clients of its document in C, Python and Go, each with callbacks. test/host/stoffel/example.c and
# the first part of client.py stand there as the document has them.
# shellcheck disable=SC2086 # $CC is a list of words
. "$(dirname "$0")/../lib/tap.sh"

CC=${CC:-cc}
clients=$(cd "$(dirname "$0")/stoffel" && pwd)
header=$root/src/hosts/stoffel
BUILD=$(cd "${BUILD:?the build folder}" && pwd)
LD_LIBRARY_PATH=$BUILD
export LD_LIBRARY_PATH
cd "$work" || exit 1

nm -D --defined-only "$BUILD/libstoffel_vm.so" | awk '{ print $3 }' | sort >exported
grep -oE '\bstoffel_[a-z_]+\(' "$header/stoffel_vm.h" | tr -d '(' | sort -u >declared
check_text "the library exports the header's functions alone" "$(cat exported)" "$(cat declared)"

check "the C example compiles" $CC -I"$header" "$clients/example.c" -L"$BUILD" -lstoffel_vm -o example
check_text "it prints its result" "$(./example)" "Result: 42"
check "our test compiles" $CC -std=c11 -Wall -Wextra -Werror -I"$header" "$clients/values.c" -L"$BUILD" -lstoffel_vm -o values
check_text "values of each type, strings, objects and failures" "$(./values)" "good"
if command -v valgrind >/dev/null; then
    check "and nothing leaks" valgrind -q --leak-check=full --error-exitcode=9 ./values
else
    skip "and nothing leaks" "valgrind is not installed"
fi

if command -v python3 >/dev/null; then
    check_text "the Python client, with callbacks" "$(python3 "$clients/client.py" 2>&1)" "answer: 42
add: 42
pow: 1024.0
string: ten
error: argument 2 \"y\" of pow: expected double, got text \"ten\""
else
    skip "the Python client: python3 is not installed"
fi

if command -v go >/dev/null && CGO_ENABLED=1 go version >/dev/null 2>&1; then
    mkdir client && cp "$clients/client.go" client/main.go
    # The cache stays, for Go first compiles its own packages.
    GOCACHE=$BUILD/go-cache GOFLAGS=-mod=mod GOPROXY=off CGO_ENABLED=1 CGO_CFLAGS=-I$header CGO_LDFLAGS=-L$BUILD
    export GOCACHE GOFLAGS GOPROXY CGO_ENABLED CGO_CFLAGS CGO_LDFLAGS
    (cd client && go mod init client >/dev/null 2>&1)
    check "the Go client is built" sh -c 'cd client && go build -o ../go-client .'
    check_text "it runs, with a callback" "$(./go-client 2>&1)" "triple: 42"
else
    skip "the Go client: go is not installed"
fi
finish
