#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The `ffi` program from outside: its commands' options, help, errors and exit codes, what `plan` and `symbols`
# print, and the examples of the manual page. `call` has a test of its own, t_cli_call.sh.
# Part of make check.

. "$(dirname "$0")/cli.sh"

# ---- plan and symbols ----

run plan --abi sysv 'double f(int, double, const char *)'
check 'plan names registers' grep -q 'double *-> xmm0' "$out"
for at in --abi=sysv '--abi sysv'; do
    # shellcheck disable=SC2086 # two words
    run plan $at 'void f(int)'
    check "plan $at" grep -q '^sysv: void (int)' "$out"
done
fails 2 "no ABI is named 'vax'; there are: " plan --abi vax 'int f()'
check 'and they are listed' grep -q sysv "$err"
fails 2 'needs a value' plan --abi
fails 1 "is a type, not a signature" plan int
fails 1 "column 1: unknown type 'in'" plan 'in f()'
macro='  note: is it, or the name before it, a macro? Write what that stands for, or -I HEADER and only'
for signature in 'u32 WINAPI GetCurrentProcessId(void)' 'int abs(int) _Nothing'; do
    fails 1 "expected the end of the declaration, found '" plan "$signature"
    fails 1 "$macro" plan "$signature"
    fails 1 "$macro" call c "$signature" 1
done
for signature in 'int f(int) * g' 'int f(int) 5' 'int f(int a b)'; do
    run plan "$signature"
    check "$(title "$signature: no macro")" test "$code $(grep -c macro "$err")" = '1 0'
done
fails 1 'more than 1024 parameters' plan "int f($(yes 'int,' | head -n 1024 | tr -d '\n')int)"
fails 1 'column' plan ' '
fails 2 'operand 1 is empty; usage: ffi plan ' plan ''

lines='"sysv: int (int)", "  arg 0     int  -> rdi", "  result    int  <- rax"'
gives_json "{\"abi\": \"sysv\", \"signature\": \"int (int)\", \"plan\": [$lines]}" \
    plan --json --abi sysv 'int f(int)'

run symbols "$lib" 'same_[iu]*'
check 'symbols are matched and sorted' test "$(sed 's/.* //' "$out" | tr '\n' ' ')" = \
    'same_i16 same_i32 same_i64 same_i8 same_u16 same_u32 same_u64 same_u8 '
check 'symbols have offsets' test "$(grep -c '^0x[0-9a-f]\{16\}  .*  same_' "$out")" = 8

# What nm tells of the same library: "kind size name" in its own words.
nm -D -S --defined-only "$lib" | awk '{ size = NF == 4 ? $2 : 0; print $(NF - 1), size, $NF }' |
    sed 's/^[TtiWw] /function /; s/^[BbDdRrVvu] /data /' >"$work/nm"
run symbols "$lib"
while read -r address kind size version name; do
    printf '%s %016x %s\n' "$kind" "$size" "$name" # as nm writes it
    case $address$version in 0x*-) ;; *) echo "no address, or a version: $address $version" ;; esac
done <"$out" | sort >"$work/ours"
check "symbols have nm's kinds and sizes, and no versions: $(grep -c . "$work/nm")" \
    sh -c "sort '$work/nm' | diff - '$work/ours'"
check 'there are functions and data' sh -c "grep -q '^function' '$work/ours' && grep -q '^data' '$work/ours'"
printf '%s\n' 'V1 { global: *; };' >"$work/map"
printf '__thread int of_thread = 5;\nchar bytes[40];\n' >"$work/versions.c"
if ${CC:-cc} -shared -fPIC -Wl,--version-script="$work/map" -Wl,--defsym=number=0x12345 "$work/versions.c" -o "$work/versions.so"; then
    gives_lines() { # sorted lines without addresses
        run symbols "$work/versions.so"
        check_text 'symbols have versions, and kinds beside functions' "$(sed 's/^0x[0-9a-f]*  //; s/  */ /g' "$out" | grep -v '^absolute 0 V1 V1$')" "$1"
    }
    gives_lines 'data 40 V1 bytes
absolute 0 V1 number
thread-local 4 V1 of_thread'
else
    skip 'symbols have versions' 'this linker knows no version scripts'
fi
run symbols "$lib"
sed 's/.* //' "$out" >"$work/names"
for pattern in '*' 's*_?8' '*[iu]8' '*[!a-h]8' '*[!i-u]*' '*_*_*[a-d]*' '[]a-c]*' '[a-]*' 'same_i\8' 'same_[i\u]8' '[' 'nothing' \
    'nothin' 'nothing?' '*g*g' '**a*' '?a[m-m]e_???'; do
    while read -r name; do
        # shellcheck disable=SC2254 # it is a pattern
        case $name in $pattern) echo "$name" ;; esac
    done <"$work/names" >"$work/wanted"
    run symbols "$lib" "$pattern"
    sed 's/.* //' "$out" >"$work/matched"
    check "symbols that match $pattern: $(wc -l <"$work/wanted")" cmp "$work/wanted" "$work/matched"
done
run symbols "$lib"
check 'data is listed too' grep -q ' variable$' "$out"
check 'what the library only uses is not listed' sh -c "! grep -q ' memset$' '$out'"
run symbols --json "$lib" 'tail'
check 'symbols --json' grep -qx \
    '{"library": ".*libcallee.so", "symbols": \[{"name": "tail", "offset": "0x[0-9a-f]*", "kind": "function", "size": [1-9][0-9]*, "version": ""}]}' "$out"
is_json 'symbols --json'
run symbols "$lib"
cp "$out" "$work/first"
run symbols "$lib"
check 'offsets do not change from run to run' cmp "$out" "$work/first"
check "they are nm's" test "$(sed -n 's/^0x\([0-9a-f]*\) .* tail$/\1/p' "$out")" = "$(nm -D "$lib" | sed -n 's/ T tail$//p')"
run symbols --addresses "$lib" tail
check 'addresses lie in memory' sh -c "! grep -q '^0x00000000000' '$out'"
run symbols --json --addresses "$lib" tail
check 'and are named so in JSON' grep -q '"name": "tail", "address": "0x[0-9a-f]*", "kind"' "$out"
${CC:-cc} -shared -fPIC -o "$work/needs.so" test/cli/cli_callee.c -Wl,--no-as-needed -lm 2>/dev/null
run symbols --needed "$work/needs.so"
check 'the libraries that a library needs' test "$(sed 's/\.so.*//' "$out" | tr '\n' ' ')" = "$(
    readelf -d "$work/needs.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p' | tr '\n' ' ')"
run symbols --json --needed "$work/needs.so"
is_json 'symbols --needed'
if command -v c++ >/dev/null; then
    echo 'namespace one { int two(char, double) { return 1; } struct three { int four() const; }; int three::four() const { return 4; } }' >"$work/names.cc"
    c++ -shared -fPIC -o "$work/names.so" "$work/names.cc"
    run symbols "$work/names.so"
    check "C++'s names are demangled" sh -c "grep -q ' one::two(char, double)$' '$out' && grep -q ' one::three::four() const$' '$out'"
    run symbols --json "$work/names.so" '*two*'
    check 'JSON has both names' grep -q '"name": "_ZN3one3twoEcd", "demangled": "one::two(char, double)"' "$out"
else
    skip "C++'s names are demangled" 'there is no C++ compiler'
fi
run symbols -
check 'the program lists its own symbols' grep -q ' ffi_version$' "$out"
check 'but not those of its tools' sh -c "! grep -q ' complain$' '$out'"
fails 1 "has no symbol that matches 'no*such'" symbols "$lib" 'no*such'

# ---- usage and errors ----

version=$(sed -n 's/^#define FFI_INVOKE_VERSION_[A-Z]* //p' include/ffi_invoke.h | paste -s -d .)
gives "ffi $version" --version
gives "$version" call - 'const char *ffi_version(void)'
for words in --help -h 'call --help' 'plan -h' 'symbols --help' 'call --json --help'; do
    # shellcheck disable=SC2086 # they are words
    run $words
    check "ffi $words" test "$code $(head -c 10 "$out") $(wc -c <"$err")" = '0 usage: ffi 0'
done
run call --help
check 'a library is named as on every system' grep -q 'LIBRARY is a path, or a name such as m or z;$' "$out"
run
check 'no command: usage on stderr' test "$code $(wc -c <"$out") $(head -c 6 "$err")" = '2 0 usage:'
fails 2 "unknown command 'cal'" cal
fails 2 "unknown option '--cal'" --cal
fails 2 'unknown option --abi' call --abi sysv m 'double cos(double)' 0
fails 2 'unknown option -x' call -x m 'double cos(double)' 0
fails 2 'takes no value' call --errno=1 m 'double cos(double)' 0
fails 2 'too few operands' call m
fails 2 'too few operands' plan
fails 2 'too many operands' plan 'int f()' 'int g()'
fails 2 'too few operands' symbols
fails 2 'too many operands' symbols m a b
gives 5 call -- c 'int abs(int)' -5
gives_json '{"function": "abs", "signature": "int (int)", "library": "libc.so.6", "arguments": [-5], "result": 5, "outputs": []}' \
    call c 'int abs(int)' -5 --json
run call c 'int abs(int)' x --json
check 'an error behind --json at the end is JSON' grep -q '^{"error": {"status": 2, ' "$err"
gives '--json
7' call c 'int printf(const char *, ...)' '%s\n' --json
fails 2 'takes 1 argument, but 2 are given' call c 'int abs(int)' -5 --jso
gives_json '{"expression": "1 + 1", "type": "int", "value": 2}' eval '1 + 1' --json
gives 4 eval 'sizeof(long)' --abi win64
run symbols m cos --json
check 'symbols takes an option at the end' grep -q '^{"library": "libm' "$out"
run layout int --nothing
check 'a wrong one is told' complained 2 'unknown option --nothing'
gives 5 call c 'int abs(int)' -5
fails 2 'takes 1 argument, but 2 are given' call c 'int abs(int)' -- -5
fails 2 'takes 1 argument, but 0 are given' call c 'int abs(int)'
fails 1 "cannot open library 'no-such-library'" call no-such-library 'int f()'
fails 1 'cannot open library' call "$work" 'int f()'
fails 1 'cannot open library' call test/cli/cli_callee.c 'int f()'
fails 2 'operand 1 is empty' call '' 'int f()'
fails 1 "has no symbol 'no_such_function'" call m 'int no_such_function()'
fails 1 'column 18' call m 'double cos(double'
fails 1 'the signature has no name' call m 'double(double)' 1

# ---- output that cannot be written ----

cannot_write() { # ARGUMENT...: with a device that is full
    "$ffi" "$@" >/dev/full 2>"$err"
    code=$?
    check "$* to a full device" test "$code $(head -c 29 "$err")" = '1 ffi: cannot write the output:'
}
if [ -w /dev/full ]; then
    cannot_write --help
    cannot_write --version
    cannot_write plan 'int f()'
    cannot_write symbols m cos
    cannot_write call c 'int abs(int)' 5
    cannot_write call c 'int puts(str)' text
else
    skip 'output to a full device' 'there is no /dev/full'
fi
"$ffi" call c 'int abs(int)' -5 >&- 2>"$err"
code=$?
check 'a closed stdout is an error' test "$code $(head -c 29 "$err")" = '1 ffi: cannot write the output:'

# ---- the manual page ----

# Each example is a command behind `$ ` and what it prints.
sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;s/\\e/\\/g;p;}' tools/ffi/ffi.1 |
    awk -v to="$work/example" '
        /^\$ / { n++; file = to n; print substr($0, 3) >(file ".sh"); printf "" >(file ".out"); next }
        { print >(file ".out") }'
PATH=$(cd "$BUILD" && pwd):$PATH
has_crypto=$("$ffi" symbols crypto SHA256 2>/dev/null)
for example in "$work"/example*.sh; do
    words=$(cat "$example")
    if [ -z "$has_crypto" ] && grep -q SHA256 "$example"; then
        skip "manual: $(title "$words")" "libcrypto is not installed"
        continue
    fi
    sh "$example" >"$out" 2>"$err"
    check "manual: $(title "$words")" diff "$out" "${example%.sh}.out"
done
check 'the manual has its examples' test -f "$work/example7.sh"

# The examples without their output: each ends well, but for those that show an error.
sed -n '/^\.Sh EXAMPLES/,$s/^\.Dl //p' tools/ffi/ffi.1 >"$work/lines"
while read -r line; do
    case $line in
    *libgeometry*) skip "manual: $(title "$line")" 'the library is an example' && continue ;;
    *ptr:8*) wanted=1 ;; # a crash of the callee
    *) wanted=0 ;;
    esac
    (cd "$work" && sh -c "$line") >"$out" 2>"$err" </dev/null
    code=$?
    if grep -qE '^ffi: (the preprocessor failed|cannot open library)' "$err"; then
        skip "manual: $(title "$line")" 'the header or library is not installed'
        continue
    fi
    check "manual: $(title "$line")" test $code = $wanted
done <"$work/lines"
check 'there are such examples' test "$(grep -c . "$work/lines")" -ge 7
if command -v mandoc >/dev/null; then
    # Not its messages on stderr, which are about the manual pages that it finds on this machine.
    mandoc -Tlint -W warning tools/ffi/ffi.1 >"$out" 2>/dev/null
    check 'mandoc finds nothing to complain about' diff /dev/null "$out"
else
    skip 'the manual page is clean' 'there is no mandoc'
fi

# Colours on a terminal, which `script` of the system makes.
if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
    colours() { # VARIABLE=VALUE...: how many lines of an error have a colour
        env "$@" script -qec "'$ffi' call c no_such_function" /dev/null </dev/null >"$work/seen"
        grep -c "$(printf '\033')" "$work/seen"
    }
    check_text 'an error and its note have a colour on a terminal' "$(colours TERM=xterm)" 2
    check_text 'but not with NO_COLOR' "$(colours TERM=xterm NO_COLOR=1)" 0
    check_text 'nor on a dumb terminal' "$(colours TERM=dumb)" 0
else
    skip 'colours on a terminal' 'there is no command that makes one (script)'
fi

finish
