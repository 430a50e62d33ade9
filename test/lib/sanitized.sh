# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced after tap.sh: what is compiled with -fsanitize=KIND. It lies in $BUILD-KIND, is shared by the tests that
# need it, and stays.

# What compiles and links with the sanitizers of that kind.
sanitizing() { # KIND
    echo "-O1 -g -fno-omit-frame-pointer -fsanitize=$1 -fno-sanitize-recover=all"
}

# Whether such programs can be built and run here, by way of the command $launch.
can_sanitize() { # KIND
    echo 'int main(void) { return 0; }' >"$work/probe.c"
    # shellcheck disable=SC2046 # options are words
    ${CC:-cc} $(sanitizing "$1") "$work/probe.c" -o "$work/probe" 2>/dev/null && ${launch:-} "$work/probe" 2>/dev/null
}

# Makes files of that folder. One test at a time does, where there is a lock.
make_sanitized() ( # KIND FILE...
    options=$(sanitizing "$1") folder=$BUILD-$1
    shift
    for file; do
        set -- "$@" "$folder/$file"
        shift
    done
    mkdir -p "$folder"
    exec 9>"$folder/lock"
    ! command -v flock >/dev/null || flock 9
    unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
    make -s -C "$root" B="$folder" CC="${CC:-cc}" CFLAGS="$options" LDFLAGS="$options" "$@" 9>&- >&2
)
