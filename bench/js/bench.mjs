// SPDX-License-Identifier: MIT
//
//     bench.mjs NAME CALLEE
//
// Prints nanoseconds of one call for each row, the least of many samples: by ffi_invoke (as it is by default, "fast", "Node-API"), koffi, node:ffi,
// bun:ffi or Deno's own functions. A row that one of them cannot do is left out, and so is one without the text ROW in its name.
import { createRequire } from 'node:module';

const [name, callee] = process.argv.slice(-2);
const require = createRequire(import.meta.url);
const milliseconds = Number(process.env.MILLISECONDS ?? 200); // for each row: V8 optimizes beside it

const prototypes = `struct point { double x, y; }; void noop(void); int32_t add2(int32_t a, int32_t b);
int64_t add6(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f);
double mix8(int32_t a, double b, int32_t c, double d, int32_t e, double f, int32_t g, double h);
uint64_t length(const char *text); struct point add_points(struct point a, struct point b);
double sum(const double *values, int32_t count); int32_t call_once(int32_t (*f)(int32_t), int32_t value);`;

function byModule(options) {
    const ffi = require(`${process.env.FFI_INVOKE}/index.js`).create(options);
    const lib = ffi.cdef(prototypes).load(callee);
    const Point = ffi.struct('struct point');
    const callback = ffi.callback('int32_t (*)(int32_t)', (value) => value + 1);
    return { ...lib, noop: lib.noop, add2: lib.add2, add6: lib.add6, mix8: lib.mix8, length: lib.length, add_points: lib.add_points,
        sum: lib.sum, call_once: lib.call_once, point: new Point({ x: 1, y: 2 }), callback };
}

function byKoffi() {
    const koffi = require('koffi');
    const lib = koffi.load(callee);
    koffi.struct('point', { x: 'double', y: 'double' });
    const proto = koffi.proto('int32_t once(int32_t value)');
    return {
        noop: lib.func('void noop(void)'), add2: lib.func('int32_t add2(int32_t a, int32_t b)'),
        add6: lib.func('int64_t add6(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f)'),
        mix8: lib.func('double mix8(int32_t a, double b, int32_t c, double d, int32_t e, double f, int32_t g, double h)'),
        length: lib.func('uint64_t length(const char *text)'), add_points: lib.func('point add_points(point a, point b)'),
        sum: lib.func('double sum(const double *values, int32_t count)'), call_once: lib.func('int32_t call_once(once *f, int32_t value)'),
        point: { x: 1, y: 2 }, callback: koffi.register((value) => value + 1, koffi.pointer(proto)),
    };
}

function byNode() {
    const ffi = require('node:ffi');
    const { functions } = ffi.dlopen(callee, {
        noop: { return: 'void', arguments: [] }, add2: { return: 'i32', arguments: ['i32', 'i32'] },
        add6: { return: 'i64', arguments: Array(6).fill('i64') },
        mix8: { return: 'f64', arguments: ['i32', 'f64', 'i32', 'f64', 'i32', 'f64', 'i32', 'f64'] },
        length: { return: 'u64', arguments: ['string'] }, sum: { return: 'f64', arguments: ['buffer', 'i32'] },
    });
    const { add6 } = functions;
    return { ...functions, add6: (...values) => add6(...values.map(BigInt)) };
}

async function byBun() {
    const { dlopen, JSCallback, ptr } = await import('bun:ffi');
    const wide = { args: Array(6).fill('i64'), returns: 'i64' }; // gives a BigInt; by i64_fast a Number
    const { symbols: { add6: add6big } } = dlopen(callee, { add6: wide });
    const { symbols } = dlopen(callee, {
        noop: { args: [], returns: 'void' }, add2: { args: ['i32', 'i32'], returns: 'i32' }, add6: { ...wide, returns: 'i64_fast' },
        mix8: { args: ['i32', 'f64', 'i32', 'f64', 'i32', 'f64', 'i32', 'f64'], returns: 'f64' }, length: { args: ['cstring'], returns: 'u64' },
        sum: { args: ['ptr', 'i32'], returns: 'f64' }, call_once: { args: ['ptr', 'i32'], returns: 'i32' },
    });
    const { length } = symbols, encoder = new TextEncoder();
    const callback = new JSCallback((value) => value + 1, { args: ['i32'], returns: 'i32' });
    return { ...symbols, add6big, length: (text) => length(ptr(encoder.encode(`${text}\0`))), callback: callback.ptr };
}

function byDeno() {
    const point = { struct: ['f64', 'f64'] };
    const { symbols } = Deno.dlopen(callee, {
        noop: { parameters: [], result: 'void' }, add2: { parameters: ['i32', 'i32'], result: 'i32' },
        add6: { parameters: Array(6).fill('i64'), result: 'i64' },
        mix8: { parameters: ['i32', 'f64', 'i32', 'f64', 'i32', 'f64', 'i32', 'f64'], result: 'f64' },
        length: { parameters: ['buffer'], result: 'u64' }, add_points: { parameters: [point, point], result: point },
        sum: { parameters: ['buffer', 'i32'], result: 'f64' }, call_once: { parameters: ['function', 'i32'], result: 'i32' },
    });
    const { length, add_points, sum } = symbols, encoder = new TextEncoder();
    const bytes = (p) => new Uint8Array(new Float64Array([p.x, p.y]).buffer);
    const callback = new Deno.UnsafeCallback({ parameters: ['i32'], result: 'i32' }, (value) => value + 1);
    return { ...symbols, length: (text) => length(encoder.encode(`${text}\0`)), point: { x: 1, y: 2 },
        add_points: (a, b) => { const r = new Float64Array(add_points(bytes(a), bytes(b)).buffer); return { x: r[0], y: r[1] }; },
        sum, callback: callback.pointer };
}

const makers = { ffi_invoke: () => byModule({}), fast: () => byModule({ fast: true }), 'Node-API': () => byModule({ fast: false }), koffi: byKoffi, 'node:ffi': byNode, 'bun:ffi': byBun, Deno: byDeno };
const f = await makers[name]();
const { noop, add2, add6, add6big = add6, mix8, length, add_points, sum, call_once, point, callback } = f;
const doubles = new Float64Array(16), bigs = [1n, 1n << 40n];

const rows = {
    'no arguments': [noop, () => noop()],
    add2: [add2, (i) => add2(i, 2)],
    '6 x i64': [add6, (i) => add6(i, 2, 3, 4, 5, 6)],
    '6 x i64, BigInt': [add6big, (i) => add6big(bigs[i & 1], 2n, 3n, 4n, 5n, 6n)],
    '8 mixed': [mix8, (i) => mix8(i, 2.5, 3, 4.5, 5, 6.5, 7, 8.5)],
    'strlen, 16': [length, () => length('sixteen letters.')],
    'point + point': [add_points, () => add_points(point, point).x],
    'buffer of 16': [sum, () => sum(doubles, 16)],
    callback: [call_once && callback, (i) => call_once(callback, i)],
};
// The loop is a function, and one of its own for each row: V8 optimizes it for that row alone, as a program's own.
const measure = (row) => new Function('call', 'milliseconds', `// ${row}
    const times = 2000;
    let best = Infinity;
    for (let start = performance.now(), end = start + milliseconds; start < end; start = performance.now()) {
        for (let i = 0; i < times; i++) call(i);
        best = Math.min(best, (performance.now() - start) * 1e6 / times);
    }
    return best;`);
for (const [row, [there, call]] of Object.entries(rows)) {
    if (!there || !row.includes(process.env.ROW ?? '')) continue;
    console.log(`${name}\t${row}\t${measure(row)(call, milliseconds).toFixed(1)}`);
}
process.exit(0);
