-- SPDX-License-Identifier: MIT
-- Prints the outcome of conversions, operations and random initializers, one a line, in a form that does not depend on how
-- a Lua writes numbers: t_lua_agree.sh compares the lines of LuaJIT's own library with those of ffi_invoke. Left out is what
-- the README of the host lists as different, what a Lua without LuaJIT's VM cannot do, and where Debian's LuaJIT of 2022
-- differs from LuaJIT's documentation.
local ffi = require "tap".ffi
local new, cast = ffi.new, ffi.cast
local seed = tonumber(os.getenv "SEED" or "1")

local function random(n) -- 1 to n
    seed = seed * 16807 % 2147483647
    return seed % n + 1
end

local function shown(value)
    local number = type(value) == "cdata" and tonumber(value) or value
    if type(number) == "number" then
        if type(value) == "cdata" and tostring(value):find "LL$" then return (tostring(value):gsub("U?LL", "")) end
        if math.type and math.type(number) == "integer" then return ("%d"):format(number) end
        return number % 1 == 0 and ("%.0f"):format(number):gsub("^-0$", "0") or ("%.14g"):format(number)
    end
    return type(value) == "cdata" and "cdata" or tostring(value)
end

local function try(name, f, ...)
    local good, value = pcall(f, ...)
    print(name .. ": " .. (good and shown(value) or "error"))
end

local function bytes(at, size)
    return (ffi.string(cast("const char *", at), size):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- ---- each value to each type, by each way ----

ffi.cdef [[
enum en { EA, EB = 7, EC = -3 }; struct pt { int x, y; }; struct pt2 { int x, y; }; union un { int i; double d; };
typedef int v4 __attribute__((vector_size(16))); int abs(int);
]]
local numbers = {"bool", "char", "int8_t", "uint8_t", "int16_t", "uint16_t", "int", "unsigned", "int64_t", "uint64_t", "float",
    "double", "enum en", "complex", "complex float", "v4"}
local pointers = {"void *", "const void *", "char *", "const char *", "unsigned char *", "int *", "const int *", "unsigned *",
    "volatile int *", "double *", "struct pt *", "const struct pt *", "struct pt2 *", "union un *", "int **",
    "void **", "int (*)(int)", "bool *", "enum en *"}
local aggregates = {"struct pt", "union un", "int[3]", "int[2][2]", "bool[2]", "double[2]", "struct pt[2]"}
local three, pair = new("int[3]", 1, 2, 3), new("struct pt[2]", {{1, 2}, {3, 4}})
local values = {["0"] = 0, ["1"] = 1, ["-1"] = -1, ["200"] = 200, ["70000"] = 70000, ["0.5"] = 0.5, ["-1.5"] = -1.5,
    ["true"] = true, ["false"] = false, ["'EB'"] = "EB", ["'word'"] = "word", ["{}"] = {}, ["{1}"] = {1}, ["{1,2}"] = {1, 2},
    ["{1,2,3,4}"] = {1, 2, 3, 4}, ["{[0]=5,6}"] = {[0] = 5, 6}, ["{x=1}"] = {x = 1}, ["{d=1.5}"] = {d = 1.5},
    ["{{1,2},{3,4}}"] = {{1, 2}, {3, 4}}, ["{true}"] = {true}, ["{[2]=2}"] = {[2] = 2}, thread = coroutine.create(function() end),
    i8 = new("int8_t", -5), u8 = new("uint8_t", 250), u16 = new("uint16_t", 60000), i32 = new("int", -70000),
    i64 = new("int64_t", -5e8), u64 = new("uint64_t", 5e8), b = new("bool", true), en = new("enum en", "EC"),
    three = three, pair = pair, pt = pair[0], pi = cast("int *", three), pci = cast("const int *", three),
    pvi = cast("volatile int *", three), pu = cast("unsigned *", three), pv = cast("void *", three),
    pcv = cast("const void *", three), pd = cast("double *", three), pc = cast("char *", three), ppt = cast("struct pt *", three),
    pcpt = cast("const struct pt *", three), pp = cast("int **", three),
    pen = cast("enum en *", three), pb = cast("bool *", three), pt2 = new "struct pt2", un = new("union un", 3)}
local names = {}
for name in next, values do names[#names + 1] = name end
table.sort(names)

local function place() -- where a pointer leads
    return function(make)
        local object = make()
        if object == nil then return "NULL" end
        local holder = new "void *[1]"
        holder[0] = cast("void *", object)
        return cast("int *", holder[0]) == cast("int *", three) and "three" or "elsewhere"
    end
end

local function content(type_name)
    return function(make)
        local holder = new(ffi.typeof("struct { $ it; }", ffi.typeof(type_name)))
        holder.it = make()
        return bytes(holder, ffi.sizeof(holder))
    end
end

local function convert(types, outcome)
    for _, type_name in ipairs(types) do
        for _, name in ipairs(names) do
            local value, is = values[name], outcome(type_name)
            if type_name == "uint64_t" and type(value) == "number" and value < 0 then value = 5 end
            local text = type_name .. " <- " .. name
            local is_address = type(value) ~= "number" and type(value) ~= "boolean" and types == numbers and
                not (type(value) == "cdata" and tonumber(value))
            try("new " .. text, is, function() return new(type_name, value) end)
            if not is_address then try("cast " .. text, is, function() return cast(type_name, value) end) end
            try("member " .. text, is, function()
                local holder = new(ffi.typeof("struct { $ it; }", ffi.typeof(type_name)))
                holder.it = value
                return holder.it
            end)
            if type(value) ~= "cdata" or types ~= aggregates then
                try("istype " .. text, function() return ffi.istype(type_name, value) end)
            end
        end
    end
end
convert(numbers, content)
convert(pointers, place)
convert(aggregates, content)

-- ---- operations ----

local operands = {"0", "1", "-1", "0.5", "'EB'", "{}", "true", "i8", "u8", "u16", "i32", "i64", "u64", "b", "en", "pi", "pci", "pu",
    "pd", "pc", "ppt", "pp", "three", "pair", "pt", "un"}
local operators = {["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
    ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end, ["%"] = function(a, b) return a % b end,
    ["^"] = function(a, b) return a ^ b end, [".."] = function(a, b) return a .. b end}
local orders = {["=="] = function(a, b) return a == b end, ["<"] = function(a, b) return a < b end,
    ["<="] = function(a, b) return a <= b end}

local function operate(sign, f, a, b)
    local x, y = values[a], values[b]
    if type(x) ~= "cdata" and type(y) ~= "cdata" then return end
    if sign == "-" and (a == "pair" and b == "ppt" or a == "ppt" and b == "pair") then return end
    if a == "-1" and b == "u64" or a == "u64" and b == "-1" then return end
    try(a .. " " .. sign .. " " .. b, function()
        local result = f(x, y)
        if type(result) ~= "cdata" or tonumber(result) then return result end
        local distance = tonumber(cast("intptr_t", result) - cast("intptr_t", cast("char *", type(x) == "cdata" and not tonumber(x) and x or y)))
        return "pointer of size " .. shown(ffi.sizeof(result)) .. " at " .. shown(distance)
    end)
end
for _, a in ipairs(operands) do
    for _, b in ipairs(operands) do
        for _, sign in ipairs {"+", "-", "*", "/", "%", "^", ".."} do operate(sign, operators[sign], a, b) end
        local both = type(values[a]) == "cdata" and type(values[b]) == "cdata"
        if both and not ((a .. b):find "pair" or (a .. b):find "pt" or (a .. b):find "un") then
            for _, sign in ipairs {"==", "<", "<="} do operate(sign, orders[sign], a, b) end
        end
    end
end

-- ---- random initializers of random types ----

local scalars = {"bool", "int8_t", "uint8_t", "int16_t", "uint16_t", "int", "unsigned", "int64_t", "uint64_t", "float", "double",
    "enum en"}
local number = 0

local function random_type(depth)
    local kind = random(10)
    if depth == 0 or kind <= 4 then return {kind = "scalar", text = scalars[random(#scalars)]} end
    if kind <= 6 then return {kind = "array", count = random(4), of = random_type(depth - 1)} end
    local type = {kind = kind == 7 and "union" or "struct"}
    for i = 1, random(4) do
        number = number + 1
        local member = {name = "m" .. number, type = random_type(depth - 1)}
        if type.kind == "struct" and (member.type.text or ""):find "int%d*_?t?$" and not member.type.text:find "64" and random(4) == 1 then
            member.bits = random(7)
        elseif type.kind == "struct" and member.type.kind == "struct" and random(3) == 1 then
            member.name = nil
        end
        type[i] = member
    end
    return type
end

local function declaration(type, name)
    if type.kind == "scalar" then return type.text .. " " .. name end
    if type.kind == "array" then return declaration(type.of, name .. "[" .. type.count .. "]") end
    local text = type.kind .. " { "
    for _, member in ipairs(type) do
        text = text .. declaration(member.type, member.name or "") .. (member.bits and " : " .. member.bits or "") .. "; "
    end
    return text .. "} " .. name
end

-- The real members of unions are left out: what another member wrote may be a NaN, which LuaJIT of 2022 takes for an object.
local function read(type, value, in_union)
    if type.kind == "scalar" then return in_union and (type.text == "float" or type.text == "double") and "-" or shown(value) end
    local list = {}
    in_union = in_union or type.kind == "union"
    for i = 0, (type.count or 0) - 1 do list[#list + 1] = read(type.of, value[i], in_union) end
    for _, member in ipairs(type) do list[#list + 1] = read(member.type, member.name and value[member.name] or value, in_union) end
    return "{" .. table.concat(list, ",") .. "}"
end

local function random_scalar(type)
    local kind = random(30)
    if type.text == "enum en" and kind < 6 then return ({"EA", "EB", "EC"})[random(3)] end
    local odd = {true, random(100) / 4, -random(100), "x", {}, {random(9)}, new("int64_t", random(1000)), new("uint8_t", random(200))}
    local value = odd[kind]
    if value == nil then value = random(100) end
    return type.text == "uint64_t" and kind == 3 and -value or value
end

local function random_value(type)
    if type.kind == "scalar" then return random_scalar(type) end
    if random(25) == 1 then return random(9) end
    local table_, first = {}, random(4) == 1 and 0 or 1
    if type.kind == "array" then
        for i = first, first + random(type.count + (random(8) == 1 and 2 or 1)) - 2 do table_[i] = random_value(type.of) end
        return table_
    end
    local by_name, last = random(2) == 1, random(6)
    local function fill(record)
        for i, member in ipairs(record) do
            if not member.name then fill(member.type)
            elseif by_name then table_[member.name] = random(4) > 1 and random_value(member.type) or nil
            elseif i <= last then table_[first], first = random_value(member.type), first + 1 end
        end
    end
    fill(type)
    return table_
end

local function text_of(value)
    if type(value) ~= "table" then return shown(value) end
    local keys, list = {}, {}
    for key in next, value do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(keys) do list[#list + 1] = "[" .. shown(key) .. "]=" .. text_of(value[key]) end
    return "{" .. table.concat(list, ",") .. "}"
end

for round = 1, tonumber(os.getenv "ROUNDS" or "400") do
    local type = {kind = "array", count = random(4), of = random_type(3)}
    if random(2) == 1 and type.of.kind ~= "scalar" then type = type.of end
    local name = "random" .. round
    print(declaration(type, name))
    ffi.cdef("typedef " .. declaration(type, name))
    print(ffi.sizeof(name) .. " " .. ffi.alignof(name))
    for _ = 1, 4 do
        local value = random_value(type)
        local text = name .. " <- " .. text_of(value)
        try("new " .. text, function() return read(type, new(name, value)) end)
        try("store " .. text, function()
            local array = new(name .. "[2]")
            ffi.fill(array, ffi.sizeof(array), 1)
            array[1] = value
            return read(type, array[1]) .. read(type, new(name, array[1]))
        end)
    end
end
