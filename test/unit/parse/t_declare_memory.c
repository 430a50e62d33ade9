/* SPDX-License-Identifier: MIT */
/*
 * The memory of a context for each byte of the text that it declared: what it keeps, and the most while it reads.
 * The texts have the mixture of real headers. What a function says beside its type is kept packed, and is the same
 * when it is asked for. Memory that was refused once changes no answer later.
 */
#include "helper.h"

static size_t now, most;
static int    left = -1; /* allocations until one is refused; -1: none is */

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata;
    if (new_size && left >= 0 && left-- == 0) return NULL;
    now += new_size - old_size;
    if (now > most) most = now;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

/* Every eighth part has types of its own: a handle, a struct and an enum; each has functions and macros. */
static char *put_part(char *to, int i, bool defines) {
    int type = i / 8;
    if (i % 8 == 0)
        to += sprintf(to,
                      "typedef struct library%d_st library%d;\n"
                      "struct library%d_options { int version; const char *name; size_t length; void "
                      "(*freed)(void *); };\n"
                      "enum library%d_mode { LIBRARY%d_READ, LIBRARY%d_WRITE = 4 };\n",
                      type, type, type, type, type, type);
    if (defines)
        to += sprintf(to,
                      "#define LIBRARY%d_VERSION_MAJOR %d\n#define LIBRARY%d_FLAG_COMPRESSED (1u << %d)\n"
                      "#define library%d_read_all(handle) library%d_read(handle, 0, 0)\n",
                      i, i, i, i % 32, i, i);
    to +=
        sprintf(to,
                "extern library%d *library%d_open(const char *path, enum library%d_mode mode);\n"
                "extern int library%d_read(library%d *handle, unsigned char *buffer, size_t length);\n"
                "extern int library%d_write(library%d *handle, const unsigned char *buffer, size_t length);\n",
                type, i, type, i, type, i, type);
    return to + sprintf(to,
                        "extern void library%d_set_callback(library%d *handle, int (*callback)(void *user, int "
                        "event), void *user);\n"
                        "extern long library%d_seek(library%d *handle, long offset, int whence);\n"
                        "extern int library%d_close(library%d *handle);\n",
                        i, type, i, type, i, type);
}

static char *put_functions(char *to, int i) {
    return put_part(to, i, false);
}

static char *put_functions_and_macros(char *to, int i) {
    return put_part(to, i, true);
}

/* What the kernel's headers have most: bodies of structs and enums, and scalars with names. */
static char *put_bodies(char *to, int i) {
    return to +
           sprintf(to,
                   "typedef unsigned int driver%d_handle;\n"
                   "struct driver%d_request { driver%d_handle handle; unsigned flags : 3; long length; };\n"
                   "enum driver%d_state { DRIVER%d_IDLE, DRIVER%d_BUSY = 7, DRIVER%d_GONE = -1 };\n",
                   i, i, i, i, i, i, i);
}

static void measures(const char *what, char *put(char *, int), double kept, double peak) {
    enum { PARTS = 400 };
    char *text = malloc(1 << 20), *end = text + sprintf(text, "/* a header */\n");
    for (int i = 0; i < PARTS; i++) end = put(end, i);
    double       size    = (double)(end - text);
    ffi_context *context = ffi_context_new(&(ffi_options){.allocate = allocate});
    size_t       before  = now;
    most                 = now;
    if (!ok(!ffi_declare(context, text), "a text of %s is declared", what)) note("message", ffi_last_message());
    double keeps = (double)(now - before) / size, at_most = (double)(most - before) / size;
    ok(keeps <= kept && at_most <= peak,
       "it keeps %.2f bytes a byte, at most %.2f, and takes %.2f, at most %.2f", keeps, kept, at_most, peak);
    before = now;
    ok(!ffi_declare(context, text) && now == before, "declaring it again keeps nothing more");
    ffi_context_free(context);
    ok(!now, "freeing the context frees all");
    free(text);
}

/* A function keeps what it says, whoever asks. */
static void notes(void) {
    ffi_context *context = ffi_context_new(NULL);
    const char  *text    = "errno_if(-1) int f(len(2) char *first, int, int third[4], char *(*make)(int x));"
                           "int f(char *, int, int *, char *(*)(int));";
    if (!ok(!ffi_declare(context, text), "a function with annotations is declared, and again without"))
        note("message", ffi_last_message());
    const ffi_ctype *type = ffi_declared_type(context, "f");
    ok(type && type == ffi_declared_type(context, "f"), "its type is the same each time");
    ok(!strcmp(ffi_type_parameter_name(type, 0), "first"), "the name of its first parameter");
    ok(!strcmp(ffi_type_parameter_name(type, 1), ""), "its second parameter has none");
    ok(ffi_type_parameter_length(type, 2) == 4, "the length of its third parameter");
    ok(ffi_type_annotations(type, 0) & FFI_ANNOTATION_LEN, "the annotation of its first parameter");
    ok(ffi_type_annotations(type, FFI_RESULT) & FFI_ANNOTATION_ERRNO_IF && ffi_type_failure(type) == -1,
       "the annotation of its result");
    ffi_context_free(context);
}

/* Macros are computed when they are asked for. */

static bool count_macros(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata) {
    (void)name, (void)type;
    *(int *)userdata += what == FFI_DECLARED_CONSTANT;
    return true;
}

static void refused(void) {
    static const char text[]   = "#define NUMBER (2 + 3)\n#define TEXT \"a\" \"b\"\n#define BIG 1.5L\n";
    int               kinds[2] = {0, 0}, failures = 0, wrong = 0;
    for (int refuse = 0; kinds[0] < 2 || kinds[1] < 2; refuse++) {
        for (int way = 0; way < 2; way++) {
            ffi_context *context = ffi_context_new(&(ffi_options){.allocate = allocate});
            ffi_value    value   = {0};
            int          macros = 0, count = 0;
            wrong += ffi_declare(context, text) != FFI_ERROR_NONE;
            ffi_fail(FFI_ERROR_NONE, "%s", "");
            left      = refuse;
            bool good = way ? !ffi_declared_each(context, count_macros, &macros) && macros == 3
                            : ffi_declared_value(context, "TEXT", &value) &&
                                  ffi_declared_value(context, "NUMBER", &value) &&
                                  ffi_declared_value(context, "BIG", &value);
            kinds[way] += left >= 0 || good;
            left = -1;
            if (!good) failures++, wrong += ffi_last_error() != FFI_ERROR_MEMORY;
            wrong += !ffi_declared_value(context, "TEXT", &value) || strcmp(value.str, "ab") != 0;
            wrong += !ffi_declared_value(context, "NUMBER", &value) || value.i64 != 5;
            wrong += !ffi_declared_value(context, "BIG", NULL);
            wrong += ffi_declared_each(context, count_macros, &count) || count != 3;
            ffi_context_free(context);
        }
    }
    ok(failures && !wrong && !now, "macros have their values after memory was refused: %d failures, %d wrong",
       failures, wrong);
}

int main(void) {
    measures("functions", put_functions, 1.6, 2.4);
    measures("functions and macros", put_functions_and_macros, 1.6, 3.2);
    measures("bodies", put_bodies, 3.3, 6.3);
    notes();
    refused();
    return done();
}
