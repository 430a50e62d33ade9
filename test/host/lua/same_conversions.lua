-- SPDX-License-Identifier: MIT
-- What LuaJIT's documentation says of its FFI, sentence by sentence: conversions, variable arguments and initializers, of "FFI
-- Semantics". LuaJIT's own library passes this script too.
local tap = require "tap"
local ffi = require "ffi"
local ok, is, raises, newer, I, U, values = tap.ok, tap.is, tap.raises, tap.newer, tap.i64, tap.u64, tap.values
local C, n = ffi.C, tonumber

ffi.cdef [[
typedef struct foo { int a, b; } foo_t;
typedef struct { double x, y; } point_t;
typedef int v4si __attribute__((vector_size(16)));
struct bits { int low : 3; unsigned high : 5; bool flag : 1; };
struct anon { int a; struct { int b; union { int c; float d; }; }; enum { IN1 = 21, IN2 } e; };
enum sized { ESIZE = sizeof(int) + __alignof__(short), ECHAR = '\e', ESHIFT = 1 << 4 | 3 };
int abs(int x); long labs(long); float sqrtf(float);
int snprintf(char *s, size_t size, const char *format, ...);
]]
local foo = ffi.typeof "foo_t"
local object = ffi.new("foo_t", 1, 2)
local int3 = ffi.new("int[3]", 1, 2, 3)

-- ---- conversions from C to Lua ----

ffi.cdef [[
struct all { int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32; int64_t i64; uint64_t u64;
    float f; double d; bool b; enum sized e; complex z; void *p; int a[2]; struct foo s; const char *t; int (*fn)(int);
    const int k; foo_t *fp; };
]]
local all = ffi.new("struct all", {i8 = -1, u8 = 255, i16 = -2, u16 = 65535, i32 = -3, u32 = 4294967295, i64 = -4, u64 = 5,
    f = 0.5, d = 1.25, b = true, e = "ECHAR", a = {1, 2}, s = {3, 4}})
ok(all.i8 == -1 and all.u8 == 255 and all.i16 == -2 and all.u16 == 65535, "to Lua: 8 and 16 bits")
ok(all.i32 == -3 and all.u32 == 4294967295, "to Lua: 32 bits")
ok(all.i64 == -4 and all.u64 == 5, "to Lua: 64 bits equal the number")
ok(all.f == 0.5 and all.d == 1.25, "to Lua: reals")
is(all.b, true, "to Lua: bool is a boolean")
is(n(all.e), 27, "to Lua: an enum")
ok(type(all.z) == "cdata" and all.z.re == 0, "to Lua: complex is boxed")
ok(all.p == nil, "to Lua: NULL equals nil")
ok(type(all.a) == "cdata" and all.a[1] == 2, "to Lua: an array is a reference")
ok(type(all.s) == "cdata" and all.s.b == 4, "to Lua: a struct is a reference")
all.s.a = 30
is(all.s.a, 30, "to Lua: a write through the reference")
is(tonumber(C.labs(-7)), 7, "to Lua: long results")
ok(math.abs(C.sqrtf(2) - 1.41421356) < 1e-7, "to Lua: float results")

-- ---- conversions from Lua to C ----

all.i32 = 7.9
is(all.i32, 7, "from Lua: a number truncates")
all.i32 = -7.9
is(all.i32, -7, "from Lua: towards zero")
all.i32 = 0xffffffff
newer(all.i32 == -1, "from Lua: 0xffffffff into int32_t")
all.u32, all.u64 = -1, -1
is(all.u32, 4294967295, "from Lua: -1 into uint32_t")
newer(tostring(all.u64 + U(0)) == "18446744073709551615ULL", "from Lua: -1 into uint64_t")
all.u8 = 257
is(all.u8, 1, "from Lua: narrows")
all.b = 2
is(all.b, true, "from Lua: a number is a bool")
all.i8 = true
is(all.i8, 1, "from Lua: a boolean is a number")
all.p = nil
ok(all.p == nil, "from Lua: nil is NULL")
all.e = "ESHIFT"
is(n(all.e), 19, "from Lua: a string is an enum's constant")
raises("from Lua: a string that is no constant is an error", "expected enum sized, got string \"NOPE\"", function() all.e = "NOPE" end)
all.t = "kept"
is(ffi.string(all.t), "kept", "from Lua: a string into const char *")
raises("from Lua: a string is no int", "expected int", function() all.i32 = "5" end)
raises("from Lua: a string is no char *", "expected char", ffi.new, "char *[1]", {"x"})
raises("from Lua: a number is no pointer", "expected void", function() all.p = 5 end)
raises("from Lua: a number is no struct", "expected struct foo, got number", function() all.s = 5 end)
raises("from Lua: nil is no int", "got nil", function() all.i32 = nil end)
raises("from Lua: a table is no int", "got table", function() all.i32 = {} end)
raises("from Lua: a thread is no pointer", "got thread", function() all.p = coroutine.create(function() end) end)
all.a = {8, 9}
ok(all.a[0] == 8 and all.a[1] == 9, "from Lua: a table is an array")
all.s = {b = 5}
ok(all.s.a == 0 and all.s.b == 5, "from Lua: a table is a struct")
all.s = object
ok(all.s.a == 1 and all.s.b == 2, "from Lua: a struct is copied")
raises("from Lua: another struct is an error", "expected struct foo", function() all.s = ffi.new "point_t" end)
all.p = object
is(ffi.cast("foo_t *", all.p).b, 2, "from Lua: a struct's base address")
all.fp = object
is(all.fp.b, 2, "from Lua: a struct's address into its pointer")
raises("from Lua: an incompatible pointer is an error", "expected", function() all.fp = int3 end)
raises("from Lua: const is not dropped", "expected int", function() ffi.new("int *[1]")[0] = ffi.cast("const int *", int3) end)
raises("from Lua: nor is volatile", "expected int", ffi.new, "int *", ffi.cast("volatile int *", int3))
raises("from Lua: nor const of a row", "expected", ffi.new, "int (*)[3]", ffi.cast("const int (*)[3]", int3))
is(ffi.new("const int *", ffi.cast("int *", int3))[1], 2, "from Lua: const is added")
ffi.cdef "struct fixed { const char text[4]; int after; };"
local fixed = ffi.new("struct fixed", "abc", 5)
raises("from Lua: an array of constants is constant", "constant", function() fixed.text = "x" end)
is(ffi.string(fixed.text), "abc", "from Lua: but is initialized")
raises("from Lua: a string is no bool[]", "expected", ffi.new, "bool[2]", "xy")
raises("from Lua: nor an array of other arrays of a byte", "expected", ffi.new, "struct { uint8_t a[2][1]; }", "xy")
raises("from Lua: a bool is no complex number", "expected", ffi.new, "complex", ffi.new("bool", true))
raises("from Lua: a complex number is no bool", "expected", ffi.new, "bool", ffi.new("complex", 1))
all.fn = C.abs
is(all.fn(-9), 9, "from Lua: a function's address")
local array = ffi.new "char[4]"
local holder = ffi.new("struct { char t[4]; uint8_t u[4]; }")
holder.t, holder.u = "abcdefgh", "xy"
is(ffi.string(holder.t, 4), "abcd", "from Lua: a string into char[], cut to its size")
is(ffi.string(holder.u), "xy", "from Lua: a string into uint8_t[], with its NUL")
local file = io.tmpfile()
ffi.cdef "int fputs(const char *s, void *stream); int fflush(void *stream);"
C.fputs("by C\n", file)
C.fflush(file)
file:seek "set"
is(file:read "*l", "by C", "from Lua: io.* files are FILE *")
file:close()
raises("conversion: a pointer to a complex number is an error", "expected", function() all.z = int3 end)
all.z = 3
ok(all.z.re == 3 and all.z.im == 0, "conversion: a number is a complex number's real part")
all.d = ffi.new("complex", 4, 5)
is(all.d, 4, "conversion: a complex number's real part is a number")
local v = ffi.new("v4si", 7)
ok(v[0] == 7 and v[3] == 7, "conversion: a number is replicated in a vector")
ffi.cdef "typedef double v2df __attribute__((vector_size(16))); typedef float v2sf __attribute__((vector_size(8)));"
is(ffi.new("struct { v2df v; }", {v}).v[0], ffi.new("union { int i[2]; double d; }", {{7, 7}}).d, "conversion: a vector is copied to one of its size")
raises("conversion: but to no other", "expected", ffi.new, "v2sf", v)
newer(ffi.new("complex", ffi.cast("uint64_t", -1)).re == 2 ^ 64, "conversion: uint64_t to a complex number is unsigned")
newer(ffi.new("v2sf", ffi.cast("uint64_t", -1))[1] == 2 ^ 64, "conversion: so is each element of a vector")
local signs = ffi.new("struct { int a[3]; }[1]")
signs[0].a = ffi.new("unsigned[3]", 7, 8, 9)
is(signs[0].a[2], 9, "conversion: an array is copied from one of compatible elements")
raises("conversion: but not of others", "expected", function() signs[0].a = ffi.new "float[3]" end)
all.f = 0.1
ok(all.f ~= 0.1 and math.abs(all.f - 0.1) < 1e-8, "conversion: a double is rounded to a float")
all.b = ffi.new("double", 0.25)
is(all.b, true, "conversion: a real that is not 0 is true")
all.b = I(0)
is(all.b, false, "conversion: an integer of 0 is false")
all.d = ffi.new("bool", true)
is(all.d, 1, "conversion: true is 1")
all.d = I(12)
is(all.d, 12, "conversion: a boxed integer is a double")
all.i16 = ffi.new("double", 3.7)
is(all.i16, 3, "conversion: a boxed double is an integer")

-- ---- variable arguments ----

local out = ffi.new "char[200]"
local function format(...)
    local length = C.snprintf(out, 200, ...)
    return ffi.string(out, length)
end
is(format("%g %s", 1.5, "text"), "1.5 text", "varargs: number and string")
is(format("%d", ffi.new("int", 7)), "7", "varargs: a boxed int")
is(format("%lld %llu", I(-5), U(6)), "-5 6", "varargs: boxed integers")
is(format("%d %d", true, false), "1 0", "varargs: booleans")
is(format("%p", nil), "(nil)", "varargs: nil is NULL")
is(format("%s", ffi.new("char[4]", "arr")), "arr", "varargs: an array's base address")
is(format("%g", ffi.new("float", 0.5)), "0.5", "varargs: float is promoted")
is(format("%s", ffi.cast("const char *", "pointer")), "pointer", "varargs: a pointer")
is(format("none"), "none", "varargs: none")
raises("varargs: a table is an error", "argument 4 of snprintf", C.snprintf, out, 200, "%s", {})

-- ---- initializers ----

is(values(ffi.new "int[3]", 3), "0 0 0", "initializers: none are zeros")
is(n(ffi.new("int", 5)), 5, "initializers: a scalar takes one")
raises("initializers: a scalar takes no two", "too many initializers", ffi.new, "int", 1, 2)
local z = ffi.new("complex", 1, 2)
ok(z.re == 1 and z.im == 2 and ffi.new("complex", 3).im == 0, "initializers: complex, by one or two")
is(values(ffi.new("v4si", 1, 2), 4), "1 2 0 0", "initializers: a vector by several")
is(ffi.new("foo_t", object).b, 2, "initializers: a copy of the same type")
is(values(ffi.new("int[3]", int3), 3), "1 2 3", "initializers: a copy of an array")
is(values(ffi.new("int[3]", 9), 3), "9 9 9", "initializers: a single one is repeated")
is(values(ffi.new("int[3]", 9, 8), 3), "9 8 0", "initializers: two are not")
is(ffi.string(ffi.new("char[?]", 4, "abc")), "abc", "initializers: a string into a VLA of bytes")
is(ffi.string(ffi.new("char[3]", "abcdef"), 3), "abc", "initializers: a string into a fixed size stops early")
local union = ffi.new("union { int i; double d; }", 5)
is(union.i, 5, "initializers: the first member of a union")
raises("initializers: a union takes no two", "too many initializers", ffi.new, "union { int i; double d; }", 1, 2)
local nested = ffi.new("struct { int x; foo_t y; int z[2]; }", 1, {2, 3}, {4})
ok(nested.x == 1 and nested.y.b == 3 and nested.z[1] == 4, "initializers: aggregates inside by tables")
is(ffi.new("struct { int x; foo_t y; }", 1, object).y.b, 2, "initializers: or by compatible aggregates")
local flat = ffi.new("struct anon", 1, 2, 3)
ok(flat.a == 1 and flat.b == 2 and flat.c == 3, "initializers: unnamed members in order")
is(values(ffi.new("int[3]", {}), 3), "0 0 0", "table: empty")
is(values(ffi.new("int[3]", {1}), 3), "1 1 1", "table: one element is repeated")
is(values(ffi.new("int[3]", {1, 2}), 3), "1 2 0", "table: two")
is(values(ffi.new("int[3]", {1, 2, 3}), 3), "1 2 3", "table: three")
is(values(ffi.new("int[3]", {[0] = 1}), 3), "1 1 1", "table: from [0]")
is(values(ffi.new("int[3]", {[0] = 1, 2}), 3), "1 2 0", "table: from [0] on")
is(values(ffi.new("int[3]", {[0] = 1, 2, 3}), 3), "1 2 3", "table: from [0], three")
raises("table: an excess element is an error", "too many initializers", ffi.new, "int[3]", {[0] = 1, 2, 3, 4})
is(values(ffi.new("int[?]", 3, {1}), 1), "1", "table: a VLA takes what is given")
local function ab(init)
    local s = ffi.new("struct foo", init)
    return s.a .. " " .. s.b
end
is(ab {}, "0 0", "table: an empty one for a struct")
is(ab {1}, "1 0", "table: the first member")
is(ab {1, 2}, "1 2", "table: in order")
is(ab {[0] = 1, 2}, "1 2", "table: in order from [0]")
is(ab {b = 2}, "0 2", "table: by name")
is(ab {a = 1, b = 2, c = 3}, "1 2", "table: other names are ignored")
is(ab {1, 2, 3}, "1 2", "table: excess ones of a struct are ignored")
is(ffi.new("union { int i; double d; }", {d = 2}).d, 2, "table: a union's member by name")
is(ffi.new("union { int i; double d; }", {[0] = 1, 2}).i, 1, "table: a union stops after one")
local inner = ffi.new("struct { int x; struct foo y; }", {x = 1, y = {2, 3}})
ok(inner.x == 1 and inner.y.a == 2 and inner.y.b == 3, "table: nested")
is(ffi.new("int[2][3]", {{1, 2, 3}, {4, 5, 6}})[1][2], 6, "table: arrays of arrays")
local bits = ffi.new("struct bits", {-1, 31, true})
ok(bits.low == -1 and bits.high == 31 and bits.flag == true, "table: bit-fields")

-- Pointers to functions: as many parameters before `...`, whatever the types are.
for _, to in ipairs {"int (*)(int)", "double (*)(int)", "int (*)(const char *, ...)", "int (*)(void)", "void (*)(int, int)"} do
    local fits = true
    for _, from in ipairs {"int (*)(int)", "int (*)(long, ...)", "void (*)(void)", "int (*)(int, char *)"} do
        local function count(text) return select(2, text:gsub(",", "")) + (text:find "%(void%)$" and 0 or 1) - (text:find "%.%.%." and 1 or 0) end
        fits = fits and pcall(ffi.new, to, ffi.cast(from, 16)) == (count(to) == count(from)) and
            ffi.istype(to, ffi.cast(from, 16)) == (count(to) == count(from))
    end
    ok(fits, to .. " takes pointers to functions with as many parameters")
end
raises("qsort, with a function of one parameter", "", function()
    ffi.cdef "void qsort(void *, size_t, size_t, int (*)(const void *, const void *));"
    C.qsort(ffi.new "int[2]", 0, 4, ffi.cast("int (*)(int)", 16))
end)

tap.done()
