// SPDX-License-Identifier: MIT
//
// Native functions: what is bound, and the JavaScript function that calls it. generate.js writes that function for a
// signature; interpret.js does the same for rare signatures, and where code may not be generated.
'use strict';

const native = require('./native');
const { NonnullPlace } = require('./errors');
const { Type } = require('./type');
const { Owner, SECRET } = require('./memory');
const { Pointer } = require('./pointer');

const OWN = 1, OUT = 4, INOUT = 8, LEN = 16, ERRNO_IF = 32, NONNULL = 64;

class FunctionType extends Type {
    #same = new Map();
    get isView() { return false; }
    /** Whether another signature is the same but for qualifiers. */
    same(other) {
        let answer = this.#same.get(other);
        if (answer === undefined) this.#same.set(other, answer = native.equal(other.handle, this.handle));
        return answer;
    }
    /** { parameters, result, variadic, fixed, failure }, with types. */
    get signature() {
        const { parameters, result, variadic, fixed, failure } = this.about;
        const typed = (one) => ({ ...one, type: this.instance.typeOf(one.type) });
        const signature = { parameters: parameters.map(typed), result: typed(result), variadic, fixed, failure };
        Object.defineProperty(this, 'signature', { value: signature });
        return signature;
    }
}

/** Functions that free what others own, by their address. */
const freed = new FinalizationRegistry(({ handle, functions, reference }) => {
    native.freeFunction(handle);
    functions?.delete(reference);
});

/** JavaScript function -> its Func. */
const known = new WeakMap();

/** A bound function. */
class Func {
    constructor(instance, handle, name, options, library) {
        this.instance = instance;
        this.handle = handle;
        this.name = name;
        this.options = options;
        this.library = library;
        this.type = instance.typeOf(native.signatureOf(handle));
        this.signature = this.type.signature;
        this.bigint = options?.bigint ?? instance.bigint;
        this.calls = [];
        this.pending = 0;
        this.base = null; /* of a variadic form, which that owns */
    }
    /** Lets the collector, or the unloading of the library, free it. */
    manage(functions) {
        const reference = new WeakRef(this);
        functions?.add(reference);
        this.functions = functions;
        this.reference = reference;
        freed.register(this, { handle: this.handle, functions, reference }, this);
        return this;
    }
    get isUnloaded() { return this.handle === 0; }
    where(index) {
        const { name, annotations } = this.signature.parameters[index];
        const place = `argument ${index + 1}${name ? ` "${name}"` : ''} of ${this.name || 'the function'}`;
        return annotations & NONNULL ? new NonnullPlace(place) : place;
    }
    /** A function that the addon calls with what is in the scratch, where some arguments are doubles. */
    caller(texts, isText, doubles) {
        const owner = isText && this.signature.result.annotations & OWN ? this.owner.handle : 0;
        const [call, handle] = native.caller(this.handle, this.name, texts, isText, owner, doubles);
        this.calls.push({ call, handle });
        return call;
    }
    /** The plain one, to which nothing is passed but what must not be collected meanwhile. */
    get plain() {
        const value = this.caller([], false, []);
        Object.defineProperty(this, 'plain', { value });
        return value;
    }
    /** What frees an owned result. */
    get owner() {
        const value = this.instance.ownerNamed(this.signature.result.owner, this.library);
        Object.defineProperty(this, 'owner', { value });
        return value;
    }
    /** A pointer that the caller owns. */
    own(address, type) {
        const { owner } = this;
        return new Pointer(SECRET, type.target, address, new Owner(address, (at) => { native.callOwner(owner.handle, at); }));
    }
    /** Makes later calls throw. */
    unload() {
        if (this.isUnloaded) return;
        for (const { handle } of this.calls) native.revoke(handle);
        freed.unregister(this);
        const { handle } = this;
        this.handle = 0;
        if (!this.base && !this.pending) native.freeFunction(handle);
        else this.late = handle;
    }
    /** Around a call on another thread. */
    begin() { this.pending++; }
    end() {
        if (--this.pending === 0 && this.late && !this.base) native.freeFunction(this.late);
    }
}

/** The Func of a function of this module; undefined for others. */
const funcOf = (value) => known.get(value);
const know = (value, func) => { known.set(value, func); };

function checkAlive(func) {
    if (func.isUnloaded) {
        const error = new TypeError(`${func.name}: its library was unloaded`);
        error.code = 'FFI_ERROR_ARGUMENT';
        throw error;
    }
}

function failArity(func, count, wanted) {
    const error = new TypeError(`${func.name || 'the function'} takes ${wanted} argument${wanted === 1 ? '' : 's'}, got ${count}`);
    error.code = 'FFI_ERROR_ARGUMENT';
    throw error;
}

module.exports = { Func, FunctionType, funcOf, know, failArity, checkAlive, OWN, OUT, INOUT, LEN, ERRNO_IF, NONNULL };
