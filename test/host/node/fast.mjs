// SPDX-License-Identifier: MIT
//
// Random functions and values: the call by Node-API, those without it, by V8's fast API, and the interpreted one give the same
// results.
// SEED repeats a run. Where Node has natives, the fast functions are optimized at once.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync, readFileSync, rmSync } from 'node:fs';
import { ffi, library, ok, is, throws, done } from './tap.mjs';

const count = Number(process.env.SIGNATURES ?? 200), rounds = 20;
let seed = Number(process.env.SEED ?? Date.now() % 1e9);
const first = seed;
const random = (below) => {
    seed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    seed ^= seed >>> 13;
    return (seed >>> 0) % below;
};
const pick = (list) => list[random(list.length)];

const edge = (least, most) => () => pick([0, 1, least, most, least + random(100), most - random(100), Math.floor(least + (most - least) * random(1e6) / 1e6)]);
const real = () => pick([0, -0, 1, -1.5, NaN, Infinity, -Infinity, 1e30, random(1e9) / 7, -random(1e9)]);
const wide = (low, high) => () => pick([0, 1, random(2 ** 31), Number.MAX_SAFE_INTEGER, low, high, BigInt(random(2 ** 31)) << 30n]);
const TYPES = {
    'signed char': edge(-128, 127), 'unsigned char': edge(0, 255), short: edge(-32768, 32767), 'unsigned short': edge(0, 65535),
    int: edge(-(2 ** 31), 2 ** 31 - 1), 'unsigned int': edge(0, 2 ** 32 - 1), float: () => Math.fround(real()), double: real,
    bool: () => pick([true, false]), 'long long': wide(-(2n ** 63n), 2n ** 63n - 1n), 'unsigned long long': wide(0n, 2n ** 64n - 1n),
    'const char *': () => pick(['', 'a', 'sixteen letters.', 'grüß', 'x'.repeat(random(600)), null, '𝒳', 'eight888', 'nine99999']),
    'struct point': () => ({ x: real(), y: real() }), small: () => ({ a: Math.fround(real()), b: random(1000) }),
    'const struct point *': () => pick([null, { x: 1, y: random(100) }, new Point({ x: 2, y: 3 })]),
    'const int *': () => pick([null, new Int32Array([random(100), 2]), [random(5)]]),
};
const scalars = Object.keys(TYPES).slice(0, 11);
const RESULTS = [...scalars, 'void', 'struct point', 'small', 'const char *'];
ffi.cdef(readFileSync(process.env.HEADER, 'utf8').replace(/\/\*.*\*\//g, ''));
const Point = ffi.struct('struct point');

/** C that mixes an argument into `hash`. */
const mix = (type, name) => {
    if (type === 'const char *') return `if (${name}) for (const char *c = ${name}; *c; c++) MIX((unsigned char)*c) else MIX(7)`;
    if (type === 'const struct point *') return `if (${name}) { BITS(${name}->x) BITS(${name}->y) } else MIX(7)`;
    if (type === 'const int *') return `if (${name}) MIX(*${name}) else MIX(7)`;
    if (type === 'struct point') return `BITS(${name}.x) BITS(${name}.y)`;
    if (type === 'small') return `{ double d = ${name}.a; BITS(d) } MIX(${name}.b)`;
    if (type === 'float' || type === 'double') return `{ double d = ${name}; BITS(d) }`;
    return `MIX(${name})`;
};
const give = { void: 'return;', 'struct point': 'return (struct point){hash % 1000, hash >> 40};', small: 'return (small){hash % 1000, hash >> 40};',
    'const char *': 'return (const char *[]){"one", "gr\\u00fc\\u00df", 0}[hash % 3];', bool: 'return hash & 1;', float: 'return hash >> 40;' };

const functions = Array.from({ length: count }, (_, index) => {
    const kinds = random(2) ? scalars : Object.keys(TYPES);
    const types = Array.from({ length: random(random(4) ? 7 : 15) }, () => pick(kinds));
    const result = random(2) ? pick(scalars) : pick(RESULTS);
    const prototype = `${result} f${index}(${types.map((type, i) => `${type} a${i}`).join(', ') || 'void'})`;
    return { index, types, result, prototype };
});
const many = Array.from({ length: 40 }, (_, i) => i);
const source = `#include <stdbool.h>\n#include <string.h>\nstruct point { double x, y; }; typedef struct { float a; int b; } small;
static unsigned long long hash; unsigned long long last_hash(void) { return hash; }
#define MIX(v) hash = (hash ^ (unsigned long long)(v)) * 0x9e3779b97f4a7c15u, hash ^= hash >> 29;
#define BITS(v) { unsigned long long b; memcpy(&b, &(v), 8); if ((v) != (v)) b = 1; MIX(b) }
${functions.map(({ prototype, types, result }) => `${prototype} { hash = 1; ${types.map((type, i) => mix(type, `a${i}`)).join(' ')} ${give[result] ?? 'return hash;'} }`).join('\n')}
long long weigh(long long a, unsigned long long b, int c) { return a + b + c; } unsigned long long highest(long long a) { return a; } long long lowest(void) { return -1ull << 63; }
long long sum_many(${many.map((i) => `long long a${i}`)}) { return ${many.map((i) => `a${i}`).join(' + ')}; }\n`;
const folder = mkdtempSync(`${process.env.TMPDIR ?? '/tmp'}/ffi_fast_`);
process.on('exit', () => rmSync(folder, { recursive: true }));
writeFileSync(`${folder}/random.c`, source);
execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O1', '-w', `${folder}/random.c`, '-o', `${folder}/random.so`]);
const random_ = ffi.load(`${folder}/random.so`);
const hash = random_.func('unsigned long long last_hash(void)', { bigint: true });

let optimize = () => {};
try {
    (await import('node:v8')).setFlagsFromString('--allow-natives-syntax');
    const prepare = new Function('f', '%PrepareFunctionForOptimization(f)'), now = new Function('f', '%OptimizeFunctionOnNextCall(f)');
    optimize = (f, call) => { prepare(f); call(); call(); now(f); };
} catch { /* not here: hot calls are optimized after a while */ }

const plain = (value) => value && typeof value === 'object' ? JSON.stringify(value) : typeof value === 'bigint' ? `${value}n` : Object.is(value, NaN) ? 'NaN' : value;
let wrong = [];
for (const { prototype, types } of functions) {
    const ways = [random_.func(prototype, { fast: false }), random_.func(prototype), random_.func(prototype, { fast: true })];
    const values = () => types.map((type) => TYPES[type]());
    const outcome = (call, args) => {
        try { return `${plain(call(...args))} ${hash()}`; } catch (error) { return `${error}`; }
    };
    const sample = values();
    for (const way of ways) optimize(way, () => way(...sample));
    for (let round = 0; round < rounds; round++) {
        const args = values();
        const [one, ...others] = ways.map((way) => outcome(way, args));
        if (others.some((other) => other !== one)) wrong.push(`${prototype} with ${args.map(plain).join(', ')}: ${one}, then ${others.join(', fast: ')}`);
    }
}
ok(!wrong.length, `${count} random functions with ${rounds} values each: three ways to call give the same (SEED=${first})`, ...wrong.slice(0, 5));

wrong = [];
for (const { prototype, types } of functions.slice(0, 50)) {
    const call = random_.func(prototype);
    const args = types.map((type) => TYPES[type]());
    call(...args);
    const one = hash();
    await call.async(...args);
    if (one !== hash()) wrong.push(prototype);
}
is(wrong.join('\n'), '', `calls on other threads do, too (SEED=${first})`);

// integers of 64 bits: Numbers, BigInts and both, before and after they are optimized
const declared = { weigh: 'long long weigh(long long a, unsigned long long b, int c)', highest: 'unsigned long long highest(long long a)', lowest: 'long long lowest(void)' };
for (const options of [{ fast: false }, {}, { fast: true }, { fast: true, bigint: true }]) {
    const { weigh, highest, lowest } = Object.fromEntries(Object.entries(declared).map(([name, prototype]) => [name, random_.func(prototype, options)]));
    const { MAX_SAFE_INTEGER: most } = Number, out = (value) => options.bigint ? BigInt(value) : value, text = JSON.stringify(options);
    const calls = () => {
        is(weigh(-most, 1, 0), out(1 - most), `${text}: Numbers`);
        is(weigh(-(2n ** 63n), 2n ** 64n - 1n, 1), -(2n ** 63n), `${text}: BigInts`);
        is(weigh(-7n, most, -0), out(most - 7), `${text}: a BigInt and a Number`);
        is(weigh(-0, 7n, 1), out(8), `${text}: a Number and a BigInt`);
        is(highest(-1), 2n ** 64n - 1n, `${text}: a result above 2 ** 53, from a Number`);
        is(highest(-2n), 2n ** 64n - 2n, `${text}: and from a BigInt`);
        is(lowest(), -(2n ** 63n), `${text}: and from no argument`);
        throws(() => weigh(most + 1, 1, 0), RangeError, 'argument 1 "a" of weigh', `${text}: a Number that is not safe`);
        throws(() => weigh(1, -1, 0), RangeError, 'argument 2 "b" of weigh', `${text}: a negative Number`);
        throws(() => weigh(2n ** 63n, 1n, 0), RangeError, 'argument 1 "a" of weigh', `${text}: a BigInt that is too large`);
        throws(() => weigh(1n, -1n, 0), RangeError, 'argument 2 "b" of weigh', `${text}: a negative BigInt`);
        throws(() => weigh(1.5, 1n, 0), RangeError, 'argument 1 "a" of weigh', `${text}: a fraction`);
        throws(() => weigh(1n, 1n, 1n << 31n), RangeError, 'argument 3 "c" of weigh', `${text}: a BigInt for 32 bits`);
        throws(() => weigh('1', 1n, 0), TypeError, 'argument 1 "a" of weigh', `${text}: a string`);
    };
    calls();
    for (const way of [weigh, highest]) optimize(way, () => { try { way(1, 2, 3); } catch { way(1); } });
    for (let i = 0; i < 20000; i++) if (BigInt(weigh(i, 1, 1)) + BigInt(weigh(BigInt(i), 1n, 1)) !== BigInt(2 * i + 4) || BigInt(highest(i)) !== BigInt(i) || lowest() > 0) ok(false, `${text}: a hot call`, i);
    calls();
}
const sum = random_.func(`long long sum_many(${many.map(() => 'long long')})`);
is(sum(...many.map((i) => i % 3 ? i : BigInt(i))), 780, 'forty integers of 64 bits, Numbers and BigInts');

// what a fast call refuses
const lib = library();
globalThis.kept = [(value) => value + 1, (value) => value + 2]; // C keeps what they are called by
lib.keep(kept[0]);
const calling = lib.func('int call_kept(int value)', { fast: true });
let refused = 0;
for (let i = 0; i < 100000 && !refused; i++) {
    try { if (calling(1) !== 2) break; } catch (error) { refused += error instanceof TypeError && /declared fast, but it has called back/.test(error.message); }
}
ok(refused === 1 || calling(1) === 2, 'a fast function that calls back is refused, or called the other way');
is(lib.call_kept(1), 2, 'after which callbacks work');
lib.keep(null);

// functions that are declared as leaves, as those of the C library are, are fast by themselves; this one lies
const leaves = ffi.create();
leaves.cdef(`void keep(int (*f)(int)); int call_kept(int value) __attribute__((leaf)); int set_errno(int number, int result) __attribute__((leaf));
    unsigned long strlen(const char *text) __attribute__((__leaf__));`);
const leaf = leaves.load(process.env.CALLEE), slow = leaves.load(process.env.CALLEE, { fast: false });
leaf.keep(kept[1]);
const { versions } = process, refuses = !versions.bun && !globalThis.Deno && ['115', '127', '137'].includes(versions.modules);
const answers = (call) => { try { return call(1); } catch (error) { return error.code; } };
for (const { call_kept } of [leaf, slow]) optimize(call_kept, () => answers(call_kept));
let after;
for (let i = 0; i < 100000 && (after = answers(leaf.call_kept)) === 3; i++);
is(after, refuses ? 'FFI_ERROR_ARGUMENT' : 3, `a function that is declared as a leaf ${refuses ? 'must not call' : 'may call'} back`);
for (let i = 0; i < 100000 && (after = answers(slow.call_kept)) === 3; i++);
is(after, 3, 'but not where the library is loaded with { fast: false }');
for (let i = 0; i < 100000; i++) leaf.set_errno(i % 100, 7);
is(leaves.errno, 99, 'a fast leaf keeps errno');
const { strlen } = leaves.load('c');
for (let i = 0; i < 100000; i++) if (strlen('sixteen letters.') !== 16) ok(false, 'a hot leaf with a text', i);
leaf.keep(null);

const fast = lib.func('int add(int a, int b)', { fast: true });
for (let i = 0; i < 100000; i++) if (fast(i, 1) !== i + 1) ok(false, 'a hot fast call', i);
throws(() => fast(1, 'x'), TypeError, 'argument 2 "b" of add: expected int, got string "x"', 'a wrong value after it was optimized');
throws(() => fast(1, 1.5), RangeError, 'got 1.5', 'a fraction');
if (ffi.type('_BitInt(7)').what === 'int') {
    const narrow = lib.func('int add_i8(_BitInt(7), signed char)', { fast: true });
    for (let i = 0; i < 20000; i++) if (narrow(-64, 1) !== -63) ok(false, 'a hot fast call with a _BitInt(7)', i);
    throws(() => narrow(64, 1), RangeError, '_BitInt(7), -64 to 63', 'a fast call refuses 64 for a _BitInt(7)');
}
const other = ffi.load(process.env.CALLEE), gone = other.func('int add(int a, int b)', { fast: true });
for (let i = 0; i < 100000; i++) gone(i, 1);
other.unload();
throws(() => gone(1, 2), TypeError, 'add: its library was unloaded', 'a fast function of an unloaded library');
done();
