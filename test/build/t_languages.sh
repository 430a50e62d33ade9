#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Other readers of the public header than gcc and clang: README's programs in Go, Rust and Zig, a C compiler that
# knows neither GNU C nor all of the psABI (TinyCC), and SWIG.
. "$(dirname "$0")/../lib/tap.sh"

! is_musl || skip_all "the other compilers link glibc"
cd "$root" || exit 1
BUILD=$(cd "${BUILD:?the build folder}" && pwd)
include=$root/include
for language in go rust zig; do
    sed -n "/^\`\`\`$language\$/,/^\`\`\`\$/p" README.md | grep -v '^```' >"$work/program.$language"
done
cd "$work" || exit 1
export LD_LIBRARY_PATH="$BUILD"

# says NAME SORTED: what ./program prints
says() {
    ./program >said 2>&1
    check_text "$1: it calls and is called" "$(cat said)" "1024
$2"
}

if ! command -v go >/dev/null; then
    skip "Go" "go is not installed (golang-go)"
else
    mv program.go main.go
    mkdir cache
    export GOCACHE="$work/cache" GOPATH="$work/cache" GO111MODULE=off GOTOOLCHAIN=local
    check "Go: README's program is built" env CGO_CFLAGS="-I$include" CGO_LDFLAGS="-L$BUILD" go build -o program main.go
    says Go '[0 1 2 3]'
    chmod -R u+w cache
fi

# bindgen 0.60 stops at nameless enums of libclang 16 and later.
clang=$(for folder in /usr/lib/llvm-*/lib; do [ -e "$folder/libclang.so.1" ] && echo "$folder"; done | sort -V | head -n 1)
if ! command -v rustc >/dev/null || ! command -v bindgen >/dev/null; then
    skip "Rust" "rustc or bindgen is not installed"
else
    check "Rust: bindgen reads the header" env ${clang:+LIBCLANG_PATH="$clang"} bindgen "$include/ffi_invoke.h" -o ffi_invoke.rs
    check "Rust: bindgen reads the layer's header" env ${clang:+LIBCLANG_PATH="$clang"} bindgen "$include/ffi_embed.h" -o embed.rs
    check "Rust: README's program is built" rustc --edition 2021 program.rust -o program -L "$BUILD" -l ffi_invoke
    says Rust '[0, 1, 2, 3]'
fi

zig=/usr/local/lib/ziglang/ziglang/zig # tools/build/setup.sh
if [ ! -x "$zig" ]; then
    skip "Zig" "pip has not installed ziglang"
else
    export ZIG_GLOBAL_CACHE_DIR="$work/zig" ZIG_LOCAL_CACHE_DIR="$work/zig"
    "$zig" translate-c -lc "$include/ffi_invoke.h" >ffi_invoke.zig 2>said
    check "Zig: it translates the header" test -s ffi_invoke.zig
    mv program.zig main.zig
    check "Zig: README's program is built" "$zig" build-exe main.zig -lc -L"$BUILD" -lffi_invoke --name program
    says Zig '{ 0, 1, 2, 3 }'
fi

if ! command -v tcc >/dev/null; then
    skip "TinyCC" "tcc is not installed"
else
    cat >kinds.c <<'END'
#include <ffi_embed.h>
#include <stdio.h>

static signed char narrow(signed char a) { return a; }
static short       half(short a) { return a; }
static int         whole(int a, long long b) { return a + (int)b; }
static long long   wide(long long a) { return a * 3; }
static float       single(float a) { return a / 2; }
static double      real(double a, double b) { return a / b; }

int main(void) {
    ffi_context *context = ffi_context_new(NULL);
    ffi_value    args[2];
    ffi_any      any[2], sum;
    signed char  i8;
    short        i16;
    int          i32;
    long long    i64;
    float        f32;
    double       f64;
    args[0].i8 = -3;
    ffi_invoke(ffi_function_new(context, (void *)narrow, "i8(i8)"), &i8, args);
    args[0].i16 = -300;
    ffi_invoke(ffi_function_new(context, (void *)half, "i16(i16)"), &i16, args);
    args[0].i32 = 40, args[1].i64 = 2;
    ffi_invoke(ffi_function_new(context, (void *)whole, "int(int, i64)"), &i32, args);
    args[0].i64 = 1LL << 40;
    ffi_invoke(ffi_function_new(context, (void *)wide, "i64(i64)"), &i64, args);
    args[0].f32 = 5;
    ffi_invoke(ffi_function_new(context, (void *)single, "float(float)"), &f32, args);
    args[0].f64 = 7, args[1].f64 = 2;
    ffi_function *divide = ffi_function_new(context, (void *)real, "double(double, double)");
    ffi_invoke(divide, &f64, args);
    any[0] = ffi_any_real(1), any[1] = ffi_any_real(4);
    ffi_invoke_any(divide, &sum, any, 2);
    printf("%d %d %d %lld %g %g %g\n", i8, i16, i32, i64, f32, f64, sum.as.f64);
    ffi_context_free(context);
    return 0;
}
END
    check "TinyCC: a program is built" tcc -I"$include" kinds.c "$BUILD/libffi_invoke.so" -o program
    check_text "TinyCC: results of each kind" "$(./program)" "-3 -300 42 3298534883328 2.5 3.5 0.25"
fi

if ! command -v swig >/dev/null; then
    skip "SWIG" "swig is not installed"
else
    printf '%%module ffi\n%%include <stdint.i>\n%%include "ffi_invoke.h"\n%%include "ffi_embed.h"\n' >ffi.i
    check "SWIG reads the headers" swig -python -w314,451 "-I$include" ffi.i
fi
finish
