#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What an embedder gets: a header that compiles alone in every dialect, beside libffi's too, and two libraries
# that export nothing but ffi_ names, need nothing but the C library, and keep the promises of hardened systems.
# shellcheck disable=SC2086 # $CC and $warnings are lists of words
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/compilers.sh"

CC=${CC:-cc}
include=$root/include
header=$include/ffi_invoke.h
BUILD=$(cd "${BUILD:?the build folder}" && pwd)
archive=$BUILD/libffi_invoke.a
shared=$BUILD/libffi_invoke.so
warnings="-Wall -Wextra -Wpedantic -Wshadow -Werror -I$include"
rpath=-Wl,-rpath,$BUILD
cd "$work" || exit 1

# ---- the header alone ----

echo '#include <ffi_syscalls.h>
#include <ffi_invoke.h>
#include <ffi_embed.h>
double twice(ffi_function *f, double x);
double twice(ffi_function *f, double x) { ffi_value v; v.f64 = x; ffi_invoke(f, &x, &v); return x; }' >alone.c
cp alone.c alone.cc
for family in gcc clang; do
    judges $family "the header alone"
    while read -r _ version compiler; do
        for dialect in c89 c90 iso9899:199409 gnu89 c99 gnu99 c11 gnu11 c17 c2x; do
            check "the header is $dialect for $family $version" \
                $compiler -std=$dialect $warnings -Wstrict-prototypes -c alone.c
        done
        for dialect in c++98 c++03 c++11 c++14 c++17 c++20; do
            check "the header is $dialect for $family $version" $compiler -std=$dialect $warnings -c alone.cc
        done
    done <"$work/judges"
done

# ---- the example in the header, as it stands there ----

sed -n '/^ \*     #include/,/^ \*     }/s/^ \*     \{0,1\}//p' "$header" >example.c
check "the header's example compiles" $CC -std=c11 $warnings example.c "$archive" -o example-static
check "and with the shared library" $CC -std=c11 $warnings example.c "$shared" "$rpath" -o example-shared
check_text "it prints 1024" "$(./example-static)" 1024
check_text "with the shared library too" "$(./example-shared)" 1024

# ---- the embedding layer's example; who does not use the layer does not link it ----

sed -n '/^ \*     #include/,/^ \*     }/s/^ \*     \{0,1\}//p' "$include/ffi_embed.h" >embed.c
check "the embedding layer's example compiles" $CC -std=c11 $warnings embed.c "$archive" -o embed-static
check "and with the shared library" $CC -std=c11 $warnings embed.c "$shared" "$rpath" -o embed-shared
says=$(sed -n 's/^ \* It prints \([0-9]*\), and then `\(.*\)`\.$/\1\n\2/p' "$include/ffi_embed.h")
check_text "it prints what the header says" "$(./embed-static)" "$says"
check_text "with the shared library too" "$(./embed-shared)" "$says"
check "a program with the layer has it" grep -q ffi_registry_call embed-static
check_not() { ! grep -q ffi_registry_call "$1"; }
check "a program without it has nothing of it" check_not example-static

# ---- arguments without a member's name are integers ----

cat >positional.c <<'END'
#include <ffi_invoke.h>
#include <stdio.h>

static int subtract(int a, int b) { return a - b; }

int main(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_function *function = ffi_function_new(context, (void *)(size_t)subtract, "int(int, int)");
    ffi_value     args[] = {{2}, {10}};
    int           result = 0;
    ffi_invoke(function, &result, args);
    ffi_context_free(context);
    printf("%d\n", result);
    return 0;
}
END
cp positional.c positional.cc
for by in c:gcc c:clang cc:g++ cc:clang++; do
    compiler=${by#*:}
    if ! command -v "$compiler" >/dev/null; then
        skip "{{2}, {10}} by $compiler" "$compiler is not installed"
        continue
    fi
    check "{{2}, {10}} compiles with $compiler" \
        "$compiler" $warnings "positional.${by%:*}" "$archive" -o positional
    check_text "{{2}, {10}} means two and ten to $compiler" "$(./positional)" -8
done

# ---- beside libffi ----

cat >both.c <<'END'
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    ffi_cif   cif;
    ffi_type *types[] = {&ffi_type_sint};
    int       x = -7;
    void     *values[] = {&x};
    ffi_arg   theirs = 0;
    if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, &ffi_type_sint, types) != FFI_OK) return 1;
    ffi_call(&cif, FFI_FN(abs), &theirs, values);
    int          ours = 0;
    ffi_context *context = ffi_context_new(NULL);
    ffi_invoke(ffi_function_new(context, (void *)(size_t)abs, "int abs(int)"), &ours, &(ffi_value){.i32 = -8});
    ffi_context_free(context);
    printf("%d %d\n", (int)theirs, ours);
    return 0;
}
END
(echo '#include <ffi.h>' && echo '#include <ffi_invoke.h>' && cat both.c) >theirs-first.c
(echo '#include <ffi_invoke.h>' && echo '#include <ffi.h>' && cat both.c) >ours-first.c
if echo '#include <ffi.h>' | $CC -E - >/dev/null 2>&1; then
    for order in theirs-first ours-first; do
        build_both() { $CC -std=c11 -Wall -Wextra -Werror -I"$include" $order.c "$@" -lffi -o both; }
        check "with libffi's header, $order" build_both "$archive"
        check_text "both libraries work in one program" "$(./both)" "7 8"
        check "and shared" build_both "$shared" "$rpath"
        check_text "both work" "$(./both)" "7 8"
    done
else
    skip "beside libffi" "libffi's header is not installed (libffi-dev)"
fi

# ---- names ----

cat "$include"/*.h | grep -oE '^FFI_INVOKE_API.*' | grep -oE '\bffi_[a-z0-9_]+\(' | tr -d '(' | sort -u >api
nm -D --defined-only "$shared" | awk '{ print $3 }' | sort >exported
nm --defined-only --extern-only "$archive" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort >global
check "the headers declare functions" test "$(wc -l <api)" -gt 40
check_text "the shared library exports the headers' functions alone" "$(cat exported)" "$(cat api)"
check_text "the archive has no other global name" "$(cat global)" "$(cat api)"

# The flat layer's table has each function of its header but that of the table.
cat >rows.c <<'END'
#include <ffi_syscalls.h>
#include <stdio.h>
int main(void) {
    size_t             count;
    const ffi_syscall *rows = ffi_syscalls(&count);
    for (size_t i = 0; i < count; i++) puts(rows[i].name);
}
END
$CC -std=c11 $warnings rows.c "$archive" -o rows && ./rows | sort >told
grep -oE '^FFI_INVOKE_API.*' "$include/ffi_syscalls.h" | grep -oE '\bffi_[a-z0-9_]+\(' | tr -d '(' | grep -vxE 'ffi_syscalls(_end)?' |
    sort >declared
check_text "the table of the flat layer tells each of its functions" "$(cat told)" "$(cat declared)"

# An embedder whose own functions have all the names that ours have inside. Calling one of them ends it.
nm --defined-only "$archive" 2>/dev/null | awk '$2 ~ /^[tdrb]$/ { print $3 }' |
    grep -E '^[A-Za-z_][A-Za-z0-9_]*$' | sort -u >internal
check "the archive has inner names" test "$(wc -l <internal)" -gt 60
(echo 'void abort(void);' && sed 's/.*/void &(void); void &(void) { abort(); }/' internal) >names.c
build_names() { $CC -std=c11 -fno-builtin example.c names.c -I"$include" "$@" -rdynamic -o names; }
check "an embedder may use all our inner names" build_names "$archive"
check_text "and nobody calls the other's" "$(./names)" 1024
check "as with the shared library" build_names "$shared" "$rpath"
check_text "nobody does there" "$(./names)" 1024

# ---- what the shared library is ----

readelf -dW "$shared" >dynamic
readelf -lW "$shared" >segments
readelf -nW "$shared" >notes
check "it needs the C library" grep -qE 'NEEDED.*\[libc\.' dynamic
check_text "and nothing else" "$(grep NEEDED dynamic | grep -vE '\[(libc|ld-linux[^.]*)\.so')" ""
check_text "its soname has the major version" "$(sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p' dynamic)" \
    "libffi_invoke.so.$(sed -n 's/^#define FFI_INVOKE_VERSION_MAJOR //p' "$header")"
check "it has no text relocations" eval '! grep -q TEXTREL dynamic'
check "its stack is not executable" grep -qE 'GNU_STACK.* RW +0x' segments
check "nothing is writable and executable" eval '! grep -q RWE segments'
check "its relocations become read-only" eval 'grep -q GNU_RELRO segments && grep -q NOW dynamic'
case $(uname -m) in
x86_64)
    check "its property note has IBT" grep -q 'x86 feature:.*IBT' notes
    check "and SHSTK" grep -q 'x86 feature:.*SHSTK' notes
    readelf -nW example-static >static-notes
    marked() { readelf -nW "$($CC -print-file-name="$1")" 2>/dev/null | grep -q IBT; }
    if marked crt1.o && marked crtbegin.o; then
        check "a program with the archive keeps them" grep -q 'x86 feature:.*IBT.*SHSTK' static-notes
    else
        skip "a program with the archive keeps them" "this compiler's start files have no such note"
    fi
    ;;
*) skip "IBT and SHSTK" "they are of x86-64" ;;
esac
finish
