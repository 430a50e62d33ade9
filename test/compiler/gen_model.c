/* SPDX-License-Identifier: MIT */
/*
 * gen_model ABI all|gcc: a C file that asserts what we take the names of scalar types to be. It includes no
 * header, so that it can be compiled for a system whose headers are not here: compilers know these types by
 * macros. The fast types are the system's choice, of which gcc knows, but clang only for Apple.
 */
#include <ffi_invoke.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *c;
} names[] = {
    {"char", "char"},
    {"long", "long"},
    {"unsigned long", "unsigned long"},
    {"long double", "long double"},
    {"wchar_t", "__WCHAR_TYPE__"},
    {"wint_t", "__WINT_TYPE__"},
    {"char16_t", "__CHAR16_TYPE__"},
    {"char32_t", "__CHAR32_TYPE__"},
    {"size_t", "__SIZE_TYPE__"},
    {"ptrdiff_t", "__PTRDIFF_TYPE__"},
    {"intmax_t", "__INTMAX_TYPE__"},
    {"uintptr_t", "__UINTPTR_TYPE__"},
    {"int_least16_t", "__INT_LEAST16_TYPE__"},
    {"uint_least32_t", "__UINT_LEAST32_TYPE__"},
    {"int_fast8_t", "__INT_FAST8_TYPE__"},
    {"int_fast16_t", "__INT_FAST16_TYPE__"},
    {"uint_fast16_t", "__UINT_FAST16_TYPE__"},
    {"int_fast32_t", "__INT_FAST32_TYPE__"},
    {"uint_fast32_t", "__UINT_FAST32_TYPE__"},
    {"int_fast64_t", "__INT_FAST64_TYPE__"},
    {"va_list", "__builtin_va_list"},
};

/* 1 and 0 as the kind is; -1 for what is no integer. */
static int is_signed(ffi_kind kind) {
    if (kind < FFI_KIND_I8 || kind > FFI_KIND_U64) return -1;
    return kind == FFI_KIND_I8 || kind == FFI_KIND_I16 || kind == FFI_KIND_I32 || kind == FFI_KIND_I64;
}

int main(int argc, char **argv) {
    if (argc != 3) return fputs("usage: gen_model ABI all|gcc\n", stderr), 2;
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = argv[1]});
    if (!context) return fprintf(stderr, "%s\n", ffi_last_message()), 1;
    bool fast = !strcmp(argv[2], "gcc") || !strcmp(argv[1], "apple-arm64");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char      *c    = names[i].c;
        const ffi_ctype *type = ffi_type_parse(context, names[i].name);
        if (!type) return fprintf(stderr, "%s\n", ffi_last_message()), 1;
        if (strstr(names[i].name, "fast") && !fast) continue;
        printf("_Static_assert(sizeof(%s) == %zu, \"%s\");\n", c, ffi_type_size(type), names[i].name);
        printf("_Static_assert(_Alignof(%s) == %zu, \"%s\");\n", c, ffi_type_alignment(type), names[i].name);
        if (is_signed(ffi_type_kind(type)) >= 0)
            printf("_Static_assert(((%s)-1 < 0) == %d, \"%s\");\n", c, is_signed(ffi_type_kind(type)),
                   names[i].name);
    }
    ffi_context_free(context);
    return 0;
}
