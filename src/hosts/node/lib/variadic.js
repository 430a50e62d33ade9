// SPDX-License-Identifier: MIT
//
// Variadic functions: a form of the function for each list of types of the arguments beyond the `...`. The types come from
// the arguments: ffi.arg(type, value) says one; others follow from a format of printf or scanf, from strings, buffers and
// pointers.
'use strict';

const native = require('./native');
const { failType } = require('./errors');
const { Memory, isMemory, findBuffer, found } = require('./memory');
const { Func, checkAlive } = require('./function');

/** An argument with its type, for variadic functions. */
class Argument {
    constructor(type, value) {
        this.type = type;
        this.value = value;
    }
}

const ELEMENTS = {
    __proto__: null, Int8Array: 'int8_t', Uint8Array: 'void', Uint8ClampedArray: 'uint8_t', Int16Array: 'int16_t',
    Uint16Array: 'uint16_t', Int32Array: 'int32_t', Uint32Array: 'uint32_t', Float32Array: 'float', Float64Array: 'double',
    BigInt64Array: 'int64_t', BigUint64Array: 'uint64_t',
};

/** The type of a value that says enough by itself; undefined for a number. */
function typeOf(value, where) {
    if (typeof value === 'string') return 'const char *';
    if (typeof value === 'bigint') return value > 0x7fffffffffffffffn ? 'uint64_t' : 'int64_t';
    if (value === null) return 'void *';
    if (isMemory(value)) {
        const type = Memory.typeOf(value);
        return type.kind === 'function' || type.kind === 'array' ? 'void *' : `${type.text} *`;
    }
    if (typeof value === 'object' && findBuffer(value, where)) return found.element ? `${ELEMENTS[found.element]} *` : 'void *';
    return undefined;
}

/** What a format asks for, as a list of C types; undefined if no format is there or another number of arguments. */
function formatTypes(func, format, count) {
    if (typeof format !== 'string') return undefined;
    const text = native.typesOfFormat(format, /scanf/.test(func.name));
    const types = text === '' ? [] : text.split(', ');
    return types.length === count ? types : undefined;
}

function typesOf(func, args, fixed) {
    const extra = args.slice(fixed);
    const { parameters } = func.signature;
    const last = fixed ? parameters[fixed - 1].type : undefined;
    const asked = last?.what === 'text' ? formatTypes(func, args[fixed - 1], extra.length) : undefined;
    return extra.map((value, index) => {
        const where = `argument ${fixed + index + 1} of ${func.name}`;
        if (value instanceof Argument) return value.type.text;
        const type = asked?.[index] ?? typeOf(value, where);
        if (type === undefined) failType(where, 'ffi.arg(type, value), since C does not say its type', value);
        return type;
    });
}

/** The JavaScript function of a variadic one; its forms are made as they are needed. */
function variadic(func, wrap, isAsync) {
    const forms = new Map();
    const { fixed } = func.signature;
    return (...args) => {
        checkAlive(func);
        if (args.length < fixed) {
            const error = new TypeError(`${func.name} takes at least ${fixed} argument${fixed === 1 ? '' : 's'}, got ${args.length}`);
            throw Object.assign(error, { code: 'FFI_ERROR_ARGUMENT' });
        }
        const types = typesOf(func, args, fixed).join(', ');
        let form = forms.get(types);
        if (!form) {
            const made = new Func(func.instance, native.variadic(func.handle, types), func.name, func.options, func.library);
            made.base = func;
            form = wrap(made);
            forms.set(types, form);
            (func.forms ??= []).push(made);
        }
        const values = args.map((value) => value instanceof Argument ? value.value : value);
        return isAsync ? form.async(...values) : form(...values);
    };
}

module.exports = { Argument, variadic };
