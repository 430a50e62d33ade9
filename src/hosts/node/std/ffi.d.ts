// SPDX-License-Identifier: MIT
//
// std:ffi: libraries by a table of their functions.
//
//     import ffi from 'std:ffi';
//     const libc = ffi.Library('libc.so.6', { strlen: ['int', ['string']] });
//     libc.strlen('hello'); // 5
//
// Types are `void`, `int`, `uint`, `int8` to `int64` and `uint8` to `uint64`, `float`, `double`, `string` (const char *) and
// `pointer` (void *); any other type of C by its text, such as 'const double *'; and what Struct, Union, ArrayOf and Function
// give. Values convert as those of ffi_invoke do: index.d.ts says how. `...` ends the types of a variadic function.
import type { Callback, NativeFunction, Pointer, RecordClass, Type, Value } from '../index.d.ts';

export type FFIType = string | Type | RecordClass;
export type Definition = [result: FFIType, parameters: FFIType[], options?: { bigint?: boolean; fast?: boolean }];

/** A loaded library. Its functions are its own properties. It is closed when nothing uses it or its functions. */
export class FFILibrary {
    constructor(libraryName: string | null, functionDefinitions?: Record<string, Definition>);
    readonly [name: string]: NativeFunction;
}

declare const ffi: {
    /** Loads a library by name or path (null: the program itself) and binds functions. With or without `new`. An Error says
     * `Failed to load library 'NAME'` or `Failed to find function 'NAME' in library 'NAME'`, and the reason. */
    Library<Definitions extends Record<string, Definition>>(libraryName: string | null, functionDefinitions?: Definitions):
        FFILibrary & { readonly [Name in keyof Definitions]: NativeFunction };
    FFILibrary: typeof FFILibrary;
    /** Closes a library now. Its functions throw from then on. */
    close(library: FFILibrary): void;
    /** A record by its members and their types. Its instances are its values. */
    Struct(members: Record<string, FFIType>): RecordClass;
    Struct(name: string, members: Record<string, FFIType>): RecordClass;
    Union(members: Record<string, FFIType>): RecordClass;
    Union(name: string, members: Record<string, FFIType>): RecordClass;
    ArrayOf(type: FFIType, length: number): Type;
    /** The type of a function pointer. A parameter of it takes a JavaScript function or a Callback. */
    Function(result: FFIType, parameters: FFIType[]): Type;
    /** A function pointer that calls a JavaScript function. It is valid as long as the object. */
    Callback(result: FFIType, parameters: FFIType[], fn: (...args: Value[]) => Value): Callback;
    /** Zeroed memory for `length` values, one by default. */
    alloc(type: FFIType, length?: number): Value;
    /** Frees memory, a callback, an owned pointer: later uses throw. */
    free(what: Value): void;
    sizeof(type: FFIType): number;
    alignof(type: FFIType): number;
    addressOf(value: Value): bigint;
    /** A pointer of a type such as 'int *'. Nothing is known of the memory. */
    pointer(type: FFIType, at: bigint | number | object, options?: { own?: (pointer: Pointer) => void }): Pointer | null;
    /** An argument of this type for a variadic function. */
    arg(type: FFIType, value: Value): object;
    /** errno as the last call left it. */
    errno(): number;
};
export default ffi;
