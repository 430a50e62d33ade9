-- SPDX-License-Identifier: MIT
-- A session with each generated module; the folder of the modules is the first argument, then their names.
local ffi

local sessions = {}

function sessions.shapes(s)
    assert(s.SHAPES_BYTES == string.char(127, 56, 0, 255, 10, 34, 92) and s.SHAPES_LETTERS == string.char(195, 164))
    assert(s.SHAPES_ENDLESS == -1 / 0)
    assert(s.SHAPES_VERSION == '1.2 "quoted"' and s.SHAPES_MOST == 19 and s.SHAPES_RATIO == 1.5 and s.SHAPES_BELOW == -2)
    local sum = s.shapes_add({1, 2}, {3, 4})
    assert(sum.x == 4 and sum.y == 6)
    local points = ffi.new("shapes_point[3]", {{1, 1}, {2, 2}, {3, 3}})
    assert(s.shapes_each(points, 3, function(_, point) return point.x end, nil) == 6)
    local info = ffi.new "shapes_info"
    local title = "a title"
    info.high, info.number, info.pair[1].second, info.title = 300, 9, 4, title
    assert(ffi.string(s.shapes_title(info)) == title)
    assert(ffi.sizeof "struct shapes_packed" == 5 and s.shapes_packed_size(ffi.new("struct shapes_packed", {1, 99})) == 99)
    assert(s.shapes_sum("SHAPES_SOLID", 2, ffi.new("int", 10), ffi.new("int", 20)) == 35)
    assert(s.shapes_count == 7)
end

function sessions.zlib(z)
    local text = ("a text that repeats itself, "):rep(100)
    local size = ffi.new("unsigned long[1]", z.compressBound(#text))
    local packed = ffi.new("uint8_t[?]", tonumber(size[0]))
    assert(z.compress2(packed, size, text, #text, z.Z_BEST_COMPRESSION) == z.Z_OK and size[0] < 100)
    local back, length = ffi.new("uint8_t[?]", #text), ffi.new("unsigned long[1]", #text)
    assert(z.uncompress(back, length, packed, size[0]) == z.Z_OK and ffi.string(back, #text) == text)
end

function sessions.sqlite3(s)
    local handle = ffi.new "sqlite3 *[1]"
    assert(s.sqlite3_open(":memory:", handle) == s.SQLITE_OK)
    local rows = {}
    assert(s.sqlite3_exec(handle[0], "select 1, 'one' union select 2, 'two' order by 1", function(_, count, texts)
        rows[#rows + 1] = ffi.string(texts[0]) .. ffi.string(texts[count - 1])
        return 0
    end, nil, nil) == s.SQLITE_OK)
    assert(table.concat(rows, " ") == "1one 2two")
    assert(ffi.string(s.sqlite3_errmsg(handle[0])) == "not an error" and s.sqlite3_close(handle[0]) == 0)
end

function sessions.curl(c)
    local url = c.curl_url()
    assert(c.curl_url_set(url, c.CURLUPART_URL, "http://host.example:81/path?query", 0) == c.CURLUE_OK)
    local part = ffi.new "char *[1]"
    assert(c.curl_url_get(url, c.CURLUPART_PORT, part, 0) == c.CURLUE_OK and ffi.string(part[0]) == "81")
    c.curl_free(part[0])
    c.curl_url_cleanup(url)
    local info = c.curl_version_info(c.CURLVERSION_NOW)
    assert(ffi.string(info.version):match "^%d+%.%d+")
end

function sessions.SDL2(s)
    local version = ffi.new "SDL_version"
    s.SDL_GetVersion(version)
    local surface = s.SDL_CreateRGBSurface(0, 4, 3, 32, 0, 0, 0, 0)
    assert(version.major == 2 and surface.w == 4 and surface.h == 3 and surface.pitch == 16)
    assert(s.SDL_FillRect(surface, ffi.new("SDL_Rect", 1, 2, 2, 1), 0x123456) == 0)
    local pixels = ffi.cast("uint32_t *", surface.pixels)
    for i = 0, 11 do assert(pixels[i] == ((i == 9 or i == 10) and 0x123456 or 0)) end
    s.SDL_FreeSurface(surface)
end

for i = 2, #arg do
    local module = assert(loadfile(arg[1] .. "/" .. arg[i] .. ".lua"))()
    ffi = module.ffi
    sessions[arg[i]](module)
    print(arg[i])
end
