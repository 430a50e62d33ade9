/* SPDX-License-Identifier: MIT */
/* zlib: a checksum, and bytes that are made small and whole again, with memory from here. */
#include "demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { Z_OK = 0, SIZE = 6000 };

/* zlib's z_stream. */
struct stream {
    const void   *next_in;
    unsigned      avail_in;
    unsigned long total_in;
    void         *next_out;
    unsigned      avail_out;
    unsigned long total_out;
    const char   *message;
    void         *state, *zalloc, *zfree, *opaque;
    int           data_type;
    unsigned long adler, reserved;
};

static void allocate(void *result, const ffi_value *args, void *userdata) {
    ++*(int *)userdata;
    *(void **)result = calloc(args[1].u32, args[2].u32);
}

static void release(void *result, const ffi_value *args, void *userdata) {
    (void)result, --*(int *)userdata;
    free(args[1].ptr);
}

/* The library's memory is the caller's. */
static void allocators(ffi_library *zlib) {
    ffi_function *version, *begin, *end;
    ffi_binding   bindings[] = {{.signature = "const char *zlibVersion(void)", .function = &version},
                                {.signature = "int inflateInit_(void *, const char *, int)", .function = &begin},
                                {.signature = "int inflateEnd(void *)", .function = &end}};
    int           blocks     = 0, status;
    const char   *text;
    struct stream stream = {.zalloc = callback("void *zalloc(void *, unsigned, unsigned)", allocate, &blocks),
                            .zfree  = callback("void zfree(void *, void *)", release, &blocks)};
    if (!stream.zalloc || !stream.zfree || !bind_all(zlib, bindings)) return;
    invoke(version, &text, {.ptr = NULL});
    invoke(begin, &status, {.ptr = &stream}, {.str = text}, {.i32 = sizeof stream});
    show_integer(status, Z_OK, "inflateInit(&stream) with zalloc and zfree");
    show_word(blocks > 0 ? "some" : "none", "some", "blocks of memory, %d,", blocks);
    invoke(end, &status, {.ptr = &stream});
    show_integer(blocks, 0, "inflateEnd(&stream), blocks that are left");
}

static void run(ffi_library *zlib) {
    ffi_function *checksum, *compress, *uncompress;
    ffi_binding   bindings[] = {
          {.signature = "unsigned long crc32(unsigned long, const unsigned char *, unsigned)",
           .function  = &checksum},
          {.signature = "int compress(unsigned char *, unsigned long *, const unsigned char *, unsigned long)",
           .function  = &compress},
          {.signature = "int uncompress(unsigned char *, unsigned long *, const unsigned char *, unsigned long)",
           .function  = &uncompress}};
    if (!bind_all(zlib, bindings)) return;

    /* The check value that the catalogues of CRCs give for this one. */
    unsigned long crc;
    char          hex[20];
    invoke(checksum, &crc, {.u64 = 0}, {.str = "123456789"}, {.u32 = 9});
    snprintf(hex, sizeof hex, "0x%lx", crc);
    show_word(hex, "0xcbf43926", "crc32(0, \"123456789\", 9)");

    static char   text[SIZE], packed[SIZE], unpacked[SIZE];
    unsigned long packed_size = sizeof packed, unpacked_size = sizeof unpacked;
    int           status;
    for (size_t i = 0; i < SIZE; i++) text[i] = "all work and no play "[i % 21];
    invoke(compress, &status, {.ptr = packed}, {.ptr = &packed_size}, {.ptr = text}, {.u64 = SIZE});
    show_integer(status, Z_OK, "compress(packed, &size, text, %d)", SIZE);
    show_word(packed_size < SIZE / 10 ? "small" : "large", "small", "size, which is now %lu", packed_size);
    invoke(uncompress, &status, {.ptr = unpacked}, {.ptr = &unpacked_size}, {.ptr = packed},
           {.u64 = packed_size});
    show_integer(status, Z_OK, "uncompress(unpacked, &size, packed, %lu)", packed_size);
    show_integer((long long)unpacked_size, SIZE, "size");
    show_integer(memcmp(unpacked, text, SIZE), 0, "memcmp(unpacked, text, %d)", SIZE);
    allocators(zlib);
}

const struct demo demo_zlib = {"zlib", {"z", "zlib1"}, "crc32", "zlib1g", run};
