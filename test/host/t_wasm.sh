#!/bin/sh
# SPDX-License-Identifier: MIT
#
# WebAssembly modules with native functions as imports: wasp runs what clang makes of wasm/app.c, and of wasm/wasi.c
# with Debian's C library for WASI. Wrong imports, offsets, handles and modules are errors with the import's name.
. "$(dirname "$0")/../lib/tap.sh"

. "$root/test/host/wasm/wasp.sh"

check "app.c is built" module app --export-table --export=main
check "cbrt.c is built" module cbrt
check "signal.c is built" module signal --export-table
check "edges.c is built" module edges

all="--allow c --allow m"

# shellcheck disable=SC2086
gives "$app" 9 $all "$work/app.wasm"

# ---- README ----

awk '/^\*\*WebAssembly/ { here = 1 } here && /^```$/ { exit } text; here && /^```c/ { text = 1 }' "$root/README.md" >"$work/root.c"
options=$(sed -n 's/^    clang --target=wasm32 \(.*\) root\.c .*/\1/p' "$root/README.md")
# shellcheck disable=SC2086
check "README's module is built" "$clang" --target=wasm32 $options "$work/root.c" -o "$work/root.wasm"
gives 1.414214 0 --allow c --allow m "$work/root.wasm"
check "make install-wasm" make -s -C "$root" B="$BUILD" CC="${CC:-cc}" install-wasm DESTDIR="$work/installed" BINDIR=/bin
check "the program is installed" test -x "$work/installed/bin/wasp"
check "make uninstall-wasm" make -s -C "$root" B="$BUILD" CC="${CC:-cc}" uninstall-wasm DESTDIR="$work/installed" BINDIR=/bin
check_text "nothing is left of it" "$(find "$work/installed" ! -type d)" ""

# ---- faults of a module: an error, and no crash ----

# faults MESSAGE EXPORT ARGUMENT...
faults() {
    wanted=$1 export=$2
    shift 2
    # shellcheck disable=SC2086
    gives "wasp: app.wasm: $wanted" 1 $all --call "$export" "$work/app.wasm" "$@"
}
faults 'c.qsort: unreachable executed' sort_trapping
faults 'c.qsort: the memory grew, and moved, while native code held pointers into it' sort_growing
faults 'c.qsort: c.strlen: argument 1: 0xfffffffc is no handle, or one that was dropped' sort_measuring
faults 'c.qsort: the table has no function 99' sort_nothing 99
faults 'c.strlen: argument 1: the text at offset 65536000 does not end in the memory of 131072 bytes' length_at 65536000
faults 'c.strlen: argument 1: expected a pointer that is not NULL, got 0' length_at 0
faults 'c.strlen: argument 1: 0x80000005 is no handle, or one that was dropped' length_at 0x80000005
faults 'ffi.drop: 0x12 is no handle, or one that was dropped' drop_at 0x12
faults 'm.modf: argument 2: 8 bytes at offset 131068 are not in the memory of 131072 bytes' modf_at 131068
faults 'm.modf: argument 2: offset 1025 is not aligned to 8 bytes' modf_at 1025
faults 'c.strtol: 5000000000 does not fit the 32 bits that the module has for it' long_of 0
faults 'the module exports no function absent' absent
faults 'modf_at takes 1 argument, not 2' modf_at 1 2
faults "'x' is no number of type i32" modf_at x
faults 'ffi.length: 0x80000000 is no handle, or one that was dropped' dropped
faults 'c.qsort: callbacks are nested more than 100 deep' deeper 0 0
# shellcheck disable=SC2086
{
    gives 1 0 $all --call twice "$work/app.wasm"
}

# ---- callbacks out of calls that take only numbers ----

gives 'wasp: signal.wasm: c.raise: unreachable executed' 1 --allow c --call trap "$work/signal.wasm"
gives 'wasp: signal.wasm: c.raise: callbacks are nested more than 100 deep' 1 --allow c --call nest "$work/signal.wasm"
gives 1 0 --allow c --call restore "$work/signal.wasm"
gives 8 0 --allow c --call carry "$work/signal.wasm"

# ---- prototypes, and what is allowed ----

# Some of these headers are in no library for WASI; then the system's are read.
gives 8 0 --allow c --header stdio.h --header time.h --header signal.h --header pthread.h --header sys/wait.h \
    --header sys/resource.h --call carry "$work/signal.wasm"

gives 2 0 --allow m --allow c --call root "$work/cbrt.wasm" 8
gives 5 0 --allow m --allow c:sn* --call digits "$work/cbrt.wasm" 1234
gives "wasp: cbrt.wasm: c.snprintf: column 1 of the format \"%y\": there is no such conversion" 1 --allow m --allow c --call wrong_format "$work/cbrt.wasm"
gives 'wasp: cbrt.wasm: c.snprintf: 0xfffffffc is no handle, or one that was dropped' 1 \
    --allow m --allow c --call past_the_end "$work/cbrt.wasm"
printf '# what cbrt.c needs\nm:cbrt\nc:snprintf\n' >"$work/policy"
gives 2 0 --policy "$work/policy" --call root "$work/cbrt.wasm" 8
gives 'wasp: cbrt.wasm: import m.cbrt: cbrt of library m is not allowed: --allow m:cbrt allows it' 1 --allow c --allow m:sqrt "$work/cbrt.wasm"
gives 2 0 --allow nosuch --allow nosuch:f* --allow m --allow c --call root "$work/cbrt.wasm" 8
# shellcheck disable=SC2016
gives 'wasp: cbrt.wasm: import m.cbrt: the module takes it for (f64) -> (f64), but `int cbrt(double)` is (f64) -> (i32)' 1 \
    --allow c --allow m --signature 'm.cbrt=int(double)' "$work/cbrt.wasm"
gives 'wasp: cbrt.wasm: import m.cbrt: struct { } has no bytes, and is not passed at all: it is not supported' 1 \
    --allow c --allow m --signature 'm.cbrt=double(struct {})' "$work/cbrt.wasm"
gives "wasp: m.cbrt=int(: column 5: expected ')', but the text ends
  int(
      ^" 1 --signature 'm.cbrt=int(' "$work/cbrt.wasm"
echo 'this is text' >"$work/text.wasm"
gives "wasp: text.wasm: not a module: it does not begin as one of version 1 does" 1 "$work/text.wasm"

printf '\000asm\001\000\000\000\001\005\001\140\001\157\000\003\002\001\000\007\005\001\001x\000\000\012\004\001\002\000\013' >"$work/reference.wasm"
gives 'wasp: reference.wasm: export x is no function that C has' 1 --call x "$work/reference.wasm" 7
printf '\000asm\001\000\000\000\005\005\001\000\200\200\004' >"$work/large.wasm" # a memory of 4 GiB
# shellcheck disable=SC2016
printf '#!/bin/sh\nulimit -v 1000000 && exec "%s" "$@"\n' "$(realpath "$wasp")" >"$work/small"
chmod +x "$work/small"
if "$work/small" --help >/dev/null 2>&1; then
    whole=$wasp wasp=$work/small
    gives 'wasp: large.wasm: out of memory for the module' 1 "$work/large.wasm"
    wasp=$whole
else
    skip "a module that needs too much memory" "wasp does not start in 1 GB of address space"
fi

gives 'wasp: which module is to run?
`wasp --help` tells more' 2 --allow c
gives 'wasp: there is no such option: --fast
`wasp --help` tells more' 2 --fast yes
gives "wasp: abs: 'abs' is not \"library.name=signature\"" 2 --signature abs -
gives 'wasp: absent: No such file or directory' 1 absent
gives 'wasp: absent: No such file or directory' 1 --policy absent x.wasm

# A number of 64 bits may be unsigned.
printf '(module (func (export "same") (param i64) (result i64) local.get 0))' >"$work/same.wat"
check "same.wat is built" wat2wasm "$work/same.wat" -o "$work/same.wasm"
gives -1 0 --call same "$work/same.wasm" 0xffffffffffffffff
gives -9223372036854775808 0 --call same "$work/same.wasm" -9223372036854775808
for text in 18446744073709551616 -9223372036854775809; do
    gives "wasp: same.wasm: '$text' is no number of type i64" 1 --call same "$work/same.wasm" $text
done

# ---- WASI ----

if wasi_program; then
    gives "$wasi" 3 --allow z --header zlib.h "$work/wasi.wasm" x y
else
    skip "a program for WASI" "wasi-libc or zlib is not installed"
fi

for export in no_count no_vectors list_past_the_end texts_past_the_end random_past_the_end clock_past_the_end; do
    gives 21 0 --call $export "$work/edges.wasm"
done
for export in stat_past_the_end wait_past_the_end events_past_the_end; do
    gives 21 0 --call $export "$work/edges.wasm"
done
for export in wait_for_nothing seek_from_nowhere; do
    gives 28 0 --call $export "$work/edges.wasm"
done
gives 2000 0 --call wait_for_the_first "$work/edges.wasm"
gives 3002 0 --call wait_for_output "$work/edges.wasm"
gives 65 0 --call wait_for_many "$work/edges.wasm"
check_text "a pipe that can be written is not read" "$("$wasp" run --call wait_for_two_of_one "$work/edges.wasm" 2>&1 | cat)" 10002
gives 4081 0 --call wait_for_no_stream "$work/edges.wasm"
gives 5280 0 --call wait_for_no_clock "$work/edges.wasm"
gives 6283 0 --call wait_for_no_type "$work/edges.wasm"
gives 7000 0 --call wait_until "$work/edges.wasm"
gives 21 0 --call input_kind "$work/edges.wasm" # /dev/null
gives 41 0 --call output_kind "$work/edges.wasm"
gives -1 0 --call no_kind "$work/edges.wasm"
gives 8082 0 --call wait_for_what_is_closed "$work/edges.wasm"
gives "hello
127" 0 --call closed "$work/edges.wasm"
gives 0 0 --call sync_output "$work/edges.wasm"
gives 8 0 --call sync_nothing "$work/edges.wasm"
gives 5808 0 --call read_at "$work/edges.wasm"
gives 1000 0 --call input_rights "$work/edges.wasm"
gives 100 0 --call output_rights "$work/edges.wasm"
"$wasp" run --call output_rights "$work/edges.wasm" >>"$work/out2"
check_text "output may be appended" "$(cat "$work/out2")" 110
mkfifo "$work/fifo"
"$wasp" run --call wait_long "$work/edges.wasm" >"$work/fifo" 2>&1 &
{
    read -r line
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -ALRM $! && sleep 0.02; done
    read -r line
} <"$work/fifo"
check_text "signals do not end a wait" "$line" 2000
printf '0123456789' >"$work/ten"
check_text "the standard input is a file of ten bytes" "$("$wasp" run --call input_size "$work/edges.wasm" <"$work/ten")" 4010
check_text "and is read from its eighth byte" "$("$wasp" run --call seek_input "$work/edges.wasm" <"$work/ten")" 808
check_text "nothing is before it" "$("$wasp" run --call seek_nowhere "$work/edges.wasm" <"$work/ten")" 28
check_text "a pipe cannot seek" "$(echo | "$wasp" run --call seek_input "$work/edges.wasm")" 70
check_text "and a program is told so" "$(echo | "$wasp" run --call input_kind "$work/edges.wasm")" 0
gives "hello
0" 0 --call count_fits "$work/edges.wasm"
gives "$(printf "%64s" "" | tr " " x)64" 0 --call many_vectors "$work/edges.wasm"
gives "hello
6" 0 --call empty_vectors "$work/edges.wasm"

# All functions of WASI preview 1, as its text has them: i for 32 bits, I for 64; they give an i32.
awk 'BEGIN { print "(module" }
    { gsub(/i/, " i32", $2); gsub(/I/, " i64", $2)
      printf "  (import \"wasi_snapshot_preview1\" \"%s\" (func (param%s)%s))\n", $1, $2 == "-" ? "" : $2,
          $1 == "proc_exit" ? "" : " (result i32)" }
    END { print "  (func (export \"main\") (result i32) i32.const 5))" }' >"$work/preview1.wat" <<'END'
args_get ii
args_sizes_get ii
clock_res_get ii
clock_time_get iIi
environ_get ii
environ_sizes_get ii
fd_advise iIIi
fd_allocate iII
fd_close i
fd_datasync i
fd_fdstat_get ii
fd_fdstat_set_flags ii
fd_fdstat_set_rights iII
fd_filestat_get ii
fd_filestat_set_size iI
fd_filestat_set_times iIIi
fd_pread iiiIi
fd_prestat_dir_name iii
fd_prestat_get ii
fd_pwrite iiiIi
fd_read iiii
fd_readdir iiiIi
fd_renumber ii
fd_seek iIii
fd_sync i
fd_tell ii
fd_write iiii
path_create_directory iii
path_filestat_get iiiii
path_filestat_set_times iiiiIIi
path_link iiiiiii
path_open iiiiiIIii
path_readlink iiiiii
path_remove_directory iii
path_rename iiiiii
path_symlink iiiii
path_unlink_file iii
poll_oneoff iiii
proc_exit i
proc_raise i
random_get ii
sched_yield -
sock_accept iii
sock_recv iiiiii
sock_send iiiii
sock_shutdown ii
END
check "a module that imports all of preview 1 is built" wat2wasm "$work/preview1.wat" -o "$work/preview1.wasm"
gives "" 5 "$work/preview1.wasm"

# ---- libraries and records ----

printf '(module (import "absent" "f" (func)))' >"$work/absent.wat" && wat2wasm "$work/absent.wat" -o "$work/absent.wasm"
"$wasp" run --allow absent --signature 'absent.f=void(void)' "$work/absent.wasm" >"$work/out" 2>&1
check_text "a library that is missing is named with the import" "$(sed -n '1s|.*: import|import|p' "$work/out")" \
    "import absent.f: cannot open library 'absent'; tried"
printf '(module (import "c" "absent" (func)))' >"$work/absent.wat" && wat2wasm "$work/absent.wat" -o "$work/absent.wasm"
"$wasp" run --allow c --signature 'c.absent=void(void)' "$work/absent.wasm" >"$work/out" 2>&1
check_text "so is a function that its library has not" "$(sed -n "1s|.*\(import c.absent: \).*\(has no symbol 'absent'\).*|\1\2|p" "$work/out")" \
    "import c.absent: has no symbol 'absent'"

# A `:` in the name of a library allows no more than the library's own pattern does.
printf '(module (import "c:x" "abs" (func)))' >"$work/absent.wat" && wat2wasm "$work/absent.wat" -o "$work/absent.wasm"
gives 'wasp: absent.wasm: import c:x.abs: abs of library c:x is not allowed: --allow c:x:abs allows it' 1 --allow c "$work/absent.wasm"

# A type of 4 GiB is not one of 0 bytes.
printf '(module (import "c" "atoi" (func $f (param i32) (result i32))) (memory (export "memory") 1)
    (func (export "main") (result i32) (call $f (i32.const 64))))' >"$work/large.wat" && wat2wasm "$work/large.wat" -o "$work/large.wasm"
for type in 'int[1073741824]' 'struct { char all[4294967297]; }'; do
    parameter=$(echo "$type" | sed 's/^int/int numbers/; s/}$/} *at/')
    gives "wasp: large.wasm: import c.atoi: $type is larger than any memory of a module" 1 \
        --allow c --signature "c.atoi=int($parameter)" "$work/large.wasm"
done

# "env" is each library that is allowed.
printf '(module (import "env" "cbrt" (func $f (param f64) (result f64)))
    (func (export "main") (result i32) (i32.trunc_f64_s (call $f (f64.const 27)))))' >"$work/any.wat" && wat2wasm "$work/any.wat" -o "$work/any.wasm"
gives "" 3 --allow nosuch --allow c:abs --allow m "$work/any.wasm"
gives 'wasp: any.wasm: import env.cbrt: no library that is allowed has cbrt' 1 --allow c --allow m:s* "$work/any.wasm"
"$wasp" run --allow nosuch "$work/any.wasm" >"$work/out" 2>&1
check_text "a library that is allowed but missing is named" "$(sed -n "1s|.*\(import env.cbrt: .* library 'nosuch'\).*|\1|p" "$work/out")" \
    "import env.cbrt: no library that is allowed has cbrt; cannot open library 'nosuch'"

libraries() { # TEXT ARGUMENT...: with SQLite and zlib
    wanted=$1
    shift
    gives "$wanted" 0 --allow c --allow z --allow sqlite3 --header sqlite3.h --header zlib.h --header sys/stat.h \
        --header time.h --header stdlib.h --header stdio.h --call "$@"
}

if [ -e /usr/include/wasm32-wasi/stdio.h ] && printf '#include <sqlite3.h>\n#include <zlib.h>\n' | ${CC:-cc} -E -x c - >/dev/null 2>&1; then
    check "libraries.c is built" "$clang" --target=wasm32-wasi -O1 -nostdlib -Wl,--no-entry,--allow-undefined \
        "$root/test/host/wasm/libraries.c" -o "$work/libraries.wasm"
    printf 'sixteen letters.' >"$work/file" && touch -d @1000000000 "$work/file"
    FFI_FILE=$work/file
    export FFI_FILE
    libraries 42 query "$work/libraries.wasm" 0
    libraries 116 query "$work/libraries.wasm" 1
    libraries 29 query "$work/libraries.wasm" 2
    libraries -873187034 checksum "$work/libraries.wasm"
    libraries 16 status "$work/libraries.wasm" 0
    libraries 1000000000 status "$work/libraries.wasm" 1
    libraries 1 status "$work/libraries.wasm" 2
    libraries 1 now "$work/libraries.wasm"
    check_text "a module reads the standard input" "$(echo yes | "$wasp" run --allow c --allow z --allow sqlite3 --header sqlite3.h \
        --header zlib.h --header sys/stat.h --header time.h --header stdlib.h --header stdio.h --call line "$work/libraries.wasm")" 101
    gives 'wasp: libraries.wasm: ffi.read: 4294967295 bytes at offset 64 are not in the memory of 131072 bytes' 1 \
        --allow c --allow z --allow sqlite3 --header sqlite3.h --header zlib.h --header sys/stat.h --header time.h \
        --header stdlib.h --header stdio.h --call read_too_much "$work/libraries.wasm" -1
else
    skip "a module with SQLite" "wasi-libc, SQLite or zlib is not installed"
fi

# ---- damaged modules ----

# Each of many copies has a byte changed, or ends early: no run may end by a signal.
damaged() {
    perl -e 'open my $in, "<:raw", $ARGV[0]; local $/; my $all = <$in>; srand 20261129;
        for my $i (1 .. $ARGV[2]) {
            my $copy = $all;
            $i % 8 ? substr($copy, rand length $all, 1) = chr rand 256 : ($copy = substr $all, 0, rand length $all);
            open my $out, ">:raw", "$ARGV[1].$i"; print $out $copy }' "$work/cbrt.wasm" "$work/damaged" "$1"
    for copy in "$work"/damaged.*; do
        "$wasp" run --timeout 10 --signature 'c.abs=int(int)' --allow m --allow c --call digits "$copy" 7 >"$work/out" 2>&1
        [ $? -le 124 ] || { cat "$work/out"; return 1; }
    done
}
check "damaged modules are errors, or run" damaged "$(number 100 400)"
cat >"$work/least.wat" <<'END'
(module (import "c" "qsort" (func $qsort (param i32 i32 i32 i32))) (memory (export "memory") 1)
    (table (export "table") 2 funcref) (elem (i32.const 1) $compare)
    (data (i32.const 64) "\09\00\00\00\07\00\00\00\08\00\00\00")
    (func $compare (param i32 i32) (result i32) (i32.sub (i32.load (local.get 0)) (i32.load (local.get 1))))
    (func (export "least") (result i32)
        (call $qsort (i32.const 64) (i32.const 3) (i32.const 4) (i32.const 1)) (i32.load (i32.const 64))))
END
check "least.wat is built" wat2wasm "$work/least.wat" -o "$work/least.wasm"
check "libwabt without memory" "$BUILD/hosts/wasm/refused" "$work/least.wasm" least
finish
