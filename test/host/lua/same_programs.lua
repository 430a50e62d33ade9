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

ffi.cdef "size_t strnlen(const char *s, size_t s);"
is(tonumber(C.strnlen("abcd", 3)), 3, "declared: two parameters of one name, as lua-resty-core has them")

-- ---- a type's text declares no tag: by that modules ask whether another one has declared it ----

for _, type in ipairs {"struct nowhere", "struct nowhere *", "int (*)(union nowhere *)", "struct { enum nowhere *p; }",
    "struct/* */nowhere *", "struct __attribute__((packed)) nowhere *", "struct nowhere { int x; }", "enum nowhere { NOWHERE }"} do
    raises("tags: none in " .. type, "nowhere' is not declared", ffi.typeof, type)
    raises("tags: nor for ffi.new", "nowhere' is not declared", ffi.new, type)
end
raises("tags: nor behind a '$'", "nowhere' is not declared", ffi.typeof, "struct { $ a; struct nowhere *p; }", ffi.typeof "int")
raises("tags: nor by ffi.metatype", "nowhere' is not declared", ffi.metatype, "struct nowhere", {})
ffi.cdef "struct here; union in_result *in_declaration(enum in_parameter *);"
local pointers = {"struct here *", "union in_result *", "enum in_parameter *", "void (*)(const  struct\nhere *)"}
for _, type in ipairs(pointers) do is(ffi.sizeof(type), 8, "tags: declared for " .. type:gsub("\n", " ")) end

is(ffi.sizeof "struct __declspec(align(16)) { char c; }", 16, "tags: none behind an attribute")
is(ffi.sizeof "struct __attribute__((packed)) { char c; struct here *p; }", 9, "tags: none behind another")

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
is(ffi.sizeof "struct { head_t; int c; }", 12, "embedded: in the text of a type")
is(ffi.new("struct { struct tail; int c; }", {y = 3}).y, 3, "embedded: in the type of a new object")
is(ffi.sizeof(ffi.typeof "int (*)(int a, int a)"), 8, "declared: two parameters of one name in the text of a type")
ok(ffi.sizeof "union either" == 8 and ffi.new("union either", {x = 5}).x == 5, "embedded: in a union")
local bytes = ffi.new("bytes_t", 7, {"abc"})
ok(ffi.sizeof(bytes) == 7 and ffi.string(bytes.data) == "abc", "VLS: the array may be the only member")
is(ffi.sizeof(ffi.typeof "struct { double d[?]; }", 3), 24, "VLS: also without a name")
is(ffi.sizeof(ffi.new("struct { int d[]; }")), 0, "VLS: and without a '?'")

ffi.cdef [[
struct open_none { int n; char d[0]; }; struct open_c { int n; char d[]; }; struct open_vls { int n; char d[?]; };
union open_union { char none[0]; char c[20]; struct { int n; char d[]; } inside; };
typedef int four_t __attribute__((vector_size(16)));
]]
local room = ffi.new "char[40]"
for _, type in ipairs {"struct open_none", "struct open_c", "struct open_vls"} do
    local object = ffi.cast(type .. " *", room)
    ffi.fill(room, 40)
    object.d = "hello"
    is(ffi.string(room + 4), "hello", "open arrays: a string into the one of " .. type)
    if type ~= "struct open_none" then object.d = {72, 69} end
    is(ffi.string(room + 4), type ~= "struct open_none" and "HEllo" or "hello", "open arrays: a table clears nothing of " .. type)
end
local vls = ffi.new("struct open_vls", 10)
vls.d = "hello"
vls.d = {72, 69}
is(ffi.string(vls.d), "HEllo", "open arrays: of an object with a length")
local overlaid = ffi.new("union open_union", {none = "first"})
is(ffi.string(overlaid.c), "first", "open arrays: initialized in a union")
overlaid.none = "second"
overlaid.inside.d = "third"
is(ffi.string(overlaid.c), "secothird", "open arrays: in a union, and in a struct within it")
raises("open arrays: a member of unknown length has no size", "", function() return ffi.sizeof(vls.d) end)
raises("open arrays: nor has an object behind a pointer", "", function() return ffi.sizeof(ffi.cast("struct open_vls *", room)[0]) end)
ok(ffi.sizeof(ffi.new("four_t[?]", 3)) == 48 and ffi.sizeof(ffi.new("four_t[?]", 0)) == 0, "sizeof: a VLA of aligned elements")

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
local tail_of = ffi.new "struct { struct tail t; }".t
local kinds = {"int", "int64_t", "void *", "int[10]", "struct tail", "head_t", "union either", "complex", "enum kind"}
for i, a in ipairs(kinds) do
    local right = true
    for j, b in ipairs(kinds) do right = right and ffi.istype(a, ffi.typeof(b)) == (i == j) end
    ok(right, "istype: the type " .. a .. " instead of an object")
end
ok(ffi.istype("int64_t", ffi.typeof "long long") and ffi.istype("long", ffi.new "int64_t"), "istype: integers of 64 bits are one type")
ok(ffi.istype("const int", ffi.typeof "int") and ffi.istype(ffi.typeof "struct tail", ffi.typeof "struct tail *"),
    "istype: with qualifiers, with a pointer to the struct")
ok(ffi.istype("int (&)[3]", ffi.new "int[3]") and ffi.istype("int", ffi.typeof "int &") and ffi.istype("struct tail &", tail_of),
    "istype: of a reference what it refers to")
ok(ffi.sizeof("int[?]", -1) == nil and ffi.sizeof("bytes_t", I(-1)) == nil, "sizeof: a negative number of elements")
is(ffi.alignof "void", 1, "alignof: of void")

-- ---- texts of complex numbers ----

local function text(re, im) return tostring(ffi.new("complex", re, im)) end
local zero, inf = 0.0, 1 / 0
is(text(-zero, -zero), "-0-0i", "tostring: a negative 0")
is(text(zero, zero) .. text(1.5, -2), "0+0i" .. "1.5-2i", "tostring: other signs")
is(text(inf, -inf) .. text(-inf, inf), "inf-infI-inf+infI", "tostring: infinite")
is(text(inf - inf, -(inf - inf)) .. text(1, inf - inf), "nan+nanI1+nanI", "tostring: not a number")

-- ---- strings ----

ok(ffi.string(nil, 0) == "" and ffi.string(ffi.new "void *", I(0)) == "", "string: NULL without bytes")
for _, type in ipairs {"unsigned char[1][2]", "char[4][1]", "enum kind[4]", "int[2]", "bool[2]"} do
    raises("initializers: a string is not the first element of " .. type, "expected", ffi.new, type, "KIND")
end
is(ffi.string(ffi.new("struct { char text[5]; }", "abc").text), "abc", "initializers: but the first member of a struct")

-- ---- constants ----

local indexed = {}
ffi.metatype("struct tail", {__newindex = indexed, __index = indexed})
local tail, constant = ffi.new "struct tail", ffi.new "const struct tail"
tail.other = 5
is(constant.other, 5, "metatype: __newindex, and __index of a constant")
raises("metatype: no __newindex of a constant", "constant", function() constant.other = 6 end)
raises("metatype: nor through a pointer to one", "constant", function() ffi.cast("const struct tail *", tail).other = 6 end)
ffi.cdef "struct leads { struct tail *to; void *any; };"
local leads = ffi.new "struct leads"
leads.to, leads.any = constant, constant
ok(leads.to == leads.any and leads.to.x == 0, "conversion: the address of a constant struct")
raises("conversion: but not a pointer to one", "expected", function() leads.to = ffi.cast("const struct tail *", tail) end)
raises("conversion: nor an array of them", "expected", function() leads.any = ffi.new "const struct tail[1]" end)
local arrays = ffi.new "struct { int a[2]; const int c[2]; }"
raises("conversion: an array of constants is not copied to another", "expected", function() arrays.a = arrays.c end)

tap.done()
