// SPDX-License-Identifier: MIT
//
// Memory stays flat: over millions of calls, and over many functions, records, callbacks, texts and libraries that are dropped.
import { readFileSync } from 'node:fs';
import { ffi, library, ok, done, hasGc } from './tap.mjs';

ffi.cdef(readFileSync(process.env.HEADER, 'utf8').replace(/\/\*.*\*\//g, ''));
const lib = library();
const many = Number(process.env.MANY ?? 1);
const collect = globalThis.gc ?? (() => globalThis.Bun?.gc(true));
const rest = () => new Promise((resolve) => setTimeout(resolve, 1));

/** The growth of the process, in MiB, over the second half of the rounds. */
async function growth(rounds, work) {
    let before = 0;
    for (let round = 0; round < rounds; round++) {
        for (let i = 0; i < 1000; i++) work(i);
        if (round % 8 === 0) {
            await rest();
            collect();
        }
        if (round === rounds >> 1) before = process.memoryUsage().rss;
    }
    await rest();
    collect();
    return (process.memoryUsage().rss - before) / 1048576;
}

async function flat(name, rounds, work) {
    if (!hasGc) return console.log(`# ${name}: nothing collects garbage here`);
    const grown = await growth(rounds * many, work);
    ok(grown < 48, name, `${grown} MiB more`);
    return undefined;
}

await flat('numbers', 500, (i) => lib.add(i, 1));
const wide = lib.func('long long add_i64(long long a, long long b)', { fast: true });
await flat('integers of 64 bits', 500, (i) => wide(i, 1) + wide(BigInt(i), 2n) + Number(wide(i, 1n << 60n)));
await flat('texts', 60, (i) => lib.text_length(`text ${i}`) + lib.greeting().length);
await flat('records', 60, (i) => lib.add_points({ x: i }, { y: i }).x);
await flat('callbacks', 30, (i) => lib.call_binary((a, b) => a + b, i, 1) && undefined);
await flat('callbacks of one function', 60, (() => { const fn = (a, b) => a + b; return (i) => lib.call_binary(fn, i, 1); })());
await flat('exceptions', 30, () => { try { lib.add('x', 1); } catch { return; } });
await flat('functions', 8, () => lib.func('int add(int a, int b)')(1, 2));
const copy = lib.func('own(release) void *copy_bytes(const void *bytes, unsigned long size)');
const bytes = new Uint8Array(1000);
await flat('owned memory', 16, () => copy(bytes, 1000));
await flat('owned memory with views', 8, () => copy(bytes, 1000).cast('uint8_t').array(1000)[5]);
await flat('buffers', 16, (i) => lib.text_length(new Uint8Array(100 + i % 100)));
await flat('allocated memory', 16, () => ffi.alloc('struct outer').p.x);
await flat('libraries', 1, () => { const other = ffi.load(process.env.CALLEE); other.func('int add(int, int)')(1, 2); other.unload(); });
if (hasGc) {
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 10 * many; i++) await Promise.all(Array.from({ length: 100 }, (_, k) => lib.text_length.async(`text ${k}`)));
    collect();
    const grown = (process.memoryUsage().rss - before) / 1048576;
    ok(grown < 48, 'calls on other threads', `${grown} MiB more`);
}
done();
