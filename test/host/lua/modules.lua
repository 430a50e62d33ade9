-- SPDX-License-Identifier: MIT
--
-- Published modules that use LuaJIT's FFI, whose sources this repository does not have: a session with each of those that
-- are in the folder of the first argument, by the names of their repositories with a + for the /. `jit` as the second
-- argument takes LuaJIT's own library, for comparison.
local folder, own = arg[1], arg[2] == "jit"
for _, pattern in ipairs {"luapower+zlib", "luapower+expat", "luapower+libpng", "luapower+glue", "luapower+cairo", "luapower+libjpeg",
    "luapower+ringbuffer", "sjnam+luajit-zstd", "sjnam+luajit-brotli", "justincormack+ljsyscall"} do
    package.path = package.path .. (";%s/%s/?.lua"):format(folder, pattern)
end
if not own then package.loaded.ffi = require "ffi_invoke" end
local ffi = require "ffi"
if not package.loaded.bit and not pcall(require, "bit") then
  package.loaded.bit = load[[
    local function s(x) x = x & 0xffffffff; return x >= 0x80000000 and x - 0x100000000 or x end
    local i = function(x) return math.type(x) == "float" and math.tointeger(x) or x end
    return { band = function(a, ...) a = i(a); for _, b in ipairs{...} do a = a & i(b) end return s(a) end,
      bor = function(a, ...) a = i(a); for _, b in ipairs{...} do a = a | i(b) end return s(a) end,
      bxor = function(a, b) return s(i(a) ~ i(b)) end, bnot = function(a) return s(~i(a)) end,
      lshift = function(a, n) return s(i(a) << (n & 31)) end, rshift = function(a, n) return s((i(a) & 0xffffffff) >> (n & 31)) end,
      arshift = function(a, n) return s(a) >> n end, tobit = function(a) return s(i(a)) end,
      tohex = function(a, n) return string.format("%08x", a & 0xffffffff) end, bswap = function(a) return s(string.unpack(">I4", string.pack("<I4", a & 0xffffffff))) end }
  ]]()
end
unpack = unpack or table.unpack
loadstring = loadstring or load
table.pack = table.pack or function(...) return {n = select("#", ...), ...} end
setfenv = setfenv or function(f, t) for i = 1, 20 do local n = debug.getupvalue(f, i); if n == "_ENV" then debug.setupvalue(f, i, t) break end end return f end
getfenv = getfenv or function() return _G end
package.loaded.jit = package.loaded.jit or {os = ffi.os, arch = ffi.arch, off = function() end, on = function() end, version_num = 20100}
jit = jit or package.loaded.jit
package.loaded.xsys = { string = { split = function(s, sep) local t = {}; for p in (s .. sep):gmatch("(.-)" .. sep) do t[#t+1] = p end return t end, trim = function(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end } , from = nil}

-- TAP
local count = 0
local function session(repository, run)
    count = count + 1
    local file = io.open(folder .. "/" .. repository .. "/" .. (repository:match "ljsqlite3" and "init" or repository:match "ljsyscall" and "syscall"
        or repository:match "brotli" and "brotli/encoder" or repository:match "[-+](%w+)$") .. ".lua")
    local name = ("%d - %s: %s"):format(count, _VERSION, repository)
    if not file then return print("ok " .. name .. " # SKIP it is not there") end
    file:close()
    local good, message = xpcall(run, debug.traceback)
    print((good and "ok " or "not ok ") .. name)
    if not good then print("# " .. tostring(message):gsub("\n", "\n# ")) end
end

session("luapower+zlib", function()
    local zlib = require "zlib"
    local text = ("The game done changed. "):rep(1000)
    assert(zlib.uncompress(zlib.compress(text), nil, #text) == text)
    assert(tonumber(zlib.crc32 "Game's the same, just got more fierce.") == 0x2c40120a)
    assert(tonumber(zlib.adler32 "The game done changed.") == 0x587507ba)
    local t = {}
    zlib.deflate(text, function(p, n) t[#t+1] = type(p) == "string" and p or ffi.string(p, n) end)
    local u = {}
    zlib.inflate(table.concat(t), function(p, n) u[#u+1] = type(p) == "string" and p or ffi.string(p, n) end)
    assert(table.concat(u) == text)
    local file = os.tmpname()
    local gz = zlib.open(file, "w"); assert(gz:write(text) == #text); gz:close()
    gz = zlib.open(file); assert(gz:read(#text) == text); assert(#gz:read(1) == 0); assert(gz:eof()); gz:close()
    os.remove(file)
end)
session("luapower+expat", function()
    local expat = require "expat"
    local t = expat.treeparse{string = "<a x='1'><b>text</b><c y='2'/></a>"}
    assert(t.tags.a.attrs.x == "1" and t.tags.a.tags.b.cdata == "text" and t.tags.a.tags.c.attrs.y == "2")
    local seen = {}
    expat.parse({string = "<r><i/><i/></r>"}, {start_tag = function(n) seen[#seen+1] = n end, end_tag = function(n) seen[#seen+1] = "/" .. n end})
    assert(table.concat(seen, " ") == "r i /i i /i /r", table.concat(seen, " "))
    assert(not pcall(expat.parse, {string = "<a>"}, {}))
end)
session("luapower+glue", function()
    local glue = require "glue"
    assert(glue.tohex("\1\255") == "01ff")
    local f = glue.buffer and glue.buffer("char[?]")
    if f then local p, n = f(100); assert(n >= 100) ffi.fill(p, 100, 65); assert(ffi.string(p, 3) == "AAA") end
end)
session("luapower+cairo", function()
    local cairo = require "cairo"
    local sr = cairo.image_surface("rgb24", 64, 32)
    local cr = sr:context()
    cr:rgb(1, 0, 0); cr:paint(); cr:rgba(0, 1, 0, 1); cr:rectangle(10, 10, 5, 5); cr:fill()
    local m = cairo.matrix(); m:translate(3, 4); m:scale(2, 2); local x, y = m:point(1, 1); assert(x == 5 and y == 6)
    sr:flush()
    local px = ffi.cast("uint32_t*", sr:data())
    assert(px[0] % 0x1000000 == 0xff0000, tostring(px[0])); assert(px[12 * (sr:stride() / 4) + 12] % 0x1000000 == 0x00ff00)
    assert(sr:width() == 64 and sr:height() == 32)
    cr:free(); sr:free()
end)
session("luapower+libpng", function()
    local libpng = require "libpng"
    local bytes = ("89504e470d0a1a0a0000000d4948445200000008000000040806000000b3cd7ef00000002c49444154789c636060646266616563e7e0e4e2e6e1e5e31710141216111513979094929691959367a0bd0200d57307c183fde7ea0000000049454e44ae426082"):gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end) -- 8 x 4, rgba
    local img = libpng.load{string = bytes, lib_version = ffi.string(ffi.load "png16".png_get_libpng_ver(nil)), accept = {rgba8 = true, bgra8 = true, rgb8 = true, g8 = true}}
    assert(img.w > 0 and img.h > 0 and img.data ~= nil)
end)
session("luapower+libjpeg", function() 
    local libjpeg = require "libjpeg"
    local pixels = ffi.new("uint8_t[?]", 16 * 3 * 8, 128)
    local s = {}
    libjpeg.save{bitmap = {w = 16, h = 8, stride = 48, data = pixels, size = 384, format = "rgb8"}, write = function(p, n) s[#s+1] = ffi.string(p, n) return n end}
    local jpg = table.concat(s)
    local pos = 0
    local img = libjpeg.open{read = function(buf, n) local c = jpg:sub(pos + 1, pos + n); ffi.copy(buf, c, #c); pos = pos + #c; return #c end}
    assert(img.w == 16 and img.h == 8)
    local bmp = img:load(); assert(bmp.w == 16); img:free()
end)
session("luapower+ringbuffer", function()
    local rb = require "ringbuffer"
    local b = rb.cdatabuffer and rb.cdatabuffer{size = 10, ctype = "char"} 
    if b then b:push("hello", 5); b:push("world", 5); assert(b.length == 10) local t = {}; b:pull(7); assert(b.length == 3) end
end)
session("stepelu+lua-ljsqlite3", function()
    local sql = dofile(folder .. "/stepelu+lua-ljsqlite3/init.lua")
    local conn = sql.open ""
    conn:exec [[CREATE TABLE t(id TEXT, num REAL); INSERT INTO t VALUES('one', 1.5), ('two', 2.25);]]
    local t = conn:exec "SELECT * FROM t"
    assert(t[1][2] == "two" and t[2][1] == 1.5)
    local stmt = conn:prepare "INSERT INTO t VALUES(?, ?)"
    for i = 1, 5 do stmt:reset():bind("n" .. i, i):step() end
    stmt:close()
    local n = conn:rowexec "SELECT count(*) FROM t"; assert(n == 7 or tonumber(n) == 7)
    conn:setscalar("twice", function(x) return 2 * x end); assert(tonumber((conn:rowexec "SELECT twice(21)")) == 42)
    conn:setaggregate("mysum", function() local s = 0 return function(x) s = s + x end, function() return s end end)
    assert(not pcall(conn.exec, conn, "SELEKT"))
    conn:close()
end)
session("sjnam+luajit-zstd", function()
    local zstd = require "zstd"
    local z = zstd:new()
    local text = ("zstandard "):rep(500)
    local c = z:compress(text); assert(#c < #text); assert(z:decompress(c) == text)
    z:free()
end)
session("sjnam+luajit-brotli", function()
    local enc, dec = require "brotli.encoder", require "brotli.decoder"
    local text = ("brotli "):rep(500)
    local c = enc:new():compress(text); assert(dec:new():decompress(c) == text)
end)
session("justincormack+ljsyscall", function()
    local S = require "syscall"
    assert(S.getpid() > 1)
    local ok, err, r, w = S.pipe()
    assert(ok, tostring(err))
    assert(w:write("hello") == 5); assert(r:read(nil, 5) == "hello")
    local st = assert(S.stat "/etc/passwd"); assert(st.isreg and st.size > 0)
    local fd = assert(S.open("/etc/passwd", "rdonly")); local s = assert(fd:read(nil, 4)); fd:close()
    local ok, err = S.open("/absent/file", "rdonly"); assert(not ok and err.NOENT, tostring(err))
    local u = S.uname(); assert(u.sysname == "Linux")
    local tv = S.gettimeofday(); assert(tv.sec > 1e9)
end)
print("1.." .. count)
