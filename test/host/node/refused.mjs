// SPDX-License-Identifier: MIT
//
// What the module does where Node-API refuses (refused.c): each call that the addon makes is refused in turn. The process must
// survive, later calls work, and nothing stays taken.
import { readFileSync } from 'node:fs';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import { ffi, ok, done, collected, hasGc } from './tap.mjs';

const THROWS = 1, WAITS = 2;
const [HOW, AT, CALLS, IS_WAITING, GOES_ON, HELD, DRAINED] = [0, 1, 2, 3, 4, 5, 6];
const many = Number(process.env.MANY ?? 50);
const EVER = 1n << 40n;

const text = readFileSync(process.env.HEADER, 'utf8').replace(/\/\*.*\*\//g, '');
ffi.cdef(text);
const require = createRequire(import.meta.url);
const lib = ffi.load(process.env.CALLEE, { fast: false }); // V8 keeps what it is told of fast functions
const turn = () => new Promise((resolve) => setImmediate(resolve));
const control = isMainThread ? new BigInt64Array(new SharedArrayBuffer(56)) : workerData.control;

/** Calls on other threads: it ends when each of them has. */
async function away(count, start) {
    const before = control[DRAINED];
    let failed = 0;
    for (let i = 0; i < count; i++) start().catch(() => { failed++; });
    await turn();
    while (control[DRAINED] - before < count - failed) await turn();
}

const operations = {
    'a function': () => lib.func('int add(int a, int b)')(1, 2),
    'a function with texts': () => lib.func('int text_order(const char *a, const char *b)')('a', 'b'),
    texts: () => [lib.text_length('grüß'), lib.text_order('a', 'b'), lib.greeting(), lib.wide_greeting()],
    'long texts': () => lib.text_length('x'.repeat(200000)),
    'owned memory': () => lib.func('own(release) char *copy_text(const char *text)')('x'),
    records: () => lib.func('struct point add_points(struct point a, struct point b)')({ x: 1, y: 2 }, { x: 3, y: 4 }).x,
    buffers: () => [lib.sum(new Float64Array(3), 3), lib.read_into(new ArrayBuffer(8), 8), lib.sum(new DataView(new ArrayBuffer(8)), 1)],
    'native memory': () => lib.func('own(release) void *copy_bytes(const void *bytes, unsigned long size)')(new Uint8Array(64), 64).cast('uint8_t').array(64)[5],
    variables: () => [lib.counter, lib.label, lib.table[1]],
    'wide numbers': () => [lib.add_i128(1n << 70n, 2n), ffi.constant('GREEN'), lib.add_f80(1, 2)],
    'variadic functions': () => lib.func('long total(int count, ...)')(1, ffi.arg('int', 2)),
    callbacks: () => { const callback = ffi.callback('int(int, int)', (a, b) => a + b); try { lib.call_binary(callback, 1, 2); } finally { callback.free(); } },
    'functions as callbacks': () => lib.call_binary((a, b) => lib.call_binary((c, d) => c + d, a, b), 1, 2),
    'many calls of a callback': () => lib.call_many((i) => i, 200),
    'callbacks with texts': () => lib.call_text((given) => `${given}!`, 'x'),
    'callbacks with records': () => lib.make_point((x) => ({ x, y: 1 }), lib.call_point((p) => p.x, 1, 2)),
    'callbacks that throw': () => { try { lib.call_many(() => { throw 'a string'; }, 2); } catch (error) { if (error !== 'a string') throw error; } },
    'callbacks that call back and throw': () => { try { lib.call_binary(() => lib.call_many(() => { throw new Error('mine'); }, 2), 1, 2); } catch (error) { if (error.message !== 'mine') throw error; } },
    errors: () => { try { lib.func('int add(int'); } catch (error) { if (!(error instanceof SyntaxError)) throw error; } },
    'fast functions': () => ffi.load(process.env.CALLEE).func('int add(int a, int b)', { fast: true })(1, 2),
    'the module': () => { for (const key of Object.keys(require.cache)) delete require.cache[key]; require(`${process.env.FFI_INVOKE}/index.js`).sizeof('int'); },
    names: () => ffi.names().length,
    symbols: () => lib.symbols?.().length,
    types: () => ffi.create().cdef(text).struct('struct outer').type,
    'an instance': () => { const other = ffi.create(); other.policy.allow('libc*', 'a*'); other.policy.lock(); },
    'a library': () => { const other = ffi.load(process.env.CALLEE); other.func('int add(int, int)')(1, 2); other.unload(); },
    'calls on other threads': () => away(2, () => lib.add.async(1, 2)),
    'callbacks of other threads': () => away(1, () => lib.call_later.async((value) => value, 1)),
    'the first call on another thread': () => away(1, () => ffi.create().cdef(text).load(process.env.CALLEE).add.async(1, 2)),
};
/** What stays taken: contexts do, and what V8 keeps. */
const stays = new Set(['the module', 'fast functions', 'types', 'an instance', 'the first call on another thread']);


/** Runs an operation where the call of this number throws. Returns how many calls there were. */
async function refuse(at, operation) {
    control[AT] = at;
    control[CALLS] = 0n;
    control[HOW] = BigInt(THROWS);
    try {
        await operation();
    } catch { /* it may throw */ }
    control[HOW] = 0n;
    return Number(control[CALLS]);
}

/** Numbers from 1 to `last`: all, or about so many. */
function* numbers(last, about) {
    for (let at = 1; at <= last; at += Math.max(1, Math.floor(last / about))) yield BigInt(at);
}

const isRight = () => lib.add(1, 2) === 3 && lib.call_binary((a, b) => a * b, 6, 7) === 42;

async function refuseEach(name, operation) {
    let works = true, cases = 0;
    for (let i = 0; i < 3; i++) await operation();
    works &&= isRight();
    if (hasGc) (globalThis.gc ?? (() => globalThis.Bun.gc(true)))();
    const before = control[HELD];
    const calls = await refuse(EVER, operation);
    for (const at of numbers(calls, many)) {
        await refuse(at, operation);
        works &&= isRight();
        cases++;
    }
    ok(works && cases > 0, `${name}: ${cases} refusals`);
    if (hasGc && !stays.has(name)) ok(await collected(() => control[HELD] <= before), `${name}: nothing stays taken`, `${control[HELD] - before} more`);
}

async function end(name, at) {
    control.fill(0n, CALLS, HELD);
    control[AT] = at;
    control[HOW] = BigInt(WAITS);
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { name, control } });
    const ended = new Promise((resolve) => worker.on('exit', resolve));
    worker.on('error', (error) => console.log(`# ${error.stack}`));
    let is = true;
    ended.then(() => { is = false; });
    while (is && !control[IS_WAITING]) await turn();
    const terminated = worker.terminate();
    control[GOES_ON] = 1n;
    await terminated;
    await ended;
    control[HOW] = 0n;
    return Number(control[CALLS]);
}

if (isMainThread) {
    if (globalThis.Deno) globalThis.addEventListener('error', (event) => { if (event.error?.message === 'refused') event.preventDefault(); });
    else process.on('uncaughtException', (error) => { if (error?.message !== 'refused') throw error; });
    ffi.load(`${process.env.FFI_INVOKE}/ffi_invoke.node`).func('void refuse_by(void *control)')(control);
    for (const [name, operation] of Object.entries(operations)) await refuseEach(name, operation);
    for (const name of ['types', 'callbacks with texts', 'calls on other threads']) {
        const calls = await end(name, EVER);
        let cases = 0;
        for (const at of numbers(calls, many / 8)) { await end(name, at); cases++; }
        ok(cases > 0, `${name}: a worker is ended at ${cases} of ${calls} calls`);
    }
    done();
} else {
    await operations[workerData.name]();
}
