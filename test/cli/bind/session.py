# SPDX-License-Identifier: MIT
"""A session with each generated module; the folder of the modules is the first argument, then their names."""
import ctypes
import importlib
import sys


def shapes(s):
    assert s.SHAPES_BYTES == bytes([127, 56, 0, 255, 10, 34, 92]) and s.SHAPES_LETTERS == bytes([195, 164])
    assert s.SHAPES_ENDLESS == -float("inf")
    assert s.SHAPES_VERSION == b'1.2 "quoted"' and s.SHAPES_MOST == 19 and s.SHAPES_RATIO == 1.5 and s.SHAPES_BELOW == -2
    total = s.shapes_add(s.shapes_point(1, 2), s.shapes_point(3, 4))
    assert (total.x, total.y) == (4, 6)
    points = (s.shapes_point * 3)((1, 1), (2, 2), (3, 3))
    visit = s.shapes_visitor(lambda _, point: int(point[0].x))
    assert s.shapes_each(points, 3, visit, None) == 6
    info, title = s.shapes_info(), ctypes.create_string_buffer(b"a title")
    info.high, info.number, info.pair[1].second = 300, 9, 4
    info.title = ctypes.cast(title, ctypes.POINTER(ctypes.c_char))
    assert s.shapes_title(info) == b"a title"
    assert ctypes.sizeof(s.struct_shapes_packed) == 5 and s.shapes_packed_size(s.struct_shapes_packed(b"a", 99)) == 99
    assert s.shapes_sum(s.SHAPES_SOLID, 2, 10, 20) == 35
    assert s.shapes_count.value == 7 and not hasattr(s, "shapes_absent")


def zlib(z):
    text = b"a text that repeats itself, " * 100
    size = ctypes.c_uint64(z.compressBound(len(text)))
    packed = (ctypes.c_uint8 * size.value)()
    source = (ctypes.c_uint8 * len(text)).from_buffer_copy(text)
    assert z.compress2(packed, size, source, len(text), z.Z_BEST_COMPRESSION) == z.Z_OK and size.value < 100
    back, length = (ctypes.c_uint8 * len(text))(), ctypes.c_uint64(len(text))
    assert z.uncompress(back, length, packed, size) == z.Z_OK and bytes(back) == text


def sqlite3(s):
    handle, rows = ctypes.POINTER(s.struct_sqlite3)(), []
    assert s.sqlite3_open(b":memory:", handle) == s.SQLITE_OK

    @s.sqlite3_callback
    def row(_, count, texts, names):
        rows.append(b"".join(ctypes.string_at(texts[i]) for i in range(count)))
        return 0

    assert s.sqlite3_exec(handle, b"select 1, 'one' union select 2, 'two' order by 1", row, None, None) == s.SQLITE_OK
    assert rows == [b"1one", b"2two"]
    assert s.sqlite3_errmsg(handle) == b"not an error" and s.sqlite3_close(handle) == 0


def curl(c):
    url, part = c.curl_url(), ctypes.POINTER(ctypes.c_char)()
    assert c.curl_url_set(url, c.CURLUPART_URL, b"http://host.example:81/path?query", 0) == c.CURLUE_OK
    assert c.curl_url_get(url, c.CURLUPART_PORT, part, 0) == c.CURLUE_OK and ctypes.string_at(part) == b"81"
    c.curl_free(part)
    c.curl_url_cleanup(url)
    assert ctypes.string_at(c.curl_version_info(c.CURLVERSION_NOW)[0].version)[0:1].isdigit()


def SDL2(s):
    version = s.SDL_version()
    s.SDL_GetVersion(version)
    surface = s.SDL_CreateRGBSurface(0, 4, 3, 32, 0, 0, 0, 0)
    assert version.major == 2 and (surface[0].w, surface[0].h, surface[0].pitch) == (4, 3, 16)
    assert s.SDL_FillRect(surface, s.SDL_Rect(1, 2, 2, 1), 0x123456) == 0
    pixels = ctypes.cast(surface[0].pixels, ctypes.POINTER(ctypes.c_uint32))
    assert pixels[:12] == [0] * 9 + [0x123456] * 2 + [0]
    s.SDL_FreeSurface(surface)


sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
for name in sys.argv[2:]:
    globals()[name](importlib.import_module("bound_" + name))
    print(name)
