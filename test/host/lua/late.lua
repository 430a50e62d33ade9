-- SPDX-License-Identifier: MIT
-- An object that is older than the module is finalized after it, and still uses it: errors, but no crash.
local ffi, kept, made
local uses = {
    function() return ffi.new "int[8]" end,
    function() return ffi.typeof "struct { int x; } *" end,
    function() return ffi.C.labs(-3) end,
    function() return ffi.cdef "int zzz(void);" end,
    function() return ffi.cast("int (*)(int)", print) end,
    function() return kept(4) end,
    function() return kept:free() end,
    function() return made.none end,
    function() return ffi.poll() end,
    function() return ffi.load "m" end,
}
local old = newproxy and newproxy(true) or setmetatable({}, {})
getmetatable(old).__gc = function()
    for i, use in ipairs(uses) do
        if pcall(use) then print("not ok 1 - the use numbered " .. i .. " is no error") end
    end
    ffi.C.abs(made.x)
end
if not newproxy then setmetatable(old, getmetatable(old)) end
package.loaded.old = old

ffi = require "ffi_invoke"
ffi.cdef "int abs(int); long labs(long); struct made { int x; };"
kept, made = ffi.cast("int (*)(int)", function(x) return x + 1 end), ffi.new("struct made", 5)
print((kept(1) + ffi.C.abs(-made.x) == 7 and "ok" or "not ok") .. " 1 - the module, and again when it has ended")
