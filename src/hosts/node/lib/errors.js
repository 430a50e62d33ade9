// SPDX-License-Identifier: MIT
//
// What is thrown. A message names the place, the expectation and the value: `argument 2 "y" of pow: expected double, got
// string "ten"`. Making it runs no code of the program: the value may be a Proxy or have getters.
'use strict';

const native = require('./native');

const { isArray } = Array;
const { isView } = ArrayBuffer;
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const uncurry = (method) => Function.prototype.call.bind(method);
const tag = uncurry(tagOf);

/** Classes of this module add what names their objects: a function that returns undefined for all others. */
const namers = [];

function show(value) {
    switch (typeof value) {
    case 'string': return value.length > 40 ? `string "${value.slice(0, 37)}..."` : `string "${value}"`;
    case 'number': return Object.is(value, -0) ? '-0' : `${value}`;
    case 'bigint': return `${value}n`;
    case 'boolean': return `${value}`;
    case 'undefined': return 'undefined';
    case 'symbol': return 'a symbol';
    case 'function': return 'a function';
    default: break;
    }
    if (value === null) return 'null';
    for (const namer of namers) {
        const name = namer(value);
        if (name !== undefined) return name;
    }
    if (isView(value)) return tag(value) === undefined ? 'a DataView' : `a ${tag(value)}`;
    if (value instanceof ArrayBuffer) return 'an ArrayBuffer';
    return isArray(value) ? 'an array' : 'an object';
}

/** The place of a parameter that must not be NULL. */
class NonnullPlace extends String { }
const withoutNull = (expectation) => expectation.replace(/(?:, (a buffer))? or null\)/, (_, last) => last ? ` or ${last})` : ')');

const expected = (where, expectation, value) =>
    `${where}: expected ${where instanceof NonnullPlace ? withoutNull(expectation) : expectation}, got ${show(value)}`;

function fail(Class, where, expectation, value) {
    const error = new Class(expected(where, expectation, value));
    error.code = Class === RangeError ? 'FFI_ERROR_RANGE' : 'FFI_ERROR_TYPE';
    throw error;
}

const failType = (where, expectation, value) => fail(TypeError, where, expectation, value);
const failRange = (where, expectation, value) => fail(RangeError, where, expectation, value);

const classes = {
    __proto__: null,
    FFI_ERROR_ARGUMENT: TypeError,
    FFI_ERROR_TYPE: TypeError,
    FFI_ERROR_SYNTAX: SyntaxError,
    FFI_ERROR_RANGE: RangeError,
};

/** The library's own failures: an Error of the class that fits, with the code of ffi_error. */
native.makeError = (code, message) => {
    const error = new (classes[code] ?? Error)(message);
    error.code = code;
    return error;
};

/** A failure of the system, by errno. */
function systemError(name, number) {
    const code = native.errnoName(number) ?? `errno ${number}`;
    const error = new Error(`${name} failed: ${code}`);
    error.code = code;
    error.errno = number;
    return error;
}

module.exports = { NonnullPlace, namers, show, failType, failRange, systemError, uncurry };
