/* SPDX-License-Identifier: MIT */
/*
 * Holds the constants that ffi_declare() knows of a preprocessed header against a compiler's facts about them,
 * which constants.sh has made: a line for each macro that the compiler takes for a constant,
 *
 *     NAME i SIZE SIGNED VALUE      an integer
 *     NAME r SIZE VALUE             a real number, as %La prints it
 *     NAME s BYTES                  a string, in hexadecimal with its NUL
 *
 * Prints `N known, N unknown, N wrong`, and each of the latter two by name; and the memory that the context keeps.
 * Usage: read_constants TEXT [MOST] <FACTS. FFI_ABI in the environment names the compiler's ABI. The status is 1 if
 * one is wrong, the text is refused, or the context keeps more than MOST bytes for each byte of the text.
 */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path) {
    FILE  *file = fopen(path, "rb");
    size_t size = 0, room = 1 << 20;
    char  *text = malloc(room);
    if (!file || !text) exit(2);
    for (size_t got; (got = fread(text + size, 1, room - size - 1, file)) > 0;)
        if ((size += got) == room - 1 && !(text = realloc(text, room *= 2))) exit(2);
    text[size] = 0;
    fclose(file);
    return text;
}

static bool is_integer(const ffi_ctype *type, unsigned long size, int is_signed) {
    ffi_kind kind = ffi_type_kind(type);
    if (kind == FFI_KIND_ENUM) kind = ffi_type_kind(ffi_type_target(type));
    bool integer = kind == FFI_KIND_BOOL || (kind >= FFI_KIND_I8 && kind <= FFI_KIND_U64);
    return integer && ffi_type_size(type) == size &&
           (kind == FFI_KIND_BOOL ? 0 : kind % 2 == FFI_KIND_I8 % 2) == is_signed;
}

static bool is_real(const ffi_ctype *type, const ffi_value *value, unsigned long size, const char *text) {
    long double its, wanted = strtold(text, NULL);
    switch (ffi_type_kind(type)) {
    case FFI_KIND_F32: its = value->f32; break;
    case FFI_KIND_F64: its = value->f64; break;
    case FFI_KIND_F80: memcpy(&its, value->ptr, sizeof its); break;
    default: return ffi_type_size(type) == size; /* this machine cannot print it */
    }
    return ffi_type_size(type) == size && (its == wanted || (its != its && wanted != wanted));
}

static bool is_string(const ffi_ctype *type, const ffi_value *value, const char *hex) {
    size_t size = strlen(hex) / 2;
    if (ffi_type_kind(type) != FFI_KIND_ARRAY || ffi_type_size(type) != size) return false;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1 || byte != (unsigned char)value->str[i]) return false;
    }
    return true;
}

static size_t skipped, in_use;

static void *allocate(void *unused, void *block, size_t old_size, size_t new_size) {
    (void)unused;
    in_use += new_size - old_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

static void report(const char *message, void *unused) {
    (void)unused;
    printf("skipped: %s\n", message);
}

int main(int count, char **words) {
    static char line[1 << 20], name[1 << 12];
    size_t      known = 0, unknown = 0, wrong = 0;
    if (count < 2) return 2;
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = getenv("FFI_ABI"), .allocate = allocate});
    char        *text    = read_file(words[1]);
    size_t       before  = in_use;
    if (ffi_declare_with(context, text, &(ffi_declare_options){FFI_DECLARE_LENIENT, report, NULL}, &skipped))
        return puts(ffi_last_message()), 1;
    double keeps = (double)(in_use - before) / (double)strlen(text);
    while (fgets(line, sizeof line, stdin)) {
        char          form;
        int           at = 0, is_signed = 0;
        unsigned long size = 0;
        if (sscanf(line, "%4095s %c %n", name, &form, &at) < 2) return 2;
        line[strcspn(line, "\n")] = 0;
        char            *rest     = line + at;
        ffi_value        value;
        const ffi_ctype *type = ffi_declared_value(context, name, &value);
        if (!type) {
            unknown++, printf("unknown: %s %s\n", name, rest);
            continue;
        }
        bool good;
        if (form != 's') size = strtoul(rest, &rest, 10);
        if (form == 'i') {
            is_signed = (int)strtol(rest, &rest, 10);
            good      = is_integer(type, size, is_signed) && value.u64 == strtoull(rest, NULL, 10);
        } else {
            good = form == 'r' ? is_real(type, &value, size, rest) : is_string(type, &value, rest);
        }
        known += good, wrong += !good;
        if (!good) {
            ffi_type_format(type, line, sizeof line);
            printf("wrong: %s is %lld as a %s, not %c %lu %d %s\n", name, (long long)value.i64, line, form,
                   size, is_signed, rest);
        }
    }
    bool large = count > 2 && keeps > strtod(words[2], NULL);
    printf("%zu known, %zu unknown, %zu wrong, %.2f bytes kept for a byte, %zu skipped\n", known, unknown,
           wrong, keeps, skipped);
    ffi_context_free(context);
    free(text);
    return wrong || large;
}
