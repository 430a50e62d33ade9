// SPDX-License-Identifier: MIT
//
// The module ffi_invoke for Node 18 and later, Bun and Deno. It calls C libraries by their prototypes:
//
//     import ffi from 'ffi_invoke';
//     ffi.cdef('double pow(double x, double y);');
//     const m = ffi.load('m');
//     m.pow(2, 10);                          // 1024
//     m.pow(2, 'ten');                       // TypeError: argument 2 "y" of pow: expected double, got string "ten"
//
// Values
//   numbers      a Number or a BigInt goes in, if it is exact and fits; other values are refused. An integer of 64 or 128 bits
//                comes out as a Number if that is safe, otherwise as a BigInt; with the option `bigint` always as a BigInt.
//   enums        a number, or the name of a constant; a number comes out
//   bool         true, false, 0 or 1; a boolean comes out
//   const char * a string (UTF-8; UTF-16 and UTF-32 for char16_t, wchar_t, char32_t), a buffer, a pointer or null.
//                A string or null comes out, a copy; `own(free) char *f(void)` frees the C text.
//   T *          null, a pointer, a record or array of T, a typed array of T, an ArrayBuffer, a DataView or a Uint8Array;
//                for `const T *` also an array or an object, which is made in memory for the call. A Pointer or null comes out.
//                null is a TypeError where a header says `nonnull` or `[static 1]`.
//   functions    a JavaScript function, a Callback, or a native function; a native function comes out
//   struct S     an instance of its class, or an object or array of its members; an instance comes out
//   T[n]         in records: a typed array of numbers, a string for char, a CArray for other types
//   out, inout   parameters annotated so come out in a list, behind the result: `int f(out int *n)`. `len(n)` checks a count,
//                and null as the count means all elements. `errno_if(-1)` throws an Error whose `code` is errno's name.
//   ...          the types of variable arguments follow from printf's format, or from ffi.arg(type, value)
//
// A failure is a TypeError or a RangeError that names function, argument, expectation and value; a SyntaxError for C text; an
// Error for libraries and symbols. `code` is the name of the library's ffi_error. What a callback throws is thrown by the call
// within which C called it; without such a call it is an uncaught exception.
//
// Nothing here crashes the process, but wrong prototypes, null where C wants an object, memory that C keeps after JavaScript has
// dropped it, and what is made of addresses: ffi.pointer(), ffi.func(), Pointer.

/** What C takes and gives; see above. */
export type Value = any;

export interface Options {
    /** Integers of 64 bits come out as BigInt always. */
    bigint?: boolean;
    /** true: arguments that are integers or reals are passed in registers where V8 is known (Node 20, 22, 24 and 26; in Node 20
     * no integers of 64 bits), for functions that return soon and never call back. Such calls keep no errno. Elsewhere it changes nothing. false:
     * calls are made by Node-API alone. By default they are made without it where V8 is known: by V8's fast API in Node 26,
     * and in Node 20, 22 and 24 if a header declares the function with the attribute `leaf`, as most of the C library is. */
    fast?: boolean;
}

export interface LoadOptions extends Options {
    /** Symbols are resolved at their first use. */
    lazy?: boolean;
    /** Libraries that are loaded later see its symbols. */
    global?: boolean;
    /** Only if the process has it already. */
    noLoad?: boolean;
}

/** A native function. */
export interface NativeFunction {
    (...args: Value[]): Value;
    /** Calls it on another thread. Buffers that it uses must be left alone until then. */
    async(...args: Value[]): Promise<Value>;
    readonly address: bigint;
    readonly signature: string;
}

/** A C type. */
export class Type {
    private constructor();
    readonly kind: string;
    readonly text: string;
    readonly size: number;
    readonly alignment: number;
    readonly constants?: Record<string, number | bigint>;
    readonly target?: Type;
    readonly length: number;
    readonly isComplete: boolean;
    readonly isConst: boolean;
}

export type TypeLike = string | Type | RecordClass;

/** Native memory. It is valid as long as C says; an owned one (`own(f)`) until free(), or until it is collected. */
export class Pointer {
    private constructor();
    readonly address: bigint;
    /** The type of what it points to. */
    readonly type: Type;
    readonly isOwned: boolean;
    /** What it points to: a value, or a view of a record or an array. */
    value: Value;
    get(index: number): Value;
    set(index: number, value: Value): void;
    /** A typed array, or a CArray, on the memory; detached when an owned pointer is freed. */
    array(count: number): Value;
    buffer(byteLength: number): ArrayBuffer;
    text(limit?: number): string | null;
    cast(type: TypeLike): Pointer;
    add(count: number): Pointer;
    equals(other: Pointer | Struct | CArray): boolean;
    free(): void;
    /** Gives the memory up, and returns a pointer that owns nothing. */
    release(): Pointer;
    [Symbol.dispose](): void;
}

/** The base of all records. Their members are properties. */
declare class Struct {
    private constructor();
    toJSON(): object;
    [Symbol.dispose](): void;
    [member: string]: Value;
}
export { Struct as Record };

/** The class of a struct or union. */
export interface RecordClass {
    new (members?: object | Value[]): Struct;
    readonly type: Type;
    readonly size: number;
    readonly alignment: number;
    readonly fields: string[];
    /** A view of a record in memory: of a pointer's, `offset` records further; or in a buffer, `offset` bytes further. */
    at(memory: Pointer | ArrayBuffer | ArrayBufferView, offset?: number): Struct;
}

/** An array of what no typed array holds. Indexes below 256 may be written in brackets. */
export class CArray {
    private constructor();
    readonly length: number;
    get(index: number): Value;
    set(index: number, value: Value): void;
    [index: number]: Value;
    [Symbol.iterator](): Iterator<Value>;
    [Symbol.dispose](): void;
}

/** A C function pointer that calls a JavaScript function. It is valid as long as this object, or until free(). */
export class Callback {
    private constructor();
    readonly address: bigint;
    readonly type: Type;
    /** Later calls from C return zeroes. */
    free(): void;
    /** Keeps the event loop alive, until unref(). */
    ref(): this;
    unref(): this;
    [Symbol.dispose](): void;
}

export interface CallbackOptions {
    /** Calls of other threads: "hop" waits for JavaScript's thread, "post" goes on with 0, "refuse" returns 0. */
    deliver?: 'hop' | 'post' | 'refuse';
    /** How long a hop waits, in milliseconds; 0: for ever. */
    timeout?: number;
}

/** A loaded library: declared functions, variables and constants are its properties. */
export class Library {
    private constructor();
    readonly path: string;
    /** A function by its prototype ("int abs(int)"), by its declared name, or by name and signature. */
    func(prototype: string, options?: Options): NativeFunction;
    func(name: string, signature: string, options?: Options): NativeFunction;
    symbol(name: string, type?: TypeLike, version?: string): Pointer;
    /** A pointer to a variable; the type is the declared one. */
    variable(name: string, type?: TypeLike): Pointer;
    has(name: string): boolean;
    symbols(): string[];
    /** Closes it; its functions throw from now on. Within a native call it is unloaded when the outermost one has returned.
     * No other thread may be within its code. Without this a library stays loaded, even if nothing refers to it, until the
     * process ends, or the worker that loaded it. */
    unload(): void;
    [Symbol.dispose](): void;
    [name: string]: any;
}

/** An instance of the module: a context of its own. */
export interface FFI {
    /** Declares C: types, prototypes, variables, constants, macros. Annotations are allowed. */
    cdef(text: string): this;
    /** Declares headers, such as "sqlite3.h", by the system's C preprocessor. */
    header(names: string | string[], options?: { prologue?: string; command?: string[] }): this;
    /** Loads a library by name or path; nothing: the program itself. */
    load(name?: string | null, options?: LoadOptions): Library;
    type(type: TypeLike): Type;
    struct(name: string): RecordClass;
    constant(name: string): Value;
    names(): ['typedef' | 'tag' | 'function' | 'variable' | 'constant', string][];
    sizeof(type: TypeLike): number;
    alignof(type: TypeLike): number;
    /** Zeroed memory of JavaScript: a record; a typed array of numbers; a CArray of other types. */
    alloc(type: TypeLike, count?: number): any;
    addressOf(value: ArrayBuffer | ArrayBufferView | SharedArrayBuffer | Struct | CArray | Pointer | Callback | NativeFunction): bigint;
    /** A pointer of a type such as "int *". Unsafe: nothing is known of the memory. `own` frees it. */
    pointer(type: TypeLike, at: bigint | number | object, options?: { own?: (pointer: Pointer) => void }): any;
    callback(signature: TypeLike, fn: (...args: Value[]) => Value, options?: CallbackOptions): Callback;
    /** A native function at an address. Unsafe. */
    func(address: bigint | object, signature: TypeLike, options?: Options & { name?: string }): NativeFunction;
    /** An argument of this type for a variadic function. */
    arg(type: TypeLike, value: Value): object;
    /** Frees what JavaScript owns: later uses throw. */
    free(what: Struct | CArray | Pointer | Callback | Library): void;
    /** errno as the last call left it; what is set here the next call sees. */
    errno: number;
    errnoName(number?: number): string | undefined;
    policy: {
        /** A rule: only what rules allow can be bound after lock(). */
        allow(library: string, symbol: string): FFI['policy'];
        lock(): void;
    };
    create(options?: Options): FFI;
    readonly version: string;
    Type: typeof Type;
    Pointer: typeof Pointer;
    Record: typeof Struct;
    CArray: typeof CArray;
    Callback: typeof Callback;
    Library: typeof Library;
}

declare const ffi: FFI;
export default ffi;
export const cdef: FFI['cdef'], header: FFI['header'], load: FFI['load'], type: FFI['type'], struct: FFI['struct'],
    constant: FFI['constant'], names: FFI['names'], sizeof: FFI['sizeof'], alignof: FFI['alignof'], alloc: FFI['alloc'],
    addressOf: FFI['addressOf'], pointer: FFI['pointer'], callback: FFI['callback'], func: FFI['func'], arg: FFI['arg'],
    free: FFI['free'], errnoName: FFI['errnoName'], policy: FFI['policy'], create: FFI['create'], version: FFI['version'];
