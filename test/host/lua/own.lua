-- SPDX-License-Identifier: MIT
-- What the module has beside LuaJIT's documentation, or by its own rules.
local tap = require "tap"
local ffi = tap.ffi
local ok, is, raises = tap.ok, tap.is, tap.raises
local C = ffi.C

is(package.loaded.ffi_invoke, ffi, "require gives the module")
ffi.cdef [[
int abs(int x); long labs(long x); size_t strlen(const char *s); char *strchr(const char *s, int c);
void *malloc(size_t); void free(void *);
int snprintf(char *s, size_t size, const char *format, ...);
void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
double atan2(double y, double x); float fabsf(float x);
typedef struct { double x, y; } point_t;
struct node { struct node *next; int value; };
]]

-- ---- NULL, integers and enums are Lua's own ----

is(C.strchr("abc", 120), nil, "NULL is nil")
is(ffi.cast("void *", 0), nil, "a cast to NULL is nil")
is(ffi.new("void *"), nil, "a new pointer without a value is nil")
is(ffi.new("struct node").next, nil, "a member that is NULL is nil")
is(ffi.gc(nil, print), nil, "ffi.gc takes nil")
is(C.labs(-3), 3, "a long is a number")
is(tostring(ffi.cast("uintptr_t", ffi.cast("void *", 2 ^ 63 + 2 ^ 11))), "9223372036854777856ULL", "a real from 2^63 on is an address")
if math.maxinteger then
    ffi.cdef("enum { GREATEST = $ };", math.maxinteger)
    is(C.GREATEST, math.maxinteger, "the greatest integer stands for a '$'")
end
is(C.strlen "four", 4, "a size_t is a number")
ffi.cdef "enum color { RED, GREEN = 7 }; struct painted { enum color c; };"
is(ffi.new("struct painted", {"GREEN"}).c, C.GREEN, "an enum is a number")
local holder = ffi.new("struct { int64_t i; uint64_t u; }")
holder.i, holder.u = 2 ^ 53, 2 ^ 53
is(holder.i, 2 ^ 53, "an integer that a number holds is one")
holder.u = -1
is(tostring(holder.u), "18446744073709551615ULL", "any other is boxed")
is(tonumber(holder.u), 2 ^ 64, "tonumber rounds it")

-- ---- printf's numbers, long double, callbacks with records ----

local out = ffi.new "char[100]"
C.snprintf(out, 100, "%d %x %s %.1f %ld %c", 42, 255, "text", 1, -7, 65)
is(ffi.string(out), "42 ff text 1.0 -7 A", "a number takes the type that the format asks for")
ffi.cdef "long double fabsl(long double x);"
is(C.fabsl(-2.5), 2.5, "long double is a number")
local mirrored = ffi.cast("point_t (*)(point_t, int)", function(p, n) return {p.y * n, p.x * n} end)
local p = mirrored(ffi.new("point_t", 1, 2), 10)
ok(p.x == 20 and p.y == 10, "records go through callbacks")
p = mirrored({3, 4}, 1)
ok(p.x == 4 and p.y == 3, "a table is a record for the time of the call")
mirrored:free()

-- ---- _BitInt(N) ----

if ffi.typeof "_BitInt(7)" and pcall(ffi.new, "_BitInt(7)", 1) and type(tonumber(ffi.new("_BitInt(7)", 1))) == "number" then
    ffi.cdef "typedef _BitInt(7) seven_t; typedef unsigned _BitInt(7) useven_t; struct odd { seven_t a; useven_t b; seven_t c[2]; };"
    local odd = ffi.new("struct odd", {63, 127})
    ok(odd.a == 63 and odd.b == 127, "a _BitInt(7) holds 63, an unsigned one 127")
    odd.a, odd.b, odd.c[1] = 64, 128, -65
    ok(odd.a == -64 and odd.b == 0 and odd.c[1] == 63, "a _BitInt(7) wraps at its own bits, as an int8_t does at 8")
    odd.a, odd.b = 100.75, -1
    ok(odd.a == -28 and odd.b == 127, "so do a real and a negative number")
    is(tonumber(ffi.new("seven_t", 64)), -64, "ffi.new wraps at them")
    is(tonumber(ffi.cast("seven_t", 191)), 63, "so does ffi.cast")
    ffi.cast("uint8_t *", odd)[0] = 0x7f
    is(odd.a, -1, "the bit above them in memory does not count")
    local through = ffi.cast("int (*)(seven_t, useven_t)", function(a, b) return a * 1000 + b end)
    is(through(64, 129), -63999, "so do arguments")
    through:free()
    is(ffi.cast("_BitInt(20) (*)(int)", ffi.C.abs)(0x7ff00005), 5, "the bits above a _BitInt(20) that C returns do not count")
else
    tap.skip("_BitInt(7) as an integer", "it is none by this ABI")
end
local wide = ffi.new("struct { long long a : 40; uint64_t b : 24; }", {-1, 5})
ok(wide.a == -1 and wide.b == 5, "bit-fields of 64 bits")
ffi.cdef "typedef double (*nine_t)(int, int, int, int, int, int, int, int, int, double, double, float);"
local nine = ffi.cast("nine_t", function(...)
    local sum = 0
    for i = 1, select("#", ...) do sum = sum + (select(i, ...)) end
    return sum
end)
is(nine(1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5, 0.25, 0.125), 45.875, "arguments on the stack, both ways")
ffi.cdef("typedef int (*many_t)(" .. ("int, "):rep(99) .. "int);")
local hundred = {}
for i = 1, 100 do hundred[i] = i end
local unpack = table.unpack or unpack
is(ffi.cast("many_t", function(...) return select(100, ...) end)(unpack(hundred)), 100, "a hundred arguments")

-- ---- errors ----

raises("a message names the argument", 'argument 2 "x" of atan2: expected double, got string "ten"', C.atan2, 1, "ten")
raises("a message names the member", "member 'value': expected int, got table", ffi.new, "struct node", {value = {}})
raises("a message names the element", "element 1: expected int, got nil", ffi.new, "int[3]", 1, nil, 2)
raises("a message has the place of the type", "column 8", ffi.typeof, "struct @")
raises("ffi.load lists its attempts", "libno_such%.so", ffi.load, "no_such")
raises("ffi.metatype wants a table", "table expected", ffi.metatype, "struct node", 5)
raises("ffi.string wants a pointer", "expected a pointer", ffi.string, nil)
for length = 1, 64 do
    local full, rest = ffi.new("char[?]", length), ffi.new("char[?]", 64)
    ffi.fill(full, length, 97)
    ffi.fill(rest, 64, 98)
    if #ffi.string(full) ~= length then ok(false, "a text of " .. length .. " bytes has no NUL") end
end
raises("ffi.copy wants a length", "number of bytes", ffi.copy, out, out)
raises("a type is wanted", "expected a C type, got number", ffi.sizeof, 5)
raises("a negative number of elements", "number of elements", ffi.new, "int[?]", -1)
raises("an array that no memory holds", "too large", ffi.new, "int64_t[?]", 2 ^ 62)
-- ---- parameters that must not be NULL ----

ffi.cdef [[
size_t strspn(const char *s, const char *accept) __attribute__((__nonnull__(1, 2)));
void *memmove(void *to, const void *from, size_t size) __attribute__((nonnull));
size_t strnlen(const char s[static 1], size_t most);
int sprintf(char *s, const char *format, ...) __attribute__((nonnull(1, 2)));
void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *)) __attribute__((nonnull(1, 4)));
]]
local no_null = "expected a pointer that is not NULL, got "
local room = ffi.new "char[32]"
raises("nil is refused", '^argument 2 "accept" of strspn: ' .. no_null .. "nil$", C.strspn, "a", nil)
raises("the first argument too", '^argument 1 "s" of strspn: ' .. no_null .. "nil$", C.strspn, nil, "a")
raises("a void pointer", '^argument 2 "from" of memmove: ' .. no_null .. "nil$", C.memmove, room, nil, 0)
raises("[static 1]", '^argument 1 "s" of strnlen: ' .. no_null, C.strnlen, nil, 1)
raises("a variadic function", '^argument 2 "format" of sprintf: ' .. no_null, C.sprintf, room, nil, nil)
raises("a function", '^argument 4 "compare" of qsort: ' .. no_null, C.qsort, room, 4, 1, nil)
is(C.strspn("aab", "a"), 2, "texts pass")
is(C.memmove(room, "abc", 4), ffi.cast("void *", room), "arrays pass")
is(C.sprintf(room, "%p", nil), #ffi.string(room), "variable arguments may be NULL")
is(C.qsort(room, 0, 1, function() return 0 end), nil, "a Lua function passes")
C.free(nil)

raises("NULL cannot be called", "attempt to call", function() ffi.new("struct { int (*f)(void); }[1]")[0].f() end)
raises("a variadic callback", "variadic", ffi.cast, "int (*)(int, ...)", function() end)

-- ---- errors leave nothing behind ----

local calls = 0
local four = ffi.new("int[4]", 4, 3, 2, 1)
local good, message = pcall(C.qsort, four, 4, 4, function()
    calls = calls + 1
    error "thrown from the comparator"
end)
ok(not good and message:find "thrown from the comparator", "an error in a callback is the call's")
is(calls, 1, "no callback runs after one that failed")
local order = {}
pcall(C.qsort, four, 4, 4, function()
    local inner, text = pcall(C.qsort, ffi.new("int[2]", 2, 1), 2, 4, function() error "inner" end)
    order[#order + 1] = tostring(inner)
    return 0
end)
is(order[1], "false", "an error ends at the innermost call")
is(C.abs(-1), 1, "calls go on after an error")
local deep = 0
local recurse
local function step(n) deep = n return recurse(n + 1) end
recurse = ffi.cast("int (*)(int)", step)
ok(not pcall(recurse, 1) and deep > 10, "endless recursion through callbacks is an error")

-- ---- coroutines ----

local co = coroutine.create(function(n)
    local list = ffi.new("int[3]", 3, 1, 2)
    for i = 1, 3 do
        C.qsort(list, 3, 4, function(a, b) return ffi.cast("const int *", a)[0] - ffi.cast("const int *", b)[0] end)
        n = coroutine.yield(list[i - 1] * n)
    end
end)
local seen = {}
for i = 1, 3 do seen[i] = ("%d"):format(select(2, coroutine.resume(co, 10))) end
is(table.concat(seen, " "), "10 20 30", "callbacks run in the coroutine that called")
local _, why = coroutine.resume(coroutine.create(function()
    C.qsort(four, 4, 4, function() return coroutine.yield() end)
end))
ok(tostring(why):find "yield", "a yield across a call is a clear error")
local within = ffi.cast("int (*)(void)", function()
    local gen = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end)
    return gen() + gen()
end)
is(within(), 3, "coroutines within a callback")

-- ---- lifetimes ----

local count = collectgarbage "count"
for i = 1, os.getenv "FEWER" and 500 or 20000 do -- valgrind is slow
    local cb = ffi.cast("int (*)(int)", function(x) return x end)
    if i % 1000 == 0 then cb(i) end
    cb:free()
end
for _ = 1, 3 do collectgarbage() end
ok(collectgarbage "count" - count < 2000, "callbacks that are freed leave nothing")
local function add(a, b) return ffi.cast("const int *", a)[0] - ffi.cast("const int *", b)[0] end
count = collectgarbage "count"
for _ = 1, os.getenv "FEWER" and 100 or 5000 do C.qsort(four, 4, 4, add) end
collectgarbage()
ok(collectgarbage "count" - count < 500, "a function is one callback, however often it is passed")
local finalized = 0
for _ = 1, 1000 do ffi.gc(C.malloc(8), function(q) finalized = finalized + 1 C.free(q) end) end
for _ = 1, 4 do collectgarbage() end
is(finalized, 1000, "finalizers run, each once")
local library = ffi.load "libm.so.6"
local cosine
ffi.cdef "double cos(double);"
cosine = library.cos
library = nil
for _ = 1, 3 do collectgarbage() end
is(cosine(0), 1, "a function keeps its library")
local freed = {}
do
    local closes = ffi.cast("void (*)(void *)", function() freed[#freed + 1] = "closed" end)
    local object = ffi.gc(ffi.new "int[1]", closes)
    object = nil
end
for _ = 1, 4 do collectgarbage() end
is(freed[1], "closed", "a finalizer may be a C function pointer")

-- ---- headers ----

local has, problem = pcall(ffi.header, "zlib.h", "errno.h")
if has then
    is(C.ENOENT, 2, "ffi.header: macros of integers")
    ok(ffi.sizeof "z_stream" > 80, "ffi.header: types")
else
    tap.skip("ffi.header", problem:match "[^\n]*")
end
raises("ffi.header: one that is nowhere", "nowhere.h", ffi.header, "nowhere.h")

-- ---- operators of 5.3 and later, to-be-closed ----

if _VERSION >= "Lua 5.3" then
    local bits = load [[
        local a, b = ...
        return a & b, a | b, a ~ b, a << 4, ~a, a // b]]
    local u = ffi.new("uint64_t", 12)
    local band, bor, bxor, shl, bnot, idiv = bits(u, ffi.new("uint64_t", 10))
    ok(tonumber(band) == 8 and tonumber(bor) == 14 and tonumber(bxor) == 6 and tonumber(shl) == 192 and tonumber(idiv) == 1,
        "operators on bits")
    is(tostring(bnot), "18446744073709551603ULL", "not")
end

-- ---- misuse ----

ok(not pcall(function() return #ffi.new "int" end) and not pcall(function() return ffi.new "int" .. "x" end),
    "operators without a meaning are errors")
is(getmetatable(ffi.new "int"), "ffi", "the metatable is protected")
ok(not pcall(setmetatable, ffi.new "int", {}), "and cannot be set")
raises("an index that is none", "cannot be indexed", function() return four[{}] end)
raises("pairs of what has none", "", function() for _ in pairs(ffi.new "point_t") do end end)
local odd = setmetatable({}, {__index = function() error "raised" end})
ok(pcall(ffi.new, "struct node", odd), "initializers are read raw")

-- ---- a callback that frees itself ----

for _, signature in ipairs {"int (*)(int)", "double (*)(double)", "int64_t (*)(uint64_t)", "const char *(*)(int)", "void (*)(int)"} do
    local callback
    callback = ffi.cast(signature, function(x)
        callback:free()
        for _ = 1, 3 do collectgarbage() end
        return not signature:find "char" and x or nil
    end)
    local result = callback(3)
    ok(result == nil or tonumber(result) == 3, "a callback frees itself: " .. signature)
end

tap.done()
