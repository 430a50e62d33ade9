// SPDX-License-Identifier: MIT
//
// The module ffi_invoke for `import`: the same instance as for require().
import ffi from './index.js';

export default ffi;
export const {
    cdef, header, load, type, struct, constant, names, sizeof, alignof, alloc, addressOf, pointer, callback, func, arg, free,
    errnoName, policy, create, version, Type, Pointer, Record, CArray, Callback, Library,
} = ffi;
