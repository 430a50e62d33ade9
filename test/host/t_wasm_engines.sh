#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The same modules in each engine of wasp: libwabt's interpreter, wasm2c with the C compiler, and Wasmtime by its own API
# and by the standard one; it is where tools/build/setup.sh puts it, or where WASMTIME says.
. "$(dirname "$0")/../lib/tap.sh"
. "$root/test/host/wasm/wasp.sh"

check "app.c is built" module app --export-table --export=main
check "signal.c is built" module signal --export-table
check "faults.c is built" module faults
check "numbers.c is built" module numbers
check "thread.c is built" module thread --export-table
check "single.c is built" module single --export-table
check "pointers.c is built" module pointers --export-table
check "pointers.c is built as a library" "${CC:-cc}" -shared -fPIC "$root/test/host/wasm/pointers.c" -o "$work/libpointers.so"
check "single.c is built as a library" "${CC:-cc}" -shared -fPIC "$root/test/host/wasm/single.c" -o "$work/libsingle.so"

# A thousand functions of a library, each of which adds its number.
awk 'BEGIN {
    print "#ifdef __wasm__\n#define FROM(name) __attribute__((import_module(\"many\"), import_name(#name)))\n#else\n#define FROM(name)\n#endif"
    for (i = 1; i <= 1000; i++) printf "FROM(add_%d) int add_%d(int);\n", i, i
}' >"$work/many.h"
awk 'BEGIN {
    print "#include \"many.h\"\n#ifdef __wasm__\n__attribute__((export_name(\"sum\"))) int sum(int all) {"
    for (i = 1; i <= 1000; i++) printf "    all = add_%d(all);\n", i
    print "    return all;\n}\n#else"
    for (i = 1; i <= 1000; i++) printf "int add_%d(int to) { return to + %d; }\n", i, i
    print "#endif"
}' >"$work/many.c"
check "a thousand imports are built" "$clang" --target=wasm32 -nostdlib -Wl,--no-entry,--allow-undefined "$work/many.c" -o "$work/many.wasm"
check "a thousand functions are built" "${CC:-cc}" -shared -fPIC "$work/many.c" -o "$work/libmany.so"
LD_LIBRARY_PATH=$work CPATH=$work:$root/test/host/wasm
export LD_LIBRARY_PATH CPATH
with_wasi=no
wasi_program && with_wasi=yes

create='c.pthread_create=int(unsigned long long *, const void *, void *(*)(void *), void *)'
join='c.pthread_join=int(unsigned long long, void **)'

# in_engine ENGINE THE_TEXTS_OF_FIVE_FAULTS
in_engine() {
    engine=$1 unreachable=$2 index=$3 nested=$4 bounds=$5
    gives "$app" 9 --engine "$engine" --allow c --allow m "$work/app.wasm"
    gives "wasp: app.wasm: c.qsort: $index" 1 --engine "$engine" --allow c --allow m --call sort_nothing "$work/app.wasm" 99
    gives "wasp: app.wasm: c.qsort: c.strlen: argument 1: 0xfffffffc is no handle, or one that was dropped" 1 \
        --engine "$engine" --allow c --allow m --call sort_measuring "$work/app.wasm"
    gives "wasp: signal.wasm: c.raise: $unreachable" 1 --engine "$engine" --allow c --call trap "$work/signal.wasm"
    gives "wasp: signal.wasm: c.raise: $nested" 1 --engine "$engine" --allow c --call nest "$work/signal.wasm"
    gives 0 0 --engine "$engine" --allow c --call outlive "$work/signal.wasm"
    gives 8 0 --engine "$engine" --allow c --call carry "$work/signal.wasm"
    gives "wasp: faults.wasm: $bounds" 1 --engine "$engine" --call read_at "$work/faults.wasm" 0xfffffffe
    gives "wasp: faults.wasm: integer divide by zero" 1 --engine "$engine" --call divide "$work/faults.wasm" 0
    gives "wasp: faults.wasm: call stack exhausted" 1 --engine "$engine" --call recurse "$work/faults.wasm" 1
    gives 'wasp: app.wasm: m.modf: argument 2: offset 1025 is not aligned to 8 bytes' 1 \
        --engine "$engine" --allow c --allow m --call modf_at "$work/app.wasm" 1025
    gives -2000000000 0 --engine "$engine" --allow c --call fits "$work/numbers.wasm"
    gives 'wasp: numbers.wasm: c.atol: 5000000000 does not fit the 32 bits that the module has for it' 1 \
        --engine "$engine" --allow c --call too_long "$work/numbers.wasm"
    gives 30806 0 --engine "$engine" --allow c --call swapped "$work/numbers.wasm" 0x12345678
    gives 2000000000 0 --engine "$engine" --allow c --call absolute "$work/numbers.wasm" -2000000000
    gives 305 0 --engine "$engine" --allow c --call grown "$work/numbers.wasm"
    gives 'wasp: thread.wasm: elsewhere: native code called a function of the module on another thread' 1 --engine "$engine" \
        --allow c --signature "$create" --signature "$join" --call elsewhere "$work/thread.wasm"
    gives 4095 0 --engine "$engine" --allow single --header single.h --call records "$work/single.wasm"
    gives 'wasp: single.wasm: single.turn_text: argument 1: the text at offset 2130706432 does not end in the memory of 131072 bytes' 1 \
        --engine "$engine" --allow single --header single.h --call outside "$work/single.wasm"
    gives 8191 0 --engine "$engine" --allow pointers --header pointers.h --call arrays "$work/pointers.wasm"
    gives 'wasp: pointers.wasm: pointers.sum: argument 1: the text at offset 2147483392 does not end in the memory of 131072 bytes' 1 \
        --engine "$engine" --allow pointers --header pointers.h --call unset "$work/pointers.wasm"
    gives 'wasp: pointers.wasm: pointers.sum: argument 1: the text at offset 131071 does not end in the memory of 131072 bytes' 1 \
        --engine "$engine" --allow pointers --header pointers.h --call endless "$work/pointers.wasm"
    gives 35 0 --engine "$engine" --allow pointers --header pointers.h --call variable "$work/pointers.wasm"
    gives 'wasp: pointers.wasm: pointers.add: the types of its variable arguments are not known: a signature names them after `...`' 1 \
        --engine "$engine" --allow pointers --header pointers.h --call unknown "$work/pointers.wasm"
    gives 'wasp: pointers.wasm: pointers.fill: argument 1: 8 bytes at offset 131068 are not in the memory of 131072 bytes' 1 \
        --engine "$engine" --allow pointers --header pointers.h --call fill_at "$work/pointers.wasm" 131068
    gives 'wasp: pointers.wasm: pointers.fill_three: argument 1: 12 bytes at offset 131064 are not in the memory of 131072 bytes' 1 \
        --engine "$engine" --allow pointers --header pointers.h --call fill_three_at "$work/pointers.wasm" 131064
    gives 500507 0 --engine "$engine" --allow many --header many.h --call sum "$work/many.wasm" 7
    gives 5000000000.5 0 --engine "$engine" --call real "$work/faults.wasm" 0.5 5000000000
    [ $with_wasi = no ] || gives "$wasi" 3 --engine "$engine" --allow z --header zlib.h "$work/wasi.wasm" x y
}

in_engine wabt 'unreachable executed' 'the table has no function 99' 'callbacks are nested more than 100 deep' \
    'out of bounds memory access: access at 4294967294+4 >= max value 131072'

if command -v wasm2c >/dev/null; then
    gives "$app" 9 --aot --allow c --allow m "$work/app.wasm"
    printf '#!/bin/sh\nexec %s "$@" -O0\n' "${CC:-cc}" >"$work/cc" # which takes half the time
    chmod +x "$work/cc"
    CC=$work/cc
    export CC
    in_engine aot 'unreachable executed' 'the table has no function 99' 'callbacks are nested more than 100 deep' \
        'out of bounds memory access, or of a table'
    CC=/absent gives 'wasp: faults.wasm: /absent cannot be run: No such file or directory' 1 --aot "$work/faults.wasm"
    printf '\000asm\001\000\000\000\003\002\001\000' >"$work/broken.wasm" # a function without its type
    gives 'wasp: broken.wasm: not a module: a function has no type' 1 --aot "$work/broken.wasm"
    printf '\000asm\001\000\000\000\014\001\000\377\000' >"$work/broken.wasm" # a section that there is not
    gives 'wasp: broken.wasm: wasm2c: 000000d: error: invalid section code: 255' 1 --aot "$work/broken.wasm"
    printf '(module (func (export "x*/ int y; /*")))' >"$work/comment.wat"
    check "a module with a comment's end in a name is built" wat2wasm "$work/comment.wat" -o "$work/comment.wasm"
    gives "wasp: comment.wasm: the name 'x*/ int y; /*' cannot stand in a comment of C" 1 --aot "$work/comment.wasm"
    printf '(module (table 1 externref) (func (export "main") (result i32) i32.const 5))' >"$work/table.wat"
    check "a module with a table of no functions is built" wat2wasm "$work/table.wat" -o "$work/table.wasm"
    gives "" 5 --aot "$work/table.wasm"
    # Names that wasm2c would give to the memory and the table, and that C cannot spell.
    printf '(module (import "c" "strlen#Z_a/b?\\c3\\bc" (func $length (param i32) (result i32)))
        (global (export "M0") i64 (i64.const 0x414141414141)) (global (export "g") i64 (i64.const -1))
        (global (export "T0") i64 (i64.const 0x414141414141)) (global (export "h") i64 (i64.const -1))
        (memory 1) (table 1 funcref) (data (i32.const 16) "hello")
        (func (export "__Z/*?\\09\\c3\\bc") (result i32) (call $length (i32.const 16))))' >"$work/names.wat"
    check "a module with names that C cannot spell is built" wat2wasm "$work/names.wat" -o "$work/names.wasm"
    gives 5 0 --aot --allow c --call "$(printf '__Z/*?\tü')" "$work/names.wasm"
    # A frame that could be larger than the stack that is left where a call is still let through.
    { printf '(module (func (export "main") (result i32) (local' && yes ' i64' | head -n 20000 && printf ') i32.const 5))'; } >"$work/frame.wat"
    check "a module with 20,000 local variables is built" wat2wasm "$work/frame.wat" -o "$work/frame.wasm"
    printf '#!/bin/sh\nexec %s "$@" -O0\n' "$clang" >"$work/clang"
    chmod +x "$work/clang"
    for compiler in "$work/cc" "$work/clang"; do
        CC=$compiler "$wasp" run --aot "$work/frame.wasm" >"$work/out" 2>&1
        check_text "$(basename "$compiler") refuses a large frame" "$(sed -n 's/^wasp: .* error: .*\(frame size\).*\(131072\).*/\1 \2/p' "$work/out")" "frame size 131072"
    done
    TMPDIR=/absent gives "wasp: faults.wasm: a folder in /absent cannot be made" 1 --aot "$work/faults.wasm"
    mkdir "$work/temporary"
    TMPDIR=$work/temporary gives "wasp: faults.wasm: integer divide by zero" 1 --aot --call divide "$work/faults.wasm" 0
    check "no file stays behind" rmdir "$work/temporary"
else
    skip "modules made native code" "wasm2c is not installed"
fi

wasmtime=${WASMTIME:-$(ls /usr/local/lib/wasmtime/wasmtime/linux-*/_libwasmtime.so 2>/dev/null)}
if [ "$wasmtime" ]; then
    in_engine "$wasmtime" 'wasm `unreachable` instruction executed' 'the table has no function 99' \
        'call stack exhausted' 'out of bounds memory access'
    in_engine "wasm.h:$wasmtime" 'wasm `unreachable` instruction executed' 'undefined element: out of bounds table access' \
        'call stack exhausted' 'out of bounds memory access'
    # A table of numbers, `(table 2 anyref (ref.i31 (i32.const 5)))`, whose second element qsort is to call.
    printf '\000asm\001\000\000\000\001\014\002`\004\177\177\177\177\000`\000\001\177\002\013\001\001c\005qsort\000\000\003\002\001\001\004\013\001@\000n\000\002A\005\373\034\013\005\003\001\000\001\007\025\003\006memory\002\000\001t\001\000\004main\000\001\012\020\001\016\000A\010A\003A\004A\001\020\000A\003\013' >"$work/numbers_only.wasm"
    gives 'wasp: numbers_only.wasm: c.qsort: the table has no function 1' 1 --engine "$wasmtime" --allow c "$work/numbers_only.wasm"
    check "app.c is built without its table" module app --export=main
    gives 'wasp: app.wasm: c.qsort: the module exports no table of functions: wasm-ld --export-table' 1 \
        --engine "$wasmtime" --allow c --allow m --call sort_trapping "$work/app.wasm"
    gives 'wasp: app.wasm: c.qsort: the module exports no table of functions: wasm-ld --export-table' 1 \
        --engine "wasm.h:$wasmtime" --allow c --allow m --call sort_trapping "$work/app.wasm"
else
    skip "modules in Wasmtime" "PyPI's package wasmtime is not in /usr/local/lib/wasmtime"
fi
"$wasp" run --engine absent "$work/faults.wasm" >"$work/out" 2>&1
check_text "a library that is absent is named" "$(sed -n "s|.*\(the engine absent: cannot open library 'absent'\).*|\1|p" "$work/out")" \
    "the engine absent: cannot open library 'absent'"
"$wasp" run --engine m "$work/faults.wasm" >"$work/out" 2>&1
check_text "a library without the API is no engine" "$(sed -n "s|.*\\(the engine m: \\).*\\(has no symbol 'wasm_engine_new'\\).*|\\1\\2|p" "$work/out")" \
    "the engine m: has no symbol 'wasm_engine_new'"
finish
