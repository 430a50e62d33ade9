// SPDX-License-Identifier: MIT
//
// The module std:ffi: the examples of its documentation, every type of its table, and what it says does not work there.
import { createRequire } from 'node:module';
import { ok, is, throws, done, collected, hasGc } from './tap.mjs';

const require = createRequire(import.meta.url);
require(`${process.env.FFI_INVOKE}/register.js`);
const ffi = require('std:ffi');
let imported;
try {
    imported = (await import('std:ffi')).default;
} catch (error) {
    imported = error;
}
if (globalThis.Deno) ok(true, `import of std:ffi # SKIP Deno has no hooks for names of modules: ${imported?.message}`);
else ok(imported?.Library === ffi.Library, "import ffi from 'std:ffi' gives the same module", imported);

// the documentation's examples
const libc = ffi.Library('libc.so.6', {
    'strlen': ['int', ['string']],
    'strcmp': ['int', ['string', 'string']],
    'printf': ['int', ['string']],
});
is(libc.strlen('hello'), 5, "console.log(libc.strlen('hello')) returns 5");
is(Math.sign(libc.strcmp('a', 'b')), -1, 'strcmp compares two strings');
const libm = ffi.Library('libm.so.6', {
    'cos': ['double', ['double']],
    'sin': ['double', ['double']],
    'sqrt': ['double', ['double']],
});
is(Object.keys(libm), ['cos', 'sin', 'sqrt'], 'the functions are the keys of the library');
is(libm.sqrt(2), Math.SQRT2, 'sqrt is called');
is(libm.cos(0), 1, 'cos is called');
throws(() => ffi.Library('nonexistent.so', { 'dummy': ['void', []] }), Error,
    /^Failed to load library 'nonexistent\.so': (.|\n)*nonexistent\.so/, 'a missing library fails with its name and the reasons');
throws(() => ffi.Library('libm.so.6', { 'dummy': ['void', []] }), Error,
    /^Failed to find function 'dummy' in library 'libm\.so\.6': /, 'a missing function fails with its name and the reason');

// each type of the table
const types = ffi.Library(process.env.CALLEE, {
    add: ['int', ['int', 'int']],
    add_u32: ['uint', ['uint', 'uint']],
    add_i64: ['int64', ['int64', 'int64']],
    add_u64: ['uint64', ['uint64', 'uint64']],
    add_f32: ['float', ['float', 'float']],
    add_f64: ['double', ['double', 'double']],
    text_length: ['int', ['string']],
    greeting: ['string', []],
});
is(types.add(-2, 1), -1, 'int');
is(types.add_u32(4294967295, 0), 4294967295, 'uint');
is(types.add_i64(2n ** 62n, -1), 2n ** 62n - 1n, 'int64');
is(types.add_u64(2n ** 63n, 1), 2n ** 63n + 1n, 'uint64');
is(types.add_f32(0.5, 0.25), 0.75, 'float');
is(types.add_f64(0.1, 0.2), 0.1 + 0.2, 'double');
is(types.greeting(), 'grüß dich', 'string as the result');
const exact = ffi.Library(process.env.CALLEE, { add: ['int32', ['int32', 'int32']], add_u32: ['uint32', ['uint32', 'uint32']] });
is(exact.add(-2147483648, 0), -2147483648, 'int32');
is(exact.add_u32(4294967295, 0), 4294967295, 'uint32');
const memory = ffi.Library(null, { malloc: ['pointer', ['uint64']], free: ['void', ['pointer']], memset: ['pointer', ['pointer', 'int', 'uint64']] });
const block = memory.malloc(16);
is(memory.memset(block, 65, 16).address, block.address, 'pointer as argument and result');
is(block.cast('unsigned char').get(15), 65, 'memory of C is read');
is(memory.free(block), undefined, 'void');

// what the documentation says does not work
const comparison = ffi.Function('int', ['pointer', 'pointer']);
const sorts = ffi.Library(null, { qsort: ['void', ['pointer', 'uint64', 'uint64', comparison]] });
const numbers = Int32Array.of(3, 1, 2);
sorts.qsort(numbers, 3, 4, (a, b) => a.cast('int').value - b.cast('int').value);
is(Array.from(numbers), [1, 2, 3], 'a JavaScript function is a callback');
const callback = ffi.Callback('int', ['pointer', 'pointer'], (a, b) => b.cast('int').value - a.cast('int').value);
sorts.qsort(numbers, 3, 4, callback);
is(Array.from(numbers), [3, 2, 1], 'a Callback is one');
const Division = ffi.Struct('division', { quot: 'int', rem: 'int' });
const divides = ffi.Library(null, { div: [Division, ['int', 'int']] });
is(divides.div(7, 2).rem, 1, 'a struct is a result');
const Bits = ffi.Union({ f: 'float', i: 'uint32', bytes: ffi.ArrayOf('uint8', 4) });
const bits = new Bits({ f: 1 });
is(bits.i, 0x3f800000, 'a union shares its memory');
is(Array.from(bits.bytes), [0, 0, 128, 63], 'an array is a member');
is(ffi.sizeof(Division), 8, 'sizeof of a struct');
is(ffi.alignof('double'), 8, 'alignof');
const prints = ffi.Library(null, { snprintf: ['int', ['pointer', 'uint64', 'string', '...']] });
const text = new Uint8Array(32);
is(prints.snprintf(text, 32, '%d %s %g', 42, 'x', 1.5), 8, 'a variadic function is called');
is(new TextDecoder().decode(text.subarray(0, 8)), '42 x 1.5', 'its arguments have the types of the format');
is(await libc.strlen.async('hello'), 5, 'async calls give a promise');
is(ffi.alloc('int', 4).length, 4, 'alloc gives memory of an element type');
ok(typeof ffi.addressOf(numbers) === 'bigint', 'addressOf gives an address');
is(ffi.pointer('int *', ffi.addressOf(numbers)).value, 3, 'pointer makes a pointer of an address');

// the end of a library
const closed = ffi.Library('libm.so.6', { cos: ['double', ['double']] });
ffi.close(closed);
throws(() => closed.cos(0), TypeError, 'unloaded', 'a function of a closed library throws');
is(libm.cos(0), 1, 'another handle of the library stays open');
const { sin } = new ffi.Library('libm.so.6', { sin: ['double', ['double']] });
let gone = 0;
const registry = new FinalizationRegistry(() => { gone++; });
(() => registry.register(ffi.Library('libm.so.6', { exp: ['double', ['double']] })))();
if (hasGc) ok(await collected(() => gone > 0), 'a library that nothing uses is collected');
is(sin(0), 0, 'a function keeps its library');

// wrong definitions
throws(() => ffi.Library(42, {}), TypeError, 'argument 1 of Library: expected the name of a library, got number', 'a name of another type');
throws(() => ffi.Library('libm.so.6', 'cos'), TypeError, 'argument 2 of Library', 'definitions of another type');
throws(() => ffi.Library('libm.so.6', { cos: 'double' }), TypeError, 'the definition of cos: expected [result, [types]]', 'a definition that is no array');
throws(() => ffi.Library('libm.so.6', { cos: ['double', 'double'] }), TypeError, 'the definition of cos', 'parameters that are no array');
throws(() => ffi.Library('libm.so.6', { cos: ['double', [1]] }), TypeError, 'the definition of cos, type 1: expected a type', 'a type that is a number');
throws(() => ffi.Library('libm.so.6', { cos: ['duble', ['double']] }), Error, "unknown type 'duble'", 'an unknown type');
throws(() => libc.strlen(5), TypeError, 'argument 1 of strlen', 'an argument of another type');
throws(() => libc.strlen(), TypeError, 'strlen takes 1 argument', 'a missing argument');
throws(() => ffi.Struct('s', null), TypeError, 'the members of a struct', 'a struct without members');
throws(() => ffi.ArrayOf('int', -1), TypeError, 'argument 2 of ArrayOf', 'a negative length');
throws(() => ffi.close({}), TypeError, 'argument 1 of close', 'closing what is no library');
done();
