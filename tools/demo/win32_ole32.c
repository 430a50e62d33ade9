/* SPDX-License-Identifier: MIT */
/* ole32: a struct of 16 bytes that is filled in, and its text, compared with what C prints of it. */
#define WIN32_LEAN_AND_MEAN
#include "demo.h"

#include <stdio.h>
#include <windows.h>

#define GUID_TYPE "struct guid { uint32_t a; uint16_t b, c; uint8_t d[8]; } *"

static void run(ffi_library *ole32) {
    ffi_function *create, *spell, *read;
    ffi_binding   bindings[] = {
          {.signature = "int32_t CoCreateGuid(" GUID_TYPE ")", .function = &create},
          {.signature = "int StringFromGUID2(struct guid *, wchar_t *, int)", .function = &spell},
          {.signature = "int32_t CLSIDFromString(const wchar_t *, struct guid *)", .function = &read}};
    if (!bind_all(ole32, bindings)) return;

    GUID    first = {0}, second = {0}, again = {0};
    int32_t status;
    invoke(create, &status, {.ptr = &first});
    show_integer(status, S_OK, "CoCreateGuid(&first)");
    invoke(create, &status, {.ptr = &second});
    show_integer(status, S_OK, "CoCreateGuid(&second)");
    show_word(memcmp(&first, &second, sizeof first) ? "different" : "the same", "different", "the two");
    /* RFC 4122, 4.1.1 and 4.1.3 */
    show_integer(first.Data3 >> 12, 4, "the version of the first");
    show_integer(first.Data4[0] >> 6, 2, "its variant");

    WCHAR wide[40] = {0};
    char  text[40], wanted[40];
    int   length;
    invoke(spell, &length, {.ptr = &first}, {.ptr = wide}, {.i32 = 40});
    snprintf(text, sizeof text, "%ls", wide);
    snprintf(wanted, sizeof wanted, "{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             (unsigned long)first.Data1, first.Data2, first.Data3, first.Data4[0], first.Data4[1],
             first.Data4[2], first.Data4[3], first.Data4[4], first.Data4[5], first.Data4[6], first.Data4[7]);
    show_word(text, wanted, "StringFromGUID2(&first, text, 40), text");
    show_integer(length, 39, "its result, the length");
    invoke(read, &status, {.ptr = wide}, {.ptr = &again});
    show_integer(memcmp(&first, &again, sizeof first), 0,
                 "CLSIDFromString(text, &again), and memcmp(&first, &again, 16)");
}

const struct demo demo_ole32 = {"Windows' ole32", {"ole32"}, "CoCreateGuid", NULL, run};
