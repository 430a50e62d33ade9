// SPDX-License-Identifier: MIT
//
// An instance: a context of its own with declarations, libraries and a policy. The module is one; create() makes more.
'use strict';

const native = require('./native');
const { failType, failRange } = require('./errors');
const { Type, NumberType, BoolType, BigType, KINDS } = require('./type');
const { Memory, isMemory, Owner, SECRET, findBuffer, found, nativeView } = require('./memory');
const { Pointer, PointerType, isDetached } = require('./pointer');
const { Record, RecordType } = require('./record');
const { CArray, ArrayType } = require('./array');
const { Callback } = require('./callback');
const { Func, FunctionType, funcOf, checkAlive } = require('./function');
const { wrap } = require('./wrap');
const { Argument } = require('./variadic');
const { Library } = require('./library');
const { view } = require('./scratch');
const { readText, getAddress } = require('./text');

/** The NODE_MODULE_VERSION of Node; 0 of other runtimes, whose V8 is not as Node's. */
const isForeign = process.versions.bun || process.versions.electron || globalThis.Deno || process.config.variables.v8_enable_pointer_compression;
const MODULES = isForeign ? 0 : Number(process.versions.modules);

const FLAGS = { lazy: 1, global: 2, noLoad: 4 };

const typeClass = (kind) => ({
    __proto__: null, bool: BoolType, pointer: PointerType, struct: RecordType, union: RecordType, array: ArrayType,
    vector: ArrayType, complex: ArrayType, function: FunctionType, i128: BigType, u128: BigType, f80: BigType, f128: BigType,
    f16: BigType, void: Type,
}[kind] ?? NumberType);

/** What the classes of types need, which a program does not see. */
class Context {
    #types = new Map(); #codes = new WeakMap(); #texts = new Map(); #owners = new Map(); #functions = new Map();
    constructor(options) {
        this.handle = native.create();
        /** Whether V8 lets JavaScript run within fast calls; undefined: it is not known (fast.c). */
        this.reenters = native.findV8(this.handle, MODULES);
        this.bigint = options?.bigint === true;
        this.options = options;
    }
    typeOf(handle) {
        let type = this.#types.get(handle);
        if (!type || !type.isComplete && type.kind !== 'void' && type.kind !== 'function') {
            const made = new (typeClass(KINDS[native.describe(handle).kind]))(this, handle);
            if (!type || made.isComplete) this.#types.set(handle, type = made);
        }
        return type;
    }
    /** The type of a text, a Type, or a record's class. */
    type(given) {
        if (given instanceof Type) {
            if (given.instance !== this) failType('type', 'a type of this instance', given.text);
            return given;
        }
        if (typeof given === 'function' && given.type instanceof RecordType) return this.type(given.type);
        if (typeof given !== 'string') failType('type', 'the text of a C type, a type or a record', given);
        let type = this.#texts.get(given);
        if (!type || !type.isComplete) {
            type = this.typeOf(native.parse(this.handle, given));
            if (this.#texts.size < 4096) this.#texts.set(given, type);
        }
        return type;
    }
    arrayType(element, count) {
        return this.typeOf(native.arrayOf(this.handle, element.handle, count));
    }
    isCallback(value) { return Callback.is(value); }

    /** The address of the code of a function or callback, for a parameter of this type: a pointer to a function or to void. */
    codeOf(value, type, where, place) {
        const { target, expectation } = type;
        const fits = (other) => target.kind === 'void' || target.same(other);
        if (Callback.is(value)) {
            const code = Callback.codeOf(value);
            if (code !== code) failType(where, 'a callback that is not freed', value);
            if (!fits(Callback.typeOf(value))) failType(where, expectation, value);
            place.keep(value);
            return code;
        }
        let callbacks = this.#codes.get(value);
        const func = callbacks ? undefined : funcOf(value);
        if (func) {
            checkAlive(func);
            if (!fits(func.type)) failType(where, expectation, value);
            place.keep(value);
            return native.functionAddress(func.handle);
        }
        if (target.kind === 'void') failType(where, expectation, value);
        if (!callbacks) this.#codes.set(value, callbacks = new Map());
        let callback = callbacks.get(target);
        if (!callback) callbacks.set(target, callback = new Callback(this, target, value));
        place.keep(callback);
        return Callback.codeOf(callback);
    }
    /** The JavaScript function of native code. */
    functionAt(address, type) {
        const key = `${address}:${type.handle}`;
        let call = this.#functions.get(key)?.deref();
        if (!call) {
            const func = new Func(this, native.bindAddress(this.handle, address, type.handle), '', this.options, undefined);
            call = wrap(func.manage());
            this.#functions.set(key, new WeakRef(call));
            if (this.#functions.size > 1024) this.#prune();
        }
        return call;
    }
    #prune() {
        for (const [key, reference] of this.#functions) if (!reference.deref()) this.#functions.delete(key);
    }
    /** What frees the owned results of a library's functions: own(NAME). */
    ownerNamed(name, library) {
        for (const from of [library, this.program]) {
            if (!from) continue;
            const key = `${native.libraryName(Library.handleOf(from))}:${name}`;
            let owner = this.#owners.get(key);
            if (!owner) {
                try {
                    owner = { handle: native.bind(Library.handleOf(from), name, 'void(void *)') };
                } catch (error) {
                    if (from === this.program) throw error;
                    continue;
                }
                this.#owners.set(key, owner);
            }
            return owner;
        }
        return undefined;
    }
    get program() {
        const value = new Library(this, undefined, 0, this.options);
        Object.defineProperty(this, 'program', { value });
        return value;
    }
    constant(name) {
        const handle = native.constant(this.handle, name);
        if (handle === undefined) return undefined;
        const type = this.typeOf(handle);
        if (type.kind === 'array') return readText(getAddress(view, 8), type.target.size);
        return type.size > 8 ? type.load(nativeView(getAddress(view, 8), type.size, null), 0, null) : type.load(view, 8, null);
    }
}

function checkText(value, where) {
    if (typeof value !== 'string') failType(where, 'a text', value);
    return value;
}

/** The module's functions for a context. */
function create(options) {
    const context = new Context(options);

    const ffi = {
        /** Declares C: typedefs, structs, enums, prototypes, macros. */
        cdef(text) {
            native.declare(context.handle, checkText(text, 'argument 1 of cdef'));
            return ffi;
        },
        /** Declares headers by name, such as "sqlite3.h": runs the system's preprocessor. */
        header(names, { prologue, command } = {}) {
            const list = Array.isArray(names) ? names : [names];
            list.forEach((name) => checkText(name, 'argument 1 of header'));
            if (prologue !== undefined) checkText(prologue, 'option prologue of header');
            if (command !== undefined && !Array.isArray(command)) failType('option command of header', 'an array of texts', command);
            command?.forEach((word) => checkText(word, 'option command of header'));
            native.headers(context.handle, list, prologue, command);
            return ffi;
        },
        /** Loads a library: "m", "libm.so.6", "./libx.so"; null or nothing is the program itself. */
        load(name, given) {
            if (name === null || name === undefined) return context.program;
            checkText(name, 'argument 1 of load');
            let flags = 0;
            for (const flag of Object.keys(FLAGS)) if (given?.[flag]) flags |= FLAGS[flag];
            return new Library(context, name, flags, { ...options, ...given });
        },
        /** The type that a text means. */
        type: (text) => context.type(text),
        /** The class of a struct or union: "struct point", or a typedef of it. */
        struct(name) {
            const type = context.type(checkText(name, 'argument 1 of struct'));
            if (!type.isRecord) failType('argument 1 of struct', 'the name of a struct or union', name);
            return type.class;
        },
        /** The value of a constant: of an enum, of a macro, or a `static const`; undefined if there is none. */
        constant: (name) => context.constant(checkText(name, 'argument 1 of constant')),
        /** The declared names, as [what, name]. */
        names: () => native.names(context.handle).map(([what, name]) => [['typedef', 'tag', 'function', 'variable', 'constant'][what], name]),
        sizeof: (type) => context.type(type).size,
        alignof: (type) => context.type(type).alignment,

        /** Zeroed memory of JavaScript: a record; a typed array of numbers; an array of other things. */
        alloc(type, count) {
            const element = context.type(type);
            if (!element.isComplete) failType('argument 1 of alloc', 'a type whose size is known', element.text);
            if (count !== undefined && (!Number.isSafeInteger(count) || count < 0)) failRange('argument 2 of alloc', 'a number of elements', count);
            if (element.size * (count ?? 1) > 0x7fffffff) failRange('argument 2 of alloc', 'at most 2 GiB', count);
            if (count === undefined && element.isRecord) return new element.class();
            if (count === undefined && element.kind === 'array') return element.on();
            if (count === 0) return element.array ? new element.array(0) : new CArray(SECRET, context.arrayType(element, 0), new DataView(new ArrayBuffer(0)), 0, 0, null);
            return context.arrayType(element, count ?? 1).on();
        },
        /** The address of a buffer, a record, an array, a pointer, a callback or a function, as a BigInt. */
        addressOf(value) {
            const where = 'argument 1 of addressOf';
            let address;
            if (isMemory(value)) address = Memory.addressOf(value);
            else if (Callback.is(value)) return value.address;
            else if (typeof value === 'function' && funcOf(value)) return value.address;
            else if (typeof value === 'object' && value !== null && findBuffer(value, where)) ({ address } = found);
            else failType(where, 'a buffer, a record, an array, a pointer, a callback or a function', value);
            if (address !== address || isMemory(value) && isDetached(Memory.typeOf(value), value)) failType(where, 'memory that is not freed', value);
            return BigInt.asUintN(64, BigInt(address));
        },
        /** A pointer of a type, such as "int *", from an address, a buffer or another pointer. Unsafe: nothing is known of
         * what is there. `own` is a function that frees it. */
        pointer(type, value, { own } = {}) {
            const pointerType = context.type(type);
            const where = 'argument 2 of pointer';
            if (pointerType.kind !== 'pointer') failType('argument 1 of pointer', 'a type of pointers, such as "int *"', type);
            let address, kept = null;
            if (typeof value === 'bigint' || typeof value === 'number') {
                if (typeof value === 'number' && !Number.isSafeInteger(value)) failRange(where, 'an address', value);
                if (BigInt(value) < -(1n << 53n) || BigInt(value) >= 1n << 64n) failRange(where, 'an address', value);
                address = Number(BigInt.asIntN(64, BigInt(value)));
            } else {
                address = Number(BigInt.asIntN(64, ffi.addressOf(value)));
                kept = value;
            }
            if (address === 0) return null;
            if (own !== undefined && typeof own !== 'function') failType('option own of pointer', 'a function', own);
            if (own) {
                const raw = new Pointer(SECRET, pointerType.target, address, null);
                return new Pointer(SECRET, pointerType.target, address, new Owner(address, () => { own(raw); }));
            }
            if (pointerType.target.kind === 'function') return context.functionAt(address, pointerType.target);
            const pointer = new Pointer(SECRET, pointerType.target, address, null);
            if (kept) Memory.keep(pointer, -1, kept);
            return pointer;
        },
        /** A JavaScript function as a C function pointer. */
        callback(signature, fn, how) {
            let type = context.type(signature);
            if (type.kind === 'pointer') type = type.target;
            if (type.kind !== 'function') failType('argument 1 of callback', 'a signature', signature);
            return new Callback(context, type, fn, how);
        },
        /** A native function at an address. Unsafe. */
        func(address, signature, given) {
            let type = context.type(signature);
            if (type.kind === 'pointer') type = type.target;
            if (type.kind !== 'function') failType('argument 2 of func', 'a signature', signature);
            const at = Number(BigInt.asIntN(64, typeof address === 'bigint' ? address : ffi.addressOf(address)));
            if (at === 0) failType('argument 1 of func', 'an address that is not 0', address);
            const func = new Func(context, native.bindAddress(context.handle, at, type.handle), checkText(given?.name ?? '', 'option name of func'), { ...options, ...given }, undefined);
            return wrap(func.manage());
        },
        /** An argument with its type, for a variadic function. */
        arg: (type, value) => new Argument(context.type(type), value),
        /** Frees a record, an array, a pointer that JavaScript owns, a callback or a library: later uses throw. */
        free(value) {
            const where = 'argument 1 of free';
            if (value instanceof Pointer || Callback.is(value)) return value.free();
            if (typeof value === 'object' && value !== null && Library.is(value)) return value.unload();
            if (!isMemory(value)) failType(where, 'a record, an array, a pointer, a callback or a library', value);
            const address = Memory.addressOf(value);
            if (address !== address) failType(where, 'memory that is not freed', value);
            return Memory.typeOf(value).kill(value);
        },
        /** errno of the last call. */
        get errno() { return native.errno(); },
        set errno(value) {
            if ((value | 0) !== value) failType('errno', 'an int', value);
            native.setErrno(value);
        },
        errnoName: (number = native.errno()) => native.errnoName(number),
        /** What may be bound: allow(library, symbol) adds a rule; after lock() nothing else is allowed. */
        policy: {
            allow(library, symbol) {
                native.allow(context.handle, checkText(library, 'argument 1 of allow'), checkText(symbol, 'argument 2 of allow'));
                return ffi.policy;
            },
            lock() { native.lock(context.handle); },
        },
        /** Another instance, with declarations and a policy of its own. Options: bigint. */
        create,
        version: native.version,
        Type, Pointer, Record, CArray, Callback, Library,
    };
    return ffi;
}

module.exports = { create };
