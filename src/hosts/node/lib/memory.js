// SPDX-License-Identifier: MIT
//
// What has an address: buffers of JavaScript, and the base of records, arrays and pointers. An address is a number
// within this module: NaN of what was freed.
'use strict';

const native = require('./native');
const { namers, uncurry, failType } = require('./errors');

/** Given to constructors by this module only. */
const SECRET = Symbol('ffi_invoke');

/** What frees a native pointer: shared by the pointer and by all views on its memory. */
class Owner {
    #address; #release; #buffers = new Map();
    constructor(address, release) {
        this.#address = address;
        this.#release = release;
        collected.register(this, { address, release }, this);
    }
    get freed() { return this.#address !== this.#address; }
    /** An ArrayBuffer on this memory, which is detached when that is freed. */
    buffer(address, size) {
        const key = `${address}:${size}`;
        let buffer = this.#buffers.get(key)?.deref();
        if (!buffer) {
            buffer = native.external(address, size);
            owners.set(buffer, this);
            this.#buffers.set(key, new WeakRef(buffer));
        }
        return buffer;
    }
    /** Gives the memory up; the caller frees it from now on. */
    take() {
        if (this.freed) failType('release', 'a pointer that is not freed', null);
        const address = this.#address;
        this.#address = NaN;
        collected.unregister(this);
        for (const reference of this.#buffers.values()) {
            const buffer = reference.deref();
            if (buffer) native.detach(buffer);
        }
        this.#buffers.clear();
        return address;
    }
    free() {
        const release = this.#release;
        release(this.take());
    }
}

const collected = new FinalizationRegistry(({ address, release }) => release(address));

/** ArrayBuffer on native memory -> its owner, which is not collected before it. */
const owners = new WeakMap();

/** Prototype of records -> (object) => what is known of that record; undefined for others. Each class of records has a private
 * member of its own: V8 gives objects of many classes the same one slowly. No program can pretend to be a record, or run code
 * when it is asked for. */
const records = new WeakMap();
const readerOf = uncurry(records.get), recognize = uncurry(records.set);
const { getPrototypeOf } = Object;

/** The base of arrays and pointers. `type` is the type of what is at the address. */
class Memory {
    #its;
    constructor(secret, type, address, owner) {
        if (secret !== SECRET) throw new TypeError(`${new.target.name}: use ffi.alloc() or a function's result`);
        this.#its = { type, owner, kept: undefined, memory: undefined, address };
    }
    static {
        /** { type, owner, kept, ... } of an array, a pointer or a record; undefined of other objects. */
        const itsOf = (value) => #its in value ? value.#its : readerOf(records, getPrototypeOf(value))?.(value);
        Memory.is = (value) => itsOf(value) !== undefined;
        Memory.typeOf = (value) => itsOf(value).type;
        Memory.ownerOf = (value) => itsOf(value).owner;
        /** NaN if it was freed. */
        Memory.addressOf = (value) => {
            const its = itsOf(value), { owner, memory } = its;
            return owner !== null && isFreed(owner) ? NaN : memory === undefined ? its.address : memory.address + its.offset;
        };
        Memory.kill = (value) => { itsOf(value).address = NaN; };
        /** Keeps an object from being collected that the memory at this offset points to. */
        Memory.keep = (value, offset, object) => {
            const root = rootOf(value);
            if (object === null) root.kept?.delete(offset);
            else (root.kept ??= new Map()).set(offset, object);
        };
        const rootOf = (value) => {
            let its = itsOf(value);
            while (its.owner !== null && !(its.owner instanceof Owner)) its = itsOf(its.owner);
            return its;
        };
        const isFreed = (owner) => {
            if (owner instanceof Owner) return owner.freed;
            const address = Memory.addressOf(owner);
            return address !== address;
        };
    }
}

const isMemory = (value) => typeof value === 'object' && value !== null && Memory.is(value);

namers.push((value) => {
    if (!isMemory(value)) return undefined;
    const address = Memory.addressOf(value);
    return `${address !== address ? 'a freed ' : ''}${Memory.typeOf(value).describe(value)}`;
});

/* ---- buffers ---- */

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const getter = (prototype, name) => uncurry(Object.getOwnPropertyDescriptor(prototype, name).get);
const arrayTag = getter(typedArray, Symbol.toStringTag);
const arrayBuffer = getter(typedArray, 'buffer'), arrayOffset = getter(typedArray, 'byteOffset');
const arrayBytes = getter(typedArray, 'byteLength');
const viewBuffer = getter(DataView.prototype, 'buffer'), viewOffset = getter(DataView.prototype, 'byteOffset');
const viewBytes = getter(DataView.prototype, 'byteLength');
const bufferBytes = getter(ArrayBuffer.prototype, 'byteLength');
const sharedBytes = getter(SharedArrayBuffer.prototype, 'byteLength');
const { isView } = ArrayBuffer;

const addresses = new WeakMap();
const known = uncurry(addresses.get), remember = uncurry(addresses.set);

/** The address of an ArrayBuffer; -1 if it is detached. An address never changes: what moves is a new object. */
function bufferAddress(buffer, bytes) {
    const cached = known(addresses, buffer);
    if (cached !== undefined && bytes !== 0) return cached;
    let address = native.addressOf(buffer) ?? native.addressOf(new Uint8Array(buffer));
    if (address >= 0) remember(addresses, buffer, address);
    return address;
}

/** The last buffer that was asked for: its address, bytes and element (such as "Float64Array"; undefined: bytes). */
const found = { address: 0, bytes: 0, element: undefined, buffer: null };

/** Whether the value is a buffer; then `found` has it. A detached one throws a TypeError. */
function findBuffer(value, where) {
    let buffer, offset = 0, bytes, element;
    if (isView(value)) {
        element = arrayTag(value);
        try {
            buffer = element === undefined ? viewBuffer(value) : arrayBuffer(value);
            bytes = element === undefined ? viewBytes(value) : arrayBytes(value);
            offset = element === undefined ? viewOffset(value) : arrayOffset(value);
        } catch {
            failType(where, 'a buffer that is not detached', value);
        }
    } else {
        const size = plainBytes(value);
        if (size < 0) return false;
        buffer = value;
        bytes = size;
    }
    const address = bufferAddress(buffer, bytes);
    if (address === -1) failType(where, 'a buffer that is not detached', value);
    found.address = address + offset;
    found.bytes = bytes;
    found.element = element;
    found.buffer = buffer;
    return true;
}

/** The size of an ArrayBuffer or SharedArrayBuffer, of any realm; -1 for anything else. It runs no code of the program. */
function plainBytes(value) {
    if (native.isBuffer(value)) return bufferBytes(value);
    try {
        return sharedBytes(value);
    } catch {
        return -1;
    }
}

/** Whether it is a buffer: sooner than plainBytes() for what is none, but it may run code of the program. */
const looksLikeBuffer = (value) => isView(value) || native.isBuffer(value) || value instanceof SharedArrayBuffer;

/** A DataView that throws at every access. */
const DEAD = (() => {
    const buffer = new ArrayBuffer(1);
    const view = new DataView(buffer);
    native.detach(buffer);
    return view;
})();

/** A DataView on native memory. */
function nativeView(address, bytes, owner) {
    const buffer = owner instanceof Owner ? owner.buffer(address, bytes) : native.external(address, bytes);
    return new DataView(buffer);
}

/** Lets objects of this prototype be records, of which the reader knows. */
const addRecords = (prototype, reader) => { recognize(records, prototype, reader); };

module.exports = { SECRET, addRecords, Owner, owners, Memory, isMemory, found, findBuffer, looksLikeBuffer, nativeView, DEAD };
