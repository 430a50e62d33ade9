// SPDX-License-Identifier: MIT
//
// Callbacks: on JavaScript's thread and on others, their exceptions and their ends; calls on other threads.
import { readFileSync } from 'node:fs';
import { ffi, library, ok, is, throws, done, collected, hasGc } from './tap.mjs';

ffi.cdef(readFileSync(process.env.HEADER, 'utf8').replace(/\/\*.*\*\//g, ''));
const lib = library();
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// values
is(lib.call_binary((a, b) => a * b, 6, 7), 42, 'a function as a callback');
is(lib.call_binary(null, 1, 2), -1, 'null as a callback');
is(lib.call_point((p) => p.x + p.y, 1, 2), 3, 'a record as an argument');
is(lib.make_point((x) => ({ x, y: x * 2 }), 4), { x: 4, y: 8 }, 'a record as a result');
is(lib.call_text((text) => `${text}!`, 'grüß'), 'grüß!', 'texts');
is(lib.call_text(() => null, 'x'), null, 'null as a result');
const endings = Array.from({ length: 200 }, (_, i) => i);
is(endings.map((i) => lib.call_text((text) => text + i, 'x')), endings.map((i) => `x${i}`), 'texts of many calls');
let given;
is(lib.call_types((...args) => { given = args; return 1; }), 1, 'each type of argument');
is(given, [-1, 255, -300, 65535, -70000, 4000000000, -5000000000, 18446744073709551615n, 1.5, 2.5, true, 'text', null], 'arrives');
is(lib.call_many((i) => i, 1000), 499500, 'a thousand calls');
is(lib.call_binary((a, b) => lib.call_binary((c, d) => lib.add(c, d), a, b), 1, 2), 3, 'a callback within a callback');
const deep = (n) => lib.recurse(deep, n);
is(deep(50), 50, 'fifty calls within each other');
const around = (i) => lib.text_length('x'.repeat(i)) + lib.add_points({ x: i }, { x: 1 }).x;
is(lib.call_many(around, 10), 100, 'calls with texts and records within a call');
is(lib.text_order('b', 'a') + lib.call_binary(() => lib.text_order('a', 'b'), 0, 0), 0, 'and their temporaries do not mix');

// exceptions
throws(() => lib.call_binary(() => { throw new RangeError('mine'); }, 1, 2), RangeError, 'mine', 'an exception is thrown by the call');
let calls = 0;
throws(() => lib.call_many(() => { calls++; throw new Error(`call ${calls}`); }, 5), Error, 'call 1', 'the first one');
is(calls, 1, 'after which the callback is not called until the call returns');
is(lib.call_many((i) => i, 3), 3, 'then callbacks work again');
is(lib.call_many(() => lib.call_many((k) => k, 200), 200), 3980000, 'two hundred calls within each of two hundred');
throws(() => lib.call_many((i) => { if (i === 150) throw new Error('late'); return lib.call_many((k) => k, i); }, 200), Error, 'late', 'an exception after many calls');
is(lib.call_many((i) => i, 200), 19900, 'after which many calls work');
let thrown;
try { lib.call_binary(() => { throw 'a string'; }, 1, 2); } catch (error) { thrown = error; }
is(thrown, 'a string', 'every value can be thrown');
throws(() => lib.call_binary(() => 'text', 1, 2), TypeError, 'result of the callback int (int, int): expected int, got string "text"', 'a wrong result');
throws(() => lib.call_binary(() => 1.5, 1, 2), RangeError, 'got 1.5', 'a result with a fraction');
throws(() => lib.call_binary(() => {}, 1, 2), TypeError, 'got undefined', 'no result');
throws(() => lib.call_binary(() => lib.call_binary(() => { throw new Error('inner'); }, 0, 0), 0, 0), Error, 'inner', 'an exception through two calls');
is(lib.call_binary(() => { try { lib.call_binary(() => { throw new Error('caught'); }, 0, 0); } catch { return 7; } return 8; }, 0, 0), 7,
    'an exception that is caught between two calls');
let stack;
try { (function caller() { lib.call_binary(function thrower() { throw new Error('where'); }, 0, 0); })(); } catch (error) { ({ stack } = error); }
ok(/thrower[^]*caller/.test(stack), 'its stack has the callback and the caller', stack);

// objects
const callback = ffi.callback('int (*)(int)', (value) => value + 1);
lib.keep(callback);
is(lib.call_kept(41), 42, 'a callback that C keeps');
is(ffi.func(callback.address, 'int(int)')(1), 2, 'its address');
throws(() => lib.call_binary(callback, 1, 2), TypeError, 'argument 1 "f" of call_binary: expected int (*)(int, int)', 'a callback of another signature');
callback.free();
is(lib.call_kept(41), 0, 'after free() it returns 0');
throws(() => callback.free(), TypeError, 'not freed', 'a second free');
throws(() => lib.keep(callback), TypeError, 'not freed', 'a freed callback as an argument');
const itself = ffi.callback('int(int)', (value) => { itself.free(); return value; });
lib.keep(itself);
is([lib.call_kept(5), lib.call_kept(5)], [5, 0], 'a callback frees itself');
lib.keep(null);
throws(() => ffi.callback('int(int)', 5), TypeError, 'argument 2 of callback: expected a function, got 5', 'no function');
throws(() => ffi.callback('int(int, ...)', () => 0), TypeError, 'not variadic', 'a variadic callback');
throws(() => ffi.callback('int(int)', () => 0, { deliver: 'fast' }), TypeError, '"hop", "post" or "refuse"', 'a wrong delivery');

// other threads
let sum = 0;
lib.start_thread((i) => { sum += i; return i; }, 10);
await lib.join_thread.async();
is([sum, lib.join_thread === undefined], [45, false], 'another thread calls back, and waits');
is(await lib.call_later.async((value) => value * 2, 21), 42, 'a call on another thread calls back');
is(await Promise.all([1, 2, 3, 4].map((value) => lib.add.async(value, 10))), [11, 12, 13, 14], 'several calls at once');
const start = Date.now();
await Promise.all([lib.block.async(60), lib.block.async(60), lib.block.async(60)]);
ok(Date.now() - start < 175, 'they run side by side', Date.now() - start);
is(await lib.text_length.async('grüß'), 6, 'a text goes to another thread');
is(await lib.greeting.async(), 'grüß dich', 'and comes from one');
is(await lib.add_points.async({ x: 1 }, { x: 2, y: 3 }), { x: 3, y: 3 }, 'records');
is(Array.from((await lib.add_big.async({ v: [1n] }, 5)).v)[0], 6n, 'large records');
is(await lib.sum.async([1, 2, 3], 3), 6, 'a list');
is(await lib.func('int add_out(int a, int b, out int *sum, out int *difference)').async(7, 3), [21, 10, 4], 'out parameters');
const fails = async (call, Class, message, name) => {
    try { ok(false, name, await call()); } catch (error) { ok(error instanceof Class && error.message.includes(message), name, error); }
};
await fails(() => lib.add.async(1, 'x'), TypeError, 'argument 2 "b" of add: expected int, got string "x"', 'wrong arguments reject the promise');
await fails(() => lib.func('errno_if(-1) int fail_with(int number)').async(2), Error, 'fail_with failed: ENOENT', 'errno_if rejects it');
const failing = lib.func('errno_if(-1) int fail_with(int number)');
async function inner() { await failing.async(2); }
let asyncStack;
try { await (async function outer() { await inner(); })(); } catch (error) { asyncStack = error.stack; }
ok(/^Error: fail_with failed: ENOENT\n[^]*inner[^]*outer/.test(asyncStack), 'the stack of what rejects it is that of the call', asyncStack);
const posted = [];
const post = ffi.callback('int(int)', (i) => { posted.push(i); return 1; }, { deliver: 'post' });
lib.start_thread(post, 3);
is(lib.join_thread(), 0, 'a posted callback returns 0 at once');
is(posted.length, 0, 'before it has run');
while (posted.length < 3) await wait(1);
is(posted, [0, 1, 2], 'and runs later');
const refused = ffi.callback('int(int)', () => 1, { deliver: 'refuse' });
lib.start_thread(refused, 3);
is(lib.join_thread(), 0, 'a refused callback returns 0');
lib.start_thread(ffi.callback('int(int)', () => 1, { timeout: 20 }), 1);
is(lib.join_thread(), 0, 'a hop gives up after its time');
let uncaught;
if (process.versions.node && !process.versions.bun && !globalThis.Deno) {
    process.once('uncaughtException', (error) => { uncaught = error; });
    lib.start_thread(() => { throw new Error('on a thread'); }, 1);
    while (!uncaught) await wait(1);
    is(uncaught.message, 'on a thread', 'an exception on another thread is an uncaught one');
    await lib.join_thread.async();
}

// the collector
if (hasGc) {
    let count = 0;
    const registry = new FinalizationRegistry(() => { count++; });
    (() => { for (let i = 0; i < 100; i++) { const fn = (a, b) => a + b + i; registry.register(fn, i); lib.call_binary(fn, 1, 2); } })();
    ok(await collected(() => count > 90), 'functions that were callbacks are collected', count);
    let alive = true;
    (() => { const kept = ffi.callback('int(int)', (value) => value + alive); lib.keep(kept); globalThis.kept = kept; })();
    await collected(() => false || count++ > 100000 || Date.now() > 0);
    is(lib.call_kept(1), 2, 'a callback lives as long as its object');
    globalThis.kept = undefined;
    const weak = new FinalizationRegistry(() => { alive = false; });
    (() => { const kept = ffi.callback('int(int)', (value) => value + 1); lib.keep(kept); weak.register(kept); })();
    ok(await collected(() => !alive), 'and no longer');
    ok(await collected(() => lib.call_kept(1) === 0), 'C then gets 0');
    is(lib.call_many((i) => { if (i === 5) (globalThis.gc ?? globalThis.Bun.gc)(true); return 1; }, 10), 10, 'the collector runs within a callback');
}
done();
