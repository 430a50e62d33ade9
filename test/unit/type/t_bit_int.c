/* SPDX-License-Identifier: MIT */
/* _BitInt(N): what its type is by each ABI, how it is printed, and its constants. t_bit_ints.sh calls them. */
#include "helper.h"

static void types(void) {
    static const struct {
        const char *abi, *text;
        ffi_kind    kind;
        size_t      size, alignment;
        bool        passed;
    } cases[] = {
        {"sysv", "_BitInt(7)", FFI_KIND_I8, 1, 1, true},
        {"sysv", "unsigned _BitInt(17)", FFI_KIND_U32, 4, 4, true},
        {"sysv", "_BitInt(33)", FFI_KIND_STRUCT, 8, 8, true},
        {"sysv", "_BitInt(64)", FFI_KIND_I64, 8, 8, true},
        {"sysv", "_BitInt(65)", FFI_KIND_STRUCT, 16, 8, true},
        {"sysv", "unsigned _BitInt(129)", FFI_KIND_STRUCT, 24, 8, true},
        {"aapcs64", "_BitInt(7)", FFI_KIND_STRUCT, 1, 1, true},
        {"aapcs64", "_BitInt(65)", FFI_KIND_STRUCT, 16, 16, true},
        {"aapcs64", "_BitInt(129)", FFI_KIND_STRUCT, 32, 16, false},
        {"win64", "_BitInt(7)", FFI_KIND_STRUCT, 1, 1, false},
        {"win64", "_BitInt(8)", FFI_KIND_I8, 1, 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ffi_context     *context = ffi_context_new(&(ffi_options){.abi = cases[i].abi});
        const ffi_ctype *type    = ffi_type_parse(context, cases[i].text);
        char             text[64], signature[80];
        ok(type && ffi_type_kind(type) == cases[i].kind && ffi_type_size(type) == cases[i].size &&
               ffi_type_alignment(type) == cases[i].alignment,
           "%s under %s has its kind, size and alignment", cases[i].text, cases[i].abi);
        ffi_type_format(type, text, sizeof text);
        ok(!strcmp(text, cases[i].text), "it is printed as %s", text);
        snprintf(signature, sizeof signature, "void(%s)", cases[i].text);
        bool passed = ffi_type_parse(context, signature) != NULL;
        ok(passed == cases[i].passed && (passed || strstr(ffi_last_message(), cases[i].text)),
           "it is %s by value", cases[i].passed ? "passed" : "refused by name");
        ffi_context_free(context);
    }
}

static void constants(void) {
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    int64_t      value   = 0;
    ok(!ffi_declare(context, "static const _BitInt(7) small = 125;\n"
                             "#define SUM ((unsigned _BitInt(8))200 + (unsigned _BitInt(8))100)\n"
                             "#define SIZE sizeof(_BitInt(100))\n"),
       "constants of _BitInt are declared");
    ok(ffi_declared_constant(context, "small", &value) && value == -3, "a value is truncated to its bits");
    ok(!ffi_declared_constant(context, "SUM", &value), "a sum, which is not promoted, is unknown");
    ok(ffi_declared_constant(context, "SIZE", &value) && value == 16, "a size is known");
    ffi_context_free(context);
}

static void bit_fields(void) {
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    ok(ffi_type_parse(context, "struct { _BitInt(7) a : 7; enum : unsigned _BitInt(3) { A } b : 3; }") != NULL,
       "a bit-field has all bits of its _BitInt");
    ok(!ffi_type_parse(context, "struct { _BitInt(7) a : 8; }"), "but not more: %s", ffi_last_message());
    ok(!ffi_type_parse(context, "struct { enum : unsigned _BitInt(3) { B } b : 4; }"), "nor by an enum of it");
    uint8_t          bytes[] = {0xbf, 0xfd};
    const ffi_ctype *record =
        ffi_type_parse(context, "struct { _BitInt(7) a; enum : unsigned _BitInt(3) { C } b; }");
    ffi_field field;
    ok(ffi_type_field(record, 0, &field) && ffi_field_read(&field, bytes) == 0x3f,
       "a member's bits above its _BitInt's are not read");
    ok(ffi_type_field(record, 1, &field) && ffi_field_read(&field, bytes) == 5, "nor by an enum of it");
    const ffi_ctype *signature = ffi_type_parse(context, "void(enum : unsigned _BitInt(3) { D })");
    ffi_function    *function  = ffi_function_typed(context, (void *)(uintptr_t)bit_fields, signature);
    if (function) ok(ffi_function_shape(function)->parameters[0].most == 7, "its shape has its range");
    else skip_one("calls of ABI sysv: this build can only plan for it");
    ffi_context_free(context);
}

int main(void) {
    types();
    bit_fields();
    constants();
    return done();
}
