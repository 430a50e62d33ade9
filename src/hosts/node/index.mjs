// SPDX-License-Identifier: MIT
//
// The module ffi_invoke for `import`: the same instance as for require().
import { createRequire } from 'node:module';

const ffi = createRequire(import.meta.url)('./index.js'); // Deno would read it as an ES module

export default ffi;
export const {
    cdef, header, load, type, struct, constant, names, sizeof, alignof, alloc, addressOf, pointer, callback, func, arg, free,
    errnoName, policy, create, version, Type, Pointer, Record, CArray, Callback, Library,
} = ffi;
