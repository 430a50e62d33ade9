// SPDX-License-Identifier: MIT
//
// What is refused: each is a TypeError or a RangeError that names function, argument and expectation, and the call is not
// made. Getters and proxies act while arguments are read.
import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { ffi, library, ok, is, throws, done } from './tap.mjs';

ffi.cdef(readFileSync(process.env.HEADER, 'utf8').replace(/\/\*.*\*\//g, ''));
const lib = library();

// arity
throws(() => lib.add(1), TypeError, 'add takes 2 arguments, got 1', 'too few arguments');
throws(() => lib.add(1, 2, 3), TypeError, 'add takes 2 arguments, got 3', 'too many arguments');
throws(() => lib.greeting(undefined), TypeError, 'greeting takes 0 arguments, got 1', 'an argument for a function without');
throws(() => lib.sum_mixed(), TypeError, 'sum_mixed takes 1 argument, got 0', 'none for a pointer');

// numbers: each type with each value that it does not take
const kinds = {
    add: ['int', -2147483648, 2147483647], add_i8: ['signed char', -128, 127], add_u8: ['unsigned char', 0, 255],
    add_i16: ['short', -32768, 32767], add_u16: ['unsigned short', 0, 65535], add_u32: ['unsigned int', 0, 4294967295],
    add_i64: ['long long', -(2n ** 63n), 2n ** 63n - 1n], add_u64: ['unsigned long long', 0n, 2n ** 64n - 1n],
    add_i128: ['__int128', -(2n ** 127n), 2n ** 127n - 1n], add_f32: ['float'], add_f64: ['double'], add_f80: ['long double'],
    flip: ['_Bool'],
};
const strange = { undefined, null: null, text: '5', symbol: Symbol('s'), object: {}, array: [5], function: () => 5,
    object_with_value: { valueOf: () => 5 }, date: new Date(5), boxed: Object(5), regexp: /5/ };
for (const [name, [type, least, most]] of Object.entries(kinds)) {
    const call = (value) => name === 'flip' ? lib.flip(value) : lib[name](0, value);
    const position = name === 'flip' ? 'argument 1 "value" of flip' : `argument 2 "b" of ${name}`;
    let wrong = '';
    for (const [what, value] of Object.entries(strange)) {
        try {
            wrong += ` ${what}: ${call(value)}`;
        } catch (error) {
            if (!(error instanceof TypeError) || !error.message.startsWith(`${position}: expected `)) wrong += ` ${what}: ${error}`;
        }
    }
    is(wrong, '', `${type} refuses what is no number`);
    if (least === undefined) continue;
    wrong = '';
    const far = typeof least === 'bigint' ? [least - 1n, most + 1n, 2 ** 53, 1e300] : [least - 1, most + 1, BigInt(least) - 1n, 2n ** 70n];
    for (const value of [NaN, Infinity, -Infinity, 0.5, -0.5, 1e-300, ...far]) {
        try {
            wrong += ` ${value}: ${call(value)}`;
        } catch (error) {
            if (!(error instanceof RangeError) || !error.message.startsWith(`${position}: expected ${type}`)) wrong += ` ${value}: ${error}`;
        }
    }
    is(wrong, '', `${type} refuses NaN, fractions and what does not fit`);
    is(call(most) !== undefined && call(least) !== undefined, true, `${type} takes its least and its largest value`);
}
throws(() => lib.add_f64(0, 2n ** 53n + 1n), RangeError, 'argument 2 "b" of add_f64: expected double that holds it exactly', 'double refuses a BigInt that it cannot hold');
throws(() => lib.next_color('PINK'), RangeError, 'argument 1 "value" of next_color: expected a constant of enum color, got string "PINK"', 'an enum refuses a name that it has not');
throws(() => lib.next_color('toString'), RangeError, 'a constant', 'and one of every object');
throws(() => lib.flip(2), TypeError, 'argument 1 "value" of flip', 'bool refuses 2');

// pointers
for (const [what, value] of Object.entries({ ...strange, number: 5, bigint: 5n, boolean: true }).filter(([name]) => name !== 'null')) {
    throws(() => lib.move_point(value, 1, 1), TypeError, 'argument 1 "p" of move_point: expected struct point *', `a pointer refuses: ${what}`);
    if (what !== 'text') throws(() => lib.text_length(value), TypeError, /^argument 1 "text" of text_length/, `a text refuses: ${what}`);
    if (!what.startsWith('function')) throws(() => lib.keep(value), TypeError, /^argument 1 "f" of keep: expected int \(\*\)\(int\)/, `a function refuses: ${what}`);
}
throws(() => lib.text_length('a\0b'), RangeError, 'argument 1 "text" of text_length: expected a text without a 0', 'a text with a 0');
throws(() => ffi.load('c').func('size_t strlen(const char *)')('a\0b'), RangeError, 'argument 1 of strlen: expected a text without a 0', 'and for a parameter without a name');
throws(() => lib.read_into('text', 2), TypeError, 'argument 1 "buffer" of read_into: expected char * (a buffer: the function may write)', 'a string for what is written');
throws(() => lib.sum(new Float32Array(4), 4), TypeError, 'argument 1 "values" of sum: expected const double *, got a Float32Array', 'a typed array of another type');
throws(() => lib.sum4(new Float64Array(3)), RangeError, 'argument 1 "values" of sum4: expected at least 32 bytes', 'a buffer that is too small');
throws(() => lib.sum4([1, 2, 3]), RangeError, 'at least 4 elements', 'a list that is too short');
throws(() => lib.move_point(new Uint8Array(15), 1, 1), RangeError, 'at least 16 bytes', 'a buffer that is too small for a record');
throws(() => lib.sum(new Uint8Array(new ArrayBuffer(20), 1, 16), 2), RangeError, 'aligned to 8 bytes', 'a buffer that is not aligned');
throws(() => lib.fill([1, 2], 2, 3), TypeError, 'memory, since the function may write', 'a list for what is written');
throws(() => lib.move_point(new (ffi.struct('small'))(), 1, 1), TypeError, 'argument 1 "p" of move_point: expected struct point *', 'a record of another type');
throws(() => lib.move_point(ffi.pointer('const struct point *', new Float64Array(2)), 1, 1), TypeError, 'expected struct point *', 'a pointer to const for what is written');
throws(() => lib.sum(['1'], 1), TypeError, 'argument 1 "values" of sum[0]: expected const double, got string "1"', 'a wrong element');
throws(() => lib.sum([1, , 3], 3), TypeError, '[1]', 'a hole in a list');
throws(() => lib.add_points({ x: 'a' }, {}), TypeError, 'argument 1 "a" of add_points, member "x": expected double, got string "a"', 'a wrong member');
throws(() => lib.add_points([1, 2, 3], {}), RangeError, 'at most 2 members', 'too many members');
throws(() => lib.add_points(5, {}), TypeError, 'argument 1 "a" of add_points: expected struct point, got 5', 'no record');

// parameters that must not be NULL, by attributes as a header has them
ffi.cdef(`size_t strspn(const char *s, const char *accept) __attribute__((__nonnull__(1, 2)));
void *memmove(void *to, const void *from, size_t size) __attribute__((nonnull));
size_t strnlen(const char s[static 1], size_t most);
int sprintf(char *s, const char *format, ...) __attribute__((nonnull(1, 2)));
void free(void *at); size_t wcslen(const wchar_t *s) __attribute__((nonnull));
void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *)) __attribute__((nonnull(1, 4)));`);
const noNull = 'expected a pointer that is not NULL, got null';
const c = ffi.load('c'), room = new Uint8Array(32);
throws(() => c.strspn('a', null), TypeError, `argument 2 "accept" of strspn: ${noNull}`, 'null where a function takes none');
throws(() => c.strspn(null, 'a'), TypeError, `argument 1 "s" of strspn: ${noNull}`, 'of two texts the first');
throws(() => c.memmove(room, null, 0), TypeError, `argument 2 "from" of memmove: ${noNull}`, 'memory');
throws(() => c.strnlen(null, 1), TypeError, `argument 1 "s" of strnlen: ${noNull}`, '[static 1]');
throws(() => c.sprintf(room, null), TypeError, `argument 2 "format" of sprintf: ${noNull}`, 'a variadic function');
throws(() => c.wcslen(null), TypeError, noNull, 'a wide text');
throws(() => c.qsort(room, 4, 1, null), TypeError, `argument 4 "compare" of qsort: ${noNull}`, 'a function');
throws(() => c.memmove(room, ffi.pointer('char *', room).add(-Number(ffi.addressOf(room))), 0), TypeError, 'that is not NULL, got ', 'a pointer that is NULL');
throws(() => c.func('size_t strlen(len(n) nonnull const char *s, size_t n)')(null, 0), TypeError, noNull, 'an annotated signature');
throws(() => c.strspn(1, 'a'), TypeError, 'argument 1 "s" of strspn: expected const char * (a string or a buffer), got 1', 'where null is wrong, no message says "or null"');
throws(() => c.wcslen([]), TypeError, 'expected const wchar_t * (a string or a buffer), got an array', 'of wide text');
throws(() => c.qsort(room, 4, 1, 1), TypeError, 'expected int (*)(const void *, const void *) (a function), got 1', 'of a function');
throws(() => c.sprintf(1, ''), TypeError, 'argument 1 "s" of sprintf: expected char *, got 1', 'of memory');
throws(() => c.sprintf(room, 1), TypeError, '(a string or a buffer), got 1', 'of a variadic function');
throws(() => c.func('size_t strlen(const char *s)')(1), TypeError, 'expected const char * (a string, a buffer or null), got 1', 'where null is right, it does');
is(await c.strspn.async(null, 'a').then(() => '', ({ message }) => message), `argument 1 "s" of strspn: ${noNull}`, 'on another thread');
is(c.strspn('aab', 'a'), 2, 'texts pass');
is(c.memmove(room, new Uint8Array(0), 0) !== null && c.memmove(new Uint8Array(0), room, 0) !== null, true, 'an empty buffer is not NULL');
is(c.sprintf(room, '%p', null) > 0, true, 'variable arguments may be null');
is(c.free(null), undefined, 'and what has no such attribute');

// detached and resized memory
const detach = (buffer) => structuredClone(buffer, { transfer: [buffer] });
const gone = new Float64Array(4);
lib.sum(gone, 4);
detach(gone.buffer);
throws(() => lib.sum(gone, 4), TypeError, 'argument 1 "values" of sum: expected a buffer that is not detached', 'a detached typed array');
throws(() => lib.sum(gone.buffer, 4), TypeError, 'not detached', 'a detached ArrayBuffer');
const bytes = new DataView(new ArrayBuffer(32));
detach(bytes.buffer);
throws(() => lib.sum(bytes, 4), TypeError, 'not detached', 'a detached DataView');
const Outer = ffi.struct('struct outer');
const outer = new Outer();
ffi.cdef('int first_of(struct outer *o);');
detach(outer.n.buffer);
throws(() => outer.p.x, TypeError, /./, 'a record whose buffer was detached');
throws(() => ffi.func(lib.add.address, 'int(struct outer *)')(outer), TypeError, /detached|not freed/, 'as an argument');
if (ArrayBuffer.prototype.resize) {
    const resizable = new ArrayBuffer(64, { maxByteLength: 128 });
    const tracking = new Float64Array(resizable);
    is(lib.sum(tracking, 8), 0, 'a resizable buffer');
    resizable.resize(16);
    throws(() => lib.sum4(tracking), RangeError, 'at least 32 bytes', 'that was made smaller');
    const fixed = new Float64Array(resizable, 0, 2);
    resizable.resize(8);
    throws(() => lib.sum4(fixed), RangeError, 'at least 32 bytes', 'a view that is out of its bounds');
}
const memory = new WebAssembly.Memory({ initial: 1 });
const page = new Float64Array(memory.buffer);
page[0] = 3;
is(lib.sum(page, 1), 3, 'the memory of WebAssembly');
memory.grow(1);
throws(() => lib.sum(page, 1), TypeError, 'not detached', 'after it has grown');
is(lib.sum(memory.buffer, 1), 3, 'its new buffer');

// what acts while arguments are read
const Point = ffi.struct('struct point');
const freeing = new Point({ x: 1 });
throws(() => lib.add_points(freeing, { get x() { ffi.free(freeing); return 1; } }), TypeError, 'argument 1 "a" of add_points: expected struct point that is not freed',
    'a getter frees an earlier argument');
const shrinking = new Float64Array(4);
ffi.cdef('double two(const double *values, const struct point *p);');
throws(() => ffi.func(lib.add.address, 'double(const double *values, const struct point *p)')(shrinking, { get x() { detach(shrinking.buffer); return 1; } }),
    TypeError, 'not detached', 'a getter detaches an earlier argument');
let reads = 0;
throws(() => lib.add_points({ get x() { throw new Error('getter'); } }, {}), Error, 'getter', 'a getter throws');
is(lib.add_points({ get x() { reads++; return lib.add_points({ x: 5 }, { x: 6 }).x; }, y: 1 }, { x: 1 }), { x: 12, y: 1 }, 'a getter makes calls');
is(reads, 1, 'each member is read once');
const changing = [1, 2, 3];
is(lib.sum(new Proxy(changing, { get: (target, key) => { if (key === '0') target.length = 3; return target[key]; } }), 3), 6, 'a proxy of a list');
throws(() => lib.sum(new Proxy([1], { get(target, key) { if (key === 'length') return 1e9; return target[key]; } }), 1), Error, /./, 'a proxy that lies about its length');
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
throws(() => lib.add_points(proxy, {}), TypeError, /./, 'a revoked proxy');
class Nearer extends Point { get sum() { return this.x + this.y; } }
const nearer = new Nearer({ x: 1, y: 2 });
is([nearer.sum, lib.add_points(nearer, { x: 1 }).x, nearer instanceof ffi.Record], [3, 2, true], 'a class that a program derives from a record');
lib.move_point(nearer, 1, 1);
is([nearer.x, nearer.y], [2, 3], 'its objects are written');
const changed = new Point({ x: 1 });
Object.setPrototypeOf(changed, null);
throws(() => lib.move_point(changed, 1, 1), TypeError, 'expected struct point *', 'a record without its prototype');
throws(() => new ffi.Record(), TypeError, 'use a class of ffi.struct()', 'Record itself makes no records');
throws(() => lib.move_point(Object.create(Point.prototype), 1, 1), TypeError, 'expected struct point *', 'an object that claims to be a record');
throws(() => Object.getOwnPropertyDescriptor(Point.prototype, 'x').get.call({}), TypeError, /./, 'an accessor of a record on another object');
throws(() => new ffi.Pointer('secret', ffi.type('int'), 5), TypeError, /./, 'a pointer is not made by hand');
const counting = lib.func('double sum(len(count) const double *values, int count)');
const short = new Float64Array(2);
throws(() => counting(short, 3), RangeError, 'at most the 2 elements', 'a count that is too large');
throws(() => counting(short, -1), RangeError, 'argument 2 "count" of sum: expected a number of elements, got -1', 'a negative count');
throws(() => lib.func('int read_into(out len(size) char *buffer, int size)')(-1), RangeError, 'a number of elements', 'of memory that C writes');
const product = lib.func('double product(len(count) const double *a, len(count) const double *b, int count)');
throws(() => product(short, [1, 2, 3], 3), RangeError, 'at most the 2 elements of argument 1 "a" of product', 'a count for the first of two');
throws(() => product([1, 2, 3], short, 3), RangeError, 'at most the 2 elements of argument 2 "b" of product', 'for the second');
is(product([2, 3], [5, 7, 9], null), 31, 'the first of two gives the count');
is(product([2, 3, 4], [5, 7], null), 31, 'the second does');
throws(() => lib.func('int read_into(out len(size) char *buffer, int size, len(size) const char *text)')(-1, 'text'), RangeError, 'a number of elements', 'of memory that C writes, beside a text');
is(lib.func('unsigned long text_length(len(count) const char *text, int count)')('text', -1), 4, 'a text has an end of its own');
Object.prototype.x = 99; // eslint-disable-line no-extend-native
Object.prototype.bigint = true; // eslint-disable-line no-extend-native
Array.prototype[1] = 5; // eslint-disable-line no-extend-native
is(lib.add_points({ y: 1 }, {}), { x: 0, y: 1 }, 'members that someone added to every object are not read');
throws(() => lib.sum([1, , 3], 3), TypeError, '[1]', 'nor elements that someone added to every array');
delete Object.prototype.x;
delete Object.prototype.bigint;
delete Array.prototype[1];

// other realms and instances
if (typeof vm.runInNewContext === 'function' && !globalThis.Deno) {
    const other = vm.createContext({});
    is(lib.sum(vm.runInContext('new Float64Array([1, 2, 3])', other), 3), 6, 'a typed array of another realm');
    is(lib.sum(vm.runInContext('[1, 2]', other), 2), 3, 'a list of another realm');
    is(lib.call_binary(vm.runInContext('(a, b) => a - b', other), 5, 3), 2, 'a function of another realm');
}
const elsewhere = ffi.create().cdef('struct point { double x, y; }; struct line { struct point a, b; };');
const Foreign = elsewhere.struct('struct point');
is(lib.add_points(new Foreign({ x: 1 }), { x: 2 }), { x: 3, y: 0 }, 'a record of another instance, if the type is the same');
throws(() => lib.move_point(new (elsewhere.struct('struct line'))(), 1, 1), TypeError, 'expected struct point *', 'but not of another type');
throws(() => ffi.alloc(elsewhere.type('int')), TypeError, 'a type of this instance', 'a type of another instance');

// the module's own functions
throws(() => ffi.cdef(5), TypeError, 'argument 1 of cdef: expected a text, got 5', 'cdef of a number');
throws(() => ffi.load(5), TypeError, 'argument 1 of load', 'load of a number');
throws(() => lib.func(5), TypeError, 'argument 1 of func', 'func of a number');
throws(() => ffi.alloc('struct nothing'), TypeError, /struct nothing/, 'alloc of an unknown type');
throws(() => ffi.alloc('int', -1), RangeError, 'argument 2 of alloc', 'alloc of a negative number');
throws(() => ffi.alloc('int', 1e12), RangeError, 'at most 2 GiB', 'alloc of too much');
throws(() => ffi.struct('int'), TypeError, 'argument 1 of struct', 'struct of an int');
throws(() => ffi.pointer('int', 5), TypeError, 'a type of pointers', 'a pointer that is none');
throws(() => ffi.pointer('int *', 2n ** 64n), RangeError, 'an address', 'an address that is too large');
throws(() => ffi.free({}), TypeError, 'argument 1 of free', 'free of an object');
throws(() => ffi.addressOf({}), TypeError, 'argument 1 of addressOf', 'addressOf an object');
const dead = new Point();
ffi.free(dead);
throws(() => dead.x, TypeError, /./, 'a freed record');
throws(() => ffi.free(dead), TypeError, 'not freed', 'a second free');
throws(() => ffi.alloc('const char *', 2).get(2), RangeError, 'index: expected 0 to 1, got 2', 'an index past the end');
throws(() => { ffi.alloc('const char *', 2)[0] = 5; }, TypeError, 'element 0', 'a wrong element');

// memory that is gone: freed, detached, or cut off, below records and what they contain
ffi.cdef('struct wide { long double ld; __int128 q; struct point in; long double lds[2]; const char *ts[2]; };');
const Wide = ffi.struct('struct wide');
const ends = {
    freed: () => { const wide = new Wide(); return [wide, () => ffi.free(wide)]; },
    detached: () => { const buffer = new ArrayBuffer(200); return [Wide.at(buffer), () => structuredClone(buffer, { transfer: [buffer] })]; },
    'cut off': () => { const buffer = new ArrayBuffer(200, { maxByteLength: 400 }); return [Wide.at(buffer), () => buffer.resize(8)]; },
};
if (!ArrayBuffer.prototype.resize) delete ends['cut off'];
for (const [how, make] of Object.entries(ends)) {
    const [wide, end] = make();
    const { in: within, lds, ts } = wide, whole = new Wide();
    end();
    const uses = {
        'a long double': () => wide.ld, 'a long double written': () => { wide.ld = 1; }, 'an __int128': () => wide.q,
        'an __int128 written': () => { wide.q = 1; }, 'a record written': () => { wide.in = whole.in; },
        'an array written': () => { wide.lds = whole.lds; }, 'a record copied': () => { whole.in = within; },
        'an array copied': () => { whole.lds = lds; }, 'an element': () => lds.get(0), 'an element written': () => lds.set(1, 2),
        'a text': () => ts.get(0), 'a text written': () => ts.set(0, 'x'), 'a record as an argument': () => lib.move_point(within, 1, 1),
        'a record by value': () => lib.add_points(within, {}), 'an address': () => ffi.addressOf(within),
    };
    for (const [name, use] of Object.entries(uses)) throws(use, TypeError, /./, `${how}: ${name}`);
}
// texts for the library: C would see their first part
const cut = 'expected a text without a 0 in it, got "';
const zeros = {
    cdef: () => ffi.cdef('typedef int cut;\0 this'), type: () => ffi.type('int\0x'), load: () => ffi.load(`${process.env.CALLEE}\0x`),
    'a symbol': () => lib.symbol('add\0x'), 'a function': () => lib.func('add\0x', 'int(int, int)'), 'a signature': () => lib.func('add', 'int(int, int)\0x'),
    'a constant': () => ffi.constant('RED\0x'), header: () => ffi.header('limits.h\0x'), 'a rule': () => ffi.create().policy.allow('*', 'add\0x'),
};
for (const [name, use] of Object.entries(zeros)) throws(use, RangeError, cut, `a text with a 0 in it: ${name}`);
for (const [name, message, use] of [
    ['a version', 'argument 3 of symbol: expected a version, got 5', () => lib.symbol('add', 'void', 5)],
    ['a name of a variable', 'argument 1 of variable: expected a name, got 5', () => lib.variable(5)],
    ['a name of a function', 'option name of func: expected a text, got 5', () => ffi.func(lib.add.address, 'int(int, int)', { name: 5 })],
    ['a prologue', 'option prologue of header: expected a text, got 5', () => ffi.header('limits.h', { prologue: 5 })],
    ['a command', 'option command of header: expected an array of texts, got string "cc"', () => ffi.header('limits.h', { command: 'cc' })],
    ['a rule', 'argument 1 of allow: expected a text, got null', () => ffi.create().policy.allow(null, 'add')],
    ['errno', 'errno: expected an int, got 1099511627776', () => { ffi.errno = 2 ** 40; }],
]) throws(use, TypeError, message, `no text or number: ${name}`);
is(lib.add(1, 2), 3, 'after all that, calls work');
done();
