# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced: the compilers of this machine, as judges of what an ABI is. Prints a line for each version,
# "gcc 12 /usr/bin/gcc-12"; nothing for a family that is not installed.
compilers() { # gcc or clang
    for folder in $(echo "$PATH" | tr : ' '); do
        for path in "$folder/$1" "$folder/$1"-[0-9] "$folder/$1"-[0-9][0-9]; do
            [ -x "$path" ] && echo "$1 $("$path" -dumpversion) $path"
        done
    done | sort -u -k 2,2
}
