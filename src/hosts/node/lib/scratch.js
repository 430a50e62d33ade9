// SPDX-License-Identifier: MIT
//
// The memory that JavaScript and the addon share (host.h has its plan), and memory for temporaries and records.
'use strict';

const native = require('./native');

const buffer = native.scratch;
const address = native.scratchAddress;
const size = buffer.byteLength;

/** Views on all of it: an index is an offset divided by the size of an element. */
const views = {
    view: new DataView(buffer),
    I8: new Int8Array(buffer), U8: new Uint8Array(buffer),
    I16: new Int16Array(buffer), U16: new Uint16Array(buffer),
    I32: new Int32Array(buffer), U32: new Uint32Array(buffer),
    I64: new BigInt64Array(buffer), U64: new BigUint64Array(buffer),
    F32: new Float32Array(buffer), F64: new Float64Array(buffer),
};
const { view, I32, U32 } = views;

/** The halves of word 2; the first words of arguments, and of a callback's result and arguments. */
const TOP = 4, EXACT = 5, ARGS = 4, CALLBACK_RESULT = 1028, CALLBACK_ARGS = 1030;

const FOUR_GIB = 4294967296;

/** Writes an address into a word. */
function putAddress(word, value) {
    I32[2 * word] = value | 0;
    I32[2 * word + 1] = Math.floor(value / FOUR_GIB);
}

/** What temporaries are outside the scratch, and what else must be kept until the call returns. */
const held = [];

/** Whether temporaries must outlive the call that is being made, since another thread makes it. */
let outlives = false;

/** Memory that is zeroed, aligned to 16 bytes and valid until the call returns: { view, offset, address }. */
function temporary(bytes) {
    const offset = (U32[TOP] + 15) & ~15;
    if (outlives || bytes > size - offset) {
        const memory = reserveOwn(bytes);
        held.push(memory.view);
        return memory;
    }
    U32[TOP] = offset + bytes;
    views.U8.fill(0, offset, offset + bytes);
    return { view, offset, address: address + offset };
}

function withHeap(pack) {
    const before = outlives;
    outlives = true;
    try {
        return pack();
    } finally {
        outlives = before;
    }
}

/** Zeroed memory of its own, aligned to 16 bytes. */
function reserveOwn(bytes) {
    const own = new ArrayBuffer(bytes + 15);
    const start = native.addressOf(own);
    const offset = (16 - start % 16) % 16;
    return { view: new DataView(own, offset, bytes), offset: 0, address: start + offset };
}

/** A slab that small records share. */
const SLAB = 8192;
let slab = null, slabView = null, slabTop = SLAB;

/** A new record: zeroed memory, and what is known of it: its view, the offset there, and the addresses of where the view begins:
 * `quick` needs no check, since it is memory of JavaScript whose buffer the program cannot reach; NaN if it can. */
function newRecord(type) {
    const bytes = type.size, offset = slabTop;
    if (type.isShown || bytes > SLAB / 8) {
        const { view: own, address: start } = reserveOwn(bytes);
        return { type, owner: null, kept: undefined, memory: { address: start, quick: type.isShown ? NaN : start }, view: own, offset: 0 };
    }
    if (offset + bytes > SLAB) return newSlab(type);
    slabTop = offset + (bytes + 15 & ~15);
    return { type, owner: null, kept: undefined, memory: slab, view: slabView, offset };
}

function newSlab(type) {
    const { view: own, address: start } = reserveOwn(SLAB);
    slab = { address: start, quick: start };
    slabView = own;
    slabTop = 0;
    return newRecord(type);
}

/** The bytes of native memory, copied to a temporary place that the next call of this function reuses. */
const PEEK = 2058 * 8;
function peek(from, bytes) {
    const memory = bytes <= 48 ? { view, offset: PEEK, address: address + PEEK } : reserveOwn(bytes);
    native.copy(memory.address, from, bytes);
    return memory;
}

module.exports = {
    views, view, address, held, temporary, withHeap, newRecord, reserveOwn, peek, putAddress,
    TOP, EXACT, ARGS, CALLBACK_RESULT, CALLBACK_ARGS, FOUR_GIB,
};
