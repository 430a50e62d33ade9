#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Wrong command lines: each of a table ends with the exit status that the manual documents, prints nothing on stdout, and
# says on stderr once and in readable words what is wrong. With --json the same message is one JSON object. A part of the
# table runs in valgrind too. Last, the ways in which the preprocessor could be misled.

. "$(dirname "$0")/cli.sh"

echo 'struct broken {' >"$work/broken.h"
echo 'int f(nonsense);' >"$work/unknown.h"
echo 'int abs(int); int variable; enum { FIVE = 5 };' >"$work/few.h"
echo 'GROUP(' >"$work/not_elf.so"
hundred=$(printf 'x%.0s' $(seq 100))
long_name=$(printf '%.0sy' $(seq 300))

# The status, words that the message has, and the command line as a shell reads it. 1: the library, symbol, signature, type,
# pattern or file is at fault; 2: the command line is, or an argument.
cat >"$work/table" <<'END_OF_TABLE'
2 | unknown command 'cal' | cal
2 | unknown command 'call c' | 'call c'
2 | unknown command '' | ''
2 | unknown option '--calls' | --calls
2 | option --errno stands before the command | --errno call c 'int abs(int)' 5
2 | option -I stands before the command | -I stdlib.h call c abs 5
2 | too few operands; usage: ffi call | call
2 | too few operands; usage: ffi call | call c
2 | too few operands; usage: ffi call | call -i c 'int abs(int)'
2 | too few operands; usage: ffi plan | plan
2 | too few operands; usage: ffi plan | plan --abi sysv
2 | too few operands; usage: ffi layout | layout
2 | too few operands; usage: ffi symbols | symbols
2 | too few operands; usage: ffi symbols | symbols --
2 | too many operands; usage: ffi plan | plan 'int f()' 'int g()'
1 | column 11: expected ',' or ')', but the text ends | plan 'int f(void'
1 | column 6: expected ']', but the text ends | layout 'int[0'
2 | too many operands; usage: ffi plan | plan int f '(int)'
2 | too many operands; usage: ffi layout | layout struct stat
2 | too many operands; usage: ffi symbols | symbols c a b
2 | operand 1 is empty | call '' 'int f()'
2 | operand 2 is empty | call c ''
2 | operand 1 is empty | plan ''
2 | operand 1 is empty | layout ''
2 | operand 1 is empty | symbols ''
2 | unknown option -x | call -x c 'int abs(int)' 5
2 | unknown option --abi | call --abi win64 c 'int abs(int)' 5
2 | unknown option --errno | plan --errno 'int f()'
2 | unknown option --last-error | layout --last-error int
2 | unknown option -i | symbols -i few.h c
2 | unknown option -ix | plan -ix.h 'int f()'
2 | unknown option --Json | plan --Json 'int f()'
2 | unknown option --jso | plan --jso 'int f()'
2 | option --errno takes no value | call --errno=1 c 'int abs(int)' 5
2 | option --help takes no value | plan --help=all
2 | option --abi needs a value | plan --abi
2 | option --abi needs a value | plan --abi= 'int f()'
2 | option -i needs a value | layout -i
2 | option -I needs a value | call -I '' c abs 5
2 | more than 32 options -i and -I | plan $(printf -- '-i /dev/null %.0s' $(seq 33)) 'int f()'
2 | no ABI is named 'vax'; there are: sysv | plan --abi vax 'int f()'
2 | no ABI is named 'SYSV' | layout --abi SYSV int
1 | cannot open library 'no-such-library' | call no-such-library 'int f()'
1 | cannot open library './no-such.so' | symbols ./no-such.so
1 | cannot open library '/' | symbols /
1 | cannot open library 'test/cli/cli_callee.c' | call test/cli/cli_callee.c 'int f()'
1 | cannot open library | symbols "$hundred"
1 | cannot open library | call "$work/not_elf.so" 'int f()'
1 | has no symbol 'no_such' | call c 'int no_such(int)' 1
1 | too long | call c "int $long_name(int)" 1
1 | has no symbol 'no_such' | call - 'int no_such(int)' 1
1 | has no symbol 'absolute' | call "$lib" 'int absolute(int)' 1
1 | has no symbol that matches 'no*such' | symbols c 'no*such'
1 | has no symbol that matches '' | symbols c ''
1 | has no symbol that matches 'abs[' | symbols c 'abs['
1 | 'abs' | call c 'abs(int)' 5
1 | a signature begins with the type of the result | call c 'abs(int)' 5
1 | declare no function 'strlenx' | call c strlenx abc
1 | -I HEADER | call c strlenx abc
1 | declare no function 'f' | plan f
1 | 'errno_' | plan errno_
1 | declares a function 'labs' | call -i "$work/few.h" c labs 5
1 | declares a function 'FIVE' | call -i "$work/few.h" c FIVE 5
1 | 'variable' is declared as a variable | call -i "$work/few.h" "$lib" variable
1 | 'stdout' is declared as a variable | call c stdout
1 | '(' and parameters | call c 'int abs' 5
1 | 'int' is a type, not a signature | plan int
1 | 'int *' is a type, not a signature | plan 'int *'
1 | 'double (*)' is a type | plan 'double (*)'
1 | 'struct { int a; }' is a type | plan 'struct { int a; }'
1 | unknown type 'dubble' | plan 'dubble f(int)'
1 | unknown type 'dubble' | plan 'int f(int, dubble)'
1 | unknown type 'time_t' | call c 'time_t time(time_t *)' NULL
1 | -I HEADER reads the header | call c 'time_t time(time_t *)' NULL
1 | column 7: expected a type | plan 'int f('
1 | column 11: expected a type | plan 'int f(int,'
1 | column 11: expected a type | plan 'int f(int,)'
1 | column 10: expected ',' or ')' | plan 'int f(int'
1 | column 14 | call c 'int abs(int x' 5
1 | expected | plan 'int f(int x y)'
1 | expected the end of the declaration, found ')' | plan 'int f(int))'
1 | expected the end of the declaration, found '5' | plan 'int f(int) 5'
1 | is it, or the name before it, a macro | plan 'u32 WINAPI GetTickCount(void)'
1 | found '{' | call c 'int abs(int x) { return x; }' 5
1 | column 2 | plan ' '
1 | expected | plan '('
1 | expected | plan 'int f(int) __attribute__((ms_abi'
1 | column 1 | plan 'unsigned float f()'
1 | void cannot be a parameter | plan 'int f(void, int)'
1 | cannot be a result | plan 'int f()()'
1 | cannot be the element of an array | plan 'int f[3](int)'
1 | struct unknown cannot be a parameter by value | plan 'int f(struct unknown)'
1 | struct unknown cannot be a result by value | call c 'struct unknown abs(int)' 5
1 | more than 1024 parameters | plan "int f($(yes 'int,' | head -n 1024 | tr -d '\n')int)"
1 | the signature has no name | call m 'double(double)' 1
1 | #12 | call c '#12' 5
1 | #12 | call c '#12 int abs(int)' 5
1 | the size of struct unknown is not known | layout 'struct unknown'
1 | -I HEADER | layout 'struct unknown'
1 | the size of union unknown is not known | layout 'union unknown'
1 | unknown type 'nonsense' | layout nonsense
1 | void has no layout | layout void
1 | int (int) has no layout | layout 'int(int)'
1 | int[] has no layout | layout 'int[]'
1 | two members are named 'a' | layout 'struct { int a; char a; }'
1 | bit-field 'a' is 40 bits wide | layout 'struct { int a : 40; }'
1 | expected | layout 'struct { int a; '
1 | expected | layout 'struct { int }'
1 | a function cannot be a member | layout 'struct { int f(int); }'
1 | struct unknown | layout 'struct { struct unknown u; }'
1 | cannot open | layout -i no.such.h int
1 | no.such.h | call -i no.such.h c 'int abs(int)' 5
1 | cannot read / | plan -i / 'int f()'
1 | broken.h: | plan -i "$work/broken.h" 'int f()'
1 | unknown type 'nonsense' | plan -i "$work/unknown.h" 'int f()'
1 | unknown.h: column 7 | plan -i "$work/unknown.h" 'int f()'
1 | no/such.h | call -I no/such.h c abs 5
1 | no/such.h: No such file | layout -I no/such.h int
1 | the preprocessor failed for @resp | layout -I @resp int
1 | option --last-error is for Windows only | call --last-error c 'int abs(int)' 5
2 | abs takes 1 argument, but 0 are given | call c 'int abs(int)'
2 | abs takes 1 argument, but 2 are given | call c 'int abs(int)' 5 6
2 | abs takes 1 argument, but 2 are given | call c 'int abs(int)' -- 5
2 | strlen takes 1 argument, but 0 are given | call c strlen
2 | stands in its place, such as 'int abs(int)' | call c abs 'int(int)' 5
2 | rand takes 0 arguments, but 1 is given | call c 'int rand(void)' 1
2 | printf takes at least 1 argument, but 0 are given | call c 'int printf(const char *, ...)'
2 | printf takes 2 arguments, but 1 is given | call c 'int printf(const char *, ..., long)' a
2 | at most 1024 arguments, but 1101 are given | call c 'int printf(const char *, ...)' x $(yes 5 | head -n 1100)
2 | at most 1024 arguments, but 1200 are given | call c 'int abs(int)' $(yes 5 | head -n 1200)
2 | argument 1: 'abc' is not an integer | call c 'int abs(int)' abc
2 | -I HEADER reads the header that defines a constant | call c 'int abs(int)' INT_MIN_
2 | argument 1: '' is not an integer | call c 'int abs(int)' ''
2 | argument 1: ' 5' is not an integer | call c 'int abs(int)' ' 5'
2 | argument 1: '5\n6' is not an integer | call c 'int abs(int)' "$(printf '5\n6')"
2 | argument 1: '\033[31m' is not an integer | call c 'int abs(int)' "$(printf '\033[31m')"
2 | argument 1: 'grüße' is not an integer | call c 'int abs(int)' grüße
2 | ...' is not an integer | call c 'int abs(int)' "$hundred"
2 | argument 1: '08' is not an integer | call c 'int abs(int)' 08
2 | begins with 0 is octal | call c 'int abs(int)' 08
2 | begins with 0 is octal | call c 'int abs(int)' -019
2 | begins with 0 is octal | call m 'double cos(double)' 09
2 | '0x' is not an integer | call c 'int abs(int)' 0x
2 | '0b2' is not an integer | call c 'int abs(int)' 0b2
2 | '1_000' is not an integer | call c 'int abs(int)' 1_000
2 | '1,000' is not an integer | call c 'int abs(int)' 1,000
2 | '1.5' is not an integer | call c 'int abs(int)' 1.5
2 | '--5' is not an integer | call c 'int abs(int)' --5
2 | '&5' is not an integer | call c 'int abs(int)' '&5'
2 | '{5' is not an integer | call c 'int abs(int)' '{5'
2 | 2147483648 does not fit int | call c 'int abs(int)' 2147483648
2 | -1 does not fit unsigned int | call c 'int abs(unsigned)' -1
2 | argument 2: 300 does not fit int8_t | call "$lib" 'int many(int, int8_t)' 1 300
2 | '1,5' is not a number | call m 'double cos(double)' 1,5
2 | 'ten' is not a number | call m 'double cos(double)' ten
2 | 1e99 does not fit float | call m 'float cosf(float)' 1e99
2 | 'yes' is not a bool | call "$lib" 'bool same_bool(bool)' yes
2 | 2 does not fit _Bool | call "$lib" 'bool same_bool(bool)' 2
2 | 'PINK' is neither an integer nor a constant of enum colour | call -i test/cli/cli_value.h "$lib" show_colour PINK
2 | 'x' is not a complex number | call m 'double _Complex csqrt(double _Complex)' x
2 | has an escape that C does not know | call c 'size_t strlen(const char *)' '\q'
2 | write \\ for a backslash | call c 'size_t strlen(const char *)' 'C:\dir'
2 | '@' has no size | call c 'size_t strlen(const char *)' @
2 | '@home' has no size | call c 'size_t strlen(const char *)' @home
2 | str:@ | call c 'size_t strlen(const char *)' @home
2 | '@2=abc' has more text than the buffer has bytes | call c 'size_t strlen(const char *)' @2=abc
2 | at most 1 GiB | call c 'size_t strlen(const char *)' @2000000000
2 | text with an & in front is str:& | call c 'size_t strlen(const char *)' '&x'
2 | 'ptr:abc' has no number | call c 'size_t strlen(const char *)' ptr:abc
2 | 'ptr:' has no number | call c 'size_t strlen(const char *)' ptr:
2 | 'wide:x' is for a pointer to integers of 2 or 4 bytes, not const char * | call c 'size_t strlen(const char *)' wide:x
2 | 'abc' is not an address: text is wide:TEXT | call c 'size_t wcslen(const wchar_t *)' abc
2 | 'abc' is not an address: text is wide:TEXT | call "$lib" 'int take(char16_t *)' abc
2 | write wide:TEXT | call c 'size_t wcslen(const wchar_t *)' str:abc
2 | 'wide:\q' has an escape that C does not know; write \\ for a backslash | call c 'size_t wcslen(const wchar_t *)' 'wide:\q'
2 | 'wide:\xff' is not UTF-8 | call c 'size_t wcslen(const wchar_t *)' 'wide:\xff'
2 | 'abc' is not an address: text is str:TEXT | call "$lib" 'void *same_ptr(void *)' abc
2 | 'abc' is not an address: a cell is & or &VALUE | call "$lib" 'void *same_ptr(int *)' abc
2 | '5x' is not an address | call "$lib" 'void *same_ptr(int *)' 5x
2 | 0x10000000000000000 does not fit void * | call "$lib" 'void *same_ptr(void *)' 0x10000000000000000
2 | '&' needs a type | call "$lib" 'void *same_ptr(void *)' '&'
2 | '&=5' needs a type | call "$lib" 'void *same_ptr(void *)' '&=5'
2 | argument 1: column 1: unknown type 'nonsense' | call "$lib" 'void *same_ptr(void *)' '&nonsense=5'
2 | '&' needs the size of struct stat | call c 'int stat(const char *, struct stat *)' / '&'
2 | -I HEADER reads the header | call c 'int stat(const char *, struct stat *)' / '&'
2 | '&' needs the size of int[] | call "$lib" 'void *same_ptr(int (*)[])' '&'
2 | argument 4: '&' is not the address of a function | call c 'void qsort(void *, size_t, size_t, int (*)(const void *, const void *))' '&int=2,1' 2 4 '&'
2 | '@16' is not the address of a function | call "$lib" 'void *same_ptr(void (*)(void))' @16
2 | 'main' is not the address of a function | call "$lib" 'void *same_ptr(void (*)(void))' main
2 | 'str:x' is not the address of a function | call "$lib" 'void *same_ptr(void (*)(void))' str:x
2 | 'x' is not an integer | call "$lib" 'void triple(int *)' '&1,x'
2 | '' is not an integer | call "$lib" 'void triple(int *)' '&1,'
2 | '{3, 4}' stands behind the value | call -i test/cli/cli_value.h "$lib" second '&{1, 2}{3, 4}'
2 | nested too deep | call "$lib" 'void *same_ptr(void *)' "$(printf '&void *=%.0s' $(seq 20))&int"
2 | '.nope' is no member of struct pair | call -i test/cli/cli_value.h "$lib" show_pair '{.x=1, .nope=3}'
2 | '.nope' is no member of struct pair | call -i test/cli/cli_value.h "$lib" show_pair '{.nope.deep[3] = {1, 2}, .y=3}'
2 | '.tv_nope' is no member of | call -I time.h c nanosleep '&{.tv_nsec=1000, .tv_nope=3}' NULL
2 | '.x' is no member of int | call -i test/cli/cli_value.h "$lib" show_pair '{.x.x=1}'
2 | '[7]' is no element of int[2][3] | call -i test/cli/cli_value.h "$lib" show_matrix '{.rows[7]=1}'
2 | '[x]' is not an index | call -i test/cli/cli_value.h "$lib" show_matrix '{.rows[x]=1}'
2 | '3' is more than the members of struct pair | call -i test/cli/cli_value.h "$lib" show_pair '{1, 2, 3, 4}'
2 | '2' is a second value for union number | call -i test/cli/cli_value.h "$lib" show_float_of '{1, 2}'
2 | argument 1: '5' is not a value of struct pair | call -i test/cli/cli_value.h "$lib" show_pair 5
2 | argument 1, .y: 'b' is not a number | call -i test/cli/cli_value.h "$lib" show_pair '{1, b}'
2 | argument 1, .y: 'b' is not a number | call -i test/cli/cli_value.h "$lib" show_pair '{.y=b}'
2 | '{1, 2' has no closing } | call -i test/cli/cli_value.h "$lib" show_pair '{1, 2'
2 | '}' stands behind the value | call -i test/cli/cli_value.h "$lib" show_pair '{1, 2}}'
2 | '2' stands where a = is expected | call -i test/cli/cli_value.h "$lib" show_pair '{.x 2, 3}'
2 | argument 1, .low: 8 does not fit unsigned int : 3 | call -i test/cli/cli_value.h "$lib" show_bits '{8}'
2 | '"seven77"' is longer than char[6] | call -i test/cli/cli_value.h "$lib" show_name '{"seven77", {1}}'
2 | has no closing quote | call -i test/cli/cli_value.h "$lib" show_name '{"seven'
2 | has an escape that C does not know | call -i test/cli/cli_value.h "$lib" show_name '{"\q", {1}}'
2 | 'me' is not an address: within braces text stands in quotes | call -i test/cli/cli_value.h "$lib" show_node '{NULL, me}'
2 | is not a value of | call -i test/cli/cli_value.h "$lib" show_floats 1
2 | argument 2: column 1: unknown type 'nonsense' | call c 'int printf(const char *, ...)' x '(nonsense){1}'
2 | argument 3: column 1: unknown type 'nonsense' | call c 'int printf(const char *, ...)' x 1 '(nonsense){1}' 2
2 | argument 2: '(struct nonsense){1}' needs the size of struct nonsense | call c 'int printf(const char *, ...)' x '(struct nonsense){1}'
2 | argument 2: 300 does not fit uint8_t | call c 'int printf(const char *, ...)' x u8:300
2 | argument 2: 'x' is not an integer | call c 'int printf(const char *, ...)' x i32:x
2 | argument 2: '99999999999999999999' does not fit a 64-bit integer | call c 'int printf(const char *, ...)' x 99999999999999999999
2 | argument 2: '1e999' does not fit double | call c 'int printf(const char *, ...)' x 1e999
2 | needs a type | call c 'int printf(const char *, ...)' x '&'
1 | a result of 2000000000 bytes | call "$lib" 'struct { char c[2000000000]; } nothing()'
1 | argument 1: the callee wrote behind the 4 bytes | call c 'char *strcpy(char *, const char *)' @4 hello
1 | argument 1: the callee wrote behind the 6 bytes | call c 'char *strcpy(char *, const char *)' short longer
1 | argument 1: the callee wrote behind the 1 byte | call "$lib" 'void write_at(char *, long)' @1 1
1 | argument 1: the callee wrote before the 8 bytes | call "$lib" 'void write_at(long *, long)' '&' -1
END_OF_TABLE

# ---- the table ----

# Whether stderr has one complaint: a line that begins with `ffi: `, and lines that belong to it. A message is
# for a person who does not know the library's functions, and has no bytes that a terminal would obey.
one_complaint() {
    [ "$(grep -c '^ffi: ' "$err")" = 1 ] && head -n 1 "$err" | grep -q '^ffi: ' && ! tail -n +2 "$err" | grep -v '^  ' &&
        [ "$(wc -c <"$err")" -lt 1500 ] && ! grep -i 'ffi_' "$err" && ! tr -d '\n' <"$err" | LC_ALL=C grep '[[:cntrl:]]'
}
refused() { # STATUS WORDS
    { [ $code = "$1" ] && [ ! -s "$out" ] && one_complaint && grep -qF -e "$2" "$err"; } || told "$1, $2"
}
refused_json() { # STATUS
    { [ $code = "$1" ] && [ ! -s "$out" ] && [ "$(wc -l <"$err")" = 1 ] &&
        grep -q "^{\"error\": {\"status\": $1, .*\"message\": \"..*}}\$" "$err"; } || told "$1, as JSON"
}

row() { # STATUS WORDS ARGUMENT...
    status=$1 words=$2
    shift 2
    rows=$((rows + 1))
    run "$@"
    check "$(title "$words: $*")" refused "$status" "$words"
    case $1 in call | plan | layout | symbols) ;; *) return ;; esac
    sed '1s/^ffi: //' "$err" >>"$work/texts"
    printf '\001' >>"$work/texts"
    command=$1
    shift
    run "$command" --json "$@"
    check "$(title "--json: $words: $*")" refused_json "$status"
    cat "$err" >>"$work/objects"
    [ "$valgrind" ] && [ $((rows % 12)) = 0 ] || return
    valgrind -q --error-exitcode=99 --leak-check=no "$ffi" "$command" "$@" >"$out" 2>"$err"
    code=$?
    check "$(title "in valgrind: $words: $*")" refused "$status" "$words"
}

rows=0
valgrind=$(command -v valgrind)
[ "$valgrind" ] || skip 'a part of the table in valgrind' 'it is not installed'
while IFS= read -r line; do
    rest=${line#* | }
    eval "row ${line%% | *} \"\${rest%% | *}\" ${rest#* | }" </dev/null
done <"$work/table"
check "the table has $rows rows" [ "$rows" -ge 150 ]

# With --json the message and the note are the same.
cat >"$work/compare.py" <<'END'
import json, sys
texts = open(sys.argv[1], encoding="utf-8").read().split("\1")[:-1]
errors = [json.loads(line)["error"] for line in open(sys.argv[2], encoding="utf-8")]
assert len(texts) == len(errors), (len(texts), len(errors))
for text, error in zip(texts, errors):
    assert set(error) <= {"status", "name", "message", "note"}, error
    assert error["status"] in (1, 2), error
    assert error.get("name", "FFI_ERROR_").startswith("FFI_ERROR_"), error
    note = "  note: " + error["note"] + "\n" if "note" in error else ""
    assert text == error["message"] + "\n" + note, (text, error)
END
if command -v python3 >/dev/null; then
    check 'each JSON object has the message and the note of the text' \
        python3 "$work/compare.py" "$work/texts" "$work/objects"
else
    skip 'the JSON objects have the messages of the texts' 'there is no python3 to parse them'
fi

# ---- a library of the current folder, where the loader does not look ----

whole=$(cd "$(dirname "$ffi")" && pwd)/${ffi##*/}
cp "$lib" "$work/libhere.so"
mkdir "$work/empty" "$work/empty/libhere.so"
here() { # FOLDER NAME NOTE
    (cd "$1" && "$whole" call "$2" 'int nothing(void)' 2>&1 >/dev/null | grep '^  note') >"$out"
    check_text "the note for $2" "$(cat "$out")" "$3"
}
here "$work" here "  note: './libhere.so' opens the file of the current folder"
here "$work" libhere.so "  note: './libhere.so' opens the file of the current folder"
here "$work" nowhere ""
here "$work/empty" here ""

# ---- the preprocessor ----

if ! ${CC:-cc} -E -x c /dev/null >/dev/null 2>&1; then
    skip 'headers' 'there is no preprocessor'
    finish
    exit
fi

# With standard streams closed; those that are open show the plan or the complaint.
"$ffi" plan -I stdlib.h div <&- >"$out" 2>"$err"
code=$?
check '-I with stdin closed' grep -q 'div_t  <- rax' "$out"
"$ffi" plan -I stdlib.h div >"$out" 2>&-
check '-I with stderr closed' grep -q 'div_t  <- rax' "$out"
"$ffi" plan -I stdlib.h div <&- >"$out" 2>&-
check '-I with stdin and stderr closed' grep -q 'div_t  <- rax' "$out"
"$ffi" plan -I stdlib.h div >&- 2>"$err"
check '-I with stdout closed' grep -q '^ffi: cannot write the output:' "$err"
"$ffi" plan -I stdlib.h div <&- >&- 2>"$err"
check '-I with stdin and stdout closed' grep -q '^ffi: cannot write the output:' "$err"
"$ffi" plan -I stdlib.h div <&- >&- 2>&-
code=$?
check '-I with all of them closed' [ $code = 1 ]

# A compiler takes its options from a file that it is given as @FILE.
ffi=$(realpath "$ffi")
cd "$work" || exit 1
echo 'stdio.h -o pwned' >resp
run plan -I @resp 'int f()'
check 'a header @resp is not a file of options' refused 1 '@resp: No such file'
check 'and no option of it is obeyed' [ ! -e pwned ]
echo 'int from_file(char);' >@header
run plan --abi sysv -I @header from_file
check 'a header may be named @header' grep -q 'sysv: int (char)' "$out"

finish
