// SPDX-License-Identifier: MIT
//
// Pointers: what native code gives, and what may be passed where it wants one.
'use strict';

const native = require('./native');
const { Type } = require('./type');
const { Memory, isMemory, Owner, SECRET, found, findBuffer, looksLikeBuffer, nativeView } = require('./memory');
const { failType, failRange } = require('./errors');
const { temporary, reserveOwn, peek } = require('./scratch');
const { checkText, placeText, readText, getAddress, setAddress } = require('./text');

/** An array, or the members of a record, that is made in memory for a pointer. */
class Literal {
    constructor(reads, count) {
        this.reads = reads;
        this.count = count;
    }
}

const isList = Array.isArray, { hasOwn } = Object, { isView } = ArrayBuffer;

/** The elements of an array of the program, checked. */
function readList(element, list, where) {
    const { length } = list;
    const reads = [];
    for (let index = 0; index < length; index++) {
        const value = hasOwn(list, index) ? list[index] : undefined;
        reads.push(element.read(value, `${where}[${index}]`));
    }
    return reads;
}

/** A native pointer. `type` is the type of what it points to. */
class Pointer extends Memory {
    /** Its address, as a BigInt. */
    get address() { return BigInt.asUintN(64, BigInt(check(this))); }
    get type() { return Memory.typeOf(this); }
    /** What it points to: a value, or a view of a record or an array. */
    get value() { return this.get(0); }
    set value(value) { this.set(0, value); }
    get(index) {
        const type = complete(this);
        const address = place(this, type, index);
        if (type.isView) return type.at(address, ownerOf(this));
        const { view, offset } = peek(address, type.size);
        return type.load(view, offset, this);
    }
    set(index, value) {
        const type = complete(this);
        const address = place(this, type, index);
        const where = `element ${index} of ${type.text} *`;
        if (type.isConst) failType(where, 'a type that is not const', value);
        const read = type.read(value, where);
        const memory = reserveOwn(type.size);
        type.write(memory.view, memory.offset, read, where, (offset, object) => Memory.keep(this, index, object));
        check(this);
        native.copy(address, memory.address, type.size);
    }
    /** A typed array, or an array of records or pointers, on the memory. */
    array(count) {
        checkCount(count, 'array');
        const type = complete(this);
        return type.instance.arrayType(type, count).at(check(this), ownerOf(this));
    }
    /** An ArrayBuffer on the memory. */
    buffer(byteLength) {
        checkCount(byteLength, 'buffer');
        return nativeView(check(this), byteLength, ownerOf(this)).buffer;
    }
    /** The text there: UTF-8 for bytes, UTF-16 or UTF-32 for units of 2 or 4 bytes; of at most `limit` units. */
    text(limit) {
        if (limit !== undefined) checkCount(limit, 'text');
        const unit = this.type.size;
        return readText(check(this), unit === 2 || unit === 4 ? unit : 1, limit);
    }
    /** The same address as a pointer to another type. */
    cast(type) {
        const { instance } = this.type;
        const other = new Pointer(SECRET, instance.type(type), check(this), ownerOf(this));
        if (!(ownerOf(this) instanceof Owner)) Memory.keep(other, -1, this);
        return other;
    }
    /** The pointer `count` elements further. */
    add(count) {
        const type = complete(this);
        if (!Number.isSafeInteger(count)) failRange('add', 'an integer', count);
        return new Pointer(SECRET, type, check(this) + count * type.size, ownerOf(this));
    }
    equals(other) {
        return isMemory(other) && Memory.addressOf(other) === check(this);
    }
    get isOwned() { return ownerOf(this) instanceof Owner; }
    /** Frees the memory of an owned pointer; for others a TypeError. */
    free() {
        if (!this.isOwned) failType('free', 'a pointer that JavaScript owns', this);
        ownerOf(this).free();
    }
    /** Gives the memory up: JavaScript does not free it any more. */
    release() {
        if (!this.isOwned) failType('release', 'a pointer that JavaScript owns', this);
        const other = new Pointer(SECRET, this.type, check(this), null);
        ownerOf(this).take();
        return other;
    }
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
        if (this.isOwned && !ownerOf(this).freed) this.free();
    }
    toJSON() { return { type: `${this.type.text} *`, address: `0x${this.address.toString(16)}` }; }
    [Symbol.for('nodejs.util.inspect.custom')]() {
        const address = Memory.addressOf(this);
        return `[${this.type.text} *: ${address !== address ? 'freed' : `0x${this.address.toString(16)}`}]`;
    }
}

const ownerOf = (pointer) => Memory.ownerOf(pointer);

function check(pointer) {
    const address = Memory.addressOf(pointer);
    if (address !== address) failType('pointer', 'one that is not freed', pointer);
    return address;
}

function complete(pointer) {
    const { type } = pointer;
    if (!type.isComplete) failType('pointer', 'one to a type whose size is known: cast() it first', pointer);
    return type;
}

function place(pointer, type, index) {
    if (!Number.isSafeInteger(index)) failRange('index of a pointer', 'an integer', index);
    return check(pointer) + index * type.size;
}

function checkCount(count, what) {
    if (!Number.isSafeInteger(count) || count < 0) failRange(`argument 1 of ${what}`, 'a number of elements', count);
}

/** Which typed arrays are memory of a type: those with elements of the same size and sort. Others hold bytes. */
const SORTS = {
    __proto__: null, i8: '8', u8: '8', bool: '8', Int8Array: '8', Uint8Array: '8', Uint8ClampedArray: '8', i16: '16', u16: '16', i32: '32', u32: '32', i64: '64', u64: '64', f16: 'f16',
    f32: 'f32', f64: 'f64', Int16Array: '16', Uint16Array: '16', Int32Array: '32', Uint32Array: '32', BigInt64Array: '64',
    BigUint64Array: '64', Float16Array: 'f16', Float32Array: 'f32', Float64Array: 'f64',
};

/** The number that an element is, within arrays, vectors and complex numbers. */
function sortOf(type) {
    while (type.kind === 'array' || type.kind === 'vector' || type.kind === 'complex') type = type.target;
    return SORTS[type.stored];
}

/** Whether the buffer below a record or an array is gone. */
function isDetached(type, value) {
    const view = type.is?.(value) ? type.viewOf(value) : undefined;
    if (view === undefined) return false;
    try {
        return view.byteLength === 0 && type.size !== 0;
    } catch {
        return true;
    }
}

/** The bytes of a buffer, and whether they end as C's texts do. What does not is copied: C would read on behind it. */
const bytesOf = (buffer) => ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);

function endsInZero(buffer, unit) {
    const bytes = bytesOf(buffer);
    if (bytes.length < unit) return false;
    for (let index = 1; index <= unit; index++) if (bytes[bytes.length - index] !== 0) return false;
    return true;
}

function copyWithZero(buffer, unit, outlives) {
    const bytes = bytesOf(buffer);
    const memory = outlives ? reserveOwn(bytes.length + unit) : temporary(bytes.length + unit);
    new Uint8Array(memory.view.buffer, memory.view.byteOffset + memory.offset, bytes.length).set(bytes);
    return memory;
}

const failNull = (where, value) => failType(where, 'a pointer that is not NULL', value);

class PointerType extends Type {
    #accepted = new Map();
    /** The sort of typed arrays that came last, and fits. */
    #element;
    /** Whether C assigns a pointer to this type to it. */
    accepts(type) {
        let answer = this.#accepted.get(type);
        if (answer === undefined) {
            answer = native.assignable(this.handle, type.pointer) || this.target.kind === 'void' && !type.isConst;
            this.#accepted.set(type, answer);
        }
        return answer;
    }
    /** What is asked at each call; kept when the pointee will not change any more. */
    #facts;
    #learn() {
        const target = super.target, what = super.what;
        const facts = {
            target, what, unit: target.size, isText: (what === 'text' || what === 'wide') && target.isConst, isVoid: target.kind === 'void',
            isCode: target.kind === 'function', alignment: target.isComplete ? target.alignment : 1,
            /** The sort of typed arrays that fit; undefined: bytes do. */
            sort: target.kind === 'void' ? undefined : sortOf(target),
            needsBytes: what !== 'text' && target.isComplete,
        };
        if (target.isComplete || facts.isVoid || facts.isCode) this.#facts = facts;
        return facts;
    }
    get facts() { return this.#facts ?? this.#learn(); }
    get target() { return this.facts.target; }
    get what() { return this.facts.what; }
    get unit() { return this.facts.unit; }
    get isText() { return this.facts.isText; }
    get expectation() {
        return this.isText ? `${this.text} (a string, a buffer or null)`
            : this.target.kind === 'function' ? `${this.text} (a function or null)` : this.text;
    }

    /** What runs code of the program: arrays and objects are read. All else is looked at when it is written. */
    read(value, where) {
        if (value === null || typeof value !== 'object' || isView(value) || isMemory(value)) return value;
        if (this.instance.isCallback(value) || !isList(value) && looksLikeBuffer(value)) return value;
        const { target } = this;
        if (!target.isConst || !target.isComplete) {
            failType(where, target.isComplete && target.kind !== 'function' ? `${this.expectation} (memory, since the function may write)`
                : this.expectation, value);
        }
        if (this.isText) failType(where, this.expectation, value);
        if (isList(value)) return new Literal(readList(target, value, where), value.length);
        return new Literal([target.read(value, where)], 1);
    }

    /** The address of what read() gave, of at least `least` elements; `place.keep` is given what must be kept,
     * `place.hold`, if it is there, what elements refer to, `place.outlives` is whether temporaries outlive the call, and
     * `place.isNonnull` whether NULL is refused. */
    address(value, where, place, least = 1) {
        if (value === null) return place.isNonnull ? failNull(where, value) : 0;
        switch (typeof value) {
        case 'string':
            if (!this.isText) {
                failType(where, this.what === 'text' || this.what === 'wide'
                    ? `${this.text} (a buffer: the function may write)` : this.expectation, value);
            }
            return this.#place(placeText(checkText(value, where), this.unit, place.outlives), place);
        case 'function':
            return this.#code(value, where, place);
        case 'object':
            break;
        default:
            failType(where, this.expectation, value);
        }
        if (isView(value) && findBuffer(value, where)) return this.#buffer(value, where, place, least);
        if (value instanceof Literal) return this.#literal(value, where, place, least);
        if (isMemory(value)) return this.#memory(value, where, place, least);
        if (this.instance.isCallback(value)) return this.#code(value, where, place);
        if (findBuffer(value, where)) return this.#buffer(value, where, place, least);
        return failType(where, this.expectation, value);
    }
    #place(memory, place) {
        place.keep(memory.view);
        return memory.address;
    }
    #literal(value, where, place, least) {
        const { target } = this;
        if (value.count < least) failRange(where, `at least ${least} elements of ${target.text}`, value.reads);
        const bytes = Math.max(target.size * value.count, 1);
        const memory = place.outlives ? reserveOwn(bytes) : temporary(bytes);
        value.reads.forEach((read, index) =>
            target.write(memory.view, memory.offset + index * target.size, read, where, place.hold ?? ((_, object) => place.keep(object))));
        return this.#place(memory, place);
    }
    #memory(value, where, place, least) {
        const address = Memory.addressOf(value), type = Memory.typeOf(value);
        if (address !== address || isDetached(type, value)) failType(where, `${this.expectation} that is not freed`, value);
        if (address === 0 && place.isNonnull) failNull(where, value);
        place.keep(value);
        if (this.accepts(type)) {
            if (least > 1 && !(value instanceof Pointer) && type.size < least * this.unit)
                failRange(where, `at least ${least} elements of ${this.target.text}`, value);
            return address;
        }
        if (type.kind === 'array' && !(value instanceof Pointer) && this.accepts(type.target)) {
            if (type.length < least) failRange(where, `at least ${least} elements of ${this.target.text}`, value);
            return address;
        }
        return failType(where, this.expectation, value);
    }
    #buffer(value, where, place, least) {
        const { address, bytes, element, buffer } = found;
        const { isVoid, isCode, isText, sort, unit, alignment, needsBytes, target } = this.facts;
        if (isCode) failType(where, this.expectation, value);
        if (!isVoid && element !== this.#element) {
            if (element !== undefined && element !== 'Uint8Array' && SORTS[element] !== sort && !(SORTS[element] === '8' && unit <= 1))
                failType(where, this.expectation, value);
            if (target.isComplete) this.#element = element;
        }
        const needed = needsBytes ? least * unit : Math.max(least - 1, 0);
        if (bytes < needed) failRange(where, `at least ${needed} bytes for ${least} of ${target.text}`, value);
        if (alignment !== 1 && address % alignment !== 0) failRange(where, `memory that is aligned to ${alignment} bytes for ${target.text}`, value);
        const isNowhere = address === 0 && place.isNonnull; // a buffer of no bytes
        if (isNowhere || isText && !place.counts && !endsInZero(value, unit)) return this.#place(copyWithZero(value, unit || 1, place.outlives), place);
        place.keep(buffer);
        return address;
    }
    #code(value, where, place) {
        const { instance, target } = this;
        if (target.kind !== 'function' && target.kind !== 'void') failType(where, this.expectation, value);
        return instance.codeOf(value, this, where, place);
    }

    write(view, offset, read, where, keep) {
        let kept = null;
        const address = this.address(read, where, { keep(object) { kept = object; }, outlives: true });
        setAddress(view, offset, address);
        keep(offset, kept);
    }
    load(view, offset, parent) {
        const address = getAddress(view, offset);
        return address === 0 ? null : this.from(address, parent);
    }
    /** The value of a pointer that is not NULL. */
    from(address, parent) {
        if (this.what === 'text' || this.what === 'wide') return readText(address, this.unit);
        if (this.target.kind === 'function') return this.instance.functionAt(address, this.target);
        const pointer = new Pointer(SECRET, this.target, address, null);
        if (parent) Memory.keep(pointer, -1, parent);
        return pointer;
    }
}

module.exports = { Pointer, PointerType, Literal, readList, isDetached, sortOf, SORTS };
