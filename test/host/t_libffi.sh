#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libffi.so.8, the drop-in: it has the symbols of the machine's libffi, answers as that does, passes what that passes,
# and runs Python's ctypes. `make test-libffi` runs the test-suites of libffi and its clients. RUNNER: another machine's
# has no libffi to compare with. LIBFFI_NEWEST may name another libffi to compare with.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
CC=${CC:-cc}
target=${BUILD##*/}
case $target in
x86_64 | aarch64) ;;
*) skip_all "there is no libffi.so.8 for $target" ;;
esac
[ -f "src/libffi/$target/target.c" ] || skip_all "there is no libffi.so.8 for $target yet"

check "make libffi" make -s TARGET="$target" B="$BUILD" CC="$CC" libffi
library=$BUILD/libffi.so.8
ours=$(realpath "$BUILD")
# ---- names ----

names() { nm -D --defined-only --with-symbol-versions "$1" | sed 's/.* //' | grep -v '^LIBFFI_' | LC_ALL=C sort; }
theirs=
[ "$RUNNER" ] || theirs=$(ldconfig -p 2>/dev/null | sed -n 's/.*libffi\.so\.8 .*=> //p' | head -n 1)
listed=$(grep -o '\bffi_[a-z_0-9]*' src/libffi/libffi.map | LC_ALL=C sort)
names "$library" | sed 's/@.*//' >"$work/ours"
check_text "every listed symbol is there, and no other" "$(LC_ALL=C sort "$work/ours")" "$listed"
if [ "$theirs" ]; then
    names "$theirs" >"$work/theirs"
    names "$library" >"$work/ours"
    check_text "the machine's libffi has no symbol that ours lacks" "$(LC_ALL=C comm -23 "$work/theirs" "$work/ours")" ""
else
    skip "the machine's libffi has no symbol that ours lacks" "there is no libffi.so.8 for this machine"
fi
nm --defined-only "$BUILD/libffi/libffi.a" | sed -n 's/.* [A-Z] //p' | LC_ALL=C sort >"$work/static"
check_text "libffi.a has these names and no other" "$(cat "$work/static")" "$listed"
check_text "libffi_invoke.a has none of them" \
    "$(nm --defined-only "$BUILD/libffi_invoke.a" | sed -n 's/.* [A-Z] //p' | LC_ALL=C sort | LC_ALL=C comm -12 - "$work/static")" ""

# A library that is loaded at any time has thread-local memory of a small reserve only.
tls() { readelf -lW "$library" | awk '$1 == "TLS" { print $6 }'; }
check "less than 64 bytes of thread-local memory" [ "$(($(tls) + 0))" -lt 64 ]

# ---- programs ----

program() { # name: compiled against our headers, linked with our library
    $CC -std=c11 -O2 -Wall -Wextra -Isrc/libffi -Isrc/libffi/"$target" -Itest/lib "test/host/libffi/$1.c" -o "$work/$1" "$library" \
        -ldl -lpthread -lm
}
run() { # folder of the library, program, arguments
    folder=$1
    shift
    if [ "$RUNNER" ]; then
        $RUNNER -E LD_LIBRARY_PATH="$folder" "$@"
    else
        LD_LIBRARY_PATH=$folder "$@"
    fi
}
for name in calls facts bad known many cross; do check "$name compiles" program $name; done
check "functions and closures as the compiler has them" run "$ours" "$work/calls"
# A program at a fixed address has copies of the types, which the library has to use too.
check "calls compiles for a fixed address" $CC -std=c11 -O2 -fno-pie -no-pie -Isrc/libffi -Isrc/libffi/"$target" -Itest/lib \
    test/host/libffi/calls.c -o "$work/copies" "$library" -lm
check "it has copies of types" sh -c "readelf -rW '$work/copies' | grep -q '_COPY .* ffi_type_'"
check "and runs" run "$ours" "$work/copies"
check "input that libffi crashes on" run "$ours" "$work/bad"
check "known signatures are found exactly" run "$ours" "$work/known"
many="100000 200000 20 200"
[ -z "$FFI_FULL" ] || many="10000000 200000 300 2000"
[ -z "$RUNNER" ] || many="20000 2000 0 0" # qemu-user's own locks do not survive a fork beside threads
# shellcheck disable=SC2086 # these are words
check "many signatures, threads, processes" run "$ours" "$work/many" $many
check "loading compiles" $CC -std=c11 -O2 -Wall -Wextra -rdynamic -Itest/lib test/host/libffi/loading.c -o "$work/loading" -ldl \
    -lpthread
check "a library with a constructor" $CC -shared -fPIC -DPLUGIN -x c test/lib/constructor.h -o "$work/late.so"
check "the library and the loader" ${RUNNER:-} "$work/loading" "$ours/libffi.so.8" "$work/late.so"
if [ "$target" = x86_64 ] && [ ! "$RUNNER" ]; then
    check "unwind compiles" program unwind
    check "ffi_call() unwinds at each instruction" run "$ours" "$work/unwind"
else
    skip "ffi_call() unwinds at each instruction" "the program is for x86-64's trap flag"
fi
check "ffi.h of ours and <ffi_invoke.h> in one file" $CC -std=c11 -Wall -Werror -fsyntax-only -Iinclude -Isrc/libffi \
    -Isrc/libffi/"$target" -include ffi.h -include ffi_invoke.h -x c /dev/null

cp "$library" "$work/other.so"
check "it calls itself: 2,000 random signatures" run "$ours" "$work/cross" "$ours/libffi.so.8" "$work/other.so" 1 2000 odd new
if [ "$theirs" ] && $CC test/host/libffi/numbers.c -o "$work/numbers.theirs" "$theirs" 2>/dev/null; then
    check "numbers compiles" program numbers
    check_text "numbers and layouts of ffi.h are those of the machine's" "$(run "$ours" "$work/numbers")" "$("$work/numbers.theirs")"
else
    skip "numbers and layouts of ffi.h" "the machine has no libffi.so.8 with its ffi.h"
fi
if [ "$theirs" ]; then
    run "$(dirname "$theirs")" "$work/facts" >"$work/facts.theirs"
    check_text "facts are those of the machine's libffi" "$(run "$ours" "$work/facts")" "$(cat "$work/facts.theirs")"
    random=2000
    [ -z "$FFI_FULL" ] || random=100000
    for kind in "" odd; do
        check "the machine's libffi and ours call each other: $random random signatures ${kind:+with preset sizes}" \
            run "$ours" "$work/cross" "$theirs" "$ours/libffi.so.8" 1 "$random" $kind
    done
else
    skip "the machine's libffi and ours call each other" "there is no libffi.so.8 for this machine"
fi
if [ "$LIBFFI_NEWEST" ]; then
    names "$LIBFFI_NEWEST" >"$work/newest"
    check_text "LIBFFI_NEWEST has no symbol that ours lacks" "$(LC_ALL=C comm -23 "$work/newest" "$work/ours")" ""
    check "LIBFFI_NEWEST and ours call each other: ${random:-2000} random signatures of new types too" \
        run "$ours" "$work/cross" "$LIBFFI_NEWEST" "$ours/libffi.so.8" 1 "${random:-2000}" odd new
fi

# ---- Python ----

python=/usr/bin/python3
cat >"$work/smoke.py" <<'END'
import ctypes
ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) # PR_SET_MDWE: no page becomes executable that was writable
libc, libm = ctypes.CDLL(None), ctypes.CDLL('libm.so.6')
maps = [line.split()[-1] for line in open('/proc/self/maps') if 'libffi.so' in line]
libm.pow.restype, libm.pow.argtypes = ctypes.c_double, [ctypes.c_double] * 2
class Div(ctypes.Structure): _fields_ = [('quot', ctypes.c_int), ('rem', ctypes.c_int)]
libc.div.restype = Div
order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
values = (ctypes.c_int * 6)(3, 1, 4, 1, 5, 9)
libc.qsort(values, 6, 4, order(lambda a, b: b[0] - a[0]))
quotient = libc.div(17, 5)
print(set(maps), libm.pow(2.0, 0.5) ** 2, quotient.quot, quotient.rem, list(values))
print([line for line in open('/proc/self/maps') if line.split()[1].startswith('rwx')])
END
if [ ! "$RUNNER" ] && [ -x $python ] && $python -c 'import ctypes' 2>/dev/null; then
    check_text "ctypes runs on it, without a page that is writable and executable" \
        "$(run "$ours" $python "$work/smoke.py")" "{'$ours/libffi.so.8'} 2.0000000000000004 3 2 [9, 5, 4, 3, 1, 1]
[]"
else
    skip "ctypes runs on it" "there is no $python with ctypes for this machine"
fi

# ---- installing ----

check "make install-libffi" make -s TARGET="$target" B="$BUILD" CC="$CC" install-libffi DESTDIR="$work/stage" PREFIX=/usr
check_text "it has a folder of its own" "$(cd "$work/stage" && find . ! -type d | LC_ALL=C sort)" \
    "./usr/include/ffi_invoke/ffi.h
./usr/include/ffi_invoke/ffitarget.h
./usr/lib/ffi_invoke/libffi.a
./usr/lib/ffi_invoke/libffi.so
./usr/lib/ffi_invoke/libffi.so.8
./usr/lib/ffi_invoke/pkgconfig/libffi.pc"
check "make uninstall-libffi" make -s TARGET="$target" B="$BUILD" CC="$CC" uninstall-libffi DESTDIR="$work/stage" PREFIX=/usr
check_text "nothing is left of it" "$(cd "$work/stage" && find . -name 'ffi*' -o ! -type d)" ""
finish
