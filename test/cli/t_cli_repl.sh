#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi repl`: lines from a pipe, and on a terminal with libedit's completion.

. "$(dirname "$0")/cli.sh"

session() { # NAME INPUT WANTED: what is printed, errors too
    printf '%s\n' "$2" | ${RUNNER:-} "$ffi" repl -i "$work/few.h" "$lib" >"$out" 2>&1
    code=$?
    check_text "$1" "$(cat "$out")" "$3"
    check "$1: it ends well" test $code = 0
}
printf '%s\n' 'double same_f64(double); int same_i32(int); char *same_str(char *); char *tail(char *, unsigned long);' \
    'struct point { int x, y; }; extern int variable; void nothing(void); enum { FIVE = 5 };' \
    'unsigned long length(const char *);' >"$work/few.h"
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

wait(b"ffi> ")
os.write(terminal, b"same_f\t") # completed to same_f64
wait(b"same_f64")
os.write(terminal, b"(2.5)\n")
wait(b"2.5\r\n    $1")
wait(b"ffi> ")
os.write(terminal, b"\x10\n") # the line before
wait(b"$2")
wait(b"ffi> ")
os.write(terminal, b"quit\n")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
    check 'a terminal: completion and history' python3 "$work/terminal.py" "$ffi" "$work/few.h" "$lib"
else
    skip 'a terminal: completion and history' 'python3 or libedit is not installed'
fi
finish
