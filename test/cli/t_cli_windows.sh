#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The `ffi` program and the demo on Windows, built by MinGW and run by Wine: what is another thing there than on POSIX
# systems, and of all else a little.

mingw=x86_64-w64-mingw32
CC="$CC -D__USE_MINGW_ANSI_STDIO=1 -static-libgcc" # C11's printf, and no DLL beside the library
. "$(dirname "$0")/cli.sh"

export LC_ALL=C.UTF-8 # Wine takes the command line for what the locale says

# says WORDS ARGUMENT...: all went well, and what was printed matches
says() {
    wanted=$1
    shift
    run "$@"
    check "$(title "$* says $wanted")" matched "$wanted"
}

matched() {
    { [ $code = 0 ] && [ ! -s "$err" ] && grep -q -e "$1" "$out"; } || told "$1"
}

# ---- the system's libraries ----

version=$(sed -n 's/^#define FFI_INVOKE_VERSION_[A-Z]* //p' include/ffi_invoke.h | paste -s -d .)
gives "ffi $version" --version
gives "$version" call - 'const char *ffi_version(void)'
gives 'hello
0' call msvcrt.dll 'int puts(str)' hello
says '^[1-9][0-9]*$' call kernel32 'u32 GetCurrentProcessId(void)'
for name in msvcrt MSVCRT.DLL 'C:\windows\system32\msvcrt.dll' C:/windows/system32/msvcrt.dll; do
    gives 1024 call "$name" 'double pow(double, double)' 2 10
done
gives '0.625
argument 2: 4' call msvcrt 'double frexp(double, int *)' 10 '&'
gives 'hi 42 2.50
11' call msvcrt 'int printf(const char *, ...)' '%s %d %.2f\n' hi 42 2.5
gives '9
argument 1: 16 bytes, "-5 and ff"
00000000: 2d35 2061 6e64 2066 6600 0000 0000 0000  -5 and ff.......' \
    call user32 'int wsprintfA(char *, str, ...)' @16 '%d %s %x' -5 and 255
says '^argument 1: {a = [0-9]*, b = [0-9]*, c = [0-9]*, d = {[0-9, ]*}}$' \
    call ole32 'int CoCreateGuid(struct { u32 a; u16 b, c; u8 d[8]; } *)' '&'
says 'hello.*$' call ucrtbase 'int puts(str)' hello # it has a stdout of its own
check 'what another C runtime prints comes first' test "$(tr -d '\r' <"$out" | tr '\n' ' ')" = 'hello 0 '

gives 32768 call msvcrt 'int _setmode(int, int)' 1 0x4000 # _O_TEXT, but our lines end as ever

# Our C library is c and m too; errno is its own.
gives 5 call c 'int abs(int)' -5
gives 1024 call m 'double pow(double, double)' 2 10
gives '-1
errno: 0' call --errno ucrtbase 'int _chdir(str)' 'C:\\no\\such\\folder'

fails 1 "no_such_library.dll: " call no_such_library 'int f()'
fails 1 "libno_such_library.dll: " call no_such_library 'int f()'
fails 1 "kernel32.dll has no symbol 'no_such_function'" call kernel32 'int no_such_function()'
fails 1 'cannot open library' call test/cli/cli_callee.c 'int f()'
fails 2 'takes 1 argument, but 0 are given' call msvcrt 'int abs(int)'
fails 2 "unknown command 'cal'" cal

# ---- the command line ----

# shellcheck disable=SC1003 # backslashes before a quote
for text in 'grüße €𝄞' 'a "b" c' 'C:\folder\' 'a\"b' "it's" '*' '?' '' '  ' 'x"' '%PATH%' '^&|<>'; do
    gives "$text
0" call msvcrt 'int puts(str)' "raw:$text"
done

# ---- wide text ----

gives 5 call kernel32 'int lstrlenW(const wchar_t *)' 'wide:aé€𝄞'
gives '11
argument 5: 16 bytes, "aé€𝄞"
00000000: 61c3 a9e2 82ac f09d 849e 0000 0000 0000  a...............' \
    call kernel32 'int WideCharToMultiByte(u32, u32, const wchar_t *, int, char *, int, str, int *)' \
    65001 0 'wide:aé€𝄞' -1 @16 16 NULL NULL
gives '3
argument 1: 8 bytes, "A"
00000000: 4100 c900 4200 0000                      A...B...' call user32 'u32 CharUpperBuffW(wchar_t *, u32)' '@8=wide:aéb' 3
gives '7
argument 1: 16 bytes, "h"
00000000: 6800 e900 2d00 3500 2500 7300 6c00 0000  h...-.5.%.s.l...' \
    call user32 'int wsprintfW(wchar_t *, const wchar_t *, ...)' @16 'wide:%s-%d%%%s' wide:hé 5 wide:sl
fails 2 "'str:abc' is text in bytes, not for const wchar_t *: write wide:TEXT" \
    call kernel32 'int lstrlenW(const wchar_t *)' str:abc
fails 2 'is for a pointer to integers of 2 or 4 bytes, not char *' call kernel32 'int lstrlenA(char *)' wide:abc

# The examples that are shown, but those that need a compiler.
for command in '' call plan layout symbols; do
    # shellcheck disable=SC2086 # none or one
    run $command --help
    grep '^  ffi ' "$out" | grep -v -e ' -I ' >"$work/examples"
    while read -r words; do
        eval "run ${words#ffi }" </dev/null
        check "$(title "$words")" test "$code $(wc -c <"$err")" = '0 0'
    done <"$work/examples"
done

# ---- ordinals and symbols ----

gives 13330 call ws2_32 '#9 u16 (u16)' 0x1234
gives 13330 call ws2_32 'u16 htons(u16)' 0x1234
fails 1 "has no symbol '#9999'" call ws2_32 '#9999 int (int)' 1
fails 1 'a macro? Write what that stands for' call kernel32 'u32 WINAPI GetCurrentProcessId(void)'
fails 1 'cannot bind' call ws2_32 '#9' 1
address() { sed -n "s/^\(0x[0-9a-f]\{16\}\)  .*  $1\$/\1/p" "$out"; }
run symbols --addresses ntdll RtlAllocateHeap
target=$(address RtlAllocateHeap)
run symbols --addresses kernel32 'Heap[A-C]*'
check 'symbols are matched and sorted' test "$(sed 's/.* //' "$out" | tr '\n' ' ')" = \
    'HeapAlloc HeapCompact HeapCreate HeapCreateTagsW '
check 'HeapAlloc is forwarded to RtlAllocateHeap' test "$target" = "$(address HeapAlloc)"
says '^{"library": "kernel32.dll", "symbols": \[{"name": "GetTickCount64", "offset": "0x[0-9a-f]*", "kind": "unknown", "size": 0, "version": ""}]}$' \
    symbols --json kernel32 GetTickCount64
is_json 'symbols --json'
run symbols -
check 'the program lists what the header has' test "$(sed 's/.* //' "$out" | sort | tr '\n' ' ')" = \
    "$(sed -n 's/^FFI_INVOKE_API .*[ *]\(ffi_[a-z_0-9]*\)(.*/\1/p' include/*.h | LC_ALL=C sort | tr '\n' ' ')"
fails 1 "has no symbol that matches 'no*such'" symbols kernel32 'no*such'

# ---- values of each class, in a library that MinGW compiled ----

value() { # TEXT NAME ARGUMENT...
    wanted=$1
    shift
    gives "$wanted" call -i test/cli/cli_value.h "$lib" "$@"
}
value '1 2.5' show_pair '{1, 2.5}'
value '7 1 2.5 3 -4' show_line 7 '{{1, 2.5}, {3, -4}}'
value '0.5 0.1 1e+10' show_spot '{.5, 0.1, 1e10}'
value 'abc 1 255 0' show_name '{"abc", {1, 0xff}}'
value '7 -16 1 1099511627775 -1' show_bits '{7, -16, true, 0xffffffffff, BLUE}'
value '1 2 3 4 5 6 7 8 -9 10' show_large '{1, 2, 3, 4, 5, 6, 7, 8, -9}' 10
value '1e+4000 -1' show_long_double_complex 1e4000-i
value '0123456789abcdef 0fedcba987654321' show_whole 0x0123456789abcdef0fedcba987654321
value '1 -0.5 0.1 4' show_floats '{1, -0.5, 0.1, 4}'
value '1 2
3 4
0.5' show_extra 2 '(struct pair){1, 2}' '(struct pair){.y = 4, .x = 3}' '(long double){0.5}'
value '{x = -3, y = 2.5}' make_pair
value '{from = {x = 1, y = 1.5}, to = {x = 2, y = -0.25}}' make_line
value '{low = 5, middle = -16, flag = true, high = 1094624909430, colour = GREEN}' make_bits
value '{numbers = {1, 2, 3, 4, 5, 6, 7, 8, -9}}' make_large
value '{e = 0.33333333333333333334}' make_extended
gives 4294967296 call "$lib" 'u64 same_u64(u64)' 0x100000000
fails 2 'does not fit long' call "$lib" 'long same_i32(long)' 2147483648 # it has 32 bits

# ---- errors that a call leaves ----

gives '-1
errno: 2 ENOENT (No such file or directory)' call --errno msvcrt 'int _chdir(str)' 'C:\\no\\such\\folder'
says '^last error: 6 (.*)$' call --last-error kernel32 'int CloseHandle(ptr)' 3
gives '0
last error: 0' call --last-error kernel32 'int MulDiv(int, int, int)' 0 1 1
open='ptr CreateFileA(str, u32, u32, ptr, u32, u32, ptr)'
says '"result": "0xf*", "outputs": \[], "errno": {"number": 0, .*}, "last_error": {"number": 2, "text": "[^"]*"}}$' \
    call --json --errno --last-error kernel32 "$open" no.file 0x80000000 0 NULL 3 0 NULL
is_json '--last-error'

# ---- crashes, which the process itself reports ----

cat >"$work/keep.c" <<'END'
#define EXPORT __declspec(dllexport)
static char *kept;
EXPORT void keep(char *text) { kept = text; }
EXPORT int read_kept(int at) { return kept[at]; }
END
keep=$work/keep.dll
check 'a library that keeps an address' $mingw-gcc -shared "$work/keep.c" -o "$keep"
echo 'void keep(char *text); int read_kept(int at);' >"$work/keep.h"
fails 1 'the call of read_kept ended by exception 0xc0000005, access violation in keep.dll at 0x' call "$keep" 'int read_kept(int)' 5
check 'the address is told' grep -q ': it accessed 0x5, as through a NULL pointer' "$err"
fails 1 'bytes behind the 10 of argument 1' call msvcrt 'void *memset(char *, int, size_t)' @10 1 8000000
printf '%s\n' '1 + 1' 'keep("hello")' 'read_kept(1)' '2 + 2' | $RUNNER "$ffi" repl -i "$work/keep.h" "$keep" >"$out" 2>"$err"
code=$?
check_text 'the lines before a crash have printed' "$code $(cat "$out")" '1 2'
check 'a read of a freed text is told' grep -qF \
    'it accessed a freed buffer, offset 1 of the 6 bytes of argument 1 of keep, 1 call before' "$err"

# ---- plan and layout are of Windows ----

says '^win64: long (double, long)$' plan 'long f(double, long)'
says '^sysv: long (long)$' plan --abi sysv 'long f(long)'
says 'size 12, alignment 4' layout 'struct { char c; long l; char d; }'
says 'size 24, alignment 8' layout --abi sysv 'struct { char c; long l; char d; }'

# ---- declarations ----

mkdir "$work/grüße"
echo 'struct odd { char c; long long l; };' >"$work/grüße/ö.h"
says 'size 16, alignment 8' layout -i "$work/grüße/ö.h" 'struct odd'
says 'size 16, alignment 8' layout -i - 'struct odd' <"$work/grüße/ö.h"
fails 1 'cannot open' layout -i "$work/no.h" 'struct odd'

# A compiler for Windows is not there to be run. This one repeats what another has said, if it is asked well.
cat >"$work/cc.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int count, char **words) {
    static const char *const wanted[] = {"-E", "-dD", "-x", "c", "-include", "windows.h", "-"};
    FILE *said = fopen(getenv("SAID"), "rb");
    for (int i = 1; i < count; i++)
        if (count != 8 || strcmp(words[i], wanted[i - 1])) return fprintf(stderr, "cc: why %s?\n", words[i]), 1;
    if (!said || getchar() != EOF) return 2;
    for (int c; (c = getc(said)) != EOF;) putchar(c);
    return 0;
}
END
mkdir "$work/a folder"
check 'a compiler is made' $mingw-gcc "$work/cc.c" -o "$work/a folder/cc.exe"
echo | $mingw-gcc -E -dD -x c -include windows.h - >"$work/said"
kept=$CC
export SAID="$work/said" CC="$work/a folder/cc.exe"
says 'size 592, alignment 4' layout -I windows.h WIN32_FIND_DATAW
says '^last error: 2 ' \
    call --last-error -I windows.h kernel32 CreateFileA no.file 0x80000000 0 NULL OPEN_EXISTING 0 NULL
run layout -I 'a "strange\" one.h' 'struct odd'
check 'it fails if the compiler does' test $code = 1
check_text 'a header is quoted' "$(cat "$err")" 'ffi: the preprocessor failed for a "strange\" one.h: cc: why a "strange\" one.h?'
CC=no-such-compiler
fails 1 'cannot run the preprocessor, no-such-compiler: ' layout -I windows.h WIN32_FIND_DATAW
fails 1 'the size of struct odd is not known' layout 'struct odd'
check 'and that nobody could be asked' grep -q '^  note: cannot run the preprocessor, no-such-compiler: ' "$err"
CC=$kept

# ---- the demo ----

$RUNNER "$BUILD/demo.exe" >"$out" 2>"$err"
code=$?
grep -a 'is not installed' "$out" | sed 's/^/# /'
grep -a 'no screen' "$out" | sed 's/^ */# /'
check 'the demo finds all answers right' matched '^[5-9][0-9] answers right, 0 wrong'
finish
