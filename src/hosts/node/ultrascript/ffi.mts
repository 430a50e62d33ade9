// SPDX-License-Identifier: MIT
//
// UltraScript's FFI in TypeScript, on ffi_invoke:
//
//     import { FFI, FFIBuffer } from 'ffi_invoke/ultrascript';
//     const crypto = FFI.dlopen('libcrypto.so');
//     const sha256 = crypto.func_specialized('SHA256', 'ptr(ptr,i64,ptr)');
//     const digest = new FFIBuffer(32);
//     sha256(FFIBuffer.from('abc'), 3, digest);
//
// Four ways to call: func_specialized() and FFI.create_fast_library() bind a signature once; func() finds the types from the
// arguments of each call; the argument stack is filled one by one. A wrong argument is a TypeError or a RangeError; what the
// signature says of the C function is believed.
//
// Only types that can be erased are used: Node 22.18 and later run this file as it is.
import core from '../index.mjs';
import type { Library, NativeFunction, Pointer, Value } from '../index.mjs';

const ffi = core.create();
const c = ffi.load('c');

/** An i64: a number comes out if it is safe, otherwise a bigint. */
export type i64 = number | bigint;
/** What a pointer parameter takes. Memory of JavaScript stays where it is during the call. */
export type PointerLike = Pointer | FFIBuffer | ArrayBuffer | ArrayBufferView | NativeFunction | null;

/* ---- Buffers ---- */

// DataView's constructors are several to TypeScript, which cannot extend it then.
const View: new (buffer: ArrayBuffer) => DataView = DataView;

/** Memory that C may read and write, with checked access: an offset outside is a RangeError. It is released when nothing uses
 * it any more, or by free(); later uses throw. Numbers are little-endian, as the processors are. */
export class FFIBuffer extends View {
    constructor(size: number) {
        if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`FFIBuffer: expected a size, got ${size}`);
        super(new ArrayBuffer(size));
    }
    /** A copy of bytes, or of a text in UTF-8 with its NUL. */
    static from(source: string | ArrayBuffer | ArrayBufferView | ArrayLike<number>): FFIBuffer {
        const bytes = typeof source === 'string' ? new TextEncoder().encode(`${source}\0`)
            : ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
                : new Uint8Array(source);
        const buffer = new FFIBuffer(bytes.length);
        buffer.bytes.set(bytes);
        return buffer;
    }
    get size(): number { return this.byteLength; }
    /** The memory as bytes, not a copy. */
    get bytes(): Uint8Array { return new Uint8Array(this.buffer, this.byteOffset, this.byteLength); }
    /** Valid as long as the buffer. */
    get address(): bigint { return ffi.addressOf(this); }

    get_i8(offset: number): number { return this.getInt8(offset); }
    get_u8(offset: number): number { return this.getUint8(offset); }
    get_i16(offset: number): number { return this.getInt16(offset, true); }
    get_u16(offset: number): number { return this.getUint16(offset, true); }
    get_i32(offset: number): number { return this.getInt32(offset, true); }
    get_u32(offset: number): number { return this.getUint32(offset, true); }
    get_i64(offset: number): i64 { return narrow(this.getBigInt64(offset, true)); }
    get_u64(offset: number): i64 { return narrow(this.getBigUint64(offset, true)); }
    get_f32(offset: number): number { return this.getFloat32(offset, true); }
    get_f64(offset: number): number { return this.getFloat64(offset, true); }
    get_ptr(offset: number): Pointer | null { return ffi.pointer('void *', this.getBigUint64(offset, true)); }

    set_i8(offset: number, value: number): void { this.setInt8(offset, within(value, -128, 127)); }
    set_u8(offset: number, value: number): void { this.setUint8(offset, within(value, 0, 255)); }
    set_i16(offset: number, value: number): void { this.setInt16(offset, within(value, -32768, 32767), true); }
    set_u16(offset: number, value: number): void { this.setUint16(offset, within(value, 0, 65535), true); }
    set_i32(offset: number, value: number): void { this.setInt32(offset, within(value, -(2 ** 31), 2 ** 31 - 1), true); }
    set_u32(offset: number, value: number): void { this.setUint32(offset, within(value, 0, 2 ** 32 - 1), true); }
    set_i64(offset: number, value: i64): void { this.setBigInt64(offset, wide(value, -(2n ** 63n), 2n ** 63n - 1n), true); }
    set_u64(offset: number, value: i64): void { this.setBigUint64(offset, wide(value, 0n, 2n ** 64n - 1n), true); }
    set_f32(offset: number, value: number): void { this.setFloat32(offset, real(value), true); }
    set_f64(offset: number, value: number): void { this.setFloat64(offset, real(value), true); }
    /** The caller keeps what the pointer points to. */
    set_ptr(offset: number, value: PointerLike): void { this.setBigUint64(offset, value === null ? 0n : ffi.addressOf(value), true); }

    /** The text at an offset, up to its NUL, which must be in the buffer. */
    get_string(offset = 0): string {
        const bytes = this.bytes.subarray(checked(offset, this.size));
        const end = bytes.indexOf(0);
        if (end < 0) throw new RangeError(`FFIBuffer: the text at ${offset} has no NUL within ${this.size} bytes`);
        return new TextDecoder().decode(bytes.subarray(0, end));
    }
    /** Writes a text in UTF-8 with its NUL; returns the number of bytes. All of it must fit. */
    set_string(offset: number, text: string): number {
        const bytes = new TextEncoder().encode(`${text}\0`);
        this.bytes.set(bytes, checked(offset, this.size - bytes.length));
        return bytes.length;
    }
    fill(byte: number): this {
        this.bytes.fill(within(byte, 0, 255));
        return this;
    }
    /** Releases the memory now. */
    free(): void { structuredClone(this.buffer, { transfer: [this.buffer as ArrayBuffer] }); }
    [Symbol.dispose](): void { if (!isFree(this)) this.free(); }
}

function isFree(buffer: FFIBuffer): boolean {
    try {
        return buffer.byteLength < 0;
    } catch {
        return true; // DataView's byteLength throws for a buffer without memory
    }
}

function checked(offset: number, most: number): number {
    if (Number.isSafeInteger(offset) && offset >= 0 && offset <= most) return offset;
    throw new RangeError(`FFIBuffer: expected an offset from 0 to ${most}, got ${offset}`);
}

function within(value: number, least: number, most: number): number {
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new RangeError(`FFIBuffer: expected an integer from ${least} to ${most}, got ${String(value)}`);
}

function wide(value: i64, least: bigint, most: bigint): bigint {
    const big = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value) : least - 1n;
    if (big >= least && big <= most) return big;
    throw new RangeError(`FFIBuffer: expected an integer from ${least} to ${most}, got ${String(value)}`);
}

function real(value: number): number {
    if (typeof value === 'number') return value;
    throw new TypeError(`FFIBuffer: expected a number, got ${typeof value}`);
}

function narrow(value: bigint): i64 {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/* ---- Functions ---- */

type Kind = 'i64' | 'double' | 'ptr' | 'str';
export type Result = 'void' | 'i64' | 'double' | 'ptr';

/** An argument whose type is said, where the value alone would mean another one. */
export class FFIArgument {
    readonly kind: Kind;
    readonly value: Value;
    constructor(kind: Kind, value: Value) {
        this.kind = kind;
        this.value = value;
    }
}

/** The type of a value: whole numbers, bigints and booleans are i64, other numbers double, everything else a pointer. */
function detect(value: Value): FFIArgument {
    if (value instanceof FFIArgument) return value;
    switch (typeof value) {
    case 'number': return new FFIArgument(Number.isSafeInteger(value) ? 'i64' : 'double', value);
    case 'bigint': return new FFIArgument('i64', value);
    case 'boolean': return new FFIArgument('i64', value ? 1 : 0);
    case 'string': return new FFIArgument('str', value);
    case 'undefined': throw new TypeError('FFI: undefined is not an argument; null is a null pointer');
    default: return new FFIArgument('ptr', value);
    }
}

/** A function without a signature. Each call finds the types from its arguments; its name says the type of the result. */
export interface FFIFunction {
    /** As call_i64(). */
    (...args: Value[]): i64;
    call_void(...args: Value[]): void;
    call_i64(...args: Value[]): i64;
    call_double(...args: Value[]): number;
    call_ptr(...args: Value[]): Pointer | null;
    readonly address: bigint;
}

const callers = new WeakMap<FFIFunction, (result: Result, args: FFIArgument[]) => Value>();

function untyped(library: Library, name: string): FFIFunction {
    const address = library.symbol(name);
    const bound = new Map<string, NativeFunction>();
    const call = (result: Result, args: FFIArgument[]): Value => {
        const signature = `${result}(${args.map((one) => one.kind).join(',')})`;
        let func = bound.get(signature);
        if (!func) bound.set(signature, func = library.func(name, signature));
        return func(...args.map((one) => one.value));
    };
    const detected = (result: Result) => (...args: Value[]): Value => call(result, args.map(detect));
    const func = Object.assign(detected('i64'), {
        call_void: detected('void'), call_i64: detected('i64'), call_double: detected('double'), call_ptr: detected('ptr'),
    }) as unknown as FFIFunction;
    Object.defineProperties(func, { name: { value: name }, address: { value: address.address } });
    callers.set(func, call);
    return func;
}

/* ---- Libraries ---- */

export interface FastFunction {
    readonly name: string;
    readonly signature: string;
}

export type FastLibrary<List extends readonly FastFunction[]> = { readonly [Name in List[number]['name']]: NativeFunction };

/** A loaded library. It is closed by close(), or when nothing uses it or its functions any more. */
export class FFILibrary {
    #library: Library;
    readonly path: string;
    constructor(path: string | null) {
        this.#library = ffi.load(path);
        this.path = this.#library.path;
    }
    /** A function that takes arguments of any types. */
    func(name: string): FFIFunction { return untyped(this.#library, name); }
    /** A function of a signature such as "ptr(ptr,i64)" or "double(double)": every C type may stand in it. */
    func_specialized(name: string, signature: string): NativeFunction { return this.#library.func(name, signature); }
    has(name: string): boolean { return this.#library.has(name); }
    close(): void { this.#library.unload(); }
    [Symbol.dispose](): void { this.#library[Symbol.dispose](); }
}

/* ---- The interface ---- */

interface SizedMemory { byteLength: number }

const sizeOf = (memory: PointerLike): number =>
    memory !== null && 'byteLength' in memory ? (memory as SizedMemory).byteLength : Infinity;

function checkSize(name: string, size: i64, ...memories: PointerLike[]): void {
    if (Number(size) < 0) throw new RangeError(`${name}: expected a size, got ${size}`);
    for (const memory of memories)
        if (Number(size) > sizeOf(memory))
            throw new RangeError(`${name}: ${size} bytes are more than the ${sizeOf(memory)} of the buffer`);
}

const native = {
    malloc: c.func('void *malloc(size_t)'),
    free: c.func('void free(void *)'),
    memmove: c.func('void *memmove(void *, const void *, size_t)'),
    memset: c.func('void *memset(void *, int, size_t)'),
    memcmp: c.func('int memcmp(const void *, const void *, size_t)'),
};

let stack: FFIArgument[] = [];

function callStack(result: Result, func: FFIFunction): Value {
    const args = stack, call = callers.get(func);
    stack = [];
    if (!call) throw new TypeError('FFI: expected a function of func() or dlsym()');
    return call(result, args);
}

export class FFI {
    static dlopen(path: string | null): FFILibrary { return new FFILibrary(path); }
    static dlsym(library: FFILibrary, name: string): FFIFunction { return library.func(name); }
    static dlclose(library: FFILibrary): void { library.close(); }

    /** Loads a library and binds all functions; if some fail, one error names them all. */
    static create_fast_library<const List extends readonly FastFunction[]>(path: string | null, functions: List): FastLibrary<List> {
        const library = new FFILibrary(path), bound: Record<string, NativeFunction> = {}, failures: string[] = [];
        for (const { name, signature } of functions) {
            try {
                bound[name] = library.func_specialized(name, signature);
            } catch (error) {
                failures.push(`  ${name}: ${(error as Error).message}`);
            }
        }
        if (failures.length === 0) return Object.freeze(bound) as FastLibrary<List>;
        library.close();
        throw new Error(`${path}: ${failures.length} of ${functions.length} functions cannot be bound:\n${failures.join('\n')}`);
    }

    /** An argument of func() with its type: FFI.double(2) is 2.0. */
    static i64(value: i64): FFIArgument { return new FFIArgument('i64', value); }
    static double(value: number): FFIArgument { return new FFIArgument('double', value); }
    static ptr(value: PointerLike): FFIArgument { return new FFIArgument('ptr', value); }

    /** A function pointer that calls a JavaScript function, such as FFI.callback('i32(ptr,ptr)', compare). It is valid while
     * the object is referred to. */
    static callback(signature: string, fn: (...args: Value[]) => Value) { return ffi.callback(signature, fn); }

    /** Memory of C, as malloc() gives it; FFI.free() frees it. FFIBuffer frees itself. */
    static malloc(size: i64): Pointer {
        checkSize('malloc', size);
        const memory = native.malloc(size);
        if (memory === null) throw new RangeError(`malloc: no memory for ${size} bytes`);
        return memory;
    }
    static free(memory: Pointer | FFIBuffer | null): void {
        if (memory instanceof FFIBuffer) memory.free();
        else native.free(memory);
    }
    /** The memory may overlap. */
    static memcpy<To extends PointerLike>(to: To, from: PointerLike, size: i64): To {
        checkSize('memcpy', size, to, from);
        native.memmove(to, from, size);
        return to;
    }
    static memset<To extends PointerLike>(to: To, byte: number, size: i64): To {
        checkSize('memset', size, to);
        native.memset(to, byte, size);
        return to;
    }
    /** -1, 0 or 1. */
    static memcmp(a: PointerLike, b: PointerLike, size: i64): number {
        checkSize('memcmp', size, a, b);
        return Math.sign(native.memcmp(a, b, size));
    }

    /** The argument stack: push the arguments of the next call, one by one. Each call clears it. */
    static args_clear(): void { stack = []; }
    static args_push_i64(value: i64): void { stack.push(new FFIArgument('i64', value)); }
    static args_push_double(value: number): void { stack.push(new FFIArgument('double', value)); }
    static args_push_ptr(value: PointerLike | string): void { stack.push(new FFIArgument(typeof value === 'string' ? 'str' : 'ptr', value)); }
    static call_void(func: FFIFunction): void { callStack('void', func); }
    static call_i64(func: FFIFunction): i64 { return callStack('i64', func); }
    static call_double(func: FFIFunction): number { return callStack('double', func); }
    static call_ptr(func: FFIFunction): Pointer | null { return callStack('ptr', func); }
}
