// SPDX-License-Identifier: MIT
//
// TAP for the scripts of this folder, and the module that they test.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
export const ffi = require(`${process.env.FFI_INVOKE}/index.js`);
export const library = () => ffi.load(process.env.CALLEE);

let count = 0;

export function ok(right, name, ...why) {
    console.log(`${right ? '' : 'not '}ok ${++count} - ${name}`);
    if (right) return;
    process.exitCode = 1;
    for (const line of why) console.log(`#   ${typeof line === 'string' ? line : String(line?.stack ?? line)}`);
}

const show = (value) => typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0'
    : value && typeof value === 'object' ? JSON.stringify(value, (_, one) => typeof one === 'bigint' ? `${one}n` : one) : String(value);

export function is(got, wanted, name) {
    const right = Object.is(got, wanted) || typeof got === 'object' && show(got) === show(wanted);
    ok(right, name, `got ${show(got)}`, `wanted ${show(wanted)}`);
}

/** The call throws an error of this class whose message has this text, or matches this expression. */
export function throws(call, Class, message, name) {
    try {
        const value = call();
        ok(false, name, `no error: ${show(value)}`);
    } catch (error) {
        const fits = typeof message === 'string' ? error?.message?.includes(message) : message.test(error?.message);
        ok(error instanceof Class && fits, name, `got ${error?.name}: ${error?.message}`, `wanted ${Class.name}: ${message}`);
    }
}

export const done = () => console.log(`1..${count}`);

/** Collects garbage until something is so, for at most ten seconds. */
export async function collected(isSo) {
    const gc = globalThis.gc ?? (globalThis.Bun ? () => globalThis.Bun.gc(true) : undefined);
    for (const end = Date.now() + 10000; gc && !isSo() && Date.now() < end;) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return isSo();
}
export const hasGc = Boolean(globalThis.gc ?? globalThis.Bun);
