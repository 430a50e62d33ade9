#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi eval`, `ffi get` and `ffi set`; expressions as arguments; results that are followed; functions of the library as
# arguments; crashes of the callee; help.

. "$(dirname "$0")/cli.sh"

# ---- expressions ----

printf '%s\n' '#define RATIO 1.5' '#define BITS (1u << 31 | LOW)' '#define NAME "a\tb"' 'enum { LOW = 3, BELOW = -7 };' \
    'struct point { double x, y; };' >"$work/few.h"
while IFS='|' read -r expression wanted; do
    gives "$wanted" eval -i "$work/few.h" "$expression"
done <<'END'
1+2*3|7
RATIO * 2|3
BITS|2147483651
(LOW / 2) << 4|16
BELOW|-7
sizeof(struct point)|16
'a' + 1|98
0xffffffffffffffff|18446744073709551615
LOW > 2 ? RATIO : 0|1.5
NAME|a	b
(unsigned char)300|44
END
gives '{"expression": "RATIO", "type": "double", "value": 1.5}' eval --json -i "$work/few.h" RATIO
gives 4 eval --abi win64 'sizeof(long)'
for text in '1 +' 'x' '1; int y' 'f(1)' '1, 2, ' '3 3' '"' '(1' '1)+(2' ''; do
    [ "$text" ] || continue
    fails 1 "is no constant expression" eval -i "$work/few.h" "$text"
done
fails 1 'is no constant expression' eval -i "$work/few.h" "1
+ 1"
fails 1 "'1 / (LOW - 3)' is no constant expression: division by zero" eval -i "$work/few.h" '1 / (LOW - 3)'
fails 1 "'nowhere + 1' is no constant expression: 'nowhere' is not the name of a value" eval -i "$work/few.h" 'nowhere + 1'
fails 1 "'1--1' is no constant expression: expected" eval -i "$work/few.h" 1--1
fails 1 "'--1' is no constant expression: expected an object to change" eval -i "$work/few.h" -- --1
gives 1099511627776 eval '(__int128)1 << 40'
gives_json '{"expression": "(__int128)-7 / 2", "type": "__int128", "value": -3}' eval --json '(__int128)-7 / 2'
fails 1 "'1.2.3' is no constant expression: this is not a number of C" eval -i "$work/few.h" 1.2.3
fails 1 ': it is too long' eval -i "$work/few.h" "$(printf '%030000d' 0 | sed 's/0/1+/g')1"
fails 2 'unknown option -x' eval -x
fails 2 'unknown option --1' eval --1
for text in -1 '-(1)' '- 1' -\'\\1\' -1.0; do gives -1 eval -i "$work/few.h" "$text"; done
gives 0 eval -i "$work/few.h" -- -LOW+3
fails 2 'operand 1 is empty' eval ''
fails 2 'too many operands' eval 1 2
if ${CC:-cc} -E -x c /dev/null >/dev/null 2>&1; then
    gives 6.283185307179586 eval -I math.h 'M_PI * 2'
    run eval 'O_RDWR | O_CREAT'
    check 'names of the common headers' test "$code $(cat "$out")" = '0 66'
    fails 1 'the preprocessor failed for no.h' eval -I no.h 1
    gives 3 call "$lib" 'int same_i32(int)' 'O_RDWR | O_WRONLY'
    gives 2 set c 'int opterr' SEEK_END
    fails 2 "'O_RDWR' is not an integer" call -i "$work/few.h" "$lib" 'int same_i32(int)' O_RDWR
    gives 4.5 call "$lib" 'double same_f64(double)' 'EOF + 5.5'
else
    skip 'macros of headers' 'there is no preprocessor'
fi

# ---- expressions as arguments ----

gives 19 call -i "$work/few.h" "$lib" 'int same_i32(int)' '1<<4 | LOW'
gives -7 call -i "$work/few.h" "$lib" 'int same_i32(int)' BELOW
gives 4.5 call -i "$work/few.h" "$lib" 'double same_f64(double)' 'RATIO * LOW'
gives 2147483651 call -i "$work/few.h" "$lib" 'unsigned same_u32(unsigned)' BITS
gives 18446744073709551615 call "$lib" 'u64 same_u64(u64)' '~0ull'
fails 2 'does not fit int8_t' call "$lib" 'i8 same_i8(i8)' '100 + 100'
fails 2 "'RATIO * 2' is not an integer" call -i "$work/few.h" "$lib" 'int same_i32(int)' 'RATIO * 2'
fails 2 "'1--1' is not an integer" call "$lib" 'int same_i32(int)' 1--1
fails 2 "'--1' is not an integer" call "$lib" 'int same_i32(int)' --1
fails 2 "'LOW +' is not an integer" call -i "$work/few.h" "$lib" 'int same_i32(int)' 'LOW +'

# ---- variables ----

if [ "${RUNNER:-}" ]; then
    skip 'a path that leads nowhere' 'an emulator has its own way to crash'
else
    fails 1 "'environ[100000]' leads to 0x" get c 'environ[100000]'
    fails 1 "'environ[100000]' leads to 0x" set c 'environ[100000]' NULL
fi

cat >"$work/variables.c" <<'END'
struct node { struct node *next; int values[3]; unsigned low : 3; };
struct node second = {0, {4, 5, 6}, 1}, first = {&second, {1, 2, 3}, 7};
const char version[] = "1.2.3";
char *names[] = {"one", "two", 0}, text[8] = "text";
int counter = 5;
int function(void) { return counter; }
END
vars=$work/variables.so
${CC:-cc} -shared -fPIC "$work/variables.c" -o "$vars"
echo 'struct node { struct node *next; int values[3]; unsigned low : 3; };
extern struct node first; extern const char version[]; extern char *names[], text[8]; extern int counter; int function(void);' >"$work/variables.h"
var() { # WANTED VARIABLE
    gives "$1" get -i "$work/variables.h" "$vars" "$2"
}
var 5 counter
var '"1.2.3"' version
var 2 'first.values[1]'
var 6 'first.next->values[2]'
var 6 'first.next.values[2]'
var two 'names[1]'
var NULL 'names[2]'
var NULL 'first.next.next'
gives '{"one", "two", NULL}' get "$vars" 'char *names[]'
gives 5 get "$vars" 'int counter'
gives '{"variable": "counter", "type": "int", "library": "'"$vars"'", "value": 5}' get --json -i "$work/variables.h" "$vars" counter
gives 0 get c errno
check_text 'the environment' "$(FFI_TEST=here ${RUNNER:-} "$ffi" get c 'environ[0]' | sed 's/=.*//' | grep -c .)" 1
gives 42 set -i "$work/variables.h" "$vars" counter 42
gives '{9, 8, 0}' set -i "$work/variables.h" "$vars" first.next.values '{9, 8}'
gives '"new"' set -i "$work/variables.h" "$vars" text '"new"'
gives three set -i "$work/variables.h" "$vars" 'names[0]' three
fails 1 'the variable is const' set "$vars" 'const char version[6]' x
fails 2 "does not fit int" set "$vars" 'int counter' 3000000000
fails 1 'the pointer before it is NULL' get -i "$work/variables.h" "$vars" first.next.next.values
fails 1 "no member of struct node" get -i "$work/variables.h" "$vars" first.nothing
fails 1 'is a bit-field' get -i "$work/variables.h" "$vars" first.low
fails 1 "is declared as a function, not as a variable" get -i "$work/variables.h" "$vars" function
fails 1 "no variable 'nothing' is declared" get -i "$work/variables.h" "$vars" nothing
fails 1 "has no symbol 'nothing'" get "$vars" 'int nothing'
fails 1 'column' get "$vars" 'int counter['
fails 1 'the size of' get "$vars" 'struct unknown counter'
fails 2 'too few operands' get c
fails 2 'too few operands' set c errno

# ---- results, and functions as arguments ----

if ${CC:-cc} -E -x c /dev/null >/dev/null 2>&1; then
    run call -I time.h --show c gmtime '&0'
    check 'a record behind the result' grep -q '^{tm_sec = 0, tm_min = 0, .*tm_year = 70' "$out"
    run call -I time.h c gmtime '&0' --show
    check 'the option may stand behind the arguments' grep -q '^{tm_sec = 0, tm_min = 0, .*tm_year = 70' "$out"
    run call --json -I time.h --show c gmtime '&0'
    check 'the same in JSON' grep -q '"result": {"tm_sec": 0, ' "$out"
fi
gives NULL call --show c 'struct { int a; } *getenv(const char *)' NO_SUCH_VARIABLE
gives 'argument 1: 1, 2, 3' call c 'void qsort(int *, size_t, size_t, int (*)(const void *, const void *))' '&3,1,2' 3 4 sym:strcmp
fails 2 "'sym:nothing' names no symbol" call c 'void free(void *)' sym:nothing
gives abc call "$lib" 'const unsigned char *same_str(const unsigned char *)' abc

# ---- crashes ----

if [ -z "${RUNNER:-}" ] && [ "$ffi" = "$BUILD/ffi" ]; then
    fails 1 'the call of byte_at ended by signal 11, SIGSEGV' call "$lib" 'int byte_at(const char *, size_t)' NULL 5
    check 'the function and the address' grep -q 'SIGSEGV in byte_at + [0-9]*: it accessed 0x5, as through a NULL pointer' "$err"
    check 'and advice' grep -q "^  note: does the signature fit? 'ffi check'" "$err"
    fails 1 'bytes behind the 10 of argument 1' call c 'void *memset(char *, int, size_t)' @10 1 8000000
    fails 1 'SIGSEGV at the instruction 0x8: it jumped there' call c 'void *bsearch(const void *, const void *, size_t, size_t, void *)' '&int' '&int' 1 4 ptr:8
    fails 1 'the call of abort ended by signal 6, SIGABRT' call c 'void abort(void)'
    fails 1 'the call of raise ended by signal 9, SIGKILL' call c 'int raise(int)' 9
    run call --json "$lib" 'int byte_at(const char *, size_t)' NULL 5
    cp "$err" "$out"
    is_json 'a crash'
    check_text 'a callee that the keyboard interrupts ends the command by the same signal' \
        "$(env --default-signal=INT sh -c '"$0" call c "int raise(int)" 2; echo $?' "$ffi" 2>&1)" 130 # nohup ignores it
    run call c 'void exit(int)' 7
    check 'a callee that exits decides' test "$code $(cat "$out" "$err")" = '7 '
    (ulimit -c 0 && "$ffi" call --no-fork "$lib" 'int byte_at(const char *, size_t)' NULL 5) >"$out" 2>&1
    check 'without a child the crash is its own' test $? -gt 128
    run call --no-fork c 'int abs(int)' -5
    check 'and a call as ever' printed 5
fi

# ---- help ----

run help
cp "$out" "$work/help"
run --help
check 'help is --help' cmp "$out" "$work/help"
for command in $(sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' "$work/help"); do
    case $command in ffi) continue ;; esac
    run help "$command"
    cp "$out" "$work/one"
    run "$command" --help
    check "help $command is $command --help" cmp "$out" "$work/one"
done
check_text 'each command is listed once' "$(sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' "$work/help" | sort | uniq -d)" ''
check_text 'and its usage once' "$(sed '/^$/q; s/^usage:/      /; s/^ *ffi \([a-z]*\) .*/\1/' "$work/help" | sort | uniq -d)" ''
fails 2 "unknown command 'nothing'" help nothing
fails 2 'too many operands; usage: ffi help' help call plan
run plan --abi list
check 'the ABIs are listed' sh -c "[ $code = 0 ] && grep -qx sysv '$out' && grep -qx aapcs64 '$out'"
finish
