// SPDX-License-Identifier: MIT
//
// The module std:ffi, on ffi_invoke. ffi.d.ts says what each function does.
//
//     const ffi = require('std:ffi');        // after `node -r ffi_invoke/register` or `node --import ffi_invoke/register`
//     const libm = ffi.Library('libm.so.6', { cos: ['double', ['double']] });
//     libm.cos(0); // 1
'use strict';

const core = require('../index.js').create();

/* ---- types ---- */

/** Names for what C text cannot name in place: function pointers and arrays. */
const named = new WeakMap();
let count = 0;

function failType(where, expectation, value) {
    const error = new TypeError(`${where}: expected ${expectation}, got ${value === null ? 'null' : typeof value}`);
    error.code = 'FFI_ERROR_TYPE';
    throw error;
}

/** C text of a type: a name such as 'int' or 'double *', a class of Struct or Union, what Function and ArrayOf made. */
function textOf(type, where) {
    if (typeof type === 'string') return type;
    const text = (typeof type === 'object' && type !== null) || typeof type === 'function' ? named.get(type) : undefined;
    return text ?? failType(where, 'a type', type);
}

function typedef(declare) {
    const name = `std_ffi_type_${++count}`;
    core.cdef(`typedef ${declare(name)};`);
    const type = core.type(name);
    named.set(type, name);
    return type;
}

function signature(name, result, parameters, where) {
    if (!Array.isArray(parameters)) failType(where, 'an array of types', parameters);
    const list = parameters.map((type, i) => (type === '...' ? type : textOf(type, `${where}, type ${i + 1}`)));
    return `${textOf(result, `${where}, the result`)} ${name}(${list.join(', ') || 'void'})`;
}

/** The type of a function pointer. A JavaScript function is passed where it is a parameter's type. */
function FunctionType(result, parameters) {
    return typedef((name) => signature(`(*${name})`, result, parameters, 'Function'));
}

function ArrayOf(type, length) {
    if (!Number.isSafeInteger(length) || length < 0) failType('argument 2 of ArrayOf', 'a length', length);
    return typedef((name) => `${textOf(type, 'argument 1 of ArrayOf')} ${name}[${length}]`);
}

function record(word) {
    return (name, members) => {
        if (typeof name === 'object') [name, members] = [`std_ffi_${word}_${++count}`, name];
        if (typeof members !== 'object' || members === null) failType(`the members of a ${word}`, 'an object of types', members);
        const body = Object.entries(members).map(([member, type]) => `${textOf(type, `member ${member}`)} ${member};`);
        core.cdef(`${word} ${name} { ${body.join(' ')} };`);
        const Class = core.struct(`${word} ${name}`);
        named.set(Class, `${word} ${name}`);
        return Class;
    };
}

/* ---- libraries ---- */

/** An error of this module, with the reason of the core's. */
function failed(what, cause) {
    return Object.assign(new Error(`${what}: ${cause.message}`, { cause }), { code: cause.code });
}

const libraryOf = new WeakMap();

/** A loaded library. Its functions are its own properties, so that any name is free for them. */
class FFILibrary {
    constructor(libraryName, functionDefinitions = {}) {
        if (typeof libraryName !== 'string' && libraryName !== null)
            failType('argument 1 of Library', 'the name of a library', libraryName);
        if (typeof functionDefinitions !== 'object' || functionDefinitions === null)
            failType('argument 2 of Library', 'an object of definitions', functionDefinitions);
        let library;
        try {
            library = core.load(libraryName);
        } catch (error) {
            throw failed(`Failed to load library '${libraryName}'`, error);
        }
        libraryOf.set(this, library);
        for (const [name, definition] of Object.entries(functionDefinitions)) {
            const where = `the definition of ${name}`;
            if (!Array.isArray(definition)) failType(where, '[result, [types]]', definition);
            const [result, parameters, options] = definition;
            const text = signature(name, result, parameters, where);
            try {
                Object.defineProperty(this, name, { value: library.func(text, options), enumerable: true });
            } catch (error) {
                library.unload();
                if (error.code !== 'FFI_ERROR_SYMBOL') throw error;
                throw failed(`Failed to find function '${name}' in library '${libraryName}'`, error);
            }
        }
    }
}

/** Loads a library and binds its functions; with or without `new`. */
function Library(libraryName, functionDefinitions) {
    return new FFILibrary(libraryName, functionDefinitions);
}
Library.prototype = FFILibrary.prototype;

/** Closes a library before it is collected. Its functions throw from then on. */
function close(library) {
    const loaded = libraryOf.get(library) ?? failType('argument 1 of close', 'a library', library);
    loaded.unload();
}

/** A function pointer that calls a JavaScript function; it is valid as long as the object. */
function Callback(result, parameters, fn) {
    return core.callback(signature('', result, parameters, 'Callback'), fn);
}

module.exports = {
    Library,
    FFILibrary,
    close,
    Struct: record('struct'),
    Union: record('union'),
    Function: FunctionType,
    ArrayOf,
    Callback,
    alloc: (type, length) => core.alloc(typeof type === 'string' ? type : textOf(type, 'argument 1 of alloc'), length),
    free: core.free,
    sizeof: (type) => core.sizeof(textOf(type, 'argument 1 of sizeof')),
    alignof: (type) => core.alignof(textOf(type, 'argument 1 of alignof')),
    addressOf: core.addressOf,
    pointer: (type, at, options) => core.pointer(textOf(type, 'argument 1 of pointer'), at, options),
    arg: (type, value) => core.arg(textOf(type, 'argument 1 of arg'), value),
    errno: () => core.errno,
};
