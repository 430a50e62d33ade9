#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A callee that keeps the address of an argument beyond its call: each later access is a fault, and its report names the
# argument and the call that it belonged to.

. "$(dirname "$0")/cli.sh"

[ -z "${RUNNER:-}" ] || skip_all 'an emulator has its own way to crash'
cat >"$work/keep.c" <<'END_OF_C'
static char *kept;
void keep(char *text) { kept = text; }
void keep_second(int *numbers, char *text) { kept = text, numbers[0] = 1; }
char *kept_text(void) { return kept; }
char **kept_cell(void) { static char **cell; return cell = &kept; }
int read_kept(long at) { return kept[at]; }
void write_kept(long at) { kept[at] = 1; }
void nothing(void) { }
void nothing_with(char *text) { (void)text; }
END_OF_C
check 'a library that keeps an address' "${CC:-cc}" -shared -fPIC -o "$work/libkeep.so" "$work/keep.c"
printf '%s\n' 'void keep(char *text); void keep_second(int *numbers, char *text); char *kept_text(void);' \
    'int read_kept(long); void write_kept(long); void nothing(void); void nothing_with(char *); char **kept_cell(void);' >"$work/keep.h"

session() { # LINES, one in a word: their output is in $out, their errors in $err
    printf '%s\n' "$@" | "$ffi" repl -i "$work/keep.h" "$work/libkeep.so" >"$out" 2>"$err"
    code=$?
}

crashed() { # TEXT: the session ended by a crash that was reported in these words
    { [ $code = 1 ] && grep -qF -e "$1" "$err"; } || told "$1"
}

crashes() { # NAME TEXT LINE...
    name=$1 text=$2
    shift 2
    session "$@"
    check "$name" crashed "$text"
}

# ---- the report names the buffer ----

crashes 'a read of a freed text is told' \
    'it accessed a freed buffer, offset 1 of the 6 bytes of argument 1 of keep, 1 call before' 'keep("hello")' 'read_kept(1)'
check 'the call, the signal and the function are told' \
    grep -q '^ffi: the call of read_kept ended by signal 11, SIGSEGV in read_kept + [0-9]*: it accessed' "$err"
check 'the advice says how long memory lasts' grep -q '^  note: the memory of an argument lasts until its call ends' "$err"
crashes 'a write to a freed buffer is told' \
    'it accessed a freed buffer, offset 15 of the 16 bytes of argument 1 of keep' 'keep(@16)' 'write_kept(15)'
crashes 'a write before a freed buffer is told' \
    'it accessed a freed buffer, 1 byte before the 16 of argument 1 of keep' 'keep(@16)' 'write_kept(-1)'
crashes 'a write behind a freed buffer is told' \
    'it accessed a freed buffer, 4 bytes behind the 16 of argument 1 of keep' 'keep(@16)' 'write_kept(20)'
crashes 'the argument and its call are those of the buffer' \
    'offset 0 of the 3 bytes of argument 2 of keep_second, 3 calls before' \
    'keep("first")' 'keep_second(&1, "ab")' 'nothing()' 'nothing_with("x")' 'read_kept(0)'
crashes 'a freed page is told after its allocation was large' \
    'offset 500000 of the 1000000 bytes of argument 1 of keep' 'keep(@1000000)' 'read_kept(500000)'
crashes 'the lines before the crash have printed' 'a freed buffer' '1 + 1' 'keep("a")' 'read_kept(0)' '2 + 2'
check_text 'no line after the crash runs' "$(cat "$out")" 2

# ---- what is not freed is read ----

session 'keep(&text=@8=abc)' 'read_kept(1)' 'write_kept(0)'
check 'the memory of a named argument lasts as long as the session' sh -c "[ $code = 0 ] && grep -qx 98 '$out'"
session 'char name[8] = "abc"' 'keep(name)' 'read_kept(2)'
check 'the memory of a variable lasts as long as the session' sh -c "[ $code = 0 ] && grep -qx 99 '$out'"
crashes 'a fault far behind memory that is kept names it' 'bytes behind the 8 of argument 1 of keep' \
    'keep(&text=@8=abc)' "read_kept($(($(getconf PAGESIZE) + 4096)))"

# ---- the session itself follows no pointer into a freed buffer ----

session 'keep("hello")' 'kept_text()' '1 + 1'
check_text 'a result that points to a freed buffer is told' "$(cat "$out" "$err")" 'pointer to the freed argument 1 of keep
    $1
2'
session 'keep("hello")' 'kept_text()' '$1[0]' '1 + 1'
check 'a path through such a pointer is an error' \
    sh -c "[ $code = 1 ] && grep -qx 'ffi: \[0\]: the pointer before it leads to the freed argument 1 of keep' '$err' && grep -qx 2 '$out'"
session 'keep("hello")' 'kept_cell()'
check 'a followed result is shown to its end' sh -c "[ $code = 0 ] && grep -qx 'pointer to the freed argument 1 of keep' '$out'"

# ---- only the last buffers are remembered ----

# shellcheck disable=SC2046 # they are lines
crashes 'the 64th buffer back is known' 'a freed buffer, offset 0 of the 6 bytes of argument 1 of keep, 64 calls before' \
    'keep("hello")' $(yes 'nothing_with(@9)' | head -n 63) 'read_kept(0)'
# shellcheck disable=SC2046
session 'keep("hello")' $(yes 'nothing_with(@9)' | head -n 64) 'read_kept(0)'
check 'the address of an older one is free again' sh -c "! grep -q 'freed buffer' '$err'"

# ---- without a child ----

(ulimit -c 0 && printf '%s\n' 'keep("hello")' 'read_kept(1)' |
    "$ffi" repl --no-fork -i "$work/keep.h" "$work/libkeep.so") >"$out" 2>&1
check 'a session without a child crashes itself at the same place' test $? -gt 128
check 'and reports nothing' sh -c "! grep -q '^ffi:' '$out'"
printf '%s\n' 'keep("hello")' '1 + 1' | "$ffi" repl --no-fork -i "$work/keep.h" "$work/libkeep.so" >"$out" 2>"$err"
code=$?
check 'and otherwise is the same' printed 2

# ---- a session that is ended from outside ----

mkfifo "$work/lines"
"$ffi" repl "$lib" <"$work/lines" >"$out" 2>&1 &
parent=$!
exec 3>"$work/lines"
echo '1 + 1' >&3
tries=0
until grep -q 2 "$out" || [ $tries = 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
child=$(ps -o pid= --ppid $parent 2>/dev/null | tr -d ' ')
kill -TERM $parent
wait $parent 2>/dev/null
tries=0
while [ "$child" ] && kill -0 "$child" 2>/dev/null && [ $tries -lt 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
if [ "$child" ]; then check 'its child ends too' sh -c "! kill -0 $child 2>'$work/said'"
else skip 'its child ends too' 'there is no ps'
fi
exec 3>&-
finish
