/* SPDX-License-Identifier: MIT */
/*
 * A target for libFuzzer (make fuzz TIME=60): any bytes as a header, as a type, as a signature. Beside what the
 * sanitizers see it holds the library to its word: a text that is refused has a message with a place, changes
 * no name, and refused again takes no memory.
 */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t in_use;

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata;
    in_use += new_size - old_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

static void require(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "%s; the last message is: %s\n", what, ffi_last_message());
    abort();
}

/* A sum over all names, their kinds and types. */
static bool add_name(ffi_declared what, const char *name, const ffi_ctype *type, void *sum) {
    uint64_t *hash = sum;
    for (; *name; name++) *hash = *hash * 31 + (unsigned char)*name;
    *hash = (*hash * 31 + (uint64_t)what) * 31 + (uintptr_t)type + ffi_type_size(type);
    *hash = *hash * 31 + ffi_type_constant_count(type);
    return true;
}

static uint64_t names_of(ffi_context *context) {
    uint64_t sum = 0;
    ffi_declared_each(context, add_name, &sum);
    return sum;
}

static bool takes(ffi_context *context, const char *text, bool header) {
    if (header) return !ffi_declare(context, text);
    const ffi_ctype *type = ffi_type_parse(context, text);
    char             buffer[256];
    if (type) ffi_type_format(type, buffer, sizeof buffer);
    if (type && ffi_type_kind(type) == FFI_KIND_FUNCTION) ffi_plan_format(context, type, buffer, sizeof buffer);
    return type != NULL;
}

static bool format_each(ffi_declared what, const char *name, const ffi_ctype *type, void *context) {
    char buffer[256];
    (void)name;
    ffi_type_format(type, buffer, sizeof buffer);
    if (what == FFI_DECLARED_FUNCTION) ffi_plan_format(context, type, buffer, sizeof buffer);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    bool         header  = data[0] != 't';
    char        *text    = malloc(size + 1);
    ffi_context *context = ffi_context_new(&(ffi_options){.allocate = allocate});
    if (!text || !context) exit(2);
    memcpy(text, data, size);
    text[size]       = 0;
    const char *read = text + (data[0] == 't'); /* `t`: the rest is a type */
    ffi_declare(context,
                "typedef struct point { int x, y; } point; enum { ONE = 1 }; int known(point);"
                "enum ahead : short; union clear { int *i; float *f; }; enum ahead later; struct half *half;");
    uint64_t before = names_of(context);
    if (takes(context, read, header)) {
        ffi_declared_each(context, format_each, context);
        takes(context, read, header);
    } else {
        require(ffi_last_error() != FFI_ERROR_NONE && strstr(ffi_last_message(), "column"),
                "no place in the message");
        require(names_of(context) == before, "names have changed");
        size_t once = in_use;
        require(!takes(context, read, header), "the second time it is good");
        require(in_use == once, "memory grows");
    }
    require(!ffi_declare_with(context, read, &(ffi_declare_options){.flags = FFI_DECLARE_LENIENT}, NULL),
            "what is not understood is not skipped");
    ffi_context_free(context);
    free(text);
    return 0;
}
