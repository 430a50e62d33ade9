-- SPDX-License-Identifier: MIT
-- What LuaJIT's documentation says of its FFI, sentence by sentence: "FFI Semantics"; same_conversions.lua has those of its
-- conversions. LuaJIT's own library passes this script too.
local tap = require "tap"
local ffi = require "ffi"
local ok, is, raises, I, U = tap.ok, tap.is, tap.raises, tap.i64, tap.u64
local C, n = ffi.C, tonumber

ffi.cdef [[
typedef struct foo { int a, b; } foo_t;
struct bits { int low : 3; unsigned high : 5; bool flag : 1; };
int abs(int x);
size_t strlen(const char *s);
]]
local foo = ffi.typeof "foo_t"
local object = ffi.new("foo_t", 1, 2)
local int3 = ffi.new("int[3]", 1, 2, 3)

-- ---- C language support ----

ffi.cdef [[
typedef complex zd; typedef complex float zf; typedef _Complex float zg;
typedef int v4si __attribute__((vector_size(16)));
typedef int m8 __attribute__((mode(QI)));
struct anon { int a; struct { int b; union { int c; float d; }; }; enum { IN1 = 21, IN2 } e; };
struct zero { int a; int z[0]; };
struct empty { };
enum later *incomplete_enum(void);
typedef __int8 i1; typedef __int16 i2; typedef __int32 i4; typedef __int64 i8; typedef unsigned __int64 u8;
struct __attribute__((packed)) packed { char c; int i; };
struct aligned { char c; int i __attribute__((aligned(16))); };
#pragma pack(push, 2)
struct pragma { char c; int i; };
#pragma pack(pop)
int absolute(int) __asm__("abs");
int __cdecl conventions(int); int __attribute__((stdcall)) also(int);
__extension__ typedef long long ext; typedef __const__ int cint; typedef __signed__ char sch;
enum sized { ESIZE = sizeof(int) + __alignof__(short), ECHAR = '\e', ESHIFT = 1 << 4 | 3 };
static inline int inl(int x) { return x + 1; }
int no_arguments();
uint8_t redeclared(size_t); typedef unsigned char uint8_t;
]]
is(ffi.sizeof "zd" + ffi.sizeof "zf" + ffi.sizeof "zg", 32, "C: complex, complex float")
is(ffi.sizeof "v4si", 16, "C: vector_size")
is(ffi.sizeof "m8", 1, "C: mode")
is(ffi.offsetof("struct anon", "d"), 8, "C: unnamed structs and unions inside")
is(C.IN2, 22, "C: constants of an enum inside are global")
ffi.cdef "typedef struct { int x; static const int K2 = 1 << 4; enum { S1 = 3, S2 }; static const uint8_t K3 = 7; } scoped_t;"
is(ffi.sizeof "scoped_t", 4, "C: static const within a struct")
local scoped = ffi.new("scoped_t", 5)
is(scoped.K2 + scoped.K3 + scoped.x, 28, "index: scoped constants, as a constant member")
is(scoped.S2, 4, "index: scoped constants of an enum")
is(ffi.cast("scoped_t *", scoped).S1, 3, "index: through a pointer")
is(ffi.typeof "scoped_t".K2, 16, "index: of a ctype")
raises("index: a write to a scoped constant is an error", "constant 'K2'", function() scoped.K2 = 1 end)
raises("index: another name of a ctype is an error", "no member", function() return ffi.typeof "scoped_t".x end)
is(ffi.sizeof "struct zero", 4, "C: arrays of no elements")
is(ffi.sizeof "struct empty", 0, "C: an empty struct")
is(ffi.sizeof "i1" + ffi.sizeof "i2" + ffi.sizeof "i4" + ffi.sizeof "i8" + ffi.sizeof "u8", 23, "C: MSVC's __int8 to __int64")
is(ffi.sizeof "struct packed", 5, "C: packed")
is(ffi.offsetof("struct aligned", "i"), 16, "C: aligned")
is(ffi.sizeof "struct pragma", 6, "C: #pragma pack")
is(C.absolute(-3), 3, "C: __asm__ redirects a symbol")
is(ffi.sizeof "ext", 8, "C: __extension__")
is(C.ESIZE + C.ECHAR + C.ESHIFT, 6 + 27 + 19, "C: constant expressions, '\\e'")
is(ffi.sizeof "wchar_t" + ffi.sizeof "ptrdiff_t" + ffi.sizeof "ssize_t" + ffi.sizeof "uintptr_t", 28, "C: predefined types")
ok(ffi.sizeof "va_list", "C: va_list")
ffi.cdef [[
struct __declspec(align(16)) declared { char c; };
int __fastcall fast(int); int __thiscall this(int); int __attribute__((fastcall)) fast2(int);
typedef __builtin_va_list list1; typedef __gnuc_va_list list2; typedef int *__ptr64 wide;
typedef volatile int vint; typedef int *restrict rp; typedef int *__restrict__ rp2;
]]
is(ffi.sizeof "struct declared", 16, "C: MSVC's __declspec(align(n))")
ok(ffi.sizeof "list1" == ffi.sizeof "list2" and ffi.sizeof "wide" == 8, "C: __builtin_va_list, __gnuc_va_list, __ptr64")

-- ---- indexing ----

local p = ffi.cast("int *", int3)
local z, v, bits = ffi.new("complex", 1, 2), ffi.new("v4si", 7), ffi.new "struct bits"
is(ffi.cast("int *", 16) + 2 ^ 62 == ffi.cast("int *", 16), true, "arithmetic: an address wraps around")
is(p[1], 2, "index: a pointer by a number")
is(p[I(1)], 2, "index: a pointer by a cdata number")
is(int3[2.9], 3, "index: a number is truncated")
p[1] = 20
is(int3[1], 20, "index: a write through a pointer")
is((p + 1)[-1], 1, "index: negative")
raises("index: a bool is no number", "cannot be indexed", function() return int3[ffi.new("bool", true)] end)
raises("index: an element of unknown size is an error", "size", function() return ffi.cast("void *", int3)[0] end)
raises("index: a write to a constant element is an error", "constant", function() ffi.cast("const int *", int3)[0] = 1 end)
raises("index: a write to a constant member is an error", "constant", function() ffi.new("struct { const int k; }").k = 1 end)
raises("index: a write to a member of a constant struct is an error", "constant", function() ffi.cast("const foo_t *", object).a = 1 end)
raises("index: no such member", "no member named 'zz'", function() return object.zz end)
raises("index: no such member to write", "no member named 'zz'", function() object.zz = 1 end)
is(ffi.cast("foo_t *", object).b, 2, "index: a member through a pointer")
ok(z[0] == 1 and z[1] == 2 and z.re == 1 and z.im == 2, "index: complex by numbers and names")
raises("index: complex is immutable", "constant", function() z.re = 1 end)
is(ffi.new("v4si", 1, 2, 3, 4)[2], 3, "index: a vector")
raises("index: a vector is immutable", "constant", function() v[0] = 1 end)
bits.low, bits.high = 3, 32
ok(bits.low == 3 and bits.high == 0, "index: bit-fields keep to their width")
bits.low = 5
is(bits.low, -3, "index: signed bit-fields extend their sign")
bits.flag = false
is(bits.flag, false, "index: a bit-field of bool")

-- ---- calls ----

is(C.abs(true), 1, "call: arguments are converted")
raises("call: too few arguments", "takes 1 argument, got 0", C.abs)
raises("call: too many arguments", "takes 1 argument, got 2", C.abs, 1, 2)
raises("call: the wrong type", "argument 1 .* of abs: expected int, got string \"x\"", C.abs, "x")
raises("call: a number for a string", "of strlen: expected const char %*, got number", C.strlen, 5)
ok(C.strlen "hello" == 5, "call: a string is borrowed")
local pointer = ffi.cast("int (*)(int)", C.abs)
is(pointer(-4), 4, "call: a function pointer")
raises("call: an int cannot be called", "cannot be called", function() ffi.new "int"() end)
ffi.cdef "typedef struct { int quot, rem; } div_t; div_t div(int, int);"
local d = C.div(17, 5)
ok(d.quot == 3 and d.rem == 2, "call: a struct by value")

-- ---- arithmetic ----

is((p + 2)[0], 3, "arithmetic: pointer + number")
is((1 + p)[0], 20, "arithmetic: number + pointer")
is((p + 2 - 1)[0], 20, "arithmetic: pointer - number")
is((int3 + 1)[0], 20, "arithmetic: array + number")
is((p + I(2))[0], 3, "arithmetic: pointer + cdata number")
is((p + 2) - p, 2, "arithmetic: pointer difference")
is((int3 + 2) - int3, 2, "arithmetic: of arrays")
raises("arithmetic: number - pointer is an error", "sub", function() return 1 - p end)
raises("arithmetic: pointer + pointer is an error", "add", function() return p + p end)
is(p + 2 - ffi.cast("const unsigned *", p), 2, "arithmetic: difference of compatible pointers")
local empty = ffi.cast("struct empty *", int3)
ok(empty + 1 == empty and 1 + empty - 1 == empty, "arithmetic: elements of no bytes")
ok(ffi.new("struct empty[3]", {}) ~= nil, "new: an array of elements of no bytes")
raises("new: which takes no initializers", "too many initializers", ffi.new, "struct empty[3]", {{}, {}})
raises("arithmetic: but their difference is an error", "sub", function() return empty - empty end)
raises("arithmetic: incompatible pointers are an error", "sub", function() return p - ffi.cast("char *", p) end)
raises("arithmetic: the size must be known", "size", function() return ffi.cast("void *", p) + 1 end)
is(n(I(7) + I(5)), 12, "64 bits: +")
is(n(I(7) - 10), -3, "64 bits: - with a number")
is(n(3 * I(7)), 21, "64 bits: *")
is(n(I(-7) / 2), -3, "64 bits: / truncates")
is(n(I(-7) % I(3)), -1, "64 bits: % has the sign of the dividend")
is(n(I(2) ^ 10), 1024, "64 bits: ^")
is(n(-I(5)), -5, "64 bits: unary minus")
is(tostring(U(3) - 5), "18446744073709551614ULL", "64 bits: unsigned wraps around")
is(tostring(I(3) - U(5)), "18446744073709551614ULL", "64 bits: unsigned if one side is")
is(tostring((U(3) - 5) / 2), "9223372036854775807ULL", "64 bits: unsigned division")
is(tostring(-U(1)), "18446744073709551615ULL", "64 bits: unsigned minus")
is(n(U(7) % 4), 3, "64 bits: unsigned %")
is(n(U(3) ^ 4), 81, "64 bits: unsigned ^")
is(n(I(5) / 0) , -2 ^ 63, "64 bits: division by zero is 2^63")
is(n(U(5) / 0), 2 ^ 63, "64 bits: unsigned division by zero")
is(n(ffi.new("int", 5) + 1), 6, "64 bits: smaller cdata numbers too")
is((tostring(I(-1) - 2 ^ 53):gsub("LL", "")), "-9007199254740993", "64 bits: what no number of Lua 5.1 holds stays boxed")
is(n(I(5) + 1.9), 6, "64 bits: a number is truncated")
is(n(ffi.new("enum sized", "ESHIFT") + "ESIZE"), 25, "64 bits: a string beside an enum is a constant")
raises("64 bits: with a table is an error", "add", function() return I(1) + {} end)
raises("arithmetic: a struct without metatable", "add", function() return object + 1 end)

-- ---- comparisons ----

ok(p < p + 1 and p <= p and p + 1 > p and not (p > p), "compare: pointers")
ok(p == p + 0 and p ~= p + 1, "compare: pointers for equality")
ok(p == int3, "compare: a pointer and an array")
ok(ffi.cast("void *", p) == p, "compare: incompatible pointers by address")
ok(ffi.cast("char *", p) ~= object, "compare: others are unequal")
raises("compare: incompatible pointers", "compare", function() return p < ffi.cast("char *", p) end)
ok(I(-1) < I(1) and not (U(-1) < U(1)), "compare: signed and unsigned")
ok(not (I(-1) < U(1)), "compare: unsigned if one side is")
ok(I(5) == I(5) and I(5) ~= I(6) and ffi.new("int", 5) == I(5), "compare: integers for equality")
ok(ffi.typeof "int" ~= ffi.new "int", "compare: a ctype and a cdata")
ok(I(5) ~= p and p ~= "text" and p ~= 5, "compare: others are unequal")
if tap.own or _VERSION ~= "Lua 5.1" then
    ok(I(5) < 6 and 4 < I(5) and I(5) <= 5, "compare: with a number")
    raises("compare: with a table is an error", "", function() return I(5) < {} end)
else
    tap.skip("compare: with a number", "Lua 5.1 never asks for the order of two types")
end

-- ---- cdata as keys of tables ----

local keyed, one = {}, I(1)
keyed[one], keyed[I(1)], keyed[1] = "a", "b", "c"
ok(keyed[one] == "a" and keyed[1] == "c" and keyed[I(1)] == nil, "keys: each cdata is a key of its own, whatever its value")

-- ---- parametrised types ----

local any = ffi.typeof("struct { $ $; int n; }", foo, "member")
is(any().member.a, 0, "$: a type and a name")
is(ffi.sizeof(ffi.typeof("uint8_t[$][$]", 3, 4.9)), 12, "$: numbers, truncated")
ok(ffi.istype(ffi.typeof("$ *", foo), ffi.cast("foo_t *", object)), "$: a derived pointer")
ok(ffi.istype(ffi.typeof("$ *", object), ffi.cast("foo_t *", object)), "$: a cdata is its type")
ffi.cdef("typedef struct { $ first; $ second[$]; } param_t; enum { $ = 5 };", ffi.typeof "double", foo, 3, "PARAM")
is(ffi.sizeof "param_t", 32, "$: in cdef")
is(C.PARAM, 5, "$: as a name in cdef")
raises("$: too few arguments", "too few", ffi.typeof, "struct { $ $; }", foo)

-- ---- references ----

ffi.cdef "struct refs { int &r; };"
local target = ffi.new("int[1]", 11)
local refs = ffi.new("struct refs", {target})
is(refs.r, 11, "references: are dereferenced")
refs.r = 12
is(target[0], 12, "references: a write goes to what they refer to")
local r = ffi.cast("int &", target)
is(n(r), 12, "references: tonumber")
is(n(r + 1), 13, "references: arithmetic")
ok(ffi.istype("int", r) and ffi.sizeof(r) == 4, "references: of a cast have the type that they refer to")
ffi.cast("foo_t &", object).b = 2
is(ffi.new("foo_t &", object).b, 2, "references: members")
ffi.cdef "double modf(double x, double &whole);"
local whole = ffi.new "double[1]"
is(C.modf(2.5, whole), 0.5, "references: as parameters they are pointers")
is(whole[0], 2, "references: the callee wrote")

-- ---- callbacks ----

ffi.cdef "void qsort(void *base, size_t n, size_t size, int (*compare)(const int *, const int *));"
local numbers = ffi.new("int[5]", 5, 3, 9, 1, 7)
C.qsort(numbers, 5, 4, function(l, r) return l[0] - r[0] end)
is(tap.values(numbers, 5), "1 3 5 7 9", "callback: a function as an argument")
ok(ffi.new("double (*)(double)", C.abs) ~= nil, "callback: any function is a function pointer")
local cb = ffi.cast("int (*)(int)", function(i) return i + 1 end)
is(cb(4), 5, "callback: by a cast, and called")
local function half(i) return i / 2 end
local held = ffi.new "struct { int (*f)(int); }"
held.f = half
is(held.f(8), 4, "callback: without a cast")
held.f:free()
held.f = half
is(held.f(8), 4, "callback: without a cast again, after it was freed")
held.f:set(function(i) return i * 3 end)
is(ffi.new("struct { int (*f)(int); }", {half}).f(8), 4, "callback: without a cast again, after it was set")
is(held.f(8), 24, "callback: the one that was set stays")
cb:set(function(i) return i * 2 end)
is(cb(4), 8, "callback: set")
held.f = cb
is(held.f(5), 10, "callback: stored in a member")
cb:free()
raises("callback: freed twice", "bad callback", function() cb:free() end)
raises("callback: free of what is none", "bad callback", function() pointer:free() end)
local reals = ffi.cast("double (*)(float, bool, int64_t, const char *)", function(f, b, i, s)
    return f + (b and 1 or 0) + n(i) + #ffi.string(s)
end)
is(reals(0.5, true, 100, "four"), 105.5, "callback: conversions of arguments and the result")
reals:free()
raises("callback: a wrong result is an error", "result", function()
    local bad = ffi.cast("int (*)(void)", function() return {} end)
    bad()
end)
local void = ffi.cast("void (*)(void)", function() return "ignored" end)
ok(select("#", void()) == 0, "callback: void has no result")
local thrown = ffi.cast("int (*)(int)", function() error({code = 7}) end)
local good, err = pcall(thrown, 1)
ok(not good and type(err) == "table" and err.code == 7, "callback: an error goes through the call")
local yields = coroutine.wrap(function()
    return pcall(ffi.cast("int (*)(int)", function() return coroutine.yield(1) end), 1)
end)
is(yields(), false, "callback: a yield across the call is an error")
local results = {}
local co = coroutine.wrap(function()
    for i = 1, 3 do coroutine.yield(C.abs(-i)) end
end)
for i = 1, 3 do results[i] = co() end
is(table.concat(results, " "), "1 2 3", "call: coroutines call, and yield between calls")

-- Each place of calls with one argument to nine, with each value that C takes there, and each that it does not.
local kinds = {
    text = {"ab", ffi.new("char[3]", "ab"), wrong = {12, true, I(1)}},
    count = {2, 2.0, 2.75, I(2), U(2), ffi.new("int8_t", 2), wrong = {"2", {}, print}},
    real = {2, 2.5, I(2), ffi.new("float", 2), wrong = {"2", {}, print}},
}
local places = {"text", "text", "count", "real", "count", "real", "count", "real", "count"}
local declared = {"const char *", "const char *", "size_t", "float", "int", "double", "int64_t", "double", "uint8_t"}
for count = 1, #places do
    local types = table.concat(declared, ", ", 1, count)
    ffi.cdef((count < 3 and "size_t first%d(%s) __asm__(\"strlen\");" or "int first%d(%s) __asm__(\"strncmp\");"):format(count, types))
    local call, usual = C["first" .. count], {"ab", "abcd", 2, 0.5, 3, 1.5, 4, 2.5, 5}
    local fits, fails, want = true, true, count < 3 and 2 or 0
    local function result(length) return pcall(call, (unpack or table.unpack)(usual, 1, length)) end
    for place = 1, count do
        local kind, before = kinds[places[place]], usual[place]
        for _, value in ipairs(kind) do
            usual[place] = value
            local good, got = result(count)
            fits = fits and good and n(got) == want
        end
        for _, value in ipairs(kind.wrong) do
            usual[place] = value
            fails = fails and not result(count)
        end
        usual[place] = before
    end
    ok(fits, ("call: each place of %d takes what fits"):format(count))
    ok(fails, ("call: each place of %d refuses what does not fit"):format(count))
    usual[count + 1] = 1
    ok(not result(count - 1) and not result(count + 1), ("call: %d arguments are neither fewer nor more"):format(count))
end

tap.done()
