# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced after tap.sh: what is compiled with -fsanitize=KIND. It lies in $BUILD-KIND, is shared by the tests that
# need it, and stays.

# What compiles and links with the sanitizers of that kind; their reports name lines, not variables.
sanitizing() { # KIND
    echo "-O1 -g1 -fno-omit-frame-pointer -fsanitize=$1 -fno-sanitize-recover=all"
}

# Whether such programs can be built and run here, by way of the command $launch.
can_sanitize() { # KIND
    echo 'int main(void) { return 0; }' >"$work/probe.c"
    # shellcheck disable=SC2046 # options are words
    ${CC:-cc} $(sanitizing "$1") "$work/probe.c" -o "$work/probe" 2>/dev/null && ${launch:-} "$work/probe" 2>/dev/null
}

# Makes files of that folder.
make_sanitized() ( # KIND FILE...
    options=$(sanitizing "$1") folder=$BUILD-$1
    shift
    for file; do
        set -- "$@" "$folder/$file"
        shift
    done
    mkdir -p "$folder"
    unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
    locked "$folder/lock" make -s -C "$root" B="$folder" CC="${CC:-cc}" CFLAGS="$options" LDFLAGS="$options" "$@" >&2
)
