#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi repl`: lines from a pipe, and on a terminal with libedit's completion.

. "$(dirname "$0")/cli.sh"

session() { # NAME INPUT WANTED: what is printed, errors too; a session with errors ends with 1
    printf '%s\n' "$2" | ${RUNNER:-} "$ffi" repl -i "$work/few.h" "$lib" >"$out" 2>&1
    code=$?
    wanted=$(grep -c '^ffi: ' "$out")
    check_text "$1" "$(cat "$out")" "$3"
    check "$1: the exit status says whether a line failed" test $code = $((wanted > 0))
}
printf '%s\n' 'double same_f64(double); int same_i32(int); char *same_str(char *); char *tail(char *, unsigned long);' \
    'struct point { int x, y; }; extern int variable; void nothing(void); enum { FIVE = 5 };' \
    'unsigned long length(const char *); struct point same_point(struct point);' >"$work/few.h"
session 'calls and their results' 'same_f64(1.5)
same_f64( $1 )
same_i32(FIVE)
# nothing
nothing()
same_i32($3)' '1.5
    $1
1.5
    $2
5
    $3
5
    $4'
session 'texts, and pointers as results' 'length("a, (b) \"c\"")
same_str("hello")
length("")' '10
    $1
hello
    $2
0
    $3'
session 'variables and expressions' 'variable
variable = 6
variable
FIVE * 2
sizeof(struct point)' '0
6
6
10
8'
session 'declarations' 'declare int same_i16(int)
declare struct pair { char a; int b; }
same_i16(7)
sizeof(struct pair)' '7
    $1
8'
session 'a struct is a variable of the session' 'struct point p = {1, 2}
p
p.x
p.x = 5
p = {.y = 8}
p.y * 2 - p.x
3-p.y
struct point q = p
q.x = p.y + 1
p
struct point *r = &q
r->x
*r
int a[2][3] = {{1, 2, 3}, {4, 5, 6}}
a[1][2]
struct point p = {3, 4}
p' '{x = 1, y = 2}
1
5
{x = 0, y = 8}
16
-5
9
{x = 0, y = 8}
9
{x = 9, y = 8}
6
{x = 3, y = 4}'
session 'variables are arguments, by value and by address' 'declare struct point same_point(struct point); void twice(struct point *point); long sum_of(const int *values, int count)
struct point p = {1, 2}
same_point(p)
$1.y
twice(&p)
p
p = same_point({p.y, 9})
p
int a[3] = {1, 2, 3}
sum_of(a, 3)
sum_of(&a[1], 2)
sum_of(&p.x, 1)
same_i32(p.x)
same_i32(p.x + a[2])
int i = same_i32(5)
i
char name[8] = "abc"
length(name)
const char *text = "hello"
length(text)' '{x = 1, y = 2}
    $1
2
{x = 2, y = 4}
{x = 4, y = 9}
    $2
{x = 4, y = 9}
{x = 4, y = 9}
6
    $3
5
    $4
4
    $5
4
    $6
7
    $7
5
    $8
5
3
    $9
5
    $10'
session 'cells with a name are variables' 'declare int split(double number, int parts[2]); unsigned long fill_text(char *buffer, unsigned long size)
split(2.5, &parts=)
$parts
$parts[1] + 1
fill_text(&buffer=@4, 4)
$buffer
length($buffer)
fill_text(&buffer=@2, 2)
$buffer' '1
parts: 2, 500
    $1
{2, 500}
501
4
buffer: 4 bytes, "xxx"
00000000: 7878 7800                                xxx.
    $2
"xxx"
3
    $3
2
buffer: 2 bytes, "x"
00000000: 7800                                     x.
    $4
"x"'
session 'mistakes with variables' 'struct point p = {1, 2}
int i = 1
p.z
p = i
i = p
i = 1.5
i = 5000000000
length(p)
length(&i)
same_i32(p)
same_i32($parts)
same_i32($5 + 1)
i->x
*i
struct unknown u
int x, y
double d = "x"
i = same_i32()
i' "ffi: the path 'z': 'z' is no member of struct point
ffi: the value: 'i' is of type int and no value of struct point
ffi: the value: 'p' is of type struct point and no value of int
ffi: the value: '1.5' is not an integer
ffi: the value: 5000000000 does not fit int
ffi: argument 1: 'p' is of type struct point and no value of const char *
ffi: argument 1: '&i' is of type int and no value of const char *
ffi: argument 1: 'p' is of type struct point and no value of int
ffi: no call has named a cell \$parts
ffi: there is no result \$5; the last one is \$0
ffi: the path 'x': 'x' is no member of int
ffi: the path '[0]': '[0]' is no element of int
ffi: 'struct unknown u' declares no variable: struct unknown cannot be a parameter by value: it is incomplete
  note: declare its members, or read the header that does
ffi: 'int x, y' is no constant expression: expected an expression
ffi: the value: '\"x\"' is not a number
ffi: same_i32 takes 1 argument, but 0 are given
1"
session 'a semicolon may end a line' 'same_i32(5);
int i = 3; ;
i;
declare int same_i16(int);
1 + 1 ;' '5
    $1
3
2'
session 'a function that is not declared is an error' 'nothing_of_this(1)
declare int not_in_the_library(int)
not_in_the_library(1)' "ffi: no function 'nothing_of_this' is declared
  note: 'header HEADER' declares what a header has, 'declare C' one function
$(${RUNNER:-} "$ffi" call - 'int not_in_the_library(int)' 1 2>&1)
  note: 'load LIBRARY' loads the library that has it"
if ${CC:-cc} -E -x c /dev/null >/dev/null 2>&1 && [ -z "${RUNNER:-}" ]; then
    printf '%s\n' 'strlen("abc")' 'errno' 'struct timespec t = {7}' 't.tv_sec' 'O_RDWR | O_CREAT' | "$ffi" repl >"$out" 2>"$err"
    code=$?
    check 'without -i and -I the common headers declare names' printed '3
    $1
0
7
66'
    FFI_TEST=here "$ffi" repl >"$out" 2>"$err" <<'END'
environ[0]
END
    code=$?
    check 'the environment is a variable' sh -c "[ $code = 0 ] && grep -q = '$out'"
    echo 'strlen("abc")' | "$ffi" repl -i "$work/few.h" >"$out" 2>"$err"
    code=$?
    check 'with -i they do not' complained 1 "no function 'strlen' is declared"
else
    skip 'the common headers declare names' 'there is no preprocessor for this machine'
fi
session 'other commands' 'plan void f(int)
layout int' "$(${RUNNER:-} "$ffi" plan 'void f(int)')
int
/* size 4, alignment 4, cache lines 1 */"
session 'mistakes do not end it' 'same_i32("x")
same_i32()
$9
no_such
load no-such-library
declare int (
same_i32(1' 'ffi: argument 1: '"'x'"' is not an integer
  note: -I HEADER reads the header that defines a constant
ffi: same_i32 takes 1 argument, but 0 are given
ffi: there is no result $9; the last one is $0
ffi: '"'no_such'"' is no constant expression: '"'no_such'"' is not the name of a value
  note: -I HEADER reads the header that defines a constant
'"$(printf 'load no-such-library\n' | ${RUNNER:-} "$ffi" repl 2>&1)
$(printf 'declare int (\n' | ${RUNNER:-} "$ffi" repl 2>&1)
ffi: 'same_i32(1' is no constant expression: this is not an integer constant expression"
for line in 'same_i32("x")' 'no_such' 'load no-such-library' 'declare int (' 'header no-such.h' 'layout struct no' \
    'plan int' 'symbols no-such-library' "check $lib int same_i32" 'struct unknown u' 'variable = 1.5' 'int i = x'; do
    printf '%s\n1 + 1\n' "$line" | ${RUNNER:-} "$ffi" repl -i "$work/few.h" "$lib" >"$out" 2>"$err"
    code=$?
    check "$(title "after '$line' fails the next line runs, and the status is 1 at the end")" \
        sh -c "[ $code = 1 ] && grep -q '^ffi: ' '$err' && [ \"\$(tail -n 1 '$out')\" = 2 ]"
done
long=$(printf '%08192d' 0)
session 'a line that is too long is no line' "$long$long+1
1 + 1" 'ffi: a line is longer than 16382 bytes
2'
if [ -c /dev/full ]; then
    echo '1 + 1' | ${RUNNER:-} "$ffi" repl >/dev/full 2>"$err"
    code=$?
    check 'output that cannot be written ends it with an error' sh -c "[ $code = 1 ] && grep -q '^ffi: cannot write' '$err'"
else
    skip 'output that cannot be written' 'there is no /dev/full'
fi
session 'quit ends it' 'quit
same_i32(1)' ''
printf 'help\n' | ${RUNNER:-} "$ffi" repl >"$out"
check 'help lists what a line can be' grep -q '^load LIBRARY ' "$out"
fails 1 'No such file' repl -i "$work/absent.h"

if [ "${RUNNER:-}" ]; then
    skip 'a terminal: completion and history' 'the script starts the program itself'
elif command -v python3 >/dev/null && "$ffi" symbols edit readline >/dev/null 2>&1; then
    cat >"$work/terminal.py" <<'END'
import os, pty, select, sys, time

child, terminal = pty.fork()
if not child:
    os.environ["TERM"] = "dumb"
    os.execv(sys.argv[1], [sys.argv[1], "repl", "-i", sys.argv[2], sys.argv[3]])
seen = b""

def wait(text):
    global seen
    end = time.monotonic() + 60
    while text not in seen:
        if time.monotonic() > end or not select.select([terminal], [], [], 60)[0]:
            sys.exit("waited for %r, saw %r" % (text, seen))
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            sys.exit("waited for %r, saw %r" % (text, seen))
    seen = seen[seen.index(text) + len(text):]

def line(text):
    wait(b"ffi> ")
    os.write(terminal, text + b"\n")

wait(b"ffi> ")
os.write(terminal, b"same_f\t") # completed to same_f64
wait(b"same_f64")
os.write(terminal, b"(2.5)\n")
wait(b"2.5\r\n    $1")
wait(b"ffi> ")
os.write(terminal, b"\x10\n") # the line before
wait(b"$2")
line(b"struct line { struct { int left, right; }; struct point *first_point; } a_line = {1, 2, NULL}")
line(b"struct point a_point = {3, 4}")
line(b"a_line.first_point = &a_point")
line(b"same_i32(a_po\t.y)") # a variable of the session, in an argument
wait(b"4\r\n    $3")
line(b"a_line.ri\t * 21") # a member of an unnamed struct
wait(b"42\r\n")
line(b"5-a_line.fir\t->y") # a member behind an operator
wait(b"1\r\n")
line(b"a_line.first_point->\t\ty") # members that begin alike with nothing: both are listed
wait(b"x")
wait(b"4\r\n")
line(b"same_point(a_point)")
wait(b"$4")
line(b"$4.\t\tx") # members of a result
wait(b"3\r\n")
line(b"$nothi\t")
wait(b"no call has named")
line(b"int $nothing_else = 7")
line(b"$noth\t + 1") # a name with a dollar
wait(b"8\r\n")
line(b"lay\t int") # a word of the session
wait(b"size 4, alignment 4")
wait(b"ffi> ")
os.write(terminal, b"quit\n")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
    check 'a terminal: completion and history' python3 "$work/terminal.py" "$ffi" "$work/few.h" "$lib"
else
    skip 'a terminal: completion and history' 'python3 or libedit is not installed'
fi
finish
