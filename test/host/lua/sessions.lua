-- SPDX-License-Identifier: MIT
-- Sessions with real libraries.
local tap = require "tap"
local ffi = tap.ffi
local ok, is = tap.ok, tap.is

-- Declares by the header if it is there, else by what a program would write.
local function declare(header, text)
    if not (pcall(ffi.header, header)) then ffi.cdef(text) end
end

-- ---- SQLite: rows by a callback, and an error in it ----

local sqlite = tap.load("sqlite3", "SQLite")
if sqlite then
    declare("sqlite3.h", [[
        typedef struct sqlite3 sqlite3; typedef struct sqlite3_stmt sqlite3_stmt;
        int sqlite3_open(const char *, sqlite3 **); int sqlite3_close(sqlite3 *); const char *sqlite3_errmsg(sqlite3 *);
        int sqlite3_exec(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);
        int sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
        int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
        int sqlite3_step(sqlite3_stmt *); int sqlite3_finalize(sqlite3_stmt *);
        long long sqlite3_column_int64(sqlite3_stmt *, int); const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);]])
    local handle = ffi.new "sqlite3 *[1]"
    is(sqlite.sqlite3_open(":memory:", handle), 0, "SQLite: opened")
    local db = handle[0]
    is(sqlite.sqlite3_exec(db, "create table t(a, b); insert into t values (1, 'one'), (2, 'two'), (3, null)", nil, nil, nil), 0,
        "SQLite: a table")
    local rows = {}
    local function row(_, columns, texts, names)
        local cells = {}
        for i = 0, columns - 1 do
            cells[#cells + 1] = ffi.string(names[i]) .. "=" .. (texts[i] ~= nil and ffi.string(texts[i]) or "null")
        end
        rows[#rows + 1] = table.concat(cells, ",")
        return 0
    end
    is(sqlite.sqlite3_exec(db, "select * from t", row, nil, nil), 0, "SQLite: rows by a callback")
    is(table.concat(rows, " "), "a=1,b=one a=2,b=two a=3,b=null", "SQLite: their values")
    local good, message = pcall(sqlite.sqlite3_exec, db, "select * from t", function() error {row = 1} end, nil, nil)
    ok(not good and message.row == 1, "SQLite: an error in the callback is the call's")
    local statement = ffi.new "sqlite3_stmt *[1]"
    is(sqlite.sqlite3_prepare_v2(db, "select a, b from t where b = ?", -1, statement, nil), 0, "SQLite: a statement")
    sqlite.sqlite3_bind_text(statement[0], 1, "two", -1, ffi.cast("void (*)(void *)", -1))
    is(sqlite.sqlite3_step(statement[0]), 100, "SQLite: a row")
    is(sqlite.sqlite3_column_int64(statement[0], 0), 2, "SQLite: an integer of it")
    is(ffi.string(sqlite.sqlite3_column_text(statement[0], 1)), "two", "SQLite: a text of it")
    sqlite.sqlite3_finalize(statement[0])
    is(sqlite.sqlite3_exec(db, "select nothing", nil, nil, nil), 1, "SQLite: an error of its own")
    ok(ffi.string(sqlite.sqlite3_errmsg(db)):find "nothing", "SQLite: its message")
    is(sqlite.sqlite3_close(db), 0, "SQLite: nothing is left open, also behind the error")
end

-- ---- zlib: the session of LuaJIT's tutorial ----

local zlib = tap.load("z", "zlib")
if zlib then
    ffi.cdef [[
    unsigned long compressBound(unsigned long sourceLen);
    int compress2(uint8_t *dest, unsigned long *destLen, const uint8_t *source, unsigned long sourceLen, int level);
    int uncompress(uint8_t *dest, unsigned long *destLen, const uint8_t *source, unsigned long sourceLen);
    unsigned long crc32(unsigned long crc, const char *buf, unsigned len);]]
    local function compress(txt)
        local n = zlib.compressBound(#txt)
        local buf = ffi.new("uint8_t[?]", n)
        local buflen = ffi.new("unsigned long[1]", n)
        assert(zlib.compress2(buf, buflen, txt, #txt, 9) == 0)
        return ffi.string(buf, buflen[0])
    end
    local function uncompress(comp, n)
        local buf = ffi.new("uint8_t[?]", n)
        local buflen = ffi.new("unsigned long[1]", n)
        assert(zlib.uncompress(buf, buflen, comp, #comp) == 0)
        return ffi.string(buf, buflen[0])
    end
    local text = ("abcd"):rep(1000)
    local packed = compress(text)
    ok(#packed < 50 and uncompress(packed, #text) == text, "zlib: a text comes back")
    is(zlib.crc32(0, "123456789", 9), 0xcbf43926, "zlib: crc32")
end

-- ---- OpenSSL: a digest, and a cipher there and back ----

local crypto = tap.load("crypto", "OpenSSL")
if crypto then
    ffi.cdef [[
    typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX; typedef struct evp_cipher_st EVP_CIPHER; typedef struct engine_st ENGINE;
    unsigned char *SHA256(const unsigned char *d, size_t n, unsigned char *md);
    EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void); void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *);
    const EVP_CIPHER *EVP_aes_256_cbc(void);
    int EVP_CipherInit_ex(EVP_CIPHER_CTX *, const EVP_CIPHER *, ENGINE *, const char *key, const char *iv, int enc);
    int EVP_CipherUpdate(EVP_CIPHER_CTX *, unsigned char *out, int *outl, const char *in, int inl);
    int EVP_CipherFinal_ex(EVP_CIPHER_CTX *, unsigned char *out, int *outl);]]
    local digest = ffi.new "unsigned char[32]"
    crypto.SHA256("abc", 3, digest)
    local hex = {}
    for i = 0, 3 do hex[#hex + 1] = ("%02x"):format(digest[i]) end
    is(table.concat(hex), "ba7816bf", "OpenSSL: SHA-256")
    local function cipher(text, encrypts)
        local context = ffi.gc(crypto.EVP_CIPHER_CTX_new(), crypto.EVP_CIPHER_CTX_free)
        local into, length, last = ffi.new("unsigned char[?]", #text + 32), ffi.new "int[1]", ffi.new "int[1]"
        assert(crypto.EVP_CipherInit_ex(context, crypto.EVP_aes_256_cbc(), nil, ("k"):rep(32), ("i"):rep(16), encrypts) == 1)
        assert(crypto.EVP_CipherUpdate(context, into, length, text, #text) == 1)
        assert(crypto.EVP_CipherFinal_ex(context, into + length[0], last) == 1)
        return ffi.string(into, length[0] + last[0])
    end
    local secret = cipher("a secret of 26 characters.", 1)
    ok(#secret == 32 and cipher(secret, 0) == "a secret of 26 characters.", "OpenSSL: AES there and back")
end

-- ---- BLAS ----

local blas
for _, name in ipairs {"openblas", "blas", "libblas.so.3"} do
    local good, library = pcall(ffi.load, name)
    blas = blas or (good and library)
end
if blas then
    ffi.cdef [[
    void dgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k, const double *alpha, const double *a,
        const int *lda, const double *b, const int *ldb, const double *beta, double *c, const int *ldc);]]
    local two, one, zero = ffi.new("int[1]", 2), ffi.new("double[1]", 1), ffi.new "double[1]"
    local a, b, c = ffi.new("double[4]", 1, 2, 3, 4), ffi.new("double[4]", 5, 6, 7, 8), ffi.new "double[4]"
    blas.dgemm_("N", "N", two, two, two, one, a, two, b, two, zero, c, two)
    ok(c[0] == 23 and c[1] == 34 and c[2] == 31 and c[3] == 46, "BLAS: dgemm")
else
    tap.skip("BLAS: dgemm", "no library openblas or blas")
end

-- ---- libcurl: a file:// URL, written by a callback ----

local curl = tap.load("curl", "libcurl") or tap.load("libcurl.so.4", "libcurl by its version")
if curl then
    ffi.cdef [[
    typedef void CURL; CURL *curl_easy_init(void); int curl_easy_perform(CURL *); void curl_easy_cleanup(CURL *);
    int curl_easy_setopt(CURL *, int option, ...);]]
    local name = os.tmpname()
    local file = io.open(name, "w")
    file:write "read by libcurl"
    file:close()
    local handle, parts = curl.curl_easy_init(), {}
    local write = ffi.cast("size_t (*)(char *, size_t, size_t, void *)", function(data, size, count)
        parts[#parts + 1] = ffi.string(data, size * count)
        return size * count
    end)
    curl.curl_easy_setopt(handle, 10002, "file://" .. name)
    curl.curl_easy_setopt(handle, 20011, write)
    is(tonumber(curl.curl_easy_perform(handle)), 0, "libcurl: a file:// URL")
    is(table.concat(parts), "read by libcurl", "libcurl: what it read")
    write:set(function() error "no room" end)
    local good, message = pcall(curl.curl_easy_perform, handle)
    ok(not good and message:find "no room", "libcurl: an error in the callback")
    write:free()
    curl.curl_easy_cleanup(handle)
    os.remove(name)
end

-- ---- SDL2: its types, as the header has them ----

if pcall(ffi.header, "SDL2/SDL.h") then
    is(ffi.sizeof "SDL_Event", 56, "SDL2: a union of events")
    local event = ffi.new "SDL_Event"
    event.type = ffi.C.SDL_KEYDOWN
    event.key.keysym.sym = ffi.C.SDLK_RETURN
    ok(event.key.type == 0x300 and event.key.keysym.sym == 13, "SDL2: members and constants")
    local rect = ffi.new("SDL_Rect", {x = 1, y = 2, w = 30, h = 40})
    is(rect.w * rect.h, 1200, "SDL2: a struct")
    local sdl = tap.load("SDL2", "SDL2's library")
    if sdl then
        local other, result = ffi.new("SDL_Rect", 10, 10, 100, 100), ffi.new "SDL_Rect"
        is(sdl.SDL_IntersectRect(rect, other, result), 1, "SDL2: a call")
        ok(result.x == 10 and result.w == 21, "SDL2: its result")
    end
else
    tap.skip("SDL2", "no header SDL2/SDL.h")
end

-- ---- C++ behind extern "C" ----

local cplusplus = os.getenv "CPLUSPLUS"
if cplusplus then
    ffi.cdef [[
    typedef struct counter counter; counter *counter_new(const char *name); void counter_free(counter *);
    int counter_add(counter *, int by); const char *counter_name(const counter *);
    void counter_each(counter *, void (*visit)(int value, void *data), void *data);
    void counter_start(counter *, int (*visit)(int value)); int counter_done(const counter *); int counter_join(counter *);]]
    local library = ffi.load(cplusplus)
    local counter = ffi.metatype("counter", {__index = {
        add = library.counter_add, name = function(self) return ffi.string(library.counter_name(self)) end}})
    local c = ffi.gc(library.counter_new "from Lua", library.counter_free)
    is(c:name(), "from Lua", "C++: a std::string")
    c:add(2)
    is(c:add(5), 7, "C++: methods by the library's functions")
    local values = {}
    library.counter_each(c, function(value) values[#values + 1] = value end, nil)
    is(table.concat(values, " "), "2 5", "C++: a visitor")
    local good, message = pcall(library.counter_each, c, function() error "from the visitor" end, nil)
    ok(not good and message:find "from the visitor", "C++: an error in the visitor")

    -- Callbacks on a thread of C++'s.
    local seen = {}
    local visit = ffi.cast("int (*)(int)", function(value) seen[#seen + 1] = value return value * 10 end)
    library.counter_start(c, visit)
    is(library.counter_join(c), 0, "threads: a callback on another thread returns 0")
    is(#seen, 0, "threads: and does not run")
    visit:deliver "hop"
    library.counter_start(c, visit)
    while library.counter_done(c) == 0 do ffi.poll(100) end
    is(library.counter_join(c), 70, "threads: hop runs it in ffi.poll, and the thread gets its result")
    is(table.concat(seen, " "), "2 5", "threads: the arguments of hops")
    is(visit(3), 30, "threads: calls of the own thread stay calls")
    visit:deliver("hop", 1)
    library.counter_start(c, visit)
    is(library.counter_join(c), 0, "threads: a hop gives up after its milliseconds")
    ffi.poll()
    visit:deliver "refuse"
    library.counter_start(c, visit)
    is(library.counter_join(c), 0, "threads: a refused callback returns 0")
    is(ffi.poll(), 0, "threads: and leaves nothing to do")
    visit:deliver "post"
    ffi.cdef "struct pollfd { int fd; short events, revents; }; int poll(struct pollfd *, unsigned long, int);"
    local waits = ffi.new("struct pollfd", ffi.descriptor(), 1)
    is(ffi.C.poll(waits, 1, 0), 0, "threads: the descriptor is not readable while nothing is posted")
    seen = {}
    library.counter_start(c, visit)
    is(library.counter_join(c), 0, "threads: post does not wait")
    is(ffi.C.poll(waits, 1, 0), 1, "threads: the descriptor is readable when something is posted")
    is(ffi.poll(), 2, "threads: ffi.poll runs what was posted")
    is(table.concat(seen, " "), "2 5", "threads: the arguments of posts")
    is(ffi.poll(), 0, "threads: then there is nothing")
    is(ffi.C.poll(waits, 1, 0), 0, "threads: and the descriptor is not readable")
    visit:set(function(value) error("posted " .. value) end)
    library.counter_start(c, visit)
    library.counter_join(c)
    local first, why = pcall(ffi.poll)
    local second, also = pcall(ffi.poll)
    ok(not first and why:find "posted 2" and not second and also:find "posted 5", "threads: an error is ffi.poll's, one at a time")
    tap.raises("threads: a delivery that is none", "invalid option", function() visit:deliver "later" end)
    visit:free()
else
    tap.skip("C++", "no C++ compiler")
end

tap.done()
