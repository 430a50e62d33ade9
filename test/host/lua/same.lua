-- SPDX-License-Identifier: MIT
-- What LuaJIT's documentation says of its FFI, sentence by sentence: "ffi.* API Functions". LuaJIT's own library passes this
-- script too. same_semantics.lua and same_conversions.lua have the rest.
local tap = require "tap"
local ffi = require "ffi"
local ok, is, raises, newer, I, U = tap.ok, tap.is, tap.raises, tap.newer, tap.i64, tap.u64
local C, n = ffi.C, tonumber

-- ---- ffi.cdef, ffi.C, ffi.load ----

ffi.cdef [[
typedef struct foo { int a, b; } foo_t;  // a struct and a typedef
int abs(int x);                          /* a function */
size_t strlen(const char *s);
double sqrt(double x);
int snprintf(char *s, size_t size, const char *format, ...);
void *malloc(size_t size); void free(void *p);
extern int optind;
extern char **environ;
long labs(long); float sqrtf(float);
]]
ffi.cdef "int toupper(int c)"
ok(true, "cdef: declarations are separated by semicolons, with comments of C and C++")
is(C.toupper(97), 65, "cdef: the semicolon of a single declaration may be omitted")
raises("cdef: the argument must be a string", "string expected", ffi.cdef, {})
raises("cdef: a syntax error is an error", "column", ffi.cdef, "int f(int")
is(C.abs(-5), 5, "C: functions of the default namespace")
is(C.sqrt(16), 4, "C: libm is part of it")
raises("namespace: a missing declaration is an error", "missing declaration for symbol 'never_declared'",
    function() return C.never_declared end)
ffi.cdef "int declared_but_nowhere(void);"
raises("namespace: a name that no library has is an error", "declared_but_nowhere", function() return C.declared_but_nowhere end)
is(C.abs, C.abs, "namespace: the binding is cached")
is(C.optind, 1, "namespace: an external variable is its value")
C.optind = 7
is(C.optind, 7, "namespace: a write access stores it")
C.optind = 1
raises("namespace: a write to a function is an error", "function 'abs'", function() C.abs = 1 end)
ffi.cdef "static const int K1 = 12; enum { E0, E1, E9 = 9, E10, ENEG = -1 };"
is(C.K1, 12, "namespace: static const is a constant")
is(C.E1 + C.E10 + C.ENEG, 10, "namespace: constants of enums")
raises("namespace: a write to a constant is an error", "constant", function() C.K1 = 3 end)
raises("namespace: a write to an enum's constant is an error", "constant", function() C.E1 = 3 end)
raises("load: a library that is nowhere is an error", "nowhere", ffi.load, "nowhere_at_all")
local m = ffi.load "libm.so.6"
is(m.sqrt(81), 9, "load: a library by its name")
is(ffi.load("libm.so.6", true).sqrt(4), 2, "load: global")
is(ffi.load "m.so.6".sqrt(25), 5, "load: 'lib' is put before a name with a dot")
is(type(C.abs), "cdata", "type(): a function is a cdata")

-- ---- ffi.new, ctypes ----

local foo = ffi.typeof "foo_t"
local object = ffi.new("foo_t", 1, 2)
is(type(object), "cdata", "new: type() is cdata")
is(object.a + object.b, 3, "new: with initializers")
is(ffi.new(foo, 3).a, 3, "new: takes a ctype")
is(ffi.new(object).a, 0, "new: takes a cdata as a template of its type")
is(foo(4).a, 4, "new: calling a ctype is the same")
local vla = ffi.new("int[?]", 5)
is(ffi.sizeof(vla), 20, "new: a VLA takes its number of elements")
is(ffi.typeof "int[?]"(3, 1, 2)[1], 2, "new: a VLA with initializers")
ffi.cdef "struct vls { int n; short d[?]; };"
local vls = ffi.new("struct vls", 6, 9)
is(ffi.sizeof(vls), 16, "new: a VLS")
is(vls.n, 9, "new: a VLS with initializers")
raises("new: a VLA without a number of elements is an error", "", ffi.new, "int[?]")
is(ffi.sizeof(ffi.new("int[?]", I(3))), 12, "new: the number may be a cdata number")
is(ffi.sizeof("struct vls", ffi.new("uint8_t", 3)), 10, "sizeof: so may it")
raises("new: a string is no number of elements", "expected a number", ffi.new, "int[?]", "3")
raises("new: nor is a negative one", "elements", ffi.new, "int[?]", -1)
local tail = ffi.new("struct vls", 3, {n = 7, d = {1, 2}})
ok(tail.n == 7 and tail.d[0] == 1 and tail.d[1] == 2, "new: a VLS with a table for its array")
ffi.cdef "struct named { short n; char name[?]; };"
is(ffi.string(ffi.new("struct named", 4, 1, "abc").name), "abc", "new: a VLS with a string for its array")
is(ffi.string(ffi.new("struct named", 4, {name = "abc"}).name), "abc", "new: a VLS with a string in a table")
raises("new: a VLS with too many elements in a table", "too many initializers",
    function() return tap.own and error "" or ffi.new("struct vls", 1, {n = 1, d = {1, 2}}) end)
raises("new: excess initializers are an error", "too many initializers", ffi.new, "int[2]", 1, 2, 3)
raises("new: excess initializers of a struct are an error", "too many initializers", ffi.new, "foo_t", 1, 2, 3)
ffi.cdef "struct incomplete;"
raises("new: an incomplete type is an error", "not known", ffi.new, "struct incomplete")
ok(ffi.typeof(foo) == foo, "typeof: of a ctype is the ctype")
ok(ffi.typeof "int" == ffi.typeof "int" and ffi.typeof "int" ~= ffi.typeof "long", "typeof: the same type is the same ctype")
ok(ffi.typeof(object) == foo, "typeof: of a cdata")
raises("typeof: an unknown type is an error", "unknown type", ffi.typeof, "nosuchtype")

-- ---- ffi.cast ----

is(n(ffi.cast("int", 3.9)), 3, "cast: to an integer truncates")
is(n(ffi.cast("uint8_t", 300)), 44, "cast: narrows")
is(n(ffi.cast("uint8_t", -1)), 255, "cast: wraps around")
is(n(ffi.cast("double", 5)), 5, "cast: to double")
local int3 = ffi.new("int[3]", 1, 2, 3)
local address = ffi.cast("intptr_t", int3)
is(ffi.cast("int *", address)[2], 3, "cast: an address to a pointer")
is(ffi.cast("unsigned char *", int3)[4], 2, "cast: overrides the check of pointers")
is(ffi.cast("const char *", "text")[1], 101, "cast: a string to const char *")
ok(ffi.cast("void *", 0) == nil, "cast: 0 to a pointer is NULL")
ok(ffi.new("const char *[2]")[1] == ffi.new("void *"), "new: a pointer without a value equals NULL elsewhere")
raises("cast: to a struct is an error", "cast", ffi.cast, "foo_t", 1)
raises("cast: a struct is no integer", "expected", ffi.cast, "intptr_t", object)
raises("cast: a pointer is no bool", "expected", ffi.cast, "bool", int3)
raises("cast: a pointer is no real", "expected", ffi.cast, "double", int3)
raises("cast: nil is no real", "expected", ffi.cast, "float", nil)
raises("cast: a string is no bool", "expected", ffi.cast, "bool", "x")
raises("cast: a complex number has no address", "expected", ffi.cast, "void *", ffi.new "complex")
raises("cast: a bool is no address", "expected", ffi.cast, "void *", ffi.new("bool", true))

-- ---- ffi.metatype ----

ffi.cdef "typedef struct { double x, y; } point_t; typedef struct { int v; } op_t; struct handle { int id; };"
local point
point = ffi.metatype("point_t", {
    __add = function(a, b) return point(a.x + b.x, a.y + b.y) end,
    __len = function(a) return math.sqrt(a.x * a.x + a.y * a.y) end,
    __index = {area = function(a) return a.x * a.x + a.y * a.y end, x = "hidden by the member"}})
local a = point(3, 4)
is(a.x, 3, "metatype: members come before the index table")
is(#a, 5, "metatype: __len")
is(a:area(), 25, "metatype: methods")
is(#(a + point(0.5, 8)), 12.5, "metatype: __add")
is(ffi.new("point_t[2]", {{1, 2}, {3, 4}})[1]:area(), 25, "metatype: applies to elements of an array")
is(ffi.cast("point_t *", ffi.new("point_t[1]", {{5, 6}})):area(), 61, "metatype: applies to a pointer")
raises("metatype: a second one is an error", "metatable", ffi.metatype, "point_t", {})
raises("metatype: a number has none", "expected a struct", ffi.metatype, "int", {})
raises("metatype: a failing lookup is an error", "no member named 'nothing'", function() return a.nothing end)
local op = ffi.metatype("op_t", {
    __sub = function(x, y) return "sub" end, __mul = function() return "mul" end, __div = function() return "div" end,
    __mod = function() return "mod" end, __pow = function() return "pow" end, __unm = function() return "unm" end,
    __concat = function() return "concat" end, __eq = function() return true end, __lt = function(x, y) return true end,
    __le = function() return false end, __call = function(self, x, y) return self.v, x, y end,
    __tostring = function(self) return "op " .. self.v end, __index = function(_, key) return "no " .. tostring(key) end,
    __newindex = function(self, key, value) self.v = value end, __new = function(ct, v) return ffi.new(ct, v * 2) end})
local x, y = op(1), op(2)
is(x.v, 2, "metatype: __new is called with the ctype and the arguments")
is(ffi.new(op, 7).v, 7, "metatype: ffi.new does not call __new")
is((x - y) .. (x * 1) .. (1 / x) .. (x % y) .. (x ^ 2) .. (-x), "submuldivmodpowunm", "metatype: the operators, on any mix of types")
is((x .. "s") .. ("s" .. x), "concatconcat", "metatype: __concat")
ok(x == y and x < y and not (x <= y), "metatype: __eq, __lt and __le")
is(select(3, x(10, 20)), 20, "metatype: __call")
is(tostring(y), "op 4", "metatype: __tostring")
is(x.anything, "no anything", "metatype: __index as a function")
is(x[5], "no 5", "metatype: __index with a number")
x.anything = 9
is(x.v, 9, "metatype: __newindex as a function")
is(ffi.typeof "op_t".name, "no name", "metatype: a ctype is indexed by it too")
ffi.cdef "struct list { int n; };"
local list = ffi.metatype("struct list", {
    __pairs = function(self) return function(_, k) if not k or k < self.n then return (k or 0) + 1, "p" end end, self, nil end,
    __ipairs = function(self) return function(_, k) if k < self.n then return k + 1, "i" end end, self, 0 end})(3)
local walked = ""
if not tap.own then
    for k, v in pairs(list) do walked = walked .. k .. v end
    for k, v in ipairs(list) do walked = walked .. k .. v end
end
newer(walked == "1p2p3p1i2i3i", "pairs, ipairs: the metamethods")
for k, v in ipairs {5} do walked = k + v end
is(walked, 6, "pairs, ipairs: others as before")
ffi.cdef "struct same { int v; }; struct plain { int v; };"
local same = ffi.metatype("struct same", {__eq = function() return true end})
local s1, plain = same(1), ffi.new("struct plain[2]")
ok(s1 == ffi.cast("int *", 8) and ffi.cast("int *", 8) == s1 and s1 == I(1), "metatype: __eq of a record and another type")
ok(plain[0] == plain[0] and plain[0] ~= plain[1] and plain[1] == ffi.cast("int *", plain) + 1 and plain[0] == plain,
    "compare: a record without __eq is equal by its address")
local freed = 0
ffi.metatype("struct handle", {__gc = function(h) freed = freed + h.id end})
do local _ = ffi.new("struct handle", 5) end
for _ = 1, 4 do collectgarbage() end
is(freed, 5, "metatype: __gc is an implicit ffi.gc")

-- ---- ffi.gc ----

local count = 0
local function finalizer(p) count = count + p.a end
do local _ = ffi.gc(ffi.new("foo_t", 3), finalizer) end
for _ = 1, 4 do collectgarbage() end
is(count, 3, "gc: the finalizer is called with the cdata")
do
    local p = ffi.gc(ffi.new("foo_t", 4), finalizer)
    ok(ffi.gc(p, nil) == p, "gc: returns the cdata")
end
for _ = 1, 4 do collectgarbage() end
is(count, 3, "gc: nil removes the finalizer")
do local _ = ffi.gc(C.malloc(16), C.free) end
for _ = 1, 4 do collectgarbage() end
ok(true, "gc: the finalizer may be a C function")
raises("gc: the finalizer must be given", "", ffi.gc, object)
raises("gc: a number has no finalizer", "expected a pointer", ffi.gc, 5, print)

-- ---- types: sizeof, alignof, offsetof, istype ----

is(ffi.sizeof "int", 4, "sizeof: a type")
is(ffi.sizeof(object), 8, "sizeof: a cdata")
is(ffi.sizeof "void", nil, "sizeof: void has none")
is(ffi.sizeof "int (int)", nil, "sizeof: a function has none")
is(ffi.sizeof("int[?]", 7), 28, "sizeof: a VLA needs the number of elements")
is(ffi.sizeof("struct vls", 5), 14, "sizeof: and so does a VLS")
is(ffi.alignof "double", 8, "alignof")
is(ffi.alignof(object), 4, "alignof: a cdata")
ffi.cdef "struct bits { int low : 3; unsigned high : 5; bool flag : 1; };"
is(ffi.offsetof("foo_t", "b"), 4, "offsetof")
is(ffi.offsetof("foo_t", "c"), nil, "offsetof: no such member")
local offset, position, size = ffi.offsetof("struct bits", "high")
ok(offset == 0 and position == 3 and size == 5, "offsetof: position and size of a bit-field")
ok(ffi.istype("foo_t", object) and not ffi.istype("foo_t", 5), "istype: of a cdata; false for others")
ok(ffi.istype("const foo_t", object), "istype: qualifiers are ignored")
ok(ffi.istype("struct foo", ffi.cast("foo_t *", object)), "istype: a pointer to the struct is accepted")
ok(ffi.istype("int *", ffi.cast("unsigned *", int3)) and not ffi.istype("void *", ffi.cast("int *", int3)),
    "istype: pointers by the rules of compatibility, without void *")
newer(ffi.sizeof "int &" + ffi.alignof "char &" == 5, "sizeof, alignof: a reference is what it refers to")
ok(not ffi.istype("int", ffi.new "long") and ffi.istype("int32_t", ffi.new "int"), "istype: other types must match")

-- ---- errno, string, copy, fill ----

ffi.cdef "int close(int fd); long strtol(const char *s, char **end, int base);"
ffi.errno(0)
is(C.close(-1), -1, "errno: a call fails")
is(ffi.errno(), 9, "errno: of the last call (EBADF)")
is(ffi.errno(34), 9, "errno: setting it returns the previous one")
is(ffi.errno(), 34, "errno: it was set")
for _ = 1, 100 do local _ = ("x"):rep(100) end
is(ffi.errno(), 34, "errno: it stays")
ffi.errno(I(5))
is(ffi.errno(6.5), 5, "errno: a cdata number sets it")
is(ffi.errno(), 6, "errno: a number is truncated")
raises("errno: a string is no number", "expected", ffi.errno, "5")
is(ffi.string(ffi.new("char[6]", "hello")), "hello", "string: up to the NUL")
is(ffi.string(ffi.new("char[6]", "he\0lo"), 5), "he\0lo", "string: with a length, zeros inside")
is(ffi.string(ffi.cast("const char *", "abc")), "abc", "string: of a pointer")
is(ffi.string(ffi.new("uint8_t[2]", 65, 66), 2), "AB", "string: of bytes")
is(#ffi.string(ffi.new "int[2]", 8), 8, "string: with a length, of anything")
raises("string: a pointer to int is no char *", "expected char", ffi.string, int3)
raises("string: nor is a struct", "expected char", ffi.string, object)
raises("string: a string is no length", "expected a number", ffi.string, "abc", "2")
local buffer = ffi.new "char[16]"
ffi.copy(buffer, "string")
is(ffi.string(buffer), "string", "copy: a string with its NUL")
ffi.copy(buffer, "STRING", 3)
is(ffi.string(buffer), "STRing", "copy: a number of bytes")
local copied = ffi.new "int[3]"
ffi.copy(copied, int3, ffi.sizeof(int3))
is(copied[2], 3, "copy: an array")
ffi.fill(copied, 8)
ok(copied[1] == 0 and copied[2] == 3, "fill: with zeros")
ffi.fill(copied, 4, 255)
is(copied[0], -1, "fill: with a byte")
ffi.fill(copied, I(4), U(1))
is(copied[0], 0x1010101, "fill: by cdata numbers")
ffi.fill(copied, 4, 2.5)
is(copied[0], 0x2020202, "fill: a number is truncated")
local constant = ffi.new("const char[4]", "abc")
raises("fill: a constant array is no destination", "constant", ffi.fill, constant, 4)
raises("copy: nor for a copy", "constant", ffi.copy, constant, "x")

-- ---- abi, os, arch ----

ok(ffi.abi "64bit" and not ffi.abi "32bit" and ffi.abi "le" and not ffi.abi "be" and not ffi.abi "nonsense", "abi")
ok(ffi.abi "fpu" and ffi.abi "hardfp" and not ffi.abi "softfp" and not ffi.abi "eabi" and not ffi.abi "win", "abi: of floating-point numbers")
ok(ffi.os == (jit and jit.os or "Linux") and ffi.arch == (jit and jit.arch or ffi.arch), "os and arch are jit's")

-- ---- the extended standard functions ----

is(tonumber(I(5)), 5, "tonumber: a boxed integer")
is(tonumber(ffi.new("double", 1.5)), 1.5, "tonumber: a boxed double")
is(tonumber(ffi.cast("void *", 5)), nil, "tonumber: a pointer is none")
is(tonumber "0x10", 16, "tonumber: others as before")
is(tonumber("11", 2), 3, "tonumber: with a base")
is(tostring(I(-5)), "-5LL", "tostring: int64_t")
is(tostring(U(5)), "5ULL", "tostring: uint64_t")
is(tostring(ffi.new("complex", 1, -2)), "1-2i", "tostring: complex")
is(tostring(ffi.typeof "int"), "ctype<int>", "tostring: a ctype")
ok(tostring(object):find "^cdata<struct foo>: 0x", "tostring: a cdata")

tap.done()
