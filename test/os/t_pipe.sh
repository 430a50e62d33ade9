#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Descriptors of POSIX systems without eventfd are a pipe's. They are built here beside those of Linux, and do the same.
# Part of make check
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
check "the pipe's descriptors are built" "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -iquote src -Iinclude test/os/pipe.c \
    src/embed/os/pipe.c src/embed/os/posix.c src/embed/errno.c "${BUILD:?the build folder}/libffi_invoke.a" -o "$work/pipe" -lpthread
check_text "they are set, cleared and waited for" "$("$work/pipe" 2>&1)" good
finish
