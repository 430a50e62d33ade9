// SPDX-License-Identifier: MIT
//
// Values in and out: numbers, texts, records, arrays, pointers, variables, constants, variadic calls.
import { existsSync, readFileSync } from 'node:fs';
import { ffi, library, ok, is, throws, done } from './tap.mjs';

const header = readFileSync(process.env.HEADER, 'utf8').replace(/\/\*.*\*\//g, '');
ffi.cdef(header);
const lib = library();

// numbers
is(lib.add(2, 3), 5, 'int');
is(lib.add(2n, -3n), -1, 'int takes a BigInt');
is(lib.add(-0, 0), 0, 'int takes -0');
is(lib.flip(true), false, 'bool');
is(lib.flip(0), true, 'bool takes 0');
is(lib.add_i8(-100, -28), -128, 'signed char');
is(lib.add_u8(200, 55), 255, 'unsigned char');
is(lib.add_i16(-32000, -768), -32768, 'short');
is(lib.add_u16(65000, 535), 65535, 'unsigned short');
is(lib.add_u32(4294967295, 0), 4294967295, 'unsigned');
is(lib.add_i64(1, 2), 3, 'long long of small numbers');
is(lib.add_i64(-1, -2), -3, 'long long of negative numbers');
is(lib.add_i64(4294967296, 1), 4294967297, 'long long beyond 32 bits');
is(lib.add_i64(9007199254740991, 0), 9007199254740991, 'the largest safe number');
is(lib.add_i64(9007199254740991, 1), 9007199254740992n, 'an unsafe result is a BigInt');
is(lib.add_i64(-9007199254740991, 0), -9007199254740991, 'the least safe number');
is(lib.add_i64(-9007199254740991, -1), -9007199254740992n, 'an unsafe negative result is a BigInt');
is(lib.add_i64(2n ** 62n, 2n ** 62n - 1n), 2n ** 63n - 1n, 'the largest long long');
is(lib.add_u64(2n ** 63n, 2n ** 63n - 1n), 2n ** 64n - 1n, 'the largest unsigned long long');
is(lib.add_u64(4000000000, 1), 4000000001, 'unsigned long long of numbers');
is(lib.add_f32(0.1, 0), Math.fround(0.1), 'float');
is(lib.add_f64(0.1, 0.2), 0.1 + 0.2, 'double');
is(lib.add_f64(NaN, 1), NaN, 'double takes NaN');
is(lib.add_f64(5n, 1), 6, 'double takes an exact BigInt');
is(lib.mix8(1, 2, 3, 4, 5, 6, 7, 8), 204, 'eight mixed arguments');
is(lib.add_f80(1.5, 2.25), 3.75, 'long double');
is(lib.add_i128(2n ** 100n, -1n), 2n ** 100n - 1n, '__int128');
is(lib.add_i128(-5, 3), -2, '__int128 of numbers');
is(Array.from(lib.add_complex([1, 2], [3, 4])), [4, 6], 'double _Complex');
is(lib.next_color('RED'), 5, 'an enum takes the name of a constant');
is(lib.next_color(ffi.constant('GREEN')), 6, 'an enum takes a number');
is(ffi.type('enum color').constants.BLUE, 6, 'the constants of an enum');

// _BitInt(N)
if (ffi.type('_BitInt(7)').what === 'int') {
    ffi.cdef('struct odd { _BitInt(7) a; unsigned _BitInt(17) b; _BitInt(7) c[2]; };');
    const Odd = ffi.struct('struct odd'), odd = new Odd({ a: -64, b: 131071, c: [63, -1] });
    is([odd.a, odd.b, odd.c[0], odd.c[1]], [-64, 131071, 63, -1], 'members of _BitInt(N)');
    throws(() => { odd.a = 64; }, RangeError, '_BitInt(7), -64 to 63', 'a member of _BitInt(7) refuses 64');
    throws(() => { odd.a = -65; }, RangeError, '_BitInt(7), -64 to 63', 'and -65');
    throws(() => { odd.b = 131072; }, RangeError, '0 to 131071', 'an unsigned _BitInt(17) refuses 131072');
    throws(() => { odd.c = [0, 64]; }, RangeError, '_BitInt(7), -64 to 63', 'an element of _BitInt(7) refuses 64');
    is(odd.a, -64, 'what is refused changes nothing');
    const narrow = lib.func('int add_i8(_BitInt(7), signed char)');
    is(narrow(-64, 1), -63, 'an argument of _BitInt(7)');
    throws(() => narrow(64, 1), RangeError, '_BitInt(7), -64 to 63', 'an argument of _BitInt(7) refuses 64');
    throws(() => narrow(-65n, 1), RangeError, '_BitInt(7), -64 to 63', 'also as a BigInt');
    const through = ffi.callback('_BitInt(7)(_BitInt(7))', (value) => value + 1);
    is(ffi.func(through.address, '_BitInt(7)(_BitInt(7))')(62), 63, 'a callback of _BitInt(7)');
}
const big = ffi.create({ bigint: true });
is(big.cdef('long long add_i64(long long, long long);').load(process.env.CALLEE).add_i64(1, 2), 3n, 'the option bigint of an instance');
is(lib.func('add_i64', { bigint: true })(1, 2), 3n, 'the option bigint of a function');

// texts
is(lib.text_length('grüß'), 6, 'a string as UTF-8');
is(lib.text_length(''), 0, 'an empty string');
is(lib.text_length(null), 1000, 'null as a text');
is(lib.text_length('x'.repeat(300000)), 300000, 'a long string');
is(lib.text_length(new TextEncoder().encode('bytes\0')), 5, 'a buffer as a text');
is(lib.text_length(new TextEncoder().encode('no end')), 6, 'a buffer without a 0 at its end is copied');
is(lib.text_order('abc', 'abd'), -1, 'two strings of one call');
is(lib.greeting(), 'grüß dich', 'a text comes out');
is(lib.none(), null, 'NULL comes out as null');
is(lib.wide_length('grüß 😀'), 7, 'a string as UTF-16');
is(lib.wide_greeting(), 'grüß 😀', 'UTF-16 comes out');
const copy = lib.func('own(release) char *copy_text(const char *text)');
const before = lib.released();
is(copy('a copy'), 'a copy', 'an owned text comes out');
is(lib.released(), before + 1, 'and is freed');
is(copy(null), null, 'an owned NULL is null');

// records
const Point = ffi.struct('struct point');
const p = new Point({ x: 1, y: 2 });
is(lib.add_points(p, { x: 10, y: 20 }), { x: 11, y: 22 }, 'records by value, one of them an object');
is(lib.add_points([1, 2], p), { x: 2, y: 4 }, 'a record from a list');
ok(lib.add_points(p, p) instanceof Point, 'a record comes out as an instance of its class');
is(lib.add_points({ x: 5 }, {}), { x: 5, y: 0 }, 'members that are left out are 0');
const total = lib.add_small({ a: 1.5, b: 2 }, { a: 2.5, b: 40 });
is([total.a, total.b], [4, 42], 'a record of 8 bytes');
const wide = lib.add_big({ v: [1, 2, 3, 4, 5, 6, 7, 8].map(BigInt) }, 10);
is(Array.from(wide.v), [11, 12, 13, 14, 15, 16, 17, 18].map(BigInt), 'a record of 64 bytes');
lib.move_point(p, 5, 6);
is(p, { x: 6, y: 8 }, 'a record by its address');
is(lib.sum_mixed({ c: 1, s: 2, i: 3, l: 4, f: 5.5, d: 6.5, u: 7, t: true, name: 'four' }), 34, 'an object for const struct *');
const mixed = new (ffi.struct('struct mixed'))();
Object.assign(mixed, { c: -1, s: -2, i: -3, l: -4n, f: 0.5, d: 0.25, u: 255, t: true, name: 'n' });
is(mixed, { c: -1, s: -2, i: -3, l: -4, f: 0.5, d: 0.25, u: 255, t: true, name: 'n' }, 'each member of a record');
const bits = new (ffi.struct('struct bits'))({ a: 5, b: -16, c: 2 ** 39, d: true });
is(bits, { a: 5, b: -16, c: 2 ** 39, d: true }, 'bit-fields');
bits.b = 15;
is(bits, { a: 5, b: 15, c: 2 ** 39, d: true }, 'a bit-field leaves its neighbours alone');
throws(() => { bits.a = 8; }, RangeError, 'member "a" of struct bits: expected unsigned int of 3 bits, 0 to 7, got 8', 'a bit-field that is too small');
const Outer = ffi.struct('struct outer');
const o = new Outer({ p: { x: 1, y: 2 }, n: [1, 2, 3], text: 'hello', list: [{ x: 1 }, { y: 2 }], as_float: 1 });
o.p.x = 7;
o.n[3] = 9;
o.list[1].x = 3;
is(o.p, { x: 7, y: 2 }, 'a record within a record is a view');
is(Array.from(o.n), [1, 2, 3, 9], 'an array within a record is a typed array on it');
is(o.text, 'hello', 'an array of char');
is(o.list.get(1), { x: 3, y: 2 }, 'an array of records');
is(o.as_int, 0x3f800000, 'an unnamed union');
o.next = new Outer({ text: 'next' });
is(o.next.value.text, 'next', 'a pointer within a record');
o.next = null;
is(o.next, null, 'which may be null');
throws(() => { o.text = 'too long'; }, RangeError, 'member "text" of struct outer: expected a text of less than 8 bytes', 'a text that is too long');
const number = new (ffi.struct('union number'))({ f: 1 });
is(number.i, 0x3f800000, 'a union');
is([Point.size, Point.alignment, Point.fields], [16, 8, ['x', 'y']], 'a class knows its layout');

// memory
const doubles = new Float64Array([1, 2, 3, 4]);
is(lib.sum(doubles, 4), 10, 'a typed array');
is(lib.sum(doubles.subarray(2), 2), 7, 'a part of a typed array');
is(lib.sum([1, 2, 3], 3), 6, 'a list for const double *');
is(lib.sum(new DataView(doubles.buffer, 8), 3), 9, 'a DataView');
is(lib.sum(doubles.buffer, 4), 10, 'an ArrayBuffer');
const shared = new Float64Array(new SharedArrayBuffer(16));
shared[1] = 5;
is(lib.sum(shared, 2), 5, 'a SharedArrayBuffer');
const ints = ffi.alloc('int', 3);
lib.fill(ints, 3, 7);
is(Array.from(ints), [7, 7, 7], 'alloc of numbers is a typed array');
is(lib.first_or(null, 5), 5, 'null as a pointer');
const texts = ffi.alloc('const char *', 2);
texts[0] = 'one';
texts.set(1, 'two');
is([...texts], ['one', 'two'], 'alloc of pointers');
const points = ffi.alloc('struct point', 2);
points[1].x = 4;
is([...points], [{ x: 0, y: 0 }, { x: 4, y: 0 }], 'alloc of records');
is(ffi.addressOf(p) > 0n && ffi.addressOf(doubles.subarray(1)) - ffi.addressOf(doubles), 8n, 'addressOf');
const bytes = lib.func('own(release) void *copy_bytes(const void *bytes, unsigned long size)');
const owned = bytes(doubles, 32);
const view = owned.cast('double').array(4);
is(Array.from(view), [1, 2, 3, 4], 'a view on native memory');
is(owned.cast('double').get(2), 3, 'an element of a pointer');
is(owned.cast('struct point').get(1), { x: 3, y: 4 }, 'a record behind a pointer');
const inside = owned.cast('struct point').value;
owned.free();
is(view.length, 0, 'free() detaches the views on the memory');
throws(() => inside.x, TypeError, /./, 'and records on it');
throws(() => owned.free(), TypeError, 'not freed', 'a second free');
throws(() => lib.move_point(inside, 1, 1), TypeError, 'argument 1 "p" of move_point: expected struct point * that is not freed', 'a freed pointer as an argument');
if (Symbol.dispose) {
    const other = bytes(doubles, 32);
    const count = lib.released();
    other[Symbol.dispose]();
    other[Symbol.dispose]();
    is(lib.released(), count + 1, 'Symbol.dispose frees once');
}
const pointer = ffi.pointer('int *', ints);
pointer.set(1, 99);
is([ints[1], pointer.get(1), pointer.add(1).value], [99, 99, 99], 'a pointer into a buffer');
is(pointer.equals(ffi.pointer('int *', ffi.addressOf(ints))), true, 'equals');
is(ffi.pointer('void *', -1).address, 2n ** 64n - 1n, 'the address -1');

// functions as values
is(lib.call_binary(lib.get_binary(0), 2, 3), 5, 'a native function as an argument');
is(lib.get_binary(1)(6, 7), 42, 'a native function comes out');
is(lib.get_binary(2), null, 'a NULL function is null');
is(lib.get_binary(1) === lib.get_binary(1), true, 'the same one each time');
is(ffi.func(lib.add.address, 'int(int, int)')(1, 2), 3, 'a function at an address');
is(lib.add.name, 'add', 'a function has its name');

// variables and constants
is(lib.label, 'a label', 'a variable');
is(Array.from(lib.table), [1, 2, 3, 4], 'an array');
lib.counter = 3;
is([lib.counter, lib.variable('counter').value], [3, 3], 'a variable is written');
ffi.cdef('#define LIMIT (1 << 4)\n#define NAME "a name"\n#define HALF 0.5\nstatic const int seven = 7;');
is([ffi.constant('LIMIT'), ffi.constant('NAME'), ffi.constant('HALF'), lib.seven], [16, 'a name', 0.5, 7], 'constants');
is(ffi.constant('NOTHING'), undefined, 'there is no such constant');

// variadic
ffi.cdef('int snprintf(char *s, size_t n, const char *format, ...); int sscanf(const char *s, const char *format, ...);');
const c = ffi.load('c'), text = new Uint8Array(100);
const format = (...args) => new TextDecoder().decode(text.subarray(0, c.snprintf(text, 100, ...args)));
is(format('%d %s %.2f %c', 42, 'x', 1.5, 65), '42 x 1.50 A', 'the format of printf says the types');
is(format('%lld', 2n ** 60n), '1152921504606846976', 'a BigInt');
is(lib.total(3, ffi.arg('int', 1), ffi.arg('int', 2), ffi.arg('int', 3)), 6, 'arguments with types');
is(c.sscanf('5 6', '%d %d', ints, ints.subarray(1)), 2, 'the format of scanf');
is([ints[0], ints[1]], [5, 6], 'which writes');
throws(() => lib.total(1, 5), TypeError, 'argument 2 of total: expected ffi.arg(type, value)', 'a number without a type');
throws(() => format('%s', 5), TypeError, 'argument 4 of snprintf: expected const char *', 'a number for %s');
throws(() => lib.total(), TypeError, 'total takes at least 1 argument, got 0', 'too few arguments');

// errno and annotations
is(lib.set_errno(2, 5), 5, 'a function that sets errno');
is([ffi.errno, ffi.errnoName()], [2, 'ENOENT'], 'errno');
ffi.errno = 11;
is(lib.get_errno(), 11, 'errno goes to C');
const failing = lib.func('errno_if(-1) int fail_with(int number)');
throws(() => failing(13), Error, 'fail_with failed: EACCES', 'errno_if throws');
const out = lib.func('int add_out(int a, int b, out int *sum, out int *difference)');
is(out(7, 3), [21, 10, 4], 'out parameters');
const reading = lib.func('int read_into(out len(size) char *buffer, int size)');
is(reading(3)[0], 3, 'an out parameter with a length');
is(Array.from(reading(3)[1]), [120, 120, 120], 'and what it holds');
const counted = lib.func('double sum(len(count) const double *values, int count)');
is(counted(doubles, null), 10, 'null as the length means all elements');
throws(() => counted(doubles, 5), RangeError, 'argument 2 "count" of sum: expected at most the 4 elements', 'a length that is too large');

// libraries
ok(lib.has('add') && !lib.has('subtract'), 'has');
ok(lib.symbols().includes('add'), 'symbols');
throws(() => ffi.load('no_such_library'), Error, 'no_such_library', 'a library that is not there');
throws(() => lib.func('int no_such_function(int)'), Error, 'no_such_function', 'a function that is not there');
throws(() => ffi.cdef('int broken('), SyntaxError, 'column 12', 'a declaration that is broken');
is(ffi.load(process.env.CALLEE).func('add', 'int(int, int)')(1, 1), 2, 'a name and a signature');
const unloaded = ffi.load(process.env.CALLEE);
const { add } = unloaded;
unloaded.unload();
throws(() => add(1, 2), TypeError, 'add: its library was unloaded', 'a function of an unloaded library');
throws(() => unloaded.func('add'), TypeError, 'was unloaded', 'an unloaded library');
throws(() => lib.call_binary(add, 1, 2), TypeError, 'was unloaded', 'its function as an argument');

// policy
const guarded = ffi.create();
guarded.policy.allow(process.env.CALLEE, 'add').lock();
is(guarded.load(process.env.CALLEE).func('int add(int, int)')(1, 2), 3, 'what a policy allows');
throws(() => guarded.load(process.env.CALLEE).func('int released(void)'), Error, 'released', 'what it does not allow');

// annotations without a declaration, and headers
const plainSeed = Uint32Array.of(7);
is(ffi.load('c').func('int rand_r(inout unsigned *seed)')(7), [ffi.load('c').func('int rand_r(unsigned *seed)')(plainSeed), plainSeed[0]], 'an inout parameter comes out behind the result');
const headers = ffi.create();
headers.header('stdlib.h');
is(headers.load('c').atoi('42') + headers.constant('EXIT_FAILURE'), 43, 'header() declares the functions and constants of stdlib.h');
is(headers.load('c').div(17, 5).toJSON(), { quot: 3, rem: 2 }, 'and its records');
if (existsSync('/usr/include/sqlite3.h')) {
    headers.header('sqlite3.h');
    const version = headers.load('sqlite3').sqlite3_libversion();
    ok(/^3\.\d+/.test(version), 'header("sqlite3.h") declares SQLite', version);
} else {
    ok(true, 'header("sqlite3.h") declares SQLite # SKIP sqlite3.h is not installed');
}
throws(() => headers.header('no_such_header.h'), Error, 'no_such_header.h', 'a header that is not there');
done();
