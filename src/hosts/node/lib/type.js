// SPDX-License-Identifier: MIT
//
// C types as JavaScript objects, and the conversion of values in memory:
//
//     load(view, offset, parent)     the value there; what points into the memory keeps `parent` alive
//     read(value, where)             checks a value, and reads all that runs code of the program (getters, proxies);
//                                    what comes out is stored without running any
//     write(view, offset, read, where, keep)
//
// keep(offset, object) is told what the memory points to.
'use strict';

const native = require('./native');
const { failType, failRange } = require('./errors');

const KINDS = ['void', 'bool', 'i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'f16', 'f32', 'f64', 'enum', 'pointer',
    'i128', 'u128', 'f80', 'f128', 'complex', 'vector', 'struct', 'union', 'array', 'function'];
const CLASSES = ['void', 'bool', 'int', 'uint', 'real', 'text', 'wide', 'pointer', 'function', 'record', 'array', 'big'];

/** The ranges of integers, DataView's word for them, and the typed array of their values. */
const NUMBERS = {
    __proto__: null,
    i8: { least: -128, most: 127, word: 'Int8', array: Int8Array },
    u8: { least: 0, most: 255, word: 'Uint8', array: Uint8Array },
    i16: { least: -32768, most: 32767, word: 'Int16', array: Int16Array },
    u16: { least: 0, most: 65535, word: 'Uint16', array: Uint16Array },
    i32: { least: -2147483648, most: 2147483647, word: 'Int32', array: Int32Array },
    u32: { least: 0, most: 4294967295, word: 'Uint32', array: Uint32Array },
    i64: { least: -(2n ** 63n), most: 2n ** 63n - 1n, word: 'BigInt64', array: BigInt64Array },
    u64: { least: 0n, most: 2n ** 64n - 1n, word: 'BigUint64', array: BigUint64Array },
    i128: { least: -(2n ** 127n), most: 2n ** 127n - 1n },
    u128: { least: 0n, most: 2n ** 128n - 1n },
    f32: { word: 'Float32', array: Float32Array },
    f64: { word: 'Float64', array: Float64Array },
};

const { isSafeInteger } = Number;

/** The range of an integer of less than 32 bits. */
const rangeOf = (bits, isSigned) => isSigned ? { least: -(2 ** (bits - 1)), most: 2 ** (bits - 1) - 1 } : { least: 0, most: 2 ** bits - 1 };

/** An integer of up to 32 bits as a number. */
function toInteger(type, value, where) {
    const { least, most } = type.range;
    if (typeof value === 'number') {
        if (value >= least && value <= most && Math.floor(value) === value) return value;
        failRange(where, `${type.text}, ${least} to ${most}`, value);
    }
    if (typeof value === 'bigint') {
        if (value >= least && value <= most) return Number(value);
        failRange(where, `${type.text}, ${least} to ${most}`, value);
    }
    return failType(where, type.text, value);
}

/** An integer of 64 or 128 bits as a BigInt. */
function toBigInt(type, value, where) {
    const { least, most } = type.range;
    if (typeof value === 'number') {
        if (!isSafeInteger(value)) failRange(where, `${type.text}: a safe integer or a BigInt`, value);
        value = BigInt(value);
    } else if (typeof value !== 'bigint') {
        failType(where, type.text, value);
    }
    if (value < least || value > most) failRange(where, `${type.text}, ${least} to ${most}`, value);
    return value;
}

function toReal(type, value, where) {
    if (typeof value === 'number') return value;
    if (typeof value !== 'bigint') failType(where, type.text, value);
    const real = Number(value);
    if (BigInt(real) !== value) failRange(where, `${type.text} that holds it exactly`, value);
    return real;
}

function toBoolean(type, value, where) {
    if (typeof value === 'boolean') return value;
    if (value === 0 || value === 1) return value === 1;
    return failType(where, type.text, value);
}

/** A number, or the name of a constant. */
function toEnum(type, value, where) {
    if (typeof value !== 'string') return type.isWide ? toBigInt(type, value, where) : toInteger(type, value, where);
    const constants = type.constants;
    if (!Object.hasOwn(constants, value)) failRange(where, `a constant of ${type.text}`, value);
    return type.isWide ? BigInt(constants[value]) : constants[value];
}

/** A number if that is safe, else the BigInt. */
const fromBigInt = (value) => {
    const number = Number(value);
    return isSafeInteger(number) ? number : value;
};

/** A C type. `instance` is the one of ffi.create() that it belongs to. */
class Type {
    constructor(instance, handle) {
        const about = native.describe(handle);
        Object.defineProperty(this, 'instance', { value: instance });
        Object.defineProperty(this, 'handle', { value: handle });
        Object.defineProperty(this, 'about', { value: about });
        this.kind = KINDS[about.kind];
        this.text = about.text;
        this.size = about.size;
        this.alignment = about.alignment;
        if (about.constants) this.constants = about.constants;
    }
    get what() { return CLASSES[this.about.what]; }
    get isComplete() { return this.about.complete; }
    get isConst() { return (this.about.qualifiers & 1) !== 0; }
    get isChar() { return this.about.isChar; }
    get length() { return this.about.length; }
    /** The pointee, the element, the integer of an enum. */
    get target() { return this.about.target === undefined ? undefined : this.instance.typeOf(this.about.target); }
    /** The kind by which it is stored: an enum's integer. */
    get stored() { return this.kind === 'enum' ? this.target.kind : this.kind; }
    get range() {
        const known = NUMBERS[this.stored];
        return this.isNarrow ? cached(this, 'range', { ...known, ...rangeOf(this.about.bits, known.least < 0) }) : known;
    }
    /** Whether it is a _BitInt with more bits in memory than its own. */
    get isNarrow() { return this.stored !== 'bool' && this.about.bits > 0 && this.about.bits < 8 * this.size; }
    get isWide() { return this.range?.least !== undefined && typeof this.range.least === 'bigint'; }
    get isRecord() { return this.kind === 'struct' || this.kind === 'union'; }
    /** The handle of a pointer to it. */
    get pointer() { return cached(this, 'pointer', native.pointerTo(this.instance.handle, this.handle)); }
    toString() { return this.text; }
    /** How a message names a value of it that has an address. */
    describe() { return this.text; }
    read(value, where) { return failType(where, 'a value', value); }
    load() { throw new TypeError(`${this.text} has no values`); }
    write() { throw new TypeError(`${this.text} has no values`); }
}

/** Defines a property that is computed once. */
function cached(object, name, value) {
    Object.defineProperty(object, name, { value });
    return value;
}

const DataViewPrototype = DataView.prototype;

class NumberType extends Type {
    constructor(instance, handle) {
        super(instance, handle);
        const { word } = this.range;
        const get = DataViewPrototype[`get${word}`], set = DataViewPrototype[`set${word}`];
        const wide = this.isWide;
        this.load = wide && !instance.bigint ? (view, offset) => fromBigInt(get.call(view, offset, true))
            : (view, offset) => get.call(view, offset, true);
        if (this.isNarrow) {
            const spare = 32 - this.about.bits;
            this.load = this.range.least < 0 ? (view, offset) => get.call(view, offset, true) << spare >> spare
                : (view, offset) => get.call(view, offset, true) << spare >>> spare;
        }
        this.write = (view, offset, value) => set.call(view, offset, value, true);
        const to = this.kind === 'enum' ? toEnum : this.kind[0] === 'f' ? toReal : wide ? toBigInt : toInteger;
        this.read = (value, where) => to(this, value, where);
    }
    get array() { return this.kind === 'enum' || this.isNarrow ? undefined : this.range.array; }
}

class BoolType extends Type {
    read(value, where) { return toBoolean(this, value, where); }
    load(view, offset) { return view.getUint8(offset) !== 0; }
    write(view, offset, value) { view.setUint8(offset, value ? 1 : 0); }
}

/** The address of memory that a view has. It throws, as every access by the view does, if the memory is detached or cut off. */
function addressIn(view, offset, size) {
    if (size) view.getUint8(offset + size - 1);
    return native.addressOf(view) + offset;
}

/** _Float16, long double, __int128, which the addon converts in memory of its own. */
class BigType extends Type {
    read(value, where) {
        return this.range?.least !== undefined ? toBigInt(this, value, where) : toReal(this, value, where);
    }
    load(view, offset) {
        const value = native.load(this.handle, addressIn(view, offset, this.size));
        return typeof value === 'bigint' && !this.instance.bigint ? fromBigInt(value) : value;
    }
    write(view, offset, value) { native.store(this.handle, addressIn(view, offset, this.size), value); }
}

module.exports = { KINDS, Type, NumberType, BoolType, BigType, NUMBERS, cached, fromBigInt, toInteger, toBigInt, toReal, toBoolean, toEnum, addressIn };
