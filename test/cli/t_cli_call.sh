#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi call`: each notation of an argument, each kind of result and output, JSON, errno, and its calm when it
# is given nonsense.
# Part of make check.

. "$(dirname "$0")/cli.sh"

# ---- numbers ----

gives 1024 call m 'double pow(double, double)' 2 10
gives 1024 call m 'f64 pow(f64 x, f64 y)' 2 10
same() { # TYPE TEXT WANTED
    gives "$3" call "$lib" "$1 same_$1($1)" "$2"
}
for at in i8:-128 i8:127 u8:255 i16:-32768 i16:32767 u16:65535 i32:-2147483648 i32:2147483647 u32:4294967295 \
    i64:-9223372036854775808 i64:9223372036854775807 u64:18446744073709551615 u8:0 i8:-0; do
    value=${at#*:}
    [ "$value" = -0 ] && value=0
    same "${at%:*}" "${at#*:}" "$value"
done
same i32 0xfF 255
same i32 -0x10 -16
same i32 017 15
same i32 0b101 5
same i32 +7 7
same u64 5uLL 5
same i32 "'a'" 97
same i32 "'\\n'" 10
same i8 "'\\xff'" -1
same u8 "'\\xff'" 255
gives 2 call "$lib" 'enum colour same_i32(enum colour)' 2
for at in true:true false:false 1:true 0:false; do same bool "${at%:*}" "${at#*:}"; done
for number in 0.1 100000 -0 1.5e+300 5e-324 1.7976931348623157e+308 0.30000000000000004 \
    inf -inf nan 123456789012; do
    same f64 $number $number
done
for number in 0.1 16777216 3.4028235e+38 1e-45 0.33333334; do same f32 $number $number; done
same f64 0x1.8p3 12
same f64 0x10 16
same f64 010 8
same f64 .5f 0.5
same f64 18446744073709551615 1.8446744073709552e+19
same f64 "'a'" 97
run call "$lib" 'void nothing()'
check 'void is nothing' test "$code $(cat "$out" "$err" | wc -c)" = '0 0'
gives 204 call "$lib" 'int many(int, int, int, int, int, int, int, int)' 1 2 3 4 5 6 7 8

does_not_fit() { # TYPE NAME TEXT
    fails 2 "argument 1: $3 does not fit $2" call "$lib" "$1 same_$1($1)" "$3"
}
does_not_fit i8 int8_t 128
does_not_fit i8 int8_t -129
does_not_fit u8 uint8_t 256
does_not_fit u8 uint8_t -1
does_not_fit i16 int16_t 32768
does_not_fit u16 uint16_t 65536
does_not_fit i32 int32_t 2147483648
does_not_fit u32 uint32_t 4294967296
does_not_fit i64 int64_t 9223372036854775808
does_not_fit u64 uint64_t 18446744073709551616
does_not_fit u64 uint64_t -1
does_not_fit bool _Bool 2
does_not_fit f64 double 1e999
does_not_fit f32 float 1e39
fails 2 'argument 2: 300 does not fit int8_t' call "$lib" 'int many(int, int8_t)' 1 300
for text in '' ' 1' 1x 1.5 0x 08 1lul "'ab'" "'" "'''" --1 abc '1 '; do
    fails 2 "argument 1: '$text' is not an integer" call "$lib" 'int same_i32(int)' "$text"
done
for text in '' ' 1' 1x 0x 08 1.5q -; do
    fails 2 "argument 1: '$text' is not a number" call "$lib" 'double same_f64(double)' "$text"
done
fails 2 "argument 1: 'yes' is not a bool" call "$lib" 'bool same_bool(bool)' yes

# ---- text ----

text='char *same_str(char *)'
gives 'plain text' call "$lib" "$text" 'plain text'
gives '' call "$lib" "$text" ''
gives 123 call "$lib" "$text" 123
gives NULL call "$lib" "$text" NULL
gives '"NULL"' call "$lib" 'const char *same_str(const char *)' str:NULL
gives 99 call "$lib" 'size_t length(const char *)' NULL
gives 4 call "$lib" 'size_t length(const char *)' str:NULL
gives 4 call "$lib" 'size_t length(const unsigned char *)' text
gives 4 call "$lib" 'size_t length(signed char *)' text
gives 4 call "$lib" 'size_t length(const void *)' str:text
gives 4 call "$lib" 'size_t length(str)' raw:'a\nb'
gives 3 call "$lib" 'size_t length(str)' 'a\nb'
gives 5 call "$lib" 'size_t length(str)' str:@home
for at in 'a:7' 'b:8' 't:9' 'n:10' 'v:11' 'f:12' 'r:13' '\:92' '":34' "':39" '?:63' '0:0' '101:65' \
    'x41:65' 'xff:255' 'u00e9:195' 'U0001F600:240'; do
    gives "${at#*:}" call "$lib" 'int byte_at(str, size_t)' "\\${at%:*}" 0
done
gives 'é😀€' call "$lib" "$text" '\u00e9\U0001F600\u20ac'
gives 66 call "$lib" 'int byte_at(str, size_t)' 'a\0B' 2
gives llo call c 'char *strchr(const char *, int)' hello "'l'"
gives 'pointer to argument 1 + 2' call "$lib" 'uint8_t *tail(char *, size_t)' hello 2
for sign in signed unsigned; do gives llo call "$lib" "$sign char *tail($sign char *, size_t)" hello 2; done
gives '' call "$lib" 'char *tail(char *, size_t)' abc 3
gives 3 call c strlen abc # by the name alone, through the common headers
run plan --abi sysv strlen
check 'plan strlen, by the name alone' grep -q 'const char \*  *-> rdi' "$out"
run plan -I stdlib.h --abi sysv div
check 'plan div, as stdlib.h declares it' grep -q 'int  *-> rdi' "$out"
# shellcheck disable=SC1003 # a lone backslash is meant
for text in '\q' '\' '\x' '\400' '\u12' '\ud800' '\U00110000'; do
    fails 2 'has an escape that C does not know' call "$lib" 'size_t length(str)' "$text"
done

# ---- wide text: what the compiler makes of the same characters, with the zero behind them ----

cat >"$work/wide.c" <<'END'
#include <string.h>
#include <uchar.h>
#include <wchar.h>
#define CHARACTERS(prefix) prefix##"grüße €\t\U0001F600 \uffff\U00010000\U0010ffff\0é"
#define SAME(name, type, text)                                                                                         \
    int name(const type *at) {                                                                                         \
        static const type wanted[] = text;                                                                             \
        return !memcmp(at, wanted, sizeof wanted);                                                                     \
    }
SAME(same_u, char16_t, CHARACTERS(u))
SAME(same_U, char32_t, CHARACTERS(U))
SAME(same_L, wchar_t, CHARACTERS(L))
SAME(empty_u, char16_t, u"")
SAME(empty_U, char32_t, U"")
struct line { int number; const wchar_t *text; };
int same_member(const struct line *line) { return same_L(line->text); }
int same_cell(const wchar_t **text) { return same_L(*text); }
int same_variable(int count, ...) {
    __builtin_va_list list;
    __builtin_va_start(list, count);
    int same = same_L(__builtin_va_arg(list, const wchar_t *));
    __builtin_va_end(list);
    return same;
}
END
check 'a library of wide text' "${CC:-cc}" -w -shared -fPIC -o "$work/libwide.so" "$work/wide.c"
widens() { # 1 or 0, SIGNATURE ARGUMENT...
    run call "$work/libwide.so" "$2" "$3" ${4:+"$4"}
    check "$(title "$1: $2 $3")" test "$code $(head -n 1 "$out")" = "0 $1"
}
text='grüße €\t😀 \uffff\U00010000\U0010ffff\0é'
for type in char16_t 'unsigned short' int16_t; do widens 1 "int same_u(const $type *)" "wide:$text"; done
for type in char32_t uint32_t int; do widens 1 "int same_U(const $type *)" "wide:$text"; done
widens 1 'int same_L(wchar_t *)' "wide:$text"
widens 0 'int same_L(wchar_t *)' "wide:$text."
widens 1 'int same_L(wchar_t *)' "@200=wide:$text"
widens 1 'int empty_u(char16_t *)' wide:
widens 1 'int empty_U(char32_t *)' wide:
widens 1 'int same_member(struct { int number; wchar_t *text; } *)' "&{1, wide:$text}"
widens 1 'int same_cell(wchar_t **)' "&wide:$text"
widens 1 'int same_variable(int, ...)' 1 "wide:$text"
gives '0
argument 1: 8 bytes, "a"
00000000: 6100 e900 3dd8 00de                      a...=...' call "$lib" 'int take(char16_t *)' '@8=wide:aé😀'
json_of '["é\u0000\"𝄞"]' 0 '[]' 'int take(char16_t *)' 'wide:é\0\"𝄞'
json_of '[{"type": "wchar_t *", "value": "é"}]' 0 '[{"argument": 1, "type": "wchar_t *", "value": {"argument": 1, "offset": 0}}]' \
    'int take(wchar_t **)' '&wide:é'
gives 'pointer to argument 1 + 2' call "$lib" 'char *tail(char16_t *, size_t)' wide:abc 2
bad=$(printf 'wide:a\300\200')
for text in 'wide:\xff' 'wide:a\xed\xa0\x80' "$bad"; do
    fails 2 'is not UTF-8' call "$lib" 'int take(char16_t *)' "$text"
done
fails 2 'has an escape that C does not know' call "$lib" 'int take(char16_t *)' 'wide:\q'
for type in 'char *' 'unsigned char *' 'void *' 'int64_t *' 'float *' 'char16_t **'; do
    fails 2 "is for a pointer to integers of 2 or 4 bytes, not $type" call "$lib" "int take($type)" wide:abc
done
fails 2 'has more text than the buffer has bytes' call "$lib" 'int take(char16_t *)' @5=wide:abc
for type in 'char16_t *' 'short *' 'wchar_t *' 'unsigned int *'; do
    fails 2 "'str:abc' is text in bytes, not for $type: write wide:TEXT" call "$lib" "int take($type)" str:abc
    fails 2 "is text in bytes, not for $type: write wide:TEXT" call "$lib" "int take($type)" raw:abc
    fails 2 "is text in bytes, not for $type: write wide:TEXT" call "$lib" "int take(struct { $type x; } *)" '&{"abc"}'
done

# ---- pointers, cells and buffers ----

gives 0x1234 call "$lib" 'void *same_ptr(void *)' 0x1234
gives NULL call "$lib" 'void *same_ptr(void *)' 0
gives NULL call "$lib" 'void *same_ptr(void *)' NULL
gives 0x20 call "$lib" 'void *same_str(char *)' ptr:32
gives '0.625
argument 2: 4' call m 'double frexp(double, int *)' 10 '&'
gives 'argument 1: 3, -6, 9' call "$lib" 'void triple(int *, int)' '&1,-2,3' 3
gives 'argument 1: 3' call "$lib" 'void triple(void *, int)' '&int=1' 1
gives 'argument 1: 0.75, 1' call "$lib" 'void halves(void *, int)' '&double=1.5,2' 2
gives 'argument 1: 0, 0' call "$lib" 'void triple(int (*)[2], int)' '&' 2
gives 'argument 1: two' call "$lib" 'void next_word(const char **)' '&one two'
gives 'argument 1: 0x10
argument 2: true
argument 3: 199' call "$lib" 'void cells(void **, bool *, uint8_t *)' '&' '&' '&200'
gives 'argument 1: 44, 1' call "$lib" 'void nothing(char *)' "&',',1"
gives '12
argument 2: abc' call c 'long strtol(const char *, char **, int)' 12abc '&' 10
gives 'argument 1: pointer to argument 1
argument 1: 5' call "$lib" 'void nothing(int **)' '&&5'
gives 'pointer to argument 1
argument 1: 20 bytes, "AAA"
00000000: 4141 4100 0000 0000 0000 0000 0000 0000  AAA.............
00000010: 0000 0000                                ....' call "$lib" 'char *fill(char *, int, size_t)' @20 65 3
gives 'pointer to argument 1
argument 1: 64 bytes
00000000: ffff ffff ffff ffff ffff ffff ffff ffff  ................
*
00000030: ffff ffff ffff ffff ffff ffff ffff ffff  ................' \
    call "$lib" 'void *fill(void *, int, size_t)' @0x40 255 64
gives 'argument 1: 5 bytes, "a\n\"b"
00000000: 610a 2262 00                             a."b.' call "$lib" 'void nothing(char *)' '@5=a\n"b'
gives 'argument 1: 3 bytes, "a\\n"
00000000: 615c 6e                                  a\n' call "$lib" 'void nothing(char *)' '@3=raw:a\n'
gives 'argument 1: 0 bytes' call "$lib" 'void nothing(char *)' @0
gives 'argument 1: 1 byte
00000000: 00                                       .' call "$lib" 'void nothing(void *)' @1
fails 2 'has more text than the buffer has bytes' call "$lib" 'void nothing(char *)' @2=abc
for text in @ @x @1x @-1 @=a; do fails 2 'has no size' call "$lib" 'void nothing(char *)' "$text"; done
fails 2 'at most 1 GiB' call "$lib" 'void nothing(char *)' @99999999999999999999
fails 2 "'abc' is not an address" call "$lib" 'void *same_ptr(void *)' abc
fails 2 "'abc' is not an address" call "$lib" 'void *same_ptr(int *)' abc
fails 2 'does not fit void *' call "$lib" 'void *same_ptr(void *)' 0x10000000000000000
fails 2 'does not fit void *' call "$lib" 'void *same_ptr(void *)' -1
fails 2 'needs a type' call "$lib" 'void *same_ptr(void *)' '&'
fails 2 "expected a type, found '3'" call "$lib" 'void *same_ptr(void *)' '&3,1'
check 'the type is asked for' grep -qxF '  note: the parameter is a pointer to void: write the type first, such as &int=3,1' "$err"
fails 2 'needs a type' call "$lib" 'void *same_ptr(void *)' '&=5'
fails 2 "unknown type 'nonsense'" call "$lib" 'void *same_ptr(void *)' '&nonsense=5'
fails 2 "'&' needs the size of struct stat, which is not known" call "$lib" 'void *same_ptr(struct stat *)' '&'
fails 2 'needs the size of void' call "$lib" 'void *same_ptr(void *)' '&void=1'
fails 2 "argument 1: 'x' is not an integer" call "$lib" 'void triple(int *)' '&1,x'
fails 2 "argument 1: '' is not an integer" call "$lib" 'void triple(int *)' '&1,'
nest='&void *='
for _ in 1 2 3 4 5; do nest=$nest$nest; done
fails 2 'nested too deep' call "$lib" 'void *same_ptr(void *)' "$nest&int"

# ---- parameters that are declared as arrays have as many cells ----

gives 'argument 1: 3, 0, 0' call "$lib" 'void triple(int numbers[3], int)' '&1' 3
gives 'argument 1: 0, 0' call "$lib" 'void triple(int[static 2], int)' '&' 2
gives 'argument 1: 3, 6, 9' call "$lib" 'void triple(int[2], int)' '&1,2,3' 3
gives 'argument 1: 0, 0, 0, 0' call "$lib" 'void triple(int[2][2], int)' '&' 4
gives 'argument 1: "AB"' call "$lib" 'void nothing(char[5])' '&"AB"'
gives 'argument 1: 65, 66, 0' call "$lib" 'void nothing(char[3])' "&'A',66"
gives 'argument 1: {7, 0}' call "$lib" 'void nothing(int[2])' '&(int[2]){7}'
gives 'argument 1: one, NULL' call "$lib" 'void nothing(char *[2])' '&one'
gives 'argument 1: pointer to argument 1
argument 1: 0' call "$lib" 'void nothing(int *[1])' '&&'
fails 2 'at most 1 GiB' call "$lib" 'void nothing(int[1000000000])' '&'
run call c 'int pipe(int[2])' '&'
check 'pipe has room for both descriptors' grep -q '^argument 1: [0-9]*, [0-9]*$' "$out"
fails 1 'argument 1: the callee wrote behind the 4 bytes that it has' call c 'int pipe(int *)' '&'
fails 1 'argument 1: the callee wrote before the 4 bytes' call "$lib" 'void write_at(int *, long)' '&' -1
for at in 4 5 4095; do
    fails 1 "offset $at" call "$lib" 'void write_at(int *, long)' '&' $at
done

# ---- variable arguments ----

printf='int printf(const char *, ...)'
gives 'hi 42
6' call c "$printf" '%s %d\n' hi 42
gives 'none
5' call c "$printf" 'none\n'
gives '-5 5000000000 18446744073709551615 1.5 97 inf
46' call c "$printf" '%d %ld %lu %g %d %s\n' -5 5000000000 18446744073709551615 1.5 "'a'" inf
gives '5 200 1 42 (nil) 1.5 a\n nan 1
31' call c "$printf" '%ld %u %g %s %p %g %s %g %d\n' \
    i64:5 u8:200 f64:1 str:42 NULL f32:1.5 'raw:a\n' f64:nan bool:true
gives '3
argument 3: 42
argument 4: 4 bytes, "xy"
00000000: 7879 0000                                xy..
argument 5: 2.5' call c 'int sscanf(str, str, ...)' '42 xy 2.5' '%d %s %lf' '&int' @4 '&double'
gives '9 2.5 x
8' call c 'int printf(str, ..., long, double, str)' '%ld %g %s\n' 9 2.5 x
gives '1 2 3 4 5 6 7 8 9 10
21' call c "$printf" '%d %d %d %d %d %d %d %g %g %d\n' 1 2 3 4 5 6 7 8. 9. 10
fails 2 'printf takes at least 1 argument, but 0 are given' call c "$printf"
fails 2 'the format of printf asks for 2 arguments, but 1 is given' call c "$printf" '%s %d\n' hi
fails 2 'the format of printf asks for 1 argument, but 0 are given' call c "$printf" '%d\n'
fails 2 'the format of printf asks for 2 arguments, but 1 is given' call c "$printf" '%*d' 5
fails 2 'the format of printf asks for 60 arguments, but 1 is given' call c "$printf" "$(printf "%060d" 0 | sed "s|0|%llu|g")" 1
fails 2 'the format of sscanf asks for 2 arguments, but 1 is given' \
    call c 'int sscanf(str, str, ...)' '5 6' '%d %d' '&int'
gives '100%
5' call c "$printf" '100%%\n'
fails 2 'printf takes 2 arguments, but 3 are given' call c 'int printf(str, ..., long)' a 1 2
fails 2 'argument 2: 300 does not fit uint8_t' call c "$printf" '%d\n' u8:300
fails 2 "argument 2: 'x' is not an integer" call c "$printf" '%d\n' i32:x
# shellcheck disable=SC2046 # they are words
fails 2 'at most 1024 arguments, but 1025 are given' call c "$printf" $(yes 0 | head -n 1025)

# ---- JSON ----

called='"function": "pow", "signature": "double (double, double)", "library": "libm.so.6"'
gives_json "{$called, \"arguments\": [2, 10], \"result\": 1024, \"outputs\": []}" \
    call --json m 'double pow(double, double)' 2 10
json_of '[]' 'null' '[]' 'void nothing()'
json_of '[true]' 'true' '[]' 'bool same_bool(bool)' 1
json_of '["nan"]' '"nan"' '[]' 'double same_f64(double)' nan
json_of '["-inf"]' '"-inf"' '[]' 'float same_f32(float)' -inf
json_of '[-9223372036854775808]' '-9223372036854775808' '[]' 'long same_i64(long)' -9223372036854775808
json_of '["a\"\\\n\u0009\u0001\u0000b"]' '"a\"\\\n\u0009\u0001"' '[]' 'char *same_str(char *)' 'a"\\\n\t\1\0b'
json_of '[]' '"\"\\\n\u0009\u0001\u007fé"' '[]' 'char *controls()'
json_of '[]' '{"hex": "ff8078"}' '[]' 'char *not_utf8()'
json_of '[{"hex": "c080"}]' '{"hex": "c080"}' '[]' 'str same_str(str)' '\xc0\x80'
json_of '[null]' 'null' '[]' 'str same_str(str)' NULL
json_of '["0x10"]' '"0x10"' '[]' 'ptr same_ptr(ptr)' 16
json_of '["abc", 2]' '{"argument": 1, "offset": 2}' '[]' 'uint8_t *tail(str, size_t)' abc 2
json_of '["gone"]' 'null' '[]' 'void end_text(char *)' gone
json_of '[{"type": "int", "value": 7}, 1]' 'null' '[{"argument": 1, "type": "int", "value": 21}]' \
    'void triple(int *, int)' '&7' 1
json_of '[{"type": "int", "value": [1, 2]}, 2]' 'null' '[{"argument": 1, "type": "int", "value": [3, 6]}]' \
    'void triple(int *, int)' '&1,2' 2
json_of '[{"type": "const char *", "value": "one two"}]' 'null' \
    '[{"argument": 1, "type": "const char *", "value": "two"}]' \
    'void next_word(const char **)' '&one two'
json_of '[{"size": 4}, 65, 3]' '{"argument": 1, "offset": 0}' \
    '[{"argument": 1, "size": 4, "hex": "41414100", "text": "AAA"}]' \
    'void *fill(void *, int, size_t)' @4 65 3
json_of '[{"size": 2}]' 'null' '[{"argument": 1, "size": 2, "hex": "0000", "text": null}]' \
    'void nothing(char *)' @2

# ---- errno ----

gives '-1
errno: 2 ENOENT (No such file or directory)' call --errno c 'int chdir(const char *)' /no/such/folder
gives '-1
errno: 9999 (Unknown error 9999)' call --errno "$lib" 'int fail_with(int)' 9999
gives 'errno: 0' call --errno "$lib" 'void nothing()'
fails 1 'option --last-error is for Windows only' call --last-error "$lib" 'void nothing()' # only Windows has that
called='"function": "chdir", "signature": "int (const char *)", "library": "libc.so.6"'
came='"arguments": ["/no/such/folder"], "result": -1, "outputs": []'
error='"errno": {"number": 2, "name": "ENOENT", "text": "No such file or directory"}'
gives_json "{$called, $came, $error}" \
    call --json --errno c 'int chdir(const char *)' /no/such/folder

# ---- what the callee does to us ----

gives 'by stdio
by write
unfinished argument 1: 1' call "$lib" 'void print_both(int *)' '&1'
gives 'wide
argument 1: 1' call "$lib" 'void print_wide(int *)' '&1'
run call "$lib" 'void leave(int)' 7
check 'a callee that exits chooses the exit code' test "$code $(cat "$out")" = '7 left'

# ---- nonsense ----

# Random arguments, made of what the notation is made of, for a function that looks at none of them. The
# pieces have no newline, so that each line is one call.
seed=${SEED:-$(date +%s)}
echo "# random arguments from seed $seed; SEED repeats it"
awk -v seed="$seed" 'BEGIN {
    pieces = "0 1 9 -1 0x 0b - + . e p ff inf nan NULL true @ & = , : str: raw: wide: ptr:" \
        " i8: f32: \\ \\x \\u \\0 \\n int char void * ( ) [3] @8 @4=ab &int= &1,2 \x27 \x27a\x27 %" \
        " 18446744073709551615 1e999 \xff \xc3\xa9"
    srand(seed)
    n = split(pieces, piece, " ")
    for (line = 0; line < 400; line++) {
        text = ""
        for (k = int(rand() * 8); k > 0; k--) {
            for (j = int(rand() * 4); j > 0; j--) text = text piece[1 + int(rand() * n)]
            text = text "\t"
        }
        print text
    }
}' >"$work/nonsense"
crashes=0 calls=0
while IFS= read -r line; do
    for signature in 'int take(int8_t, const char *, double, int *, void *, ...)' 'int take(...)' \
        'int take(char *, char **)' 'int take(wchar_t *)' 'int take(char16_t *, wchar_t **)'; do
        # shellcheck disable=SC2086 # tabs part the arguments
        (IFS='	' && set -f && exec "$ffi" call --json "$lib" "$signature" $line) >"$out" 2>"$err"
        code=$?
        calls=$((calls + 1))
        [ $code -le 2 ] && { [ $code = 0 ] || grep -q '^{"error": {"status": '$code', ' "$err"; } && continue
        crashes=$((crashes + 1))
        printf '#   exit code %d: %s %s\n' $code "$signature" "$line"
    done
done <"$work/nonsense"
check "$calls calls with nonsense end with exit code 0, 1 or 2" test $crashes = 0

# ---- cells by the parameter's name ----

SPLIT='int split(double number, int parts[2])'
gives '1
parts: 2, 500' call "$lib" "$SPLIT" 2.5 '&parts='
gives '1
parts: 2, 500' call "$lib" "$SPLIT" 2.5 '&parts=7,8'
gives '1
argument 2: 2, 500' call "$lib" "$SPLIT" 2.5 '&'
gives '{"function": "split", "signature": "int (double, int[2])", "library": "'"$lib"'", "arguments": [2.5, {"type": "int", "value": [7, 0]}], "result": 1, "outputs": [{"argument": 2, "name": "parts", "type": "int", "value": [2, 500]}]}' \
    call --json "$lib" "$SPLIT" 2.5 '&parts=7'
gives '4
buffer: 4 bytes, "xxx"
00000000: 7878 7800                                xxx.' call "$lib" 'u64 fill_text(char *buffer, u64)' '&buffer=@4' 4
gives '6
values: 1, 2, 3' call "$lib" 'long sum_of(const void *values, int)' '&values=int=1,2,3' 3
gives '1
parts: 2, 500' call "$lib" 'int split(double __number, int __parts[2])' 2.5 '&parts='
fails 2 "'part=' is not an integer" call "$lib" "$SPLIT" 2.5 '&part='
check 'the name that the parameter has is told' grep -qx "  note: the parameter's name is parts: &parts=" "$err"
fails 2 "'parts=' is not an integer" call "$lib" 'int split(double, int[2])' 2.5 '&parts='
check 'a parameter without a name is told' grep -qx '  note: the parameter has no name in the signature' "$err"
fails 2 'has no size: a buffer is @N' call "$lib" 'u64 fill_text(char *buffer, u64)' '&buffer=@x' 4
fails 2 "unknown type 'value'" call "$lib" 'long sum_of(const void *values, int)' '&value=3' 3
finish
