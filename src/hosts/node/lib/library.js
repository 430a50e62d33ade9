// SPDX-License-Identifier: MIT
//
// Loaded libraries: their functions and variables by name.
'use strict';

const native = require('./native');
const { Func } = require('./function');
const { wrap } = require('./wrap');
const { Memory, SECRET } = require('./memory');
const { Pointer } = require('./pointer');
const { failType } = require('./errors');

const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** A loaded library. Its declared functions, variables and constants are properties of it. It stays loaded until unload():
 * threads may run its code when JavaScript no longer refers to it. */
class Library {
    #instance; #handle; #functions = new Set(); #name;
    constructor(instance, name, flags, options) {
        this.#instance = instance;
        this.#handle = native.open(instance.handle, name, flags);
        this.#name = native.libraryName(this.#handle);
        Object.defineProperty(this, 'options', { value: options });
        Object.setPrototypeOf(this, named);
    }
    static {
        Library.handleOf = (library) => {
            if (!library.#handle) {
                const error = new TypeError(`${library.#name || 'the program'}: the library was unloaded`);
                throw Object.assign(error, { code: 'FFI_ERROR_ARGUMENT' });
            }
            return library.#handle;
        };
        Library.member = (library, name) => library.#member(name);
        Library.is = (value) => #handle in value;
    }
    /** The name that the loader accepted; "" for the program. */
    get path() { return this.#name; }

    /** A function: "double pow(double x, double y)", or a name that is declared. */
    func(signature, options, more) {
        if (typeof signature !== 'string') failType('argument 1 of func', 'the text of a signature', signature);
        let name;
        if (typeof options === 'string') { // func(name, signature, options)
            name = signature;
            signature = options;
            options = more;
        } else if (/^\s*[A-Za-z_$][\w$]*\s*$/.test(signature)) {
            name = signature.trim();
            signature = undefined;
        }
        const handle = native.bind(Library.handleOf(this), name, signature);
        return this.#wrap(handle, options, signature === undefined && native.isLeaf(this.#instance.handle, name));
    }
    #wrap(handle, options, leaf) {
        const func = new Func(this.#instance, handle, native.functionName(handle), { leaf, ...this.options, ...options }, this);
        return wrap(func.manage(this.#functions));
    }
    /** The address of a symbol, as a pointer of this type (void * by default). */
    symbol(name, type = 'void', version) {
        if (typeof name !== 'string') failType('argument 1 of symbol', 'a name', name);
        if (version !== undefined && typeof version !== 'string') failType('argument 3 of symbol', 'a version', version);
        const address = native.symbol(Library.handleOf(this), name, version);
        const pointer = new Pointer(SECRET, this.#instance.type(type), address, null);
        Memory.keep(pointer, -1, this);
        return pointer;
    }
    /** A variable, as a pointer to it. */
    variable(name, type) {
        if (typeof name !== 'string') failType('argument 1 of variable', 'a name', name);
        if (type === undefined) {
            const declared = native.declared(this.#instance.handle, name);
            if (declared === 0) failType('argument 2 of variable', `the type of ${name}, which is not declared`, type);
            type = this.#instance.typeOf(declared);
        }
        return this.symbol(name, type);
    }
    has(name) {
        try {
            native.symbol(Library.handleOf(this), name);
            return true;
        } catch {
            return false;
        }
    }
    symbols() { return native.symbols(Library.handleOf(this)); }

    /** What a property of this name is; undefined if nothing of this name is declared. */
    #member(name) {
        const instance = this.#instance;
        const constant = instance.constant(name), declared = native.declared(instance.handle, name);
        if (constant !== undefined || declared === 0) return constant;
        Library.handleOf(this);
        const type = instance.typeOf(declared);
        if (type.kind === 'function') {
            const value = this.func(name);
            Object.defineProperty(this, name, { value, configurable: true, enumerable: true });
            return value;
        }
        const pointer = this.variable(name);
        Object.defineProperty(this, name, {
            get: () => type.kind === 'array' && type.isText ? pointer.text() : pointer.value,
            set: (value) => { pointer.value = value; },
            configurable: true, enumerable: true,
        });
        return this[name];
    }

    /** Closes the library. Its functions throw from now on. */
    unload() {
        const handle = Library.handleOf(this);
        for (const reference of this.#functions) {
            const func = reference.deref();
            func?.forms?.forEach((form) => form.unload());
            func?.unload();
        }
        this.#functions.clear();
        this.#handle = 0;
        native.closeLibrary(handle);
        for (const name of Object.keys(this)) {
            if (Object.getOwnPropertyDescriptor(this, name).get) delete this[name];
        }
    }
    [dispose]() { if (this.#handle) this.unload(); }
    [Symbol.for('nodejs.util.inspect.custom')]() { return `Library ${this.#name || '(the program)'}`; }
}

const members = {
    get(prototype, name, library) {
        if (typeof name === 'symbol' || name in prototype) return Reflect.get(prototype, name, library);
        return library instanceof Library && name !== 'then' && name !== 'toJSON' ? Library.member(library, name) : undefined;
    },
    set(prototype, name, value, library) {
        if (typeof name === 'string' && !(name in prototype)) Library.member(library, name); // a variable's accessors
        const own = Object.getOwnPropertyDescriptor(library, name);
        if (!own?.set) throw new TypeError(`${String(name)} of a library is not a variable`);
        own.set.call(library, value);
        return true;
    },
};

/** Stands between a library and its class: what a library has not yet is looked for among what is declared. */
const named = new Proxy(Object.create(Library.prototype), members);

module.exports = { Library };
