/* SPDX-License-Identifier: MIT */
/* OpenSSL's libcrypto: digests compared with those that FIPS 180-2 publishes, and a BIO that is watched. */
#include "demo.h"

#include <stdio.h>
#include <string.h>

/* Before each operation and after it, of which this notes the latter. */
static void watch(void *result, const ffi_value *args, void *userdata) {
    enum { READ = 0x82, WRITE = 0x83 };
    char *seen = userdata;
    if (args[1].i32 == READ || args[1].i32 == WRITE)
        sprintf(seen + strlen(seen), "%s %zu, ", args[1].i32 == READ ? "read" : "wrote",
                *(const size_t *)args[7].ptr);
    *(long *)result = args[6].i32;
}

static void watched(ffi_library *crypto) {
    ffi_function *memory, *create, *set, *put, *get, *end;
    ffi_binding   bindings[] = {{.signature = "void *BIO_s_mem(void)", .function = &memory},
                                {.signature = "void *BIO_new(void *)", .function = &create},
                                {.signature = "void BIO_set_callback_ex(void *, void *)", .function = &set},
                                {.signature = "int BIO_write(void *, const void *, int)", .function = &put},
                                {.signature = "int BIO_read(void *, void *, int)", .function = &get},
                                {.signature = "int BIO_free(void *)", .function = &end}};
    char          seen[100] = "", text[8] = "";
    void         *kind, *bio;
    int           status;
    void *watcher = callback("long (void *, int, const char *, size_t, int, long, int, size_t *)", watch, seen);
    if (!ffi_library_symbol(crypto, "BIO_set_callback_ex")) return; /* before 1.1.0 */
    if (!watcher || !bind_all(crypto, bindings)) return;
    invoke(memory, &kind, {.ptr = NULL});
    invoke(create, &bio, {.ptr = kind});
    invoke(set, NULL, {.ptr = bio}, {.ptr = watcher});
    invoke(put, &status, {.ptr = bio}, {.str = "hello, bio"}, {.i32 = 10});
    show_integer(status, 10, "BIO_write(bio, \"hello, bio\", 10)");
    invoke(get, &status, {.ptr = bio}, {.ptr = text}, {.i32 = 5});
    show_integer(status, 5, "BIO_read(bio, text, 5)");
    show_text(seen, "wrote 10, read 5, ", "what BIO_set_callback_ex(bio, watch) saw");
    invoke(end, &status, {.ptr = bio});
}

static void run(ffi_library *crypto) {
    ffi_function *sha256;
    ffi_binding   bindings[] = {
          {.signature = "unsigned char *SHA256(const unsigned char *text, size_t size, unsigned char *digest)",
           .function  = &sha256}};
    if (!bind_all(crypto, bindings)) return;

    static const struct {
        const char *text, *digest;
    } published[] = {
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        unsigned char digest[32] = {0}, *result;
        char          hex[65];
        const char   *text   = published[i].text;
        size_t        length = strlen(text);
        invoke(sha256, &result, {.str = text}, {.u64 = length}, {.ptr = digest});
        for (size_t k = 0; k < sizeof digest; k++) snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        show_word(hex, published[i].digest, "SHA256(\"%.16s%s\", %zu, digest)", text, length > 16 ? "..." : "",
                  length);
        show_word(result == digest ? "digest" : "another address", "digest", "its result");
    }
    watched(crypto);
}

const struct demo demo_crypto = {"OpenSSL's libcrypto", {"crypto"}, "SHA256", "openssl", run};
