-- SPDX-License-Identifier: MIT
-- What published programs for LuaJIT and its own test suite rely on, beyond the sentences of its documentation. LuaJIT's own
-- library passes this script too.
local tap = require "tap"
local ffi = require "ffi"
local ok, is, raises, I, U = tap.ok, tap.is, tap.raises, tap.i64, tap.u64
local C, n = ffi.C, tonumber

-- ---- declarations of two modules that contradict each other: the first stays ----

ffi.cdef "int abs(int); typedef struct ssl_st SSL; typedef short time_kind; extern int optind; struct kept { char c; };"
ffi.cdef "double abs(double); typedef struct SSL SSL; typedef long long time_kind; extern long optind; int behind(SSL *);"
is(C.abs(-2.5), 2, "declared again: a function")
ok(tostring(ffi.typeof "SSL *"):find "ssl_st", "declared again: a typedef of a struct")
is(ffi.sizeof "time_kind", 2, "declared again: a typedef of an integer")
ffi.cdef "typedef struct { const char *data; } text_t;"
ffi.cdef "typedef struct { size_t len; const char *data; } text_t; typedef text_t two_texts[2];"
is(ffi.sizeof "two_texts", 16, "declared again: what follows has the first meaning")

-- ---- members ----

ffi.cdef [[
typedef struct { uint32_t magic, flags; } head_t;
struct tail { int x, y; };
typedef struct { head_t; uint32_t reserved; } head64_t;
struct both { char c; struct tail; const head_t; };
union either { char c; struct tail; };
typedef struct { char data[?]; } bytes_t;
]]
is(ffi.sizeof "head64_t", 12, "embedded: by a typedef's name")
is(ffi.offsetof("head64_t", "flags"), 4, "embedded: its members are members")
local both = ffi.new("struct both", {y = 7, flags = 8})
ok(ffi.sizeof(both) == 20 and both.y == 7 and both.flags == 8, "embedded: by a tag")
ok(ffi.sizeof "union either" == 8 and ffi.new("union either", {x = 5}).x == 5, "embedded: in a union")
local bytes = ffi.new("bytes_t", 7, {"abc"})
ok(ffi.sizeof(bytes) == 7 and ffi.string(bytes.data) == "abc", "VLS: the array may be the only member")
is(ffi.sizeof(ffi.typeof "struct { double d[?]; }", 3), 24, "VLS: also without a name")
is(ffi.sizeof(ffi.new("struct { int d[]; }")), 0, "VLS: and without a '?'")

-- ---- symbols ----

ffi.cdef "extern int other_name __asm__(\"optind\"); extern int third_name asm(\"opt\" \"ind\");"
C.other_name = 12
ok(C.optind == 12 and C.third_name == 12, "__asm__: redirects a variable")
C.optind = 1
is(C.other_name, 1, "__asm__: it is the same variable")

-- ---- callbacks ----

local callback = ffi.typeof "int (*)(int)"
local function add(i) return i + 1 end
local first, second = callback(add), ffi.new(callback, add)
ok(first ~= second, "callback: ffi.new makes one of its own, as a cast does")
first:free()
is(second(4), 5, "callback: the other one stays")
second:free()
raises("callback: ffi.new refuses other types", "expected", ffi.new, "int *", add)
raises("callback: and numbers", "expected", ffi.new, callback, 5)

-- ---- ffi.istype with a type; sizes ----

ffi.cdef "enum kind { KIND };"
local kinds = {"int", "int64_t", "void *", "int[10]", "struct tail", "head_t", "union either", "complex", "enum kind"}
for i, a in ipairs(kinds) do
    local right = true
    for j, b in ipairs(kinds) do right = right and ffi.istype(a, ffi.typeof(b)) == (i == j) end
    ok(right, "istype: the type " .. a .. " instead of an object")
end
ok(ffi.istype("int64_t", ffi.typeof "long long") and ffi.istype("long", ffi.new "int64_t"), "istype: integers of 64 bits are one type")
ok(ffi.istype("const int", ffi.typeof "int") and ffi.istype(ffi.typeof "struct tail", ffi.typeof "struct tail *"),
    "istype: with qualifiers, with a pointer to the struct")
ok(ffi.sizeof("int[?]", -1) == nil and ffi.sizeof("bytes_t", I(-1)) == nil, "sizeof: a negative number of elements")
is(ffi.alignof "void", 1, "alignof: of void")

-- ---- texts of complex numbers ----

local function text(re, im) return tostring(ffi.new("complex", re, im)) end
local zero, inf = 0.0, 1 / 0
is(text(-zero, -zero), "-0-0i", "tostring: a negative 0")
is(text(zero, zero) .. text(1.5, -2), "0+0i" .. "1.5-2i", "tostring: other signs")
is(text(inf, -inf) .. text(-inf, inf), "inf-infI-inf+infI", "tostring: infinite")
is(text(inf - inf, -(inf - inf)) .. text(1, inf - inf), "nan+nanI1+nanI", "tostring: not a number")

-- ---- constants ----

local indexed = {}
ffi.metatype("struct tail", {__newindex = indexed, __index = indexed})
local tail, constant = ffi.new "struct tail", ffi.new "const struct tail"
tail.other = 5
is(constant.other, 5, "metatype: __newindex, and __index of a constant")
raises("metatype: no __newindex of a constant", "constant", function() constant.other = 6 end)
raises("metatype: nor through a pointer to one", "constant", function() ffi.cast("const struct tail *", tail).other = 6 end)
local arrays = ffi.new "struct { int a[2]; const int c[2]; }"
raises("conversion: an array of constants is not copied to another", "expected", function() arrays.a = arrays.c end)

tap.done()
