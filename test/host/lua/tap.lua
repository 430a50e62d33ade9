-- SPDX-License-Identifier: MIT
-- TAP for the scripts beside this file, which run in every Lua, and `ffi`: LuaJIT's own, or ffi_invoke.
local tap = {count = 0, failed = 0}

-- FFI=luajit: its own library. Everything else is the module's.
tap.own = os.getenv "FFI" == "luajit"
tap.ffi = tap.own and require "ffi" or require "ffi_invoke"
package.loaded.ffi = tap.ffi

function tap.ok(good, name)
    tap.count = tap.count + 1
    if not good then tap.failed = tap.failed + 1 end
    print((good and "ok " or "not ok ") .. tap.count .. " - " .. name)
    return good
end

function tap.is(got, want, name)
    if tap.ok(got == want, name) then return end
    print("#   got " .. tostring(got) .. ", expected " .. tostring(want))
end

-- The call raises an error, whose text has the pattern.
function tap.raises(name, pattern, f, ...)
    local good, message = pcall(f, ...)
    if tap.ok(not good and (tap.own or tostring(message):find(pattern)), name) then return end
    print("#   got " .. tostring(message):gsub("\n", "\n# "))
end

function tap.skip(name, why)
    tap.count = tap.count + 1
    print("ok " .. tap.count .. " - " .. name .. " # SKIP " .. why)
end

-- Checks what the documentation says and Debian's LuaJIT does not do, by its age or its options.
tap.newer = tap.own and function(_, name) tap.skip(name, "not in this LuaJIT") end or tap.ok

-- Integers of 64 bits, for every Lua.
function tap.i64(n) return tap.ffi.new("int64_t", n) end
function tap.u64(n) return tap.ffi.new("uint64_t", n) end

-- The first integers of an array, as a text.
function tap.values(array, count)
    local list = {}
    for i = 0, count - 1 do list[#list + 1] = ("%d"):format(tonumber(array[i])) end
    return table.concat(list, " ")
end

-- A library, or nil with a printed skip.
function tap.load(name, what)
    local good, library = pcall(tap.ffi.load, name)
    if good then return library end
    tap.skip(what, "no library " .. name)
end

function tap.done()
    print("1.." .. tap.count)
    os.exit(tap.failed == 0 and 0 or 1, true)
end

return tap
