# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced: the compilers of this machine, as judges of what an ABI is. Prints a line for each version,
# "gcc 12 /usr/bin/gcc-12"; nothing for a family that is not installed. Where programs need a RUNNER, they are those
# for its machine, and what is behind the version a command and its options.
compilers() { # gcc or clang
    family=$1 name=$1 options=''
    if [ "${RUNNER:-}" ]; then
        machine=$(${CC:-cc} -dumpmachine)
        case $family in
        gcc) name=$machine-gcc ;;
        clang) options=" --target=$machine" ;;
        esac
    fi
    for folder in $(echo "$PATH" | tr : ' '); do
        for path in "$folder/$name" "$folder/$name"-[0-9] "$folder/$name"-[0-9][0-9]; do
            [ -x "$path" ] && echo "$family $("$path" -dumpversion) $path$options"
        done
    done | sort -u -k 2,2
}
