// SPDX-License-Identifier: MIT
//
// Arrays, vectors and complex numbers. Numbers are seen as a typed array; an array of char as a string; other elements
// through an object with an index.
'use strict';

const native = require('./native');
const { Type, addressIn } = require('./type');
const { Memory, isMemory, SECRET, DEAD, nativeView, findBuffer, found } = require('./memory');
const { failType, failRange } = require('./errors');
const { reserveOwn } = require('./scratch');
const { encode, checkText } = require('./text');
const { readList, sortOf, isDetached, SORTS } = require('./pointer');

const INDEXES = 256; /* which may be written in brackets; get() and set() take every one */

/** An array of what no typed array holds: records, pointers, arrays, enums. */
class CArray extends Memory {
    #view; #offset;
    constructor(secret, type, view, offset, address, owner) {
        super(secret, type, address, owner);
        this.#view = view;
        this.#offset = offset;
    }
    static is(value) { return #view in value; }
    static viewOf(array) { return array.#view; }
    static offsetOf(array) { return array.#offset; }
    static kill(array) { Memory.kill(array); array.#view = DEAD; }

    get length() { return Memory.typeOf(this).length; }
    get(index) {
        const type = Memory.typeOf(this);
        checkIndex(this, index);
        return type.target.load(this.#view, this.#offset + index * type.target.size, this);
    }
    set(index, value) {
        const { target } = Memory.typeOf(this);
        checkIndex(this, index);
        const where = `element ${index} of ${target.text}[]`;
        const read = target.read(value, where);
        checkIndex(this, index);
        target.write(this.#view, this.#offset + index * target.size, read, where, (offset, object) => Memory.keep(this, offset, object));
    }
    *[Symbol.iterator]() {
        for (let index = 0; index < this.length; index++) yield this.get(index);
    }
    toJSON() { return [...this]; }
    [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
        return inspect ? inspect([...this], options) : `${this.length} elements`;
    }
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { CArray.kill(this); }
}

for (let index = 0; index < INDEXES; index++) {
    Object.defineProperty(CArray.prototype, index, {
        get() { return index < this.length ? this.get(index) : undefined; },
        set(value) { this.set(index, value); },
    });
}

function checkIndex(array, index) {
    const address = Memory.addressOf(array), { length } = array;
    if (address !== address) failType('array', 'one that is not freed', array);
    if (!Number.isSafeInteger(index) || index < 0 || index >= length) failRange('index', `0 to ${length - 1}`, index);
}

class ArrayType extends Type {
    get isView() { return true; }
    /** Vectors and complex numbers have a length too. */
    get length() { return this.kind === 'complex' ? 2 : this.about.length; }
    get array() { return this.target.array; }
    get isText() { return this.kind === 'array' && this.target.isChar; }

    is(array) { return CArray.is(array); }
    viewOf(array) { return CArray.viewOf(array); }
    offsetOf(array) { return CArray.offsetOf(array); }
    kill(array) { CArray.kill(array); }

    /** The array on native memory. */
    at(address, owner) {
        return this.#see(nativeView(address, this.size, owner), 0, address, owner);
    }
    /** The array in memory of JavaScript: by default a new one of zeroes. */
    on({ view, offset, address } = reserveOwn(this.size)) {
        return this.#see(view, offset, address, null);
    }
    load(view, offset, parent) {
        if (this.isText) return this.#text(view, offset);
        const within = offset - Memory.typeOf(parent).offsetOf(parent);
        return this.#see(view, offset, Memory.addressOf(parent) + within, parent);
    }
    #see(view, offset, address, owner) {
        const { array: Numbers } = this;
        const start = view.byteOffset + offset;
        if (Numbers && start % Numbers.BYTES_PER_ELEMENT === 0) return new Numbers(view.buffer, start, this.length);
        return new CArray(SECRET, this, view, offset, address, owner);
    }
    #text(view, offset) {
        const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, this.length);
        const end = bytes.indexOf(0);
        return end < 0 ? bytes : new TextDecoder().decode(bytes.slice(0, end));
    }

    read(value, where) {
        if (typeof value === 'string' && this.isText) {
            const units = encode(checkText(value, where), 1);
            if (units.length >= this.length) failRange(where, `a text of less than ${this.length} bytes`, value);
            return units;
        }
        if (typeof value !== 'object' || value === null) failType(where, this.text, value);
        if (isMemory(value)) {
            const type = Memory.typeOf(value);
            if (!(value instanceof CArray) || !native.equal(type.handle, this.handle)) failType(where, this.text, value);
            return value;
        }
        if (!Array.isArray(value) && findBuffer(value, where)) {
            const { element, bytes } = found;
            if (element !== 'Uint8Array' && element !== undefined && SORTS[element] !== sortOf(this)) failType(where, this.text, value);
            if (bytes > this.size) failRange(where, `at most ${this.size} bytes for ${this.text}`, value);
            return value;
        }
        if (!Array.isArray(value)) failType(where, this.text, value);
        if (value.length > this.length) failRange(where, `at most ${this.length} elements of ${this.text}`, value);
        return readList(this.target, value, where);
    }
    write(view, offset, read, where, keep) {
        const { target } = this;
        if (isMemory(read)) {
            const address = Memory.addressOf(read);
            if (address !== address || isDetached(this, read)) failType(where, `${this.text} that is not freed`, read);
            native.copy(addressIn(view, offset, this.size), address, this.size);
            keep(offset, read);
            return;
        }
        const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, this.size);
        if (ArrayBuffer.isView(read) || !Array.isArray(read)) {
            findBuffer(read, where);
            const given = ArrayBuffer.isView(read) ? new Uint8Array(read.buffer, read.byteOffset, found.bytes) : new Uint8Array(read);
            const copy = given.slice();
            bytes.fill(0);
            bytes.set(copy);
            return;
        }
        bytes.fill(0);
        read.forEach((element, index) => target.write(view, offset + index * target.size, element, `${where}[${index}]`, keep));
    }
}

module.exports = { CArray, ArrayType };
