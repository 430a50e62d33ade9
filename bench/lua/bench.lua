-- SPDX-License-Identifier: MIT
-- Nanoseconds of one call, least of many runs: bench.lua NAME LIBRARY [REPEATS]. NAME: "by hand", the module in LIBRARY; or
-- that of an FFI, ffi_invoke's or LuaJIT's. Prints a row a line.
local name, library, repeats = arg[1], arg[2], tonumber(arg[3]) or 15
local by_hand = name == "by hand"
local clock = os.clock
local f, new_point

if by_hand then
    f = package.loadlib(library, "luaopen_callee")()
    new_point, f["repeat"] = f.point, f.repeat_
else
    local ffi = require(name == "ffi_invoke" and "ffi_invoke" or "ffi")
    ffi.cdef [[
    typedef struct point { double x, y; } point; size_t length(const char *text);
    int add2(int, int); double mix8(int, double, long, float, unsigned, double, const char *, int);
    point point_add(point, point); int repeat(int (*)(int), int);]]
    f, new_point = ffi.load(library), ffi.typeof "point"
    local f_repeat = f["repeat"]
    local cb
    f = setmetatable({["repeat"] = function(function_, count)
        cb = cb or ffi.cast("int (*)(int)", function_)
        return f_repeat(cb, count)
    end}, {__index = f})
end

local add2, length, mix8, point_add, again = f.add2, f.length, f.mix8, f.point_add, f["repeat"]
local a, b = new_point(1, 2), new_point(3, 4)
local function echo(i) return i end

local rows = {
    {"add2", function(n) for i = 1, n do add2(i, 2) end end},
    {"strlen", function(n) for _ = 1, n do length "sixteen letters." end end},
    {"8 mixed", function(n) for i = 1, n do mix8(i, 1.5, i, 2.5, 7, 0.5, "text", 8) end end},
    {"point", function(n) for _ = 1, n do point_add(a, b) end end},
    {"field read", function(n) local sum = 0 for _ = 1, n do sum = sum + a.x end return sum end},
    {"field write", function(n) for i = 1, n do a.y = 1.5 end end},
    {"callback", function(n) again(echo, n) end},
}
for _, row in ipairs(rows) do
    local run, n, least = row[2], 1000, 1e9
    repeat
        n = n * 2
        local t = clock()
        run(n)
        t = clock() - t
    until t > 0.004
    collectgarbage()
    for _ = 1, repeats do
        local t = clock()
        run(n)
        least = math.min(least, (clock() - t) / n * 1e9)
    end
    print(("%s\t%s\t%.1f"):format(row[1], name, least))
end
