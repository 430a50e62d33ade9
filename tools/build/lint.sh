#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `make lint`, given every C file: whether each is formatted, then what clang-tidy and cppcheck find in those of
# the library and the tools. Tests and benchmarks do on purpose much that these two warn of. What is not
# complained about, and why, stands in .clang-tidy and .cppcheck. Then whether the rooms of src
# depend on each other downwards only, by OBJECTS, and whether a test has a check that cannot fail.
# All of them run before it fails.
set -u
status=0

clang-format --dry-run -Werror "$@" || status=1

# Some files at a time on each processor. What it writes to stderr are counts of what it did not show.
tidy() { # the folder of libffi's target
    xargs -n 4 -P "$(nproc)" sh -c \
        "clang-tidy --quiet \"\$@\" -- -std=c11 -Iinclude -iquote src -Isrc/libffi/$1 -isystem /usr/include/lua5.4 \
            -isystem build/runtimes/node_modules/node-api-headers/include -isystem /usr/include/node 2>/dev/null" -
}
read_by_tidy=$(printf '%s\n' "$@" | grep -E '^(src|arch|tools)/.*\.c$' | grep -vE 'win32|/(macos|freebsd)[^/]*$')
printf '%s\n' "$read_by_tidy" | grep -v libffi/aarch64 | tidy x86_64 || status=1
printf '%s\n' "$read_by_tidy" | grep libffi/aarch64 | tidy aarch64 || status=1

cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability -Iinclude -Isrc \
    '-DElfW(name)=Elf64_##name' --suppressions-list=.cppcheck src arch tools || status=1

# The rooms of src use each other downwards only.
# shellcheck disable=SC2086 # objects are words
perl tools/build/arrows.pl $OBJECTS || status=1

# A check whose condition is constant cannot fail.
! grep -nE '\bok\((1|true),' test/*/*.[ch] test/*/*/*.[ch] test/*/*.cc || status=1

exit $status
