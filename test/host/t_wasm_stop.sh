#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Modules that loop or wait, stopped in each engine: by another thread of a process that embeds the host (wasm/stop.c), and by
# the command's --timeout. The process lives.
. "$(dirname "$0")/../lib/tap.sh"
. "$root/test/host/wasm/wasp.sh"

check "looping.c is built" module looping --export-table
printf '(module (func $f (loop (br 0))) (start $f))' >"$work/start.wat"
check "a module whose start function loops is built" wat2wasm "$work/start.wat" -o "$work/start.wasm"
cat >"$work/waiting.wat" <<'EOF'
(module (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "seven") (result i32) (i32.const 7))
    (func (export "sleep") (i32.store (i32.const 80) (i32.const 1))
        (i64.store (i32.const 88) (i64.const 3600000000000))
        (drop (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 0))))
    (func $vector (i32.store (i32.const 256) (i32.const 512)) (i32.store (i32.const 260) (i32.const 16)))
    (func (export "read") (call $vector)
        (drop (call $read (i32.const 0) (i32.const 256) (i32.const 1) (i32.const 248))))
    (func (export "write") (call $vector)
        (loop (br_if 0 (i32.eqz (call $write (i32.const 2) (i32.const 256) (i32.const 1) (i32.const 248)))))))
EOF
check "a module that waits is built" wat2wasm "$work/waiting.wat" -o "$work/waiting.wasm"
wasmtime=${WASMTIME:-$(ls /usr/local/lib/wasmtime/wasmtime/linux-*/_libwasmtime.so 2>/dev/null)}

# Which of the two a slow machine stops, the module or what loads it, is left open.
times_out() { # ARGUMENT...
    "$wasp" run --allow c --timeout 1 "$@" >"$work/out" 2>&1 </dev/null
    code=$?
    check_text "wasp run --timeout 1 $(printf '%s ' "$@" | sed "s|$work/||g")" "$(sed 's|.*: it ran|it ran|' "$work/out"); status $code" \
        "it ran longer than 1 s; status 124"
}

in_engine() { # ENGINE NAME
    "$BUILD/hosts/wasm/stop" "$1" "$work/looping.wasm" "$work/start.wasm" "$work/waiting.wasm" >"$work/said" 2>&1
    check_text "modules are stopped in $2: $(grep -c '^ok' "$work/said") checks" "$(grep -v '^ok' "$work/said")" 1..28
}

in_engine wabt wabt
times_out --call sort "$work/looping.wasm"
check "edges.c is built" module edges
times_out --call wait_an_hour "$work/edges.wasm"
if command -v wasm2c >/dev/null; then
    printf '#!/bin/sh\nexec %s "$@" -O0\n' "${CC:-cc}" >"$work/cc" # which takes half the time
    chmod +x "$work/cc"
    CC=$work/cc in_engine aot aot
    CC=$work/cc gives 7 0 --aot --allow c --timeout 1000 --call seven "$work/looping.wasm"
else
    skip "modules made native code are stopped" "wasm2c is not installed"
fi
if [ "$wasmtime" ]; then
    in_engine "$wasmtime" wasmtime
    times_out --engine "$wasmtime" --call sort "$work/looping.wasm"
    gives "wasp: the module ran longer than --timeout allows" 124 --engine "wasm.h:$wasmtime" --allow c --timeout 1 --call loop "$work/looping.wasm"
else
    skip "modules are stopped in Wasmtime" "PyPI's package wasmtime is not in /usr/local/lib/wasmtime"
fi

# Native code is not stopped: it ends the process.
printf '(module (import "c" "pthread_mutex_lock" (func $lock (param i32) (result i32))) (memory (export "memory") 1)
    (func (export "twice") (drop (call $lock (i32.const 64))) (drop (call $lock (i32.const 64)))))' >"$work/lock.wat"
check "a module that locks a mutex twice is built" wat2wasm "$work/lock.wat" -o "$work/lock.wasm"
gives "wasp: the module ran longer than --timeout allows" 124 --allow c --signature 'c.pthread_mutex_lock=int(void *)' --timeout 1 --call twice "$work/lock.wasm"
for limit in soon 0; do
    gives "wasp: $limit: expected a number of seconds, 1 or more" 2 --timeout $limit "$work/lock.wasm"
done
finish
