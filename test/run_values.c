/* SPDX-License-Identifier: MIT */
/*
 * Calls the functions that gen_values.c made, by the prototypes that ffi_declare() has read from its header,
 * and compares what each received with what was passed, and what was returned with what it was told to return:
 *
 *     run_values HEADER EXTRAS SEED COUNT LABEL LIBRARY ...
 *
 * Only bytes and bits that belong to a member are compared: padding need not travel. An argument's memory ends
 * where a page that cannot be read begins; results stand among canary bytes.
 */
#define _DEFAULT_SOURCE
#include "tap.h"

#include <dlfcn.h>
#include <ffi_invoke.h>
#include <inttypes.h>
#include <sys/mman.h>

enum { ARGUMENTS = 16, ROOM = 65536, SHOWN = 5, CANARY = 0xa5, MARGIN = 64 };

static uint64_t       state;
static unsigned char *ends[ARGUMENTS]; /* each the end of readable memory */
static unsigned char  mask[ROOM];
static _Alignas(64) unsigned char result[ROOM + 2 * MARGIN];
static char **extras; /* by the function's number */

static uint64_t next(void) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t x = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
    x          = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* ---- values, by reflection ---- */

/* A random value. A long double must be one: it passes through an x87 register. */
static void fill(const ffi_ctype *type, unsigned char *bytes) {
    size_t    size = ffi_type_size(type), count = ffi_type_length(type);
    ffi_field field;
    switch (ffi_type_kind(type)) {
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
            if (field.is_bits) ffi_field_write(&field, bytes, (int64_t)next());
            else fill(field.type, bytes + field.offset);
        }
        return;
    case FFI_KIND_COMPLEX: count = 2; /* fall through */
    case FFI_KIND_ARRAY:
        for (size_t i = 0; i < count; i++)
            fill(ffi_type_target(type), bytes + i * ffi_type_size(ffi_type_target(type)));
        return;
    case FFI_KIND_BOOL: *bytes = next() & 1; return;
    case FFI_KIND_F80: {
        long double value = (long double)(int64_t)next() / 3;
        memcpy(bytes, &value, 10);
        return;
    }
    default:
        for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)next();
    }
}

/* Sets the bits of `mask` that belong to a value. */
static void cover(const ffi_ctype *type, size_t at) {
    size_t    count = ffi_type_length(type);
    ffi_field field;
    switch (ffi_type_kind(type)) {
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
            size_t bit = (at + field.offset) * 8 + field.bit_offset;
            if (!field.is_bits) cover(field.type, at + field.offset);
            else
                for (unsigned k = 0; k < field.bit_width; k++, bit++)
                    mask[bit / 8] |= (unsigned char)(1u << bit % 8);
        }
        return;
    case FFI_KIND_COMPLEX: count = 2; /* fall through */
    case FFI_KIND_ARRAY:
        for (size_t i = 0; i < count; i++)
            cover(ffi_type_target(type), at + i * ffi_type_size(ffi_type_target(type)));
        return;
    case FFI_KIND_F80: memset(mask + at, 0xff, 10); return;
    default: memset(mask + at, 0xff, ffi_type_size(type));
    }
}

static bool same(const ffi_ctype *type, const unsigned char *a, const unsigned char *b) {
    memset(mask, 0, ffi_type_size(type));
    cover(type, 0);
    for (size_t i = 0; i < ffi_type_size(type); i++)
        if ((a[i] ^ b[i]) & mask[i]) return false;
    return true;
}

/* ---- calls ---- */

/* Calls once; NULL if all is right, else what is not. */
static const char *call(const ffi_function *function, unsigned char (*received)[ROOM], unsigned char *reply,
                        bool pointers, bool discard) {
    static char      what[64];
    const ffi_ctype *signature = ffi_function_signature(function), *type = ffi_type_target(signature);
    size_t           count = ffi_type_parameter_count(signature), size = ffi_type_size(type);
    ffi_value        args[ARGUMENTS];
    void            *addresses[ARGUMENTS];
    for (size_t i = 0; i < count; i++) {
        const ffi_ctype *param = ffi_type_parameter(signature, i);
        unsigned char   *bytes = ends[i] - ffi_type_size(param);
        memset(bytes, (int)next(), ffi_type_size(param));
        fill(param, bytes);
        memset(received[i], 0x5c, ffi_type_size(param));
        addresses[i] = bytes;
        args[i].u64  = next();
        if (ffi_type_kind(param) > FFI_KIND_POINTER) args[i].ptr = bytes;
        else memcpy(&args[i], bytes, ffi_type_size(param));
    }
    memset(result, CANARY, size + 2 * MARGIN);
    if (size) memset(reply, 0, size), fill(type, reply);
    if (pointers) ffi_invoke_pointers(function, discard ? NULL : result + MARGIN, addresses);
    else ffi_invoke(function, discard ? NULL : result + MARGIN, args);

    for (size_t i = 0; i < count; i++)
        if (!same(ffi_type_parameter(signature, i), addresses[i], received[i]))
            return snprintf(what, sizeof what, "argument %zu differs", i), what;
    for (size_t i = 0; i < MARGIN; i++)
        if (result[i] != CANARY || result[MARGIN + size + i] != CANARY) return "written beside the result";
    if (discard || !size) return NULL;
    return same(type, reply, result + MARGIN) ? NULL : "the result differs";
}

static void show(int number, const ffi_function *function, const char *what, const char *way) {
    static char text[4096];
    ffi_type_format(ffi_function_signature(function), text, sizeof text);
    printf("#   f%d, %s: %s\n#     %s\n", number, way, what, text);
}

static void run(ffi_context *context, const char *label, const char *path, int count) {
    ffi_library *library = ffi_library_open(context, path, 0);
    int          wrong = 0, refused = 0;
    if (!ok(library != NULL, "%s is loaded", label)) return;
    unsigned char(*received)[ROOM] = ffi_library_symbol(library, "received");
    unsigned char *reply           = ffi_library_symbol(library, "reply");
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        ffi_function *function = ffi_library_function(library, name, NULL);
        if (function && extras[i]) function = ffi_function_variadic(function, extras[i]);
        if (!function) {
            if (refused++ < SHOWN) printf("#   f%d: %s\n", i, ffi_last_message());
            continue;
        }
        const char *what;
        if ((what = call(function, received, reply, false, false)) && wrong++ < SHOWN)
            show(i, function, what, "by slots");
        if ((what = call(function, received, reply, true, false)) && wrong++ < SHOWN)
            show(i, function, what, "by pointers");
        if ((what = call(function, received, reply, false, true)) && wrong++ < SHOWN)
            show(i, function, what, "without a result");
    }
    ok(!wrong && !refused, "%s: %d signatures, three calls each; %d calls go wrong, %d cannot be bound", label,
       count, wrong, refused);
    ffi_library_close(library);
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return perror(path), exit(2), NULL;
    fseek(file, 0, SEEK_END);
    long  size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) exit(2);
    fclose(file);
    return text;
}

int main(int argc, char **argv) {
    if (argc < 7) return fprintf(stderr, "usage: run_values HEADER EXTRAS SEED COUNT LABEL LIBRARY ...\n"), 2;
    char *header = read_file(argv[1]), *list = read_file(argv[2]);
    int   count = atoi(argv[4]);
    state       = strtoull(argv[3], NULL, 0);
    extras      = calloc((size_t)count, sizeof *extras);
    for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
        int at = 0, number = 0;
        if (sscanf(line, "%d %n", &number, &at) == 1 && number < count) extras[number] = line + at;
    }
    for (int i = 0; i < ARGUMENTS; i++) {
        unsigned char *pages =
            mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ends[i] = pages + ROOM;
        mprotect(ends[i], 4096, PROT_NONE);
    }
    ffi_context *context = ffi_context_new(NULL);
    if (!ok(ffi_declare(context, header) == FFI_ERROR_NONE, "the header is declared"))
        printf("# %s\n", ffi_last_message());
    else
        for (int i = 5; i + 1 < argc; i += 2) {
            if (*argv[i + 1]) run(context, argv[i], argv[i + 1], count);
            else skip_one("%s", argv[i]);
        }
    ffi_context_free(context);
    free(extras), free(header), free(list);
    return done();
}
