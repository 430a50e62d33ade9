// SPDX-License-Identifier: MIT
//
// Texts in memory: UTF-8, UTF-16 and UTF-32.
'use strict';

const native = require('./native');
const { failRange } = require('./errors');
const { reserveOwn, temporary, FOUR_GIB } = require('./scratch');

const encoder = new TextEncoder();

/** The units of a text: UTF-8 bytes, UTF-16 words or code points. */
function encode(text, unit) {
    if (unit === 1) return encoder.encode(text);
    if (unit === 4) return Array.from(text, (character) => character.codePointAt(0));
    return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

/** A text without a 0 in it, as native code reads it. */
function checkText(text, where) {
    if (text.includes('\0')) failRange(where, 'a text without a 0 in it', text);
    return text;
}

function writeUnits(view, offset, units, unit) {
    const put = unit === 1 ? view.setUint8 : unit === 2 ? view.setUint16 : view.setUint32;
    for (let index = 0; index < units.length; index++) put.call(view, offset + index * unit, units[index], true);
}

/** The text with its 0 in memory that is valid until the call returns, or, if it `outlives` the call, while its view is. */
function placeText(text, unit, outlives) {
    const units = encode(text, unit);
    const bytes = (units.length + 1) * unit;
    const memory = outlives ? reserveOwn(bytes) : temporary(bytes);
    writeUnits(memory.view, memory.offset, units, unit);
    return memory;
}

/** The text of units of 2 or 4 bytes at an address, up to its 0 or `limit` units. */
function readWide(address, unit, limit) {
    let length = limit ?? native.wideLength(address, unit);
    const { view } = copyOf(address, length * unit);
    let text = '';
    for (let index = 0; index < length; index++) {
        const code = unit === 2 ? view.getUint16(2 * index, true) : view.getUint32(4 * index, true);
        if (limit !== undefined && code === 0) break;
        text += unit === 2 ? String.fromCharCode(code) : String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
    }
    return text;
}

function copyOf(address, bytes) {
    const memory = reserveOwn(bytes);
    native.copy(memory.address, address, bytes);
    return memory;
}

/** The text at an address; null for NULL. */
function readText(address, unit, limit) {
    if (address === 0) return null;
    return unit === 1 ? native.text(address, limit ?? -1) : readWide(address, unit, limit);
}

const getAddress = (view, offset) => view.getInt32(offset + 4, true) * FOUR_GIB + view.getUint32(offset, true);

function setAddress(view, offset, address) {
    view.setInt32(offset, address | 0, true);
    view.setInt32(offset + 4, Math.floor(address / FOUR_GIB), true);
}

module.exports = { encode, checkText, writeUnits, placeText, readText, getAddress, setAddress };
