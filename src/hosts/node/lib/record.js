// SPDX-License-Identifier: MIT
//
// Structs and unions: a class for each, generated from its layout. Its members are accessors over one DataView.
'use strict';

const native = require('./native');
const { Type, addressIn } = require('./type');
const { Memory, isMemory, addRecords, SECRET, DEAD, nativeView, findBuffer, found } = require('./memory');
const { failType, failRange } = require('./errors');
const { newRecord } = require('./scratch');
const { bitField } = require('./bits');

/** What all records inherit. */
class Record {
    constructor() { throw new TypeError('Record: use a class of ffi.struct()'); }
    toJSON() { return this.constructor.type.toObject(this); }
    [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
        const { type } = this.constructor;
        const address = Memory.addressOf(this);
        if (address !== address) return `${type.text} (freed)`;
        return inspect ? `${type.text} ${inspect(type.toObject(this), options)}` : type.text;
    }
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { Memory.typeOf(this).kill(this); }
}

/** The members of a record with those of its unnamed members, as [name, type, offset, bits]. */
function membersOf(type) {
    const members = [];
    const add = (record, base) => {
        for (const field of record.about.fields) {
            const member = record.instance.typeOf(field.type);
            if (field.name === undefined) {
                if (member.isRecord) add(member, base + field.offset);
                continue;
            }
            const bits = field.bitWidth === undefined ? undefined : { at: field.bitOffset, width: field.bitWidth };
            members.push({ name: field.name, type: member, offset: base + field.offset, bits });
        }
    };
    add(type, 0);
    return members;
}

/** The code of a number's accessors; undefined if the member needs conversions that it has not. */
function quickAccessors(index, { name, type, offset, bits }) {
    const word = type.range?.word;
    if (bits || !word || type.isNarrow || type.kind === 'enum' || type.isWide && !type.instance.bigint) return undefined;
    const little = type.size === 1 ? '' : ', true';
    const right = type.isWide ? 'false' : type.kind[0] === 'f' ? 'typeof value === "number"'
        : `typeof value === "number" && value >= ${type.range.least} && value <= ${type.range.most} && Math.floor(value) === value`;
    return `get [${JSON.stringify(name)}]() { const { view, offset } = this.#its; return view.get${word}(offset + ${offset}${little}); }
    set [${JSON.stringify(name)}](value) {
        if (!(${right})) value = read(${index}, value);
        const { view, offset } = this.#its;
        view.set${word}(offset + ${offset}, value${little});
    }`;
}

const slowAccessors = (index, { name }) =>
    `get [${JSON.stringify(name)}]() { return load(${index}, this.#its, this); }
    set [${JSON.stringify(name)}](value) { const given = read(${index}, value); write(${index}, this.#its, given, this); }`;

/** The class. Objects of a class that a program derives from it have another prototype. */
function generate(type, members) {
    const name = /^[A-Za-z_$][\w$]*$/.test(type.about.name) ? type.about.name : 'record';
    const accessors = members.map((member, index) => quickAccessors(index, member) ?? slowAccessors(index, member));
    return new Function('SECRET', 'DEAD', 'type', 'newRecord', 'added', 'fill', 'read', 'load', 'write', `'use strict';
const gone = { address: NaN, quick: NaN };
let itself;
return { __proto__: null, ${JSON.stringify(name)}: class {
    #its;
    constructor(init, secret, its) {
        this.#its = secret === SECRET ? its : newRecord(type);
        if (new.target !== itself) added(this);
        if (secret !== SECRET && init !== undefined) fill(this, init);
    }
    static {
        itself = this;
        type.itsOf = (value) => #its in value ? value.#its : undefined;
        type.is = (value) => #its in value;
        type.viewOf = (value) => value.#its.view;
        type.offsetOf = (value) => value.#its.offset;
        type.quickAddress = (value) => #its in value ? value.#its.memory.quick + value.#its.offset : NaN;
        type.kill = (value) => { value.#its.memory = gone; value.#its.view = DEAD; };
    }
    ${accessors.join('\n    ')}
} }[${JSON.stringify(name)}];`);
}

class RecordType extends Type {
    get isView() { return true; }
    get members() { return define(this, 'members', membersOf(this)); }
    get class() { return define(this, 'class', this.#generate()); }

    #generate() {
        if (!this.isComplete) failType(this.text, 'a type whose members are declared', null);
        const { members } = this;
        const wheres = members.map(({ name }) => `member "${name}" of ${this.text}`);
        const accessors = members.map(({ type, offset, bits }) => bits ? bitField(type, offset, bits) : {
            read: (value, where) => type.read(value, where),
            load: (view, base, parent) => type.load(view, base + offset, parent),
            write: (view, base, given, where, keep) => type.write(view, base + offset, given, where, keep),
        });
        define(this, 'accessors', accessors);
        // Arrays are seen as typed arrays, whose buffer the program can reach: it must hold nothing else.
        this.isShown = members.some(({ type }) => hasArrays(type));
        const added = (record) => addRecords(Object.getPrototypeOf(record), this.itsOf);
        const made = generate(this, members)(SECRET, DEAD, this, newRecord, added,
            (record, init) => this.fill(record, init),
            (index, value) => {
                if (members[index].type.isConst) failType(wheres[index], 'no value: it is const', value);
                return accessors[index].read(value, wheres[index]);
            },
            (index, { view, offset }, parent) => accessors[index].load(view, offset, parent),
            (index, { view, offset }, given, record) =>
                accessors[index].write(view, offset, given, wheres[index], (at, object) => Memory.keep(record, at, object)));
        Object.setPrototypeOf(made, Record);
        Object.setPrototypeOf(made.prototype, Record.prototype);
        addRecords(made.prototype, this.itsOf);
        for (const [name, value] of [['type', this], ['size', this.size], ['alignment', this.alignment],
            ['at', (pointer, offset) => this.atPointer(pointer, offset)], ['fields', members.map(({ name: field }) => field)]])
            Object.defineProperty(made, name, { value, configurable: true });
        return made;
    }

    /** A view of a record at an address. */
    at(address, owner) {
        return this.see(nativeView(address, this.size, owner), 0, address, owner);
    }
    see(view, offset, address, owner) {
        return new this.class(undefined, SECRET, { type: this, owner, kept: undefined, memory: { address: address - offset, quick: NaN }, view, offset });
    }
    /** A view of a record in memory of JavaScript. */
    on({ view, offset, address }) {
        return this.see(view, offset, address, null);
    }
    /** A view of a record that a pointer points to, or that is in a buffer. */
    atPointer(value, offset = 0) {
        const where = `argument 1 of ${this.text}.at`;
        if (isMemory(value)) {
            const address = Memory.addressOf(value), type = Memory.typeOf(value);
            if (address !== address) failType(where, 'a pointer that is not freed', value);
            if (type !== this && type.kind !== 'void' && !native.equal(type.handle, this.handle))
                failType(where, `${this.text} *`, value);
            return this.at(address + offset * this.size, Memory.ownerOf(value));
        }
        if (typeof value !== 'object' || value === null || !findBuffer(value, where)) failType(where, `${this.text} * or a buffer`, value);
        const { address, bytes, buffer } = found;
        if (!Number.isSafeInteger(offset) || offset < 0 || offset + this.size > bytes)
            failRange(`argument 2 of ${this.text}.at`, `an offset with ${this.size} bytes behind it`, offset);
        const start = ArrayBuffer.isView(value) ? value.byteOffset : 0;
        return this.see(new DataView(buffer, start + offset, this.size), 0, address + offset, null);
    }

    same(value) {
        return isMemory(value) && (Memory.typeOf(value) === this || value instanceof Record && native.equal(Memory.typeOf(value).handle, this.handle));
    }
    read(value, where) {
        if (this.same(value)) return value;
        if (typeof value !== 'object' || value === null || isMemory(value) || ArrayBuffer.isView(value)) failType(where, this.text, value);
        this.class;
        const list = Array.isArray(value), reads = [];
        this.members.forEach(({ name }, index) => {
            const member = list ? value[index] : ownOrInherited(value, name);
            if (member !== undefined) reads.push([index, this.accessors[index].read(member, `${where}, member "${name}"`)]);
        });
        if (list && value.length > this.members.length) failRange(where, `at most ${this.members.length} members of ${this.text}`, value);
        return reads;
    }
    write(view, offset, read, where, keep) {
        if (!Array.isArray(read)) {
            const address = this.addressOf(read, where);
            native.copy(addressIn(view, offset, this.size), address, this.size);
            keep(offset, read);
            return;
        }
        for (let byte = 0; byte < this.size; byte++) view.setUint8(offset + byte, 0);
        for (const [index, given] of read) this.accessors[index].write(view, offset, given, where, keep);
    }
    /** The address of a record; a TypeError if it, or its memory, is gone. */
    addressOf(record, where) {
        const address = Memory.addressOf(record);
        let bytes = 0;
        try {
            bytes = Memory.typeOf(record).viewOf(record).byteLength;
        } catch { /* it is detached */ }
        if (address !== address || bytes === 0 && this.size) failType(where, `${this.text} that is not freed`, record);
        return address;
    }
    load(view, offset, parent) {
        return this.see(view, offset, Memory.addressOf(parent) + offset - originOf(parent), parent);
    }
    fill(record, init) {
        const where = `argument 1 of new ${this.text}`;
        const read = this.read(init, where);
        this.write(this.viewOf(record), this.offsetOf(record), read, where, (offset, object) => Memory.keep(record, offset, object));
    }
    toObject(record) {
        const object = {};
        for (const { name } of this.members) {
            const value = record[name];
            object[name] = value instanceof Record ? Memory.typeOf(value).toObject(value) : value;
        }
        return object;
    }
}

const hasArrays = (type) => type.kind === 'array' || type.kind === 'complex' || type.kind === 'vector'
    || type.isRecord && type.members.some((member) => hasArrays(member.type));

/** The offset of a record or an array within its DataView. */
const originOf = (parent) => Memory.typeOf(parent).offsetOf(parent);

/** Not what someone has added to Object.prototype. */
const ownOrInherited = (object, name) =>
    name in Object.prototype && !Object.hasOwn(object, name) ? undefined : object[name];

function define(object, name, value) {
    Object.defineProperty(object, name, { value, configurable: true });
    return value;
}

module.exports = { Record, RecordType };
