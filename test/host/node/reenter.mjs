// SPDX-License-Identifier: MIT
//
// Callbacks within functions that V8 optimizes and calls as C calls C: they collect garbage, deoptimize their callers, throw
// and call back again. Where Node has natives, the callers are optimized and deoptimized at once.
import { readFileSync } from 'node:fs';
import { ffi, library, ok, is, done } from './tap.mjs';

ffi.cdef(readFileSync(process.env.HEADER, 'utf8').replace(/\/\*.*\*\//g, ''));
const lib = library();
const HOT = 20000;

let deoptimize = () => {}, collect = globalThis.gc ?? (() => {});
try {
    (await import('node:v8')).setFlagsFromString('--allow-natives-syntax');
    deoptimize = new Function('f', '%DeoptimizeFunction(f)');
} catch { /* not here */ }

let doing = '', calls = 0, garbage = [], stack;
const facts = { step: 1 };
const acts = {
    collect: () => { if (calls % 500 === 0) collect(); },
    allocate: () => { garbage = Array.from({ length: 20 }, (_, i) => ({ i })); },
    deoptimize: () => { deoptimize(outer); deoptimize(lib.call_kept); },
    change: () => { Object.setPrototypeOf(facts, {}); },
    throw: () => { throw new Error(`thrown ${calls}`); },
    stack: () => { ({ stack } = new Error('here')); },
};
const kept = (value) => {
    calls++;
    if (doing === 'nest') return value > 0 ? lib.call_kept(value - 1) + 1 : 0;
    if (doing === 'recurse') return lib.call_kept(value);
    acts[doing]?.();
    return value + facts.step;
};
lib.keep(kept);

function outer(i) {
    const before = { i, text: `text ${i}` };
    const result = lib.call_kept(i);
    if (before.i !== i || before.text !== `text ${i}`) throw new Error('the caller is damaged');
    return result - i;
}
/** Calls of the optimized function, in which the callback does something. */
const hot = (what, times = HOT) => {
    doing = '';
    for (let i = 0; i < HOT; i++) outer(i);
    doing = what;
    let sum = 0;
    for (let i = 0; i < times; i++) sum += outer(i);
    return sum;
};
is(hot('collect'), HOT, 'a callback collects garbage within an optimized call');
is(hot('allocate'), HOT, 'a callback allocates');
for (let round = 0, sum = 0; round < 5; round++) {
    sum += hot('deoptimize', 1);
    if (round === 4) is(sum, 5, 'a callback deoptimizes its caller');
}
is(hot('change', 10), 10, 'a callback changes what its caller was optimized for');
hot('stack', 1);
ok(/kept[^]*outer/.test(stack), 'the stack has the callback and the caller', stack);
doing = '';
for (let i = 0; i < HOT; i++) outer(i);
doing = 'throw';
let right = 0;
for (let i = 0; i < HOT; i++) try { outer(i); } catch (error) { right += error.message === `thrown ${calls}`; }
is(right, HOT, 'what a callback throws is thrown by the optimized call');
hot('nest', 1);
is(outer(40), 0, 'forty optimized calls within each other');
doing = 'recurse';
let error;
try { outer(1); } catch (thrown) { error = thrown; }
ok(error instanceof RangeError || error instanceof Error && /stack|recursion/i.test(error.message), 'endless recursion is an exception', error);
is(hot(''), HOT, 'after which calls work');
lib.keep(null);
done();
