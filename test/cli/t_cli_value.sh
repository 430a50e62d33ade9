#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi call` with values of every type: structs, unions, arrays, bit-fields, enums, complex numbers, long double,
# __int128, vectors. What the callee received is judged by the compiler that built it: it prints each value
# itself; what it returns is known from its source.
# Part of make check.

. "$(dirname "$0")/cli.sh"
. test/lib/compilers.sh

value() { # WANTED FUNCTION ARGUMENT...: of a function that cli_value.h declares
    wanted=$1
    shift
    gives "$wanted" call -i test/cli/cli_value.h "$lib" "$@"
}
refuses() { # TEXT FUNCTION ARGUMENT...
    wanted=$1
    shift
    fails 2 "$wanted" call -i test/cli/cli_value.h "$lib" "$@"
}

# ---- by value, with each compiler ----

# The two lines in which what the callee printed and its result stand, for each class of the ABI.
calls() {
    value '1 2.5' show_pair '{1, 2.5}'
    value '7 1 2.5 3 -4' show_line 7 '{{1, 2.5}, {3, -4}}'
    value '0.5 0.1 1e+10' show_spot '{.5, 0.1, 1e10}'
    value 'abc 1 255 0' show_name '{"abc", {1, 0xff}}'
    value '7 -16 1 1099511627775 -1' show_bits '{7, -16, true, 0xffffffffff, BLUE}'
    value 1.5 show_float_of '{.f = 1.5}'
    value 1 show_float_of '{0x3f800000}'
    value '5 0 0.5 1 -2' show_tagged '{GREEN, {.d = 0.5}, {1, -2}}'
    value '1 2 3 4 5 6 7 8 -9 10' show_large '{1, 2, 3, 4, 5, 6, 7, 8, -9}' 10
    value '99 0.125' show_tight "{'c', 0.125}"
    value '5 0' show_aligned '{5}'
    value '1 2 3, 4 5 6' show_matrix '{{{1, 2, 3}, {4, 5, 6}}}'
    value '0.1000000000000000000013553 1' show_long_double 0.1
    value '0.1000000000000000000013553' show_extended '{0.1}'
    value '1 -2' show_float_complex 1-2i
    value '0 1e+300' show_double_complex 1e300i
    value '1e+4000 -1' show_long_double_complex 1e4000-i
    value '8000000000000000 0000000000000000' show_whole -170141183460469231731687303715884105728
    value 'ffffffffffffffff ffffffffffffffff' show_unsigned_whole 340282366920938463463374607431768211455
    value '0123456789abcdef 0fedcba987654321' show_whole 0x0123456789abcdef0fedcba987654321
    value '1 1 -0.5 -2 ffffffffffffffff fffffffffffffffb' show_mixed '{1, 1-0.5i, -5, {}, -2}'
    value '1 -0.5 0.1 4' show_floats '{1, -0.5, 0.1, 4}'
    value '-1 2147483647' show_ints '{-1, 2147483647}'
    value -1 show_colour BLUE
    value 7 show_colour 7
    value '1 2
3 4
0.5' show_extra 2 '(struct pair){1, 2}' '(struct pair){.y = 4, .x = 3}' '(long double){0.5}'

    value '{x = -3, y = 2.5}' make_pair
    value '{from = {x = 1, y = 1.5}, to = {x = 2, y = -0.25}}' make_line
    value '{x = 0.5, y = 0.1, z = -4}' make_spot
    value '{text = "a\"b", bytes = {255, 0, 7}}' make_name 0
    value '{text = {0, 1, 0, 0, 0, 0}, bytes = {255, 0, 7}}' make_name 1
    value '{text = "sixsix", bytes = {255, 0, 7}}' make_name 2
    value '{text = "", bytes = {255, 0, 7}}' make_name 3
    value '{low = 5, middle = -16, flag = true, high = 1094624909430, colour = GREEN}' make_bits
    value '{i = 1065353216, f = 1, c = {0, 0, -128, 63, 0, 0, 0, 0}}' make_number
    value '{colour = GREEN, {i = 0, d = 0.5}, {a = -1, b = 7}}' make_tagged
    value '{numbers = {1, 2, 3, 4, 5, 6, 7, 8, -9}}' make_large
    value '{c = 99, d = 0.125}' make_tight
    value '{a = 64}' make_aligned
    value '{rows = {{1, 2, 3}, {4, 5, 6}}}' make_matrix
    value '{e = 0.33333333333333333334}' make_extended
    value '{}' make_nothing
    value '{yes = true, z = 1-0.5i, whole = -5, nothing = {}, last = -2}' make_mixed
    value 1-0.5i make_float_complex
    value -0+1e+300i make_double_complex
    value 1e+4000-0.5i make_long_double_complex
    value 0.1 make_long_double
    value -170141183460469231731687303715884105728 make_whole
    value 340282366920938463463374607431768211455 make_unsigned_whole
    value '{1, -0.5, 0.1, 4}' make_floats
    value '{-1, 2147483647}' make_ints
    value "{text = \"$(printf '%05000d' 0 | tr 0 x)\"}" make_page
    if [ "$avx" ]; then
        doubles='double __attribute__((vector_size(32)))'
        gives '1 -2 0.5 1e+300' call "$lib" "void show_doubles($doubles)" '{1, -2, .5, 1e300}'
        gives '{1, -2, 0.5, 1e+300}' call "$lib" "$doubles make_doubles()"
    else
        skip 'vectors of 32 bytes' 'this processor has none'
    fi
    value GREEN make_colour 5
    value 6 make_colour 6
}

plain=$lib
avx=$(grep -m 1 -o ' avx ' /proc/cpuinfo 2>/dev/null)
for family in gcc clang; do
    judges $family "values of ffi call"
    while read -r _ version path; do
        echo "# $family $version"
        lib=$work/libcallee-$family-$version.so
        check "a library by $family $version" "$path" -O2 -w ${avx:+-mavx} -shared -fPIC test/cli/cli_callee.c -o "$lib"
        calls
        lib=$plain
    done <"$work/judges"
done

# Formats that not every compiler has.
if "$ffi" symbols "$lib" make_half >"$out" 2>&1; then
    gives 1 call "$lib" 'int is_third_half(_Float16)' 0.333333333
    gives 0.1 call "$lib" '_Float16 make_half()'
else
    skip '_Float16' "$(${CC:-cc} --version | head -n 1) has none"
fi
if "$ffi" symbols "$lib" make_quad >"$out" 2>&1; then
    gives 1 call "$lib" 'int is_tenth_quad(_Float128)' 0.1
    gives 0.3333333333333333333333333333333333 call "$lib" '_Float128 make_quad()'
else
    skip '_Float128' "$(${CC:-cc} --version | head -n 1) has none"
fi

# ---- the notation ----

value '1 2.5' show_pair '{1,2.5}'
value '1 2.5' show_pair ' { 1 , 2.5 , } '
value '0 0' show_pair '{}'
value '1 0' show_pair '{1}'
value '0 2' show_pair '{.y=2}'
value '1 2' show_pair '{.y=2, .x=1}'
value '3 2' show_pair '{1, .y=2, .x=3}'
value '1 2' show_pair '{.x=1, 2}'
value '1 0.5' show_pair '{1, .5}'
value '44 0' show_pair "{','}"
value '125 1' show_pair "{'}', 1}"
value '5 2' show_pair '{{5}, {2.0}}'
value '5 0' show_pair '{GREEN}'
value '0 1 2 3 4' show_line 0 '{1, 2, 3, 4}'
value '0 1 2 3 0' show_line 0 '{{1, 2}, 3}'
value '0 0 2 3 0' show_line 0 '{.from.y=2, .to={3}}'
value '0 1 0 3 0' show_line 0 '{1, .to.x=3}'
value '1 2 3, 4 0 0' show_matrix '{1, 2, 3, 4}'
value '1 0 0, 4 5 0' show_matrix '{{{1}, {4, 5}}}'
value '0 0 0, 0 0 9' show_matrix '{.rows[1][2]=9}'
value '0 0 0, 4 0 0' show_matrix '{{[1]={4}}}'
value '0 0 5, 6 0 0' show_matrix '{{{[2]=5}, 6}}'
value '5 0 0.5 0 3' show_tagged '{.b=3, .d=0.5, .colour=GREEN}'
value '0 7 3.45846e-323 1 2' show_tagged '{0, 7, 1, 2}'
value 'sixsix 0 0 0' show_name '{"sixsix"}'
value 'a,}b 1 0 0' show_name '{"a,}b", 1}'
value 'AB 3 0 0' show_name '{{65, 66}, "\3"}'
value 'a"b 0 0 0' show_name '{"a\"b"}'
value '0 1' show_double_complex i
value '-1 -1' show_double_complex -1-i
value '1500 -0.25' show_double_complex 1.5e+3-2.5e-1i
value '30 2' show_double_complex 0x1e+2i
value 'nan inf' show_double_complex nan+infi
value '3 0' show_double_complex 3
value '3 4' show_double_complex '{3, 4}'
value 'ffffffffffffffff ffffffffffffffff' show_whole -1
value '7 1 0 0 0' show_bits '{7, 1}'
value '0 0 0 5 0' show_bits '{.high=GREEN}'

# ---- what points to values, and is shown after the call ----

value 'argument 1: {from = {x = 3, y = 4}, to = {x = 1, y = 2}}' turn '&{1, 2, 3, 4}'
value 'argument 1: {from = {x = 0, y = 0}, to = {x = 0, y = 0}}' turn '&'
value 'pointer to argument 1 + 16
argument 1: {x = 1, y = 2}, {x = 3, y = 4}' second '&{1, 2}, {3, 4}'
value 'argument 1: {text = "sixsix", bytes = {255, 0, 7}}' fill_name '&'
value 'argument 1: -10, 7' double_whole '&-5,7'
value 'argument 1: 0.2' double_extended '&0.1'
value 'true
argument 1: {a = 1}' is_aligned '&{1}'
value 'me 7 next
argument 1: {next = NULL, name = "next", number = NULL}
argument 1: 7' show_node '{&{.name = "next"}, "me", &7}'
value '{next = NULL, name = "my name", number = pointer to argument 2 + 4}
argument 2: 1, 2' make_node 'my name' '&1,2'
value '3
argument 1: {next = pointer to argument 1, name = NULL, number = NULL}
argument 1: {next = pointer to argument 1, name = NULL, number = NULL}
argument 1: {next = NULL, name = NULL, number = NULL}' count_nodes '&{&{&{}}}'
gives 'argument 1: {x = 1, y = 2}' call -i test/cli/cli_value.h "$lib" 'void nothing(void *)' '&struct pair={1,2}'
gives 'argument 1: {e = E}' call "$lib" 'void nothing(void *)' '&struct { enum { E = 1 } e; }={E}'
gives 'argument 1: {x = 1, y = 2}' call -i test/cli/cli_value.h "$lib" 'void nothing(struct line *)' '&(struct pair){1,2}'
gives 'argument 1: {1, 2, 0}' call "$lib" 'void nothing(void *)' '&(int[3]){1,2}'
gives 'argument 1: {a = 1267650600228229401496703205375, b = -1}' call "$lib" \
    'void nothing(struct { unsigned __int128 a : 100; __int128 b : 28; } *)' '&{0xfffffffffffffffffffffffff, -1}'
gives 'argument 1: "abc"' call "$lib" 'void nothing(char (*)[8])' '&"abc"'
gives 'argument 1: "abc", ""' call "$lib" 'void nothing(char (*)[2][4])' '&"abc"'
gives 'argument 1: {1, 2}' call "$lib" 'void nothing(int (*)[2])' '&{1,2}'
gives 'argument 1: {count = 3, data = {}}' call -i test/cli/cli_value.h "$lib" 'void nothing(struct tail *)' '&{3}'
gives 'argument 1: {p = 0x10, n = 16}' call "$lib" \
    'void nothing(union { const char *p; long n; } *)' '&{ptr:16}'

# ---- JSON ----

json() { # ARGUMENTS RESULT OUTPUTS FUNCTION ARGUMENT...
    wanted="\"arguments\": $1, \"result\": $2, \"outputs\": $3}"
    shift 3
    run call --json -i test/cli/cli_value.h "$lib" "$@"
    cp "$out" "$work/whole"
    sed 's/.*\("arguments": \)/\1/' "$work/whole" >"$out"
    check "--json $(title "$@")" printed "$wanted"
    cp "$work/whole" "$out"
    is_json "$(title "$@")"
}
json '[]' '{"from": {"x": 1, "y": 1.5}, "to": {"x": 2, "y": -0.25}}' '[]' make_line
json '[0]' '{"text": "a\"b", "bytes": [255, 0, 7]}' '[]' make_name 0
json '[1]' '{"text": {"hex": "000100000000"}, "bytes": [255, 0, 7]}' '[]' make_name 1
json '[]' '{"low": 5, "middle": -16, "flag": true, "high": 1094624909430, "colour": "GREEN"}' '[]' make_bits
json '[]' '{"colour": "GREEN", "i": 0, "d": 0.5, "a": -1, "b": 7}' '[]' make_tagged
json '[]' '{"rows": [[1, 2, 3], [4, 5, 6]]}' '[]' make_matrix
json '[]' '{}' '[]' make_nothing
json '[]' '{"yes": true, "z": [1, -0.5], "whole": -5, "nothing": {}, "last": -2}' '[]' make_mixed
json '[]' '[-0, 1e+300]' '[]' make_double_complex
json '[]' 340282366920938463463374607431768211455 '[]' make_unsigned_whole
json '[]' '[1, -0.5, 0.1, 4]' '[]' make_floats
json '[6]' 6 '[]' make_colour 6
json '[-1]' '"BLUE"' '[]' make_colour BLUE
json '["BLUE"]' null '[]' 'void nothing(enum colour)' BLUE
json '[{"type": "struct pair", "value": [{"x": 1, "y": 2}, {"x": 0, "y": 0}]}]' \
    '{"argument": 1, "offset": 16}' \
    '[{"argument": 1, "type": "struct pair", "value": [{"x": 1, "y": 2}, {"x": 0, "y": 0}]}]' \
    second '&{1,2},{}'
json '["hi", {"type": "int", "value": [1, 2]}]' \
    '{"next": null, "name": "hi", "number": {"argument": 2, "offset": 4}}' \
    '[{"argument": 2, "type": "int", "value": [1, 2]}]' make_node hi '&1,2'
json '["inf"]' '"inf"' '[]' 'double same_f64(double)' inf

# ---- complaints ----

refuses "argument 1: '1' is not a value of struct pair: write {VALUE, ...}" show_pair 1
refuses "argument 2: '{1' has no closing }" show_line 1 '{1'
refuses "argument 1, .x: 'a' is not an integer" show_pair '{a}'
refuses "argument 1, .y: 'b' is not a number" show_pair '{1, b}'
refuses "argument 1, .x: '' is not an integer" show_pair '{,2}'
refuses "argument 1: '3' is more than the members of struct pair" show_pair '{1, 2, 3}'
refuses "argument 1: '.z' is no member of struct pair" show_pair '{.z=1}'
refuses "argument 1: '1' stands where a = is expected" show_pair '{.x 1}'
refuses "argument 1: '}' stands behind the value" show_pair '{1}}'
refuses "argument 1: ', 2' stands behind the value" show_pair '{1}, 2'
refuses "argument 2: '2' stands where a comma or } is expected" show_line 1 '{{1} 2}'
refuses "argument 2, .to.x: 2147483648 does not fit int" show_line 1 '{{1, 2}, {2147483648}}'
refuses "argument 2, .to.y: 'x' is not a number" show_line 1 '{1, 2, 3, x}'
refuses "argument 2, .from.y: 'x' is not a number" show_line 1 '{.from.y=x}'
fails 2 "'{}' is more than was counted" call -i test/cli/cli_value.h "$lib" 'void nothing(struct node *)' '&{NULL, @4=a)},{}'
refuses "argument 1, .rows[1][2]: 'x' is not an integer" show_matrix '{1, 2, 3, 4, 5, x}'
refuses "argument 1: '[2]' is no element of int[2][3]" show_matrix '{.rows[2]=1}'
refuses "is not an index" show_matrix '{.rows[x]=1}'
refuses "needs a .name=" show_line 1 '{.from.y=1, 2}'
refuses "argument 1: '.f=2' is a second value for union number" show_float_of '{.i=1, .f=2}'
refuses "argument 1: '2' is a second value for union number" show_float_of '{1, 2}'
refuses 'argument 1, .low: 8 does not fit unsigned int : 3' show_bits '{8}'
refuses 'argument 1, .low: -1 does not fit unsigned int : 3' show_bits '{-1}'
refuses 'argument 1, .middle: 16 does not fit int : 5' show_bits '{0, 16}'
refuses 'argument 1, .middle: -17 does not fit int : 5' show_bits '{0, -17}'
refuses 'argument 1, .flag: 2 does not fit _Bool : 1' show_bits '{.flag=2}'
refuses "argument 1: 'PINK' is neither an integer nor a constant of enum colour" show_colour PINK
refuses "argument 1, .text: '\"seven77\"' is longer than char[6]" show_name '{"seven77"}'
refuses "argument 1, .text: '\"abc}' has no closing quote" show_name '{"abc}'
refuses 'has an escape that C does not know' show_name '{"\q"}'
refuses "argument 1, .name: 'me' is not an address" show_node '{NULL, me}'
refuses "argument 1, .number: 'x' is not an integer" show_node '{.number=&x}'
refuses "argument 1: 'x' is not a complex number such as 1+2i" show_double_complex x
refuses "argument 1: '1+' is not a complex number" show_double_complex 1+
refuses "argument 1: 'xi' is not a complex number" show_double_complex xi
refuses 'argument 1: 1e999i does not fit double _Complex' show_double_complex 1e999i
refuses 'argument 1: 1e5000 does not fit long double' show_long_double 1e5000
refuses 'argument 1: 170141183460469231731687303715884105728 does not fit __int128' \
    show_whole 170141183460469231731687303715884105728
refuses 'argument 1: -1 does not fit unsigned_whole' show_unsigned_whole -1
refuses "argument 1: '5' is more than the members of" show_floats '{1, 2, 3, 4, 5}'
refuses "argument 1: '1' is not a value of" show_floats 1
refuses "argument 1: '{1}' stands behind the value" second '&{1}{1}'
fails 2 "argument 2: column 1: unknown type 'nonsense'" call -i test/cli/cli_value.h "$lib" show_extra 1 '(nonsense){1}'
fails 1 'struct unknown cannot be a result by value' call -i test/cli/cli_value.h "$lib" 'struct unknown make_pair()'

fails 1 'a result of 2000000000 bytes' call "$lib" 'struct { char c[2000000000]; } nothing()'
fails 2 "unknown type 'nonsense'" call "$lib" 'void nothing(int *)' '&(nonsense){1}'
fails 2 'argument 1, .a: 0x10000000000000000000000000 does not fit unsigned __int128 : 100' call "$lib" \
    'void nothing(struct { unsigned __int128 a : 100; } *)' '&{0x10000000000000000000000000}'

# ---- declarations from files and headers ----

echo 'struct pair make_pair(void); int absent(void); enum { FIVE = 5 };' >"$work/more.h"
gives '{x = -3, y = 2.5}' call -i test/cli/cli_value.h -i "$work/more.h" "$lib" make_pair
gives 5 call -i "$work/more.h" "$lib" 'int same_i32(int)' FIVE
fails 1 "headers declare no function 'make_pair'" call "$lib" make_pair
fails 1 "has no symbol 'absent'" call -i "$work/more.h" -i test/cli/cli_value.h "$lib" absent
fails 1 'No such file' call -i "$work/no.h" "$lib" 'void nothing()'
fails 2 'option -I needs a value' call -I
# shellcheck disable=SC2046 # words
fails 2 'more than 32 options' call $(printf -- '-i /dev/null %.0s' $(seq 33)) "$lib" 'void nothing()'
gives 'sysv: struct line (struct pair, long double)
  arg 0     struct pair  -> rsi, xmm0
  arg 1     long double  -> [sp+0]
  stack                  =  16 bytes
  result    struct line  in memory, whose address is in rdi' \
    plan --abi sysv -i test/cli/cli_value.h 'struct line f(struct pair, long double)'
gives 'sysv: struct pair (void)
  result    struct pair  <- rax, xmm0' plan --abi sysv -i test/cli/cli_value.h make_pair
if ${CC:-cc} -E -x c /dev/null >/dev/null 2>&1; then
    gives '{quot = -3, rem = -1}' call -I stdlib.h c div -7 2
    TZ=UTC run call -I time.h c mktime '&{5, .tm_mday=1, .tm_year=100}'
    check 'mktime takes a struct tm' test "$code $(head -n 1 "$out")" = '0 946684805'
    check 'and shows it' grep -q '^argument 1: {tm_sec = 5, tm_min = 0, .* tm_wday = 6,' "$out"
    gives true call -I limits.h "$lib" 'bool same_bool(bool)' 1
    gives 2147483647 call -I limits.h "$lib" 'int same_i32(int)' INT_MAX
fi
run call c 'int clock_gettime(int, struct timespec { long tv_sec; long tv_nsec; } *)' 1 '&'
check 'a struct that the signature defines' \
    sh -c "grep -qx 'argument 2: {tv_sec = [0-9]*, tv_nsec = [0-9]*}' '$out' && head -n 1 '$out' | grep -qx 0"

# ---- nonsense ----

# Random values, made of what the notation is made of.
seed=${SEED:-$(date +%s)}
echo "# random values from seed $seed; SEED repeats it"
awk -v seed="$seed" -v lines=$((300 / ${FFI_FEWER:-1})) 'BEGIN {
    n = split("{ { { } } } , , , . = .x= .y= .from .to= .rows [0] [1][2]= [ ] 1 -2 0.5 1e999 i +2i & && @ @4 \"ab\" \" " \
        "\x27 \x27a\x27 RED BLUE NULL true nan 0x 99999999999999999999 ( ) (struct (int){ .c= .text= .next= .a \\ \xff", piece, " ")
    srand(seed)
    for (line = 0; line < lines; line++) {
        text = rand() < 0.7 ? "{" : "&{"
        for (k = int(rand() * 12); k > 0; k--) text = text piece[1 + int(rand() * n)]
        if (rand() < 0.7) text = text "}"
        print text
    }
}' >"$work/nonsense"
crashes=0 calls=0 made=0
while IFS= read -r line; do
    for type in 'struct line *' 'struct matrix' 'struct node' 'struct tagged *' 'struct name' 'union number' \
        'double _Complex' 'struct mixed *' floats; do
        "$ffi" call --json -i test/cli/cli_value.h "$lib" "int take($type)" "$line" >"$out" 2>"$err"
        code=$?
        calls=$((calls + 1))
        [ $code = 0 ] && made=$((made + 1)) && continue
        read -r said <"$err"
        case $code$said in '2{"error": {"status": 2, '*'"message": "argument 1'*) continue ;; esac
        crashes=$((crashes + 1))
        printf '#   exit code %d: %s %s\n' $code "$type" "$line"
    done
done <"$work/nonsense"
check "$calls calls with nonsense end with exit code 0 ($made) or 2" test $crashes = 0

# Constants that a file declares.
printf '#define PI 3.5\nstatic const float E = 2.5;\n#define TEXT "a " "text"\n#define TWO PI\n' >"$work/constants.h"
gives 3.5 call -i "$work/constants.h" m 'double fabs(double)' PI
gives 2.5 call -i "$work/constants.h" m 'double fabs(double)' E
gives 3.5 call -i "$work/constants.h" m 'double fabs(double)' TWO
gives 6 call -i "$work/constants.h" c 'size_t strlen(const char *)' const:TEXT
fails 2 'does not name a string' call -i "$work/constants.h" c 'size_t strlen(const char *)' const:PI
fails 2 'is not an integer' call -i "$work/constants.h" c 'int abs(int)' PI
finish
