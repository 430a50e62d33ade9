// SPDX-License-Identifier: MIT
//
// Calls without generated code: by a loop over the parameters. They serve annotated signatures, calls on other threads, and
// programs that forbid code from strings; the generated functions give the same results.
//
// First everything that runs code of the program is read, then all is checked and written, then the function is called.
'use strict';

const native = require('./native');
const { failType, failRange, systemError } = require('./errors');
const { Memory, isMemory, findBuffer, found } = require('./memory');
const { views, view, held, temporary, withHeap, reserveOwn, putAddress, TOP, ARGS } = require('./scratch');
const { failArity, checkAlive, OWN, OUT, INOUT, LEN, ERRNO_IF, NONNULL } = require('./function');
const { getAddress } = require('./text');

const { U32, F64 } = views;

const isSlot = (type) => type.kind === 'pointer' || type.kind === 'enum' || KINDS.has(type.kind);
const KINDS = new Set(['bool', 'i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'f16', 'f32', 'f64']);

/** How many elements an argument has, of a parameter that another one counts. */
function elementsOf(type, read, where) {
    if (read === null) return 0;
    const size = type.target.size || 1;
    if (read?.reads) return read.count;
    if (typeof read === 'string') return new TextEncoder().encode(read).length;
    if (isMemory(read)) {
        const of = Memory.typeOf(read);
        return of.kind === 'array' ? of.length : Infinity; // nobody knows how much a pointer points to
    }
    return findBuffer(read, where) ? Math.floor(found.bytes / size) : Infinity;
}

class Call {
    constructor(func) {
        const { parameters, result, failure } = func.signature;
        this.func = func;
        this.parameters = parameters;
        this.result = result;
        this.failure = failure;
        this.wheres = parameters.map((_, index) => func.where(index));
        this.given = parameters.flatMap(({ annotations }, index) => annotations & OUT ? [] : [index]);
        this.written = parameters.flatMap(({ annotations }, index) => annotations & (OUT | INOUT) ? [index] : []);
        this.counters = new Map(); // what counts, to all that it counts
        parameters.forEach(({ annotations, counter }, index) => {
            if (annotations & LEN && counter >= 0) this.counters.set(counter, [...this.counters.get(counter) ?? [], index]);
        });
    }

    /** The arguments, read and checked, by the number of their parameter. */
    read(args) {
        const { parameters, wheres, given, counters } = this;
        if (args.length !== given.length) failArity(this.func, args.length, given.length);
        const reads = [];
        given.forEach((index, at) => {
            const { type, annotations } = parameters[index];
            const counted = counters.has(index) && args[at] === null;
            if (!counted) reads[index] = annotations & INOUT ? this.readCopied(index, args[at]) : type.read(args[at], wheres[index]);
        });
        for (const [counter, indexes] of counters) this.checkCounter(counter, indexes, reads);
        return reads;
    }

    /** What counts other arguments: it is checked, and set if it is null. */
    checkCounter(counter, indexes, reads) {
        const { parameters, wheres } = this;
        const writes = (index) => parameters[index].annotations & (OUT | INOUT);
        // C code may take a negative number for a large one. It is right where a text has an end of its own.
        const ends = (index) => !writes(index) && (reads[index] === null || typeof reads[index] === 'string');
        if (reads[counter] < 0 && !indexes.every(ends)) failRange(wheres[counter], 'a number of elements', reads[counter]);
        let least = Infinity, of;
        for (const index of indexes) {
            const { type, annotations } = parameters[index];
            const elements = annotations & OUT ? Infinity : elementsOf(type, reads[index], wheres[index]);
            if (elements < least) [least, of] = [elements, index];
        }
        if (reads[counter] === undefined) {
            if (least === Infinity) failType(wheres[counter], 'the number of elements', null);
            reads[counter] = parameters[counter].type.read(least, wheres[counter]);
        } else if (Number(reads[counter]) > least) {
            failRange(wheres[counter], `at most the ${least} elements of ${wheres[of]}`, reads[counter]);
        }
    }

    /** An inout parameter: what it points to is copied. */
    readCopied(index, value) {
        const { type } = this.parameters[index];
        const where = this.wheres[index];
        if (value === null || isMemory(value) || typeof value === 'function') failType(where, `a value of ${type.target.text}`, value);
        if (typeof value === 'string' && type.target.isChar) return value;
        if (typeof value === 'object' && (Array.isArray(value) || ArrayBuffer.isView(value))) return Array.from(value, (one) => type.target.read(one, where));
        return [type.target.read(value, where)];
    }

    count(index, reads) {
        const { annotations, counter, length } = this.parameters[index];
        if (annotations & LEN && counter >= 0) return Math.max(Number(reads[counter]), 0);
        return length || 1;
    }

    /** Writes the arguments into their slots. `objects` gets what must be kept during the call; `outs` the memory of
     * parameters that the function writes. */
    write(reads, objects, outs, outlives) {
        const { parameters, wheres } = this;
        const place = { keep(object) { if (object) objects.push(object); }, outlives };
        const keep = (_, object) => place.keep(object);
        parameters.forEach(({ type, annotations, length, counter }, index) => {
            const word = ARGS + index;
            if (annotations & (OUT | INOUT)) {
                putAddress(word, this.prepare(index, reads, outs, place, keep));
            } else if (type.kind === 'pointer') {
                const counts = annotations & LEN && counter >= 0;
                const least = counts ? Number(reads[counter]) : length || 1;
                const isNonnull = (annotations & NONNULL) !== 0;
                putAddress(word, type.address(reads[index], wheres[index], counts || isNonnull ? { ...place, counts, isNonnull } : place, least));
            } else if (isSlot(type)) {
                type.write(view, 8 * word, reads[index], wheres[index], keep);
            } else if (type.isRecord && isMemory(reads[index])) {
                place.keep(reads[index]);
                putAddress(word, type.addressOf(reads[index], wheres[index]));
            } else {
                const memory = outlives ? reserveOwn(type.size) : temporary(type.size);
                type.write(memory.view, memory.offset, reads[index], wheres[index], keep);
                place.keep(memory.view);
                putAddress(word, memory.address);
            }
        });
    }

    prepare(index, reads, outs, place, keep) {
        const { type, annotations } = this.parameters[index];
        const { target } = type;
        const read = reads[index];
        const units = typeof read === 'string' ? new TextEncoder().encode(`${read}\0`) : undefined;
        const count = Math.max(this.count(index, reads), annotations & INOUT ? (units ?? read).length : 0);
        const memory = reserveOwn(Math.max(count * (target.size || 1), 1));
        place.keep(memory.view);
        units?.forEach((unit, at) => memory.view.setUint8(at, unit));
        if (!units && annotations & INOUT) read.forEach((one, at) => target.write(memory.view, at * target.size, one, this.wheres[index], keep));
        outs.push({ index, memory, count, keep: read });
        return memory.address;
    }

    /** What the parameters hold that the function has written. */
    readOut({ index, memory, count }) {
        const { type, annotations, length, counter } = this.parameters[index];
        const { target } = type;
        const alone = !(annotations & LEN && counter >= 0) && !length && count === 1;
        if (target.isView && alone) return target.on(memory);
        if (alone) return target.load(memory.view, 0, null);
        const bytes = new Uint8Array(memory.view.buffer, memory.view.byteOffset, count * (target.size || 1));
        if (target.isChar) {
            const end = bytes.indexOf(0);
            return end < 0 ? bytes : new TextDecoder().decode(bytes.slice(0, end));
        }
        if (target.array) return new target.array(memory.view.buffer, memory.view.byteOffset, count);
        if (!target.size) return bytes;
        return Array.from({ length: count }, (_, at) => target.isView
            ? target.on({ view: memory.view, offset: at * target.size, address: memory.address + at * target.size })
            : target.load(memory.view, at * target.size, null));
    }

    /** The result, from a DataView with its bytes. */
    load(bytes, offset, record) {
        const { type, annotations } = this.result;
        if (type.kind === 'void') return undefined;
        if (record) return record;
        if (type.kind === 'pointer' && annotations & OWN) return this.loadOwned(getAddress(bytes, offset));
        const value = type.load(bytes, offset, null);
        return this.func.bigint && typeof value === 'number' && type.isWide ? BigInt(value) : value;
    }
    loadOwned(address) {
        const { type } = this.result;
        if (address === 0) return null;
        if (type.what !== 'text' && type.what !== 'wide') return this.func.own(address, type);
        try {
            return type.from(address);
        } finally {
            native.callOwner(this.func.owner.handle, address);
        }
    }

    /** With errno_if: throws for that result. */
    check(value, errno) {
        if (!(this.result.annotations & ERRNO_IF)) return;
        const number = value === null ? 0 : typeof value === 'number' || typeof value === 'bigint' ? Number(value)
            : isMemory(value) ? Number(Memory.addressOf(value)) : value === false ? 0 : NaN;
        if (number === Number(this.failure)) throw systemError(this.func.name, errno);
    }

    finish(value, outs) {
        if (!this.written.length) return value;
        const list = this.result.type.kind === 'void' ? [] : [value];
        for (const out of outs) list.push(this.readOut(out));
        return list.length === 1 ? list[0] : list;
    }
}

function interpret(func) {
    const call = new Call(func);
    const { type } = call.result;
    const { plain } = func;
    return function (...args) {
        const mark = U32[TOP], holds = held.length;
        const reads = call.read(args), objects = [], outs = [];
        try {
            call.write(reads, objects, outs, false);
            let record, memory = { view, offset: 8 };
            if (type.isRecord) {
                record = new type.class();
                F64[0] = Memory.addressOf(record);
            } else if (type.kind !== 'void' && !isSlot(type)) {
                memory = type.isView ? reserveOwn(type.size) : temporary(type.size);
                F64[0] = memory.address;
            }
            plain(...objects);
            const errno = call.result.annotations & ERRNO_IF ? native.errno() : 0;
            const value = type.isView && !record ? type.on(memory)
                : call.load(memory.view, memory.offset, record);
            call.check(value, errno);
            return call.finish(value, outs);
        } finally {
            U32[TOP] = mark;
            held.length = holds;
        }
    };
}

/** Lets the stack of an error be that of the call, whose end on another thread is behind it. */
function withStack(error, site) {
    const frames = site.stack?.replace(/^.*\n/, '');
    if (frames) error.stack = `${error}\n${frames}`;
    return error;
}

/** The same on another thread: a function that returns a promise. */
function asynchronous(func) {
    let call;
    return function asynchronously(...args) {
        call ??= new Call(func);
        const site = {};
        Error.captureStackTrace?.(site, asynchronously);
        return new Promise((resolve, reject) => {
            checkAlive(func);
            const { type } = call.result;
            const reads = call.read(args), objects = [], outs = [];
            let record, memory = reserveOwn(16);
            const bytes = memory;
            withHeap(() => call.write(reads, objects, outs, true));
            if (type.isRecord) record = new type.class();
            else if (type.size > 16) memory = reserveOwn(type.size);
            if (call.result.annotations & ERRNO_IF || func.options?.errno) native.capture(func.handle);
            func.begin();
            const to = record ? Memory.addressOf(record) : memory.address;
            try {
                native.start(func.instance.handle, func.handle, to, (called, errno) => {
                    func.end();
                    if (!called) return reject(withStack(Object.assign(new Error(`${func.name} was cancelled`), { code: 'FFI_ERROR_CANCELLED' }), site));
                    try {
                        objects.push(bytes, args);
                        const value = type.isView && !record ? type.on(memory)
                            : call.load(memory.view, memory.offset, record);
                        call.check(value, errno);
                        resolve(call.finish(value, outs));
                    } catch (error) {
                        reject(withStack(error, site));
                    }
                    return undefined;
                });
            } catch (error) {
                func.end();
                throw error;
            }
        });
    };
}

module.exports = { interpret, asynchronous, isSlot };
