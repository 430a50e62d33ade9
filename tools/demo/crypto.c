/* SPDX-License-Identifier: MIT */
/* OpenSSL's libcrypto: digests compared with those that FIPS 180-2 publishes. */
#include "demo.h"

#include <stdio.h>
#include <string.h>

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
}

const struct demo demo_crypto = {"OpenSSL's libcrypto", {"crypto"}, "SHA256", "openssl", run};
