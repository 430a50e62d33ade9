/* SPDX-License-Identifier: MIT */
/* A session with each generated table: -D HAS_SHAPES, HAS_ZLIB, HAS_SQLITE3, HAS_CURL for those that are there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAS_SHAPES
#include "shapes_bound.h"
#endif
#ifdef HAS_ZLIB
#include "zlib_bound.h"
#endif
#ifdef HAS_SQLITE3
#include "sqlite3_bound.h"
#endif
#ifdef HAS_CURL
#include "curl_bound.h"
#endif
#ifdef HAS_SDL2
#include "SDL2_bound.h"
#endif

/* Ends the program with the line of a condition that does not hold. */
#define SHALL(condition)                                                                                       \
    do {                                                                                                       \
        if (!(condition)) return printf("line %d: %s: %s\n", __LINE__, #condition, ffi_last_message()), 1;     \
    } while (0)

static ffi_library *library_of(ffi_context *context, const char *name) {
    return ffi_library_open(context, name, 0);
}

#ifdef HAS_SHAPES
static int shapes(ffi_context *context, const char *path) {
    struct shapes_functions s;
    ffi_library            *library = library_of(context, path);
    double                  a[2] = {1, 2}, b[2] = {3, 4}, sum[2];
    SHALL(library && !shapes_bind(context, library, &s));
    ffi_invoke(s.shapes_add, sum, (ffi_value[]){{.ptr = a}, {.ptr = b}});
    SHALL(sum[0] == 4 && sum[1] == 6 && SHAPES_MOST == 19);
    SHALL(sizeof SHAPES_BYTES == 8 && !memcmp(SHAPES_BYTES, "\1778\0\377\n\"\\", 8));
    SHALL(!strcmp(SHAPES_LETTERS, "\303\244") && SHAPES_ENDLESS < -1e308);
#ifdef SHAPES_EXACT
    SHALL(!"an empty macro");
#endif
    puts("shapes");
    return 0;
}
#endif

#ifdef HAS_ZLIB
static int zlib(ffi_context *context) {
    struct z_functions z;
    ffi_library       *library    = library_of(context, "z");
    char               text[1000] = {0};
    unsigned char      packed[1100];
    unsigned long      size = sizeof packed;
    int                status;
    SHALL(library && !z_bind(context, library, &z));
    ffi_invoke(z.compress, &status,
               (ffi_value[]){{.ptr = packed}, {.ptr = &size}, {.ptr = text}, {sizeof text}});
    SHALL(status == Z_OK && size < 50);
    puts("zlib");
    return 0;
}
#endif

#ifdef HAS_SQLITE3
static int sqlite3(ffi_context *context) {
    struct sqlite3_functions s;
    ffi_library             *library = library_of(context, "sqlite3");
    void                    *handle;
    int                      status;
    const char              *message;
    SHALL(library && !sqlite3_bind(context, library, &s));
    ffi_invoke(s.sqlite3_open, &status, (ffi_value[]){{.str = ":memory:"}, {.ptr = &handle}});
    SHALL(status == SQLITE_OK);
    ffi_invoke(s.sqlite3_errmsg, &message, (ffi_value[]){{.ptr = handle}});
    SHALL(!strcmp(message, "not an error"));
    ffi_invoke(s.sqlite3_close, &status, (ffi_value[]){{.ptr = handle}});
    SHALL(status == SQLITE_OK);
    puts("sqlite3");
    return 0;
}
#endif

#ifdef HAS_CURL
static int curl(ffi_context *context) {
    struct curl_functions c;
    ffi_library          *library = library_of(context, "curl");
    const char           *version;
    SHALL(library && !curl_bind(context, library, &c));
    ffi_invoke(c.curl_version, &version, NULL);
    SHALL(!strncmp(version, "libcurl/", 8) && CURLE_OK == 0);
    puts("curl");
    return 0;
}
#endif

#ifdef HAS_SDL2
static int sdl2(ffi_context *context) {
    struct SDL2_functions s;
    ffi_library          *library    = library_of(context, "SDL2");
    unsigned char         version[3] = {0};
    int                   rect[4]    = {1, 2, 2, 1}, status;
    void                 *surface;
    SHALL(library && !SDL2_bind(context, library, &s));
    ffi_invoke(s.SDL_GetVersion, NULL, (ffi_value[]){{.ptr = version}});
    ffi_invoke(s.SDL_CreateRGBSurface, &surface,
               (ffi_value[]){{0}, {.i32 = 4}, {.i32 = 3}, {.i32 = 32}, {0}, {0}, {0}, {0}});
    ffi_invoke(s.SDL_FillRect, &status, (ffi_value[]){{.ptr = surface}, {.ptr = rect}, {.u32 = 0x123456}});
    SHALL(version[0] == 2 && surface && !status);
    ffi_invoke(s.SDL_FreeSurface, NULL, (ffi_value[]){{.ptr = surface}});
    puts("SDL2");
    return 0;
}
#endif

int main(int argc, char **argv) {
    ffi_context *context = ffi_context_new(NULL);
    int          code    = argc < 2;
    (void)argv;
#ifdef HAS_SHAPES
    code = code || shapes(context, argv[1]);
#endif
#ifdef HAS_ZLIB
    code = code || zlib(context);
#endif
#ifdef HAS_SQLITE3
    code = code || sqlite3(context);
#endif
#ifdef HAS_CURL
    code = code || curl(context);
#endif
#ifdef HAS_SDL2
    code = code || sdl2(context);
#endif
    ffi_context_free(context);
    return code;
}
