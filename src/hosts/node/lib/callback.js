// SPDX-License-Identifier: MIT
//
// JavaScript functions as C function pointers. The addon calls a dispatcher, which is generated for each signature.
'use strict';

const native = require('./native');
const { failType, failRange, namers } = require('./errors');
const { views, view, putAddress, peek, CALLBACK_RESULT, CALLBACK_ARGS, FOUR_GIB, reserveOwn } = require('./scratch');
const { getAddress } = require('./text');

const DELIVERIES = { __proto__: null, post: 1, hop: 2, refuse: 3 };

const collected = new FinalizationRegistry((handle) => native.freeCallback(handle));

/** Callbacks that keep the event loop alive, and so are not collected. */
const referenced = new Set();

/** The code that reads an argument; a value that a slot points to is copied. */
function readArgument(index, type) {
    const word = CALLBACK_ARGS + index;
    switch (type.stored) {
    case 'bool': return `U8[${8 * word}] !== 0`;
    case 'i8': case 'u8': return `${type.stored.toUpperCase()}[${8 * word}]`;
    case 'i16': case 'u16': return `${type.stored.toUpperCase()}[${4 * word}]`;
    case 'i32': case 'u32': return `${type.stored.toUpperCase()}[${2 * word}]`;
    case 'f32': return `F32[${2 * word}]`;
    case 'f64': return `F64[${word}]`;
    case 'i64': case 'u64': case 'f16': return `parameters[${index}].load(view, ${8 * word}, null)`;
    case 'pointer': return `parameters[${index}].load(view, ${8 * word}, null)`;
    default: return `copied(parameters[${index}], I32[${2 * word + 1}] * ${FOUR_GIB} + U32[${2 * word}])`;
    }
}

/** The value of a type that is not a slot, copied from native memory that the caller reuses. */
function copied(type, address) {
    if (type.isRecord) {
        const record = new type.class();
        native.copy(type.addressOf(record, type.text), address, type.size);
        return record;
    }
    if (type.isView) {
        const memory = reserveOwn(type.size);
        native.copy(memory.address, address, type.size);
        return type.on(memory);
    }
    const { view: bytes, offset } = peek(address, type.size);
    return type.load(bytes, offset, null);
}

function writeResult(type) {
    const word = CALLBACK_RESULT;
    switch (type.isNarrow ? undefined : type.stored) {
    case 'void': return 'call;';
    case 'i32': return `const result = call;
        I32[${2 * word}] = typeof result === 'number' && (result | 0) === result ? result : resultType.read(result, where);`;
    case 'f64': return `const result = call;
        F64[${word}] = typeof result === 'number' ? result : resultType.read(result, where);`;
    default: return 'store(call);';
    }
}

/** Makes dispatchers of a signature: (call the function) => () => void. */
function dispatcherOf(signature) {
    const { parameters, result } = signature;
    const given = parameters.map(({ type }, index) => readArgument(index, type));
    const body = writeResult(result.type).replace('call', `fn(${given.join(', ')})`);
    return new Function('views', 'view', 'parameters', 'resultType', 'copied', `'use strict';
const { I8, U8, I16, U16, I32, U32, F32, F64 } = views;
return (fn, where, store) => () => {
    ${body}
};`)(views, view, parameters.map(({ type }) => type), result.type, copied);
}

/** Writes a result that takes more than a store; what it points to is kept until the next call. */
function storer(callback, type, where) {
    const isSlot = type.kind === 'pointer' || ['bool', 'i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'f16', 'f32', 'f64'].includes(type.stored);
    return (value) => {
        const kept = [];
        const keep = (_, object) => { if (object) kept.push(object); };
        const read = type.read(value, where);
        if (isSlot) {
            type.write(view, 8 * CALLBACK_RESULT, read, where, keep);
        } else {
            const memory = reserveOwn(type.size);
            type.write(memory.view, memory.offset, read, where, keep);
            kept.push(memory.view);
            putAddress(CALLBACK_RESULT, memory.address);
        }
        callback.kept = kept;
    };
}

/** A C function pointer that calls a JavaScript function. It is valid until free(), or until this object is collected. */
class Callback {
    #handle; #code; #type; #dispatcher; #state; #holds = 0; #kept = {};
    constructor(instance, type, fn, options) {
        const deliver = options?.deliver ?? 'hop', timeout = options?.timeout ?? 0;
        if (typeof fn !== 'function') failType('argument 2 of callback', 'a function', fn);
        if (!(deliver in DELIVERIES)) failType('option deliver of callback', '"hop", "post" or "refuse"', deliver);
        if (!Number.isSafeInteger(timeout) || timeout < 0 || timeout > 0xffffffff) failRange('option timeout of callback', 'milliseconds', timeout);
        if (type.about.variadic) failType('argument 1 of callback', 'a signature that is not variadic', type.text);
        const where = `result of the callback ${type.text}`;
        this.#type = type;
        this.#state = instance;
        type.dispatcher ??= dispatcherOf(type.signature);
        this.#dispatcher = type.dispatcher(fn, where, storer(this.#kept, type.signature.result.type, where));
        this.#handle = native.callback(instance.handle, type.handle, this.#dispatcher, DELIVERIES[deliver], timeout);
        this.#code = getAddress(view, 8);
        collected.register(this, this.#handle, this);
    }
    static {
        /** NaN of one that is freed. */
        Callback.codeOf = (value) => value.#code;
        Callback.typeOf = (value) => value.#type;
        Callback.is = (value) => typeof value === 'object' && value !== null && #handle in value;
    }
    get address() {
        if (!this.#handle) failType('callback', 'one that is not freed', this);
        return BigInt(this.#code);
    }
    get type() { return this.#type; }
    /** Later calls from C return zeroes. */
    free() {
        if (!this.#handle) failType('free', 'a callback that is not freed', this);
        while (this.#holds) this.unref();
        collected.unregister(this);
        native.freeCallback(this.#handle);
        this.#handle = 0;
        this.#code = NaN;
    }
    /** Keeps the event loop alive until unref() or free(). */
    ref() {
        if (!this.#handle) failType('ref', 'a callback that is not freed', this);
        native.keepAlive(this.#state.handle, true);
        this.#holds++;
        referenced.add(this);
        return this;
    }
    unref() {
        if (!this.#holds) return this;
        native.keepAlive(this.#state.handle, false);
        if (--this.#holds === 0) referenced.delete(this);
        return this;
    }
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { if (this.#handle) this.free(); }
}

namers.push((value) => Callback.is(value) ? `${Callback.codeOf(value) >= 0 ? '' : 'a freed '}callback ${Callback.typeOf(value).text}` : undefined);

module.exports = { Callback };
