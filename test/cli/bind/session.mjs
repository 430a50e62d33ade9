// SPDX-License-Identifier: MIT
// A session with each generated module, compiled to JavaScript; the folder of the modules comes first, then their names.
import assert from 'node:assert';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, ...names] = process.argv.slice(2);

const sessions = {
    shapes({ functions: s, constants, records, library }) {
        assert.equal(constants.SHAPES_BYTES, "\x7f8\0\xff\n\"\\");
        assert.deepEqual([constants.SHAPES_LETTERS, constants.SHAPES_ENDLESS], ["\u00e4", -Infinity]);
        assert.equal(constants.SHAPES_VERSION, '1.2 "quoted"');
        assert.deepEqual([constants.SHAPES_MOST, constants.SHAPES_RATIO, constants.SHAPES_BELOW], [19, 1.5, -2]);
        const sum = s.shapes_add({ x: 1, y: 2 }, { x: 3, y: 4 });
        assert.deepEqual([sum.x, sum.y], [4, 6]);
        const points = [{ x: 1, y: 1 }, { x: 2, y: 2 }, { x: 3, y: 3 }];
        assert.equal(s.shapes_each(points, 3, (_, point) => point.value.x, null), 6);
        assert.ok(records.shapes_point && records.shapes_packed && records.shapes_info);
        assert.ok(library.has('shapes_count') && !('shapes_absent' in s));
    },
    zlib({ functions: z, constants }) {
        const text = Buffer.from('a text that repeats itself, '.repeat(100));
        const size = new BigUint64Array([BigInt(z.compressBound(text.length))]), packed = new Uint8Array(Number(size[0]));
        assert.equal(z.compress2(packed, size, text, text.length, constants.Z_BEST_COMPRESSION), constants.Z_OK);
        const back = new Uint8Array(text.length), length = new BigUint64Array([BigInt(text.length)]);
        assert.equal(z.uncompress(back, length, packed, size[0]), constants.Z_OK);
        assert.ok(size[0] < 100n && text.equals(back));
    },
    sqlite3({ functions: s, constants }) {
        assert.match(s.sqlite3_libversion(), /^3\./);
        assert.equal(s.sqlite3_errstr(constants.SQLITE_NOMEM), 'out of memory');
    },
    curl({ functions: c, constants }) {
        assert.match(c.curl_version(), /^libcurl\//);
        assert.equal(c.curl_easy_strerror(constants.CURLE_OK), 'No error');
    },
    SDL2({ functions: s, records }) {
        const version = new records.SDL_version();
        s.SDL_GetVersion(version);
        const surface = s.SDL_CreateRGBSurface(0, 4, 3, 32, 0, 0, 0, 0);
        assert.equal(version.major, 2);
        assert.equal(s.SDL_FillRect(surface, new records.SDL_Rect({ x: 1, y: 2, w: 2, h: 1 }), 0x123456), 0);
        s.SDL_FreeSurface(surface);
    },
};

for (const name of names) {
    sessions[name](await import(pathToFileURL(path.join(folder, `${name}.js`))));
    console.log(name);
}
