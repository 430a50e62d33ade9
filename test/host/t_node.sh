#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The module for JavaScript, by the scripts of test/host/node in every Node, Bun and Deno that is there: the system's, and
# those of build/runtimes, which tools/build/runtimes.sh installs.
# Part of make test that takes long.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
scripts=$(cd "$(dirname "$0")/node" && pwd)
FFI_INVOKE=$BUILD/hosts/node
[ -e "$FFI_INVOKE/ffi_invoke.node" ] || skip_all "the headers of Node-API are not installed"
cd "$work" || exit 1

CALLEE=$work/callee.so HEADER=$scripts/callee.h
MANY=$(number 1 20)           # thousands of calls: 500, or 10,000
SIGNATURES=$(number 60 2000) # random functions
export FFI_INVOKE CALLEE HEADER MANY SIGNATURES
${CC:-cc} -shared -fPIC -O1 -pthread "$scripts/callee.c" -o callee.so || exit 1

. "$scripts/runtimes.sh"

find_runtimes | sort -u -k1,2 >runtimes
[ -s runtimes ] || skip_all "there is no Node, Bun or Deno"

scripts() {
    while read -r kind version command; do
        for script in ${SCRIPTS-values callbacks reenter refuse ends fast memory std_ffi}; do
            # shellcheck disable=SC2086 # a command and its options
            told "$kind $version, $script" $command "$scripts/$script.mjs" </dev/null
        done
        # Garbage is collected while V8 compiles the caller again.
        [ "$kind" = node ] && $command --no-maglev -e 0 2>/dev/null || continue
        # shellcheck disable=SC2086
        for _ in $(seq "$(number 3 10)"); do told "$kind $version, reenter without Maglev" $command --no-maglev "$scripts/reenter.mjs" </dev/null; done
    done <runtimes
}

# What newer headers choose: pthread_create of libc and pow of glibc 2.29, and what C23 made other.
old_symbols() {
    cat >newer.c <<'END'
int pthread_create(void), pow(void), stat(void), __isoc23_strtoul(void), __isoc23_sscanf(void), newer(void);
int newer(void) { return pthread_create() + pow() + stat() + __isoc23_strtoul() + __isoc23_sscanf(); }
END
    printf "GLIBC_2.2.5 __fxstat,GLIBC_2.2.5 __xstat,GLIBC_2.2.5 pow,GLIBC_2.2.5 pthread_create,GLIBC_2.2.5 strtoul,GLIBC_2.7 __isoc99_sscanf," >wanted
    # shellcheck disable=SC2046 # names of objects
    ${CC:-cc} -w -fno-builtin -fPIC -c newer.c && ${CC:-cc} -shared $("$root/tools/build/old_glibc.sh" old newer.o) -lm -ldl -lpthread -o newer.so &&
        objdump -T newer.so | tr -d '()' | awk '/UND/ && $(NF - 1) ~ /GLIBC/ && !/finalize/ { print $(NF - 1), $NF }' | LC_ALL=C sort | tr '\n' , >old_ones
    diff wanted old_ones | sed 's/^/# /'
    [ "$(cat old_ones)" = "$(cat wanted)" ] && echo "ok 1 - the package: takes the old version of a newer symbol" || echo "not ok 1 - old_glibc.sh"
}

# The package, installed by npm into an empty folder: README's example in each runtime, and the values once.
package() {
    command -v npm >/dev/null || { echo "ok 1 - the package # SKIP npm is not installed"; return; }
    unset MAKEFLAGS MFLAGS MAKELEVEL
    make -s -C "$root" B="$BUILD" npm >packed 2>&1 || { sed 's/^/# /' packed; echo "not ok 1 - make npm"; return; }
    mkdir app
    (cd app && npm install "$root/$(tail -1 "$work/packed")" --ignore-scripts --no-audit --no-fund --offline) >installed 2>&1 ||
        { sed 's/^/# /' installed; echo "not ok 1 - npm install"; return; }
    awk '/^```js/ { is = 1; next } /^```/ { is = 0 } is' "$root/src/hosts/node/README.md" >app/example.mjs
    while read -r kind version command; do
        # shellcheck disable=SC2086 # a command and its options
        (cd app && $command example.mjs </dev/null >said 2>&1)
        [ "$(cat app/said)" = 1024 ] && echo "ok 1 - $kind $version, the package: README's example" ||
            { sed 's/^/# /' app/said; echo "not ok 1 - $kind $version, the package: README's example"; }
    done <runtimes
    ! objdump -T app/node_modules/ffi_invoke/prebuilds/*/ffi_invoke.node 2>/dev/null | grep -E 'GLIBC_2\.(29|[3-9][0-9])' &&
        echo "ok 1 - the package: needs no symbol that is newer than glibc 2.28" || echo "not ok 1 - the package: symbols"
    old_symbols
    command -v node >/dev/null && FFI_INVOKE=$work/app/node_modules/ffi_invoke told "the package, values" node "$scripts/values.mjs"
}

# Installed by make, and removed again.
installed() {
    unset MAKEFLAGS MFLAGS MAKELEVEL
    set -- make -s -C "$root" B="$BUILD" DESTDIR="$work/to" PREFIX=/usr
    "$@" install-node >installing 2>&1 && [ -e to/usr/lib/node_modules/ffi_invoke/ffi_invoke.node ] && echo "ok 1 - make install-node" ||
        { sed 's/^/# /' installing; echo "not ok 1 - make install-node"; }
    "$@" uninstall-node >installing 2>&1 && [ ! "$(find to ! -type d -o -name 'ffi_*')" ] &&
        echo "ok 1 - make uninstall-node leaves no file, and no folder of its own" ||
        { sed 's/^/# /' installing; find to -name 'ffi_*' -o ! -type d | sed 's/^/# /'; echo "not ok 1 - make uninstall-node"; }
}

{ scripts; package; installed; } | joined >results
cat results
! grep -q '^not ok' results
