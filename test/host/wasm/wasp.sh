# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced after tap.sh: wasp, and modules for it.
. "$root/test/lib/compilers.sh"

BUILD=${BUILD:?the build folder}
wasp=$BUILD/hosts/wasm/wasp
[ -x "$wasp" ] || skip_all "libwabt is not installed"
clang=$(newest clang | cut -d ' ' -f 3)
linker=$(found wasm-ld-19 wasm-ld-18 wasm-ld-17 wasm-ld-16 wasm-ld)
[ "$clang" ] && command -v "$linker" >/dev/null || skip_all "clang, or lld's wasm-ld, is not installed"

module() { # NAME LINKER_OPTION...: $work/NAME.wasm
    module=$1
    shift
    "$clang" --target=wasm32 -O1 -fno-builtin -Wno-incompatible-library-redeclaration -c "$root/test/host/wasm/$module.c" \
        -o "$work/$module.o" && "$linker" --no-entry --allow-undefined "$@" "$work/$module.o" -o "$work/$module.wasm"
}

# gives TEXT STATUS ARGUMENT...: what wasp prints, both streams, and its exit status.
gives() {
    wanted=$1 status=$2
    shift 2
    HOME=/home/ffi "$wasp" run "$@" >"$work/out" 2>&1 </dev/null
    code=$?
    check_text "wasp run $(printf '%s ' "$@" | sed "s|$work/||g")" "$(sed "s|$work/||" "$work/out"); status $code" "$wanted; status $status"
}

# What app.c prints; its status is 9.
app='abs 42 labs 7 llabs 5000000000 sqrt 1.414214 fabsf 1.5 strlen 5 text
0 1 2 3 4 5 6 7 8 9 found at 7
/home/ffi /home/ffi 1
3: 17 2.5 -6
8 x 3.14%!
modf 0.25 3
div 3 2
same 1 2001-09-09 GMT 1000000000
strchr 3
remove -1 errno 2
to stdout'
export app

wasi_program() { # whether $work/wasi.wasm could be made of wasi.c
    [ -e /usr/include/wasm32-wasi/stdio.h ] && echo '#include <zlib.h>' | ${CC:-cc} -E -x c - >/dev/null 2>&1 || return 1
    check "wasi.c is built" "$clang" --target=wasm32-wasi -O1 -nodefaultlibs -lc -Wl,--allow-undefined \
        "$root/test/host/wasm/wasi.c" -o "$work/wasi.wasm"
}

# What wasi.c prints for the arguments x y; its status is 3.
wasi='2 arguments, the first is x
crc32 3610a686
clock 1
home /home/ffi
read nothing'
export wasi
