// SPDX-License-Identifier: MIT
//
// UltraScript's FFI: its four ways to call, its buffers and memory, and the applications of its documentation for real. The
// environment names the module: ULTRASCRIPT, and for BULLET a library of bullet.cc.
import type * as UltraScript from '../../../src/hosts/node/ultrascript/ffi.mts';
import { ok, is, throws, done } from './tap.mjs';

const { FFI, FFIBuffer, FFIArgument }: typeof UltraScript = await import(process.env.ULTRASCRIPT!);
const skip = (name: string, why: string) => ok(true, `${name} # SKIP ${why}`);

// calls
const libc = FFI.dlopen(null), libm = FFI.dlopen('libm.so.6');
is(libm.func_specialized('pow', 'double(double,double)')(2, 10), 1024, 'func_specialized binds a signature');
const strlen = libc.func('strlen');
is(strlen('hello'), 5, 'func finds the types of the arguments');
is(strlen.call_i64('hello'), 5, 'call_i64 says the result');
is(libm.func('pow').call_double(FFI.double(2), 0.5), Math.SQRT2, 'FFI.double makes a whole number a double');
is(libc.func('llabs').call_i64(-(2n ** 62n)), 2n ** 62n, 'a bigint is an i64');
is(libc.func('memset').call_ptr(new FFIBuffer(8), 0, 8)?.isOwned, false, 'call_ptr gives a pointer');
is(libc.func('free').call_void(null), undefined, 'null is a null pointer');
const absolute = FFI.dlsym(libc, 'llabs');
FFI.args_push_i64(-5);
is(FFI.call_i64(absolute), 5, 'the argument stack is passed');
FFI.args_push_double(2);
FFI.args_push_double(3);
is(FFI.call_double(libm.func('pow')), 8, 'the argument stack keeps doubles');
FFI.args_push_ptr('pushed');
is(FFI.call_i64(strlen), 6, 'the argument stack takes texts');
FFI.args_push_i64(1);
FFI.args_clear();
FFI.args_push_ptr(new FFIBuffer(4));
is(FFI.call_i64(strlen), 0, 'args_clear empties the stack');
is(absolute(new FFIArgument('i64', -7)), 7, 'an FFIArgument has its type');
const fast = FFI.create_fast_library('libm.so.6', [
    { name: 'sqrt', signature: 'double(double)' },
    { name: 'ldexp', signature: 'double(double,i32)' },
]);
is(fast.sqrt(16) + fast.ldexp(1, 3), 12, 'create_fast_library binds all functions');
throws(() => FFI.create_fast_library('libm.so.6', [{ name: 'sqrt', signature: 'double(double)' }, { name: 'nope', signature: 'void()' },
    { name: 'sin', signature: 'dubble(double)' }]), Error, /2 of 3 functions cannot be bound:(.|\n)*nope: (.|\n)*sin: /,
    'create_fast_library names every function that fails');

// wrong arguments
throws(() => strlen(undefined), TypeError, 'undefined is not an argument', 'undefined is refused');
throws(() => strlen({}), TypeError, 'argument 1 of strlen', 'an object is no pointer');
throws(() => FFI.dlopen('nonexistent.so'), Error, 'nonexistent.so', 'a library that is missing');
throws(() => libm.func('nope'), Error, 'nope', 'a symbol that is missing');
throws(() => FFI.call_i64((() => 0) as never), TypeError, 'expected a function of func()', 'the stack calls functions of func() only');
throws(() => fast.sqrt('x'), TypeError, 'argument 1 of sqrt', 'a text is no double');
const closed = FFI.dlopen('libm.so.6'), cos = closed.func_specialized('cos', 'double(double)');
FFI.dlclose(closed);
throws(() => cos(0), TypeError, 'unloaded', 'a function of a closed library throws');

// memory
const buffer = new FFIBuffer(16);
const numbers: [string, number, number | bigint][] = [['i8', 0, -128], ['u8', 1, 255], ['i16', 2, -32768], ['u16', 4, 65535], ['i32', 4, -(2 ** 31)],
    ['u32', 8, 2 ** 32 - 1], ['i64', 8, -(2n ** 63n)], ['u64', 8, 2n ** 64n - 1n], ['i64', 0, -5], ['f32', 0, 0.5], ['f64', 8, 0.1]];
for (const [kind, offset, value] of numbers) {
    const of = buffer as unknown as Record<string, (offset: number, value?: number | bigint) => number | bigint>;
    of[`set_${kind}`]!(offset, value);
    is(of[`get_${kind}`]!(offset), value, `${kind} of a buffer: ${value}`);
}
is(buffer.set_string(4, 'grüß'), 7, 'set_string writes UTF-8 with its NUL');
is(buffer.get_string(4), 'grüß', 'get_string reads it');
buffer.set_ptr(8, buffer);
is(buffer.get_ptr(8)?.address, buffer.address, 'a pointer of a buffer');
throws(() => buffer.get_i32(13), RangeError, '', 'a read beyond the buffer');
throws(() => buffer.set_f64(-1, 0), RangeError, '', 'a write before the buffer');
throws(() => buffer.set_u8(0, 256), RangeError, 'from 0 to 255', 'a value out of range');
throws(() => buffer.set_i64(0, 1.5), RangeError, 'expected an integer', 'a fraction');
throws(() => buffer.set_string(12, 'long'), RangeError, 'expected an offset', 'a text that does not fit');
throws(() => buffer.fill(1).get_string(), RangeError, 'no NUL', 'a text without its NUL');
throws(() => new FFIBuffer(-1), RangeError, 'expected a size', 'a negative size');
throws(() => FFI.memcpy(new FFIBuffer(4), buffer, 5), RangeError, '5 bytes are more than the 4', 'a copy beyond a buffer');
const block = FFI.malloc(64);
FFI.memset(block, 7, 64);
is(FFI.memcmp(FFI.memcpy(new FFIBuffer(64), block, 64), block, 64), 0, 'malloc, memset, memcpy and memcmp');
FFI.free(block);
buffer.free();
throws(() => strlen(buffer), TypeError, 'detached', 'a freed buffer is refused');
{
    const callback = FFI.callback('i32(ptr,ptr)', (a, b) => a.cast('int').value - b.cast('int').value);
    const list = new FFIBuffer(12);
    [3, 1, 2].forEach((value, i) => list.set_i32(4 * i, value));
    libc.func_specialized('qsort', 'void(ptr,u64,u64,ptr)')(list, 3, 4, callback);
    is([0, 4, 8].map((at) => list.get_i32(at)), [1, 2, 3], 'a JavaScript function is a callback');
}

// the applications of the documentation
const has = (name: string) => {
    try {
        return FFI.dlopen(name);
    } catch {
        return null;
    }
};

if (!has('libOSMesa.so.8')) skip('OpenGL', 'libOSMesa is not installed');
else {
    const opengl = FFI.create_fast_library('libOSMesa.so.8', [
        { name: 'OSMesaCreateContext', signature: 'ptr(u32,ptr)' },
        { name: 'OSMesaMakeCurrent', signature: 'u8(ptr,ptr,u32,i32,i32)' },
        { name: 'OSMesaDestroyContext', signature: 'void(ptr)' },
        { name: 'glGenBuffers', signature: 'void(i64,ptr)' },
        { name: 'glBindBuffer', signature: 'void(i64,i64)' },
        { name: 'glBufferData', signature: 'void(i64,i64,ptr,i64)' },
        { name: 'glGetBufferSubData', signature: 'void(i64,i64,i64,ptr)' },
        { name: 'glClearColor', signature: 'void(float,float,float,float)' },
        { name: 'glClear', signature: 'void(u32)' },
        { name: 'glFinish', signature: 'void()' },
    ]);
    const RGBA = 0x1908, UNSIGNED_BYTE = 0x1401, ARRAY_BUFFER = 0x8892, STATIC_DRAW = 0x88e4, COLOR_BUFFER_BIT = 0x4000;
    const context = opengl.OSMesaCreateContext(RGBA, null), pixels = new FFIBuffer(16 * 16 * 4);
    is(opengl.OSMesaMakeCurrent(context, pixels, UNSIGNED_BYTE, 16, 16), 1, 'OpenGL: a context without a display');
    const name = new FFIBuffer(4), back = new FFIBuffer(8);
    opengl.glGenBuffers(1, name);
    opengl.glBindBuffer(ARRAY_BUFFER, name.get_u32(0));
    opengl.glBufferData(ARRAY_BUFFER, 8, FFIBuffer.from([1, 2, 3, 4, 5, 6, 7, 8]), STATIC_DRAW);
    opengl.glGetBufferSubData(ARRAY_BUFFER, 0, 8, back);
    is(Array.from(back.bytes), [1, 2, 3, 4, 5, 6, 7, 8], 'OpenGL: glBufferData keeps the data');
    opengl.glClearColor(1, 0, 0.5, 1);
    opengl.glClear(COLOR_BUFFER_BIT);
    opengl.glFinish();
    ok(pixels.get_u8(0) === 255 && pixels.get_u8(1) === 0 && Math.abs(pixels.get_u8(2) - 128) <= 1, 'OpenGL: glClear paints');
    opengl.OSMesaDestroyContext(context);
}

const blas = has('libblas.so.3');
if (!blas) skip('BLAS', 'libblas is not installed');
else {
    const dgemm = blas.func_specialized('dgemm_', `void(${Array(13).fill('ptr').join(',')})`);
    const int = (value: number) => Int32Array.of(value), n = int(2);
    const product = new Float64Array(4), letter = FFIBuffer.from('N');
    dgemm(letter, letter, n, n, n, Float64Array.of(1), Float64Array.of(1, 2, 3, 4), n, Float64Array.of(5, 6, 7, 8), n,
        Float64Array.of(0), product, n);
    is(Array.from(product), [23, 34, 31, 46], 'BLAS: dgemm multiplies two matrices');
}

const crypto = has('libcrypto.so.3');
if (!crypto) skip('libcrypto', 'libcrypto is not installed');
else {
    const sha256 = crypto.func_specialized('SHA256', 'ptr(ptr,i64,ptr)'), digest = new FFIBuffer(32);
    sha256(FFIBuffer.from('abc'), 3, digest);
    is(Array.from(digest.bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'libcrypto: SHA256 of "abc"');
}

if (!process.env.BULLET) skip('Bullet', 'libbullet-dev is not installed');
else {
    const bullet = FFI.dlopen(process.env.BULLET);
    const world = bullet.func('btDiscreteDynamicsWorld_new').call_ptr();
    const step = bullet.func_specialized('btDiscreteDynamicsWorld_stepSimulation', 'void(ptr,double,i64)');
    bullet.func('btDiscreteDynamicsWorld_setGravity').call_void(world, FFI.double(0), FFI.double(-10), FFI.double(0));
    const ball = bullet.func('btRigidBody_newSphere').call_ptr(world, FFI.double(1), 0.5, FFI.double(100));
    for (let i = 0; i < 60; i++) step(world, 1 / 60, 1);
    const height = bullet.func('btRigidBody_height').call_double(ball);
    ok(Math.abs(height - 95) < 0.2, `Bullet: a ball falls five metres in a second: ${height}`);
    bullet.func('btRigidBody_delete').call_void(world, ball);
    bullet.func('btDiscreteDynamicsWorld_delete').call_void(world);
}

const tensorflow = process.env.TENSORFLOW ? has(process.env.TENSORFLOW) : null;
if (!tensorflow) skip('TensorFlow', 'TENSORFLOW does not name a libtensorflow');
else {
    const version = tensorflow.func_specialized('TF_Version', 'string()')();
    const TF_FLOAT = 1, data = new Float32Array([1, 2, 3, 4]), dimensions = BigInt64Array.of(2n, 2n);
    const allocate = tensorflow.func_specialized('TF_AllocateTensor', 'ptr(i64,ptr,i64,u64)');
    const tensor = allocate(TF_FLOAT, dimensions, 2, 16);
    FFI.memcpy(tensorflow.func_specialized('TF_TensorData', 'ptr(ptr)')(tensor), data, 16);
    is(tensorflow.func_specialized('TF_Dim', 'i64(ptr,i64)')(tensor, 1), 2, `TensorFlow ${version}: a tensor of 2 x 2`);
    tensorflow.func_specialized('TF_DeleteTensor', 'void(ptr)')(tensor);
}
done();
