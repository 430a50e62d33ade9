/* SPDX-License-Identifier: MIT */
/*
 * Prints C functions with random signatures (signatures.h): gen_calls SEED COUNT [ATTRIBUTE]. Function
 * `f<index>` notes its number and, in its own types, what the compiler hands it as arguments, and returns the
 * value that it finds in `reply`. `c<index>` is its mirror image: it passes what it finds in `received` to a
 * function pointer of the same type, and notes the result as the first value; `v<index>` reads variable
 * arguments. The compiler that translates this text is the judge of how arguments travel: nothing here knows
 * registers. An attribute,
 * "__attribute__((ms_abi))", is all functions' but of those that the test calls, `c<index>` and `v<index>`.
 */
#include "signatures.h"

#include <inttypes.h>
#include <stdlib.h>

static const char prologue[] = "#include <stdarg.h>\n"
                               "#include <stddef.h>\n"
                               "#include <stdint.h>\n"
                               "void *memcpy(void *, const void *, size_t);\n"
                               "enum color { RED = -2, GREEN, BLUE = 70000 };\n"
                               "struct point;\n"
                               "struct { uint64_t function, values[%d]; } received;\n"
                               "unsigned char reply[8];\n"
                               "/* Widening shows what lies in a register above a narrow value. */\n"
                               "#define INTEGER(i, x) (received.values[i] = (uint64_t)(x))\n"
                               "#define POINTER(i, x) (received.values[i] = (uint64_t)(uintptr_t)(x))\n"
                               "#define FLOATING(i, x) memcpy(&received.values[i], &(x), sizeof(x))\n"
                               "static float as_float(int i) {\n"
                               "    float x;\n    memcpy(&x, &received.values[i], 4);\n    return x;\n}\n"
                               "static double as_double(int i) {\n"
                               "    double x;\n    memcpy(&x, &received.values[i], 8);\n    return x;\n}\n\n";

static const char *attribute = "";

/* What stdarg.h's names begin with: the C library's list is the platform's own only. */
static const char *va(void) {
    return *attribute ? "__builtin_ms_va" : "va";
}

static int is_floating(ffi_kind kind) {
    return kind == FFI_KIND_F32 || kind == FFI_KIND_F64;
}

static int is_pointer(ffi_kind kind) {
    return kind == FFI_KIND_POINTER || kind == FFI_KIND_ARRAY;
}

/* The type by which va_arg reads a variable argument: C11 6.5.2.2p6 promotes it. */
static const char *promoted(ffi_kind kind) {
    switch (kind) {
    case FFI_KIND_U32: return "unsigned";
    case FFI_KIND_I64: return "int64_t";
    case FFI_KIND_U64: return "uint64_t";
    case FFI_KIND_F32:
    case FFI_KIND_F64: return "double";
    case FFI_KIND_POINTER:
    case FFI_KIND_ARRAY: return "void *";
    default: return "int";
    }
}

static void print_note(const char *name, unsigned i, ffi_kind kind) {
    const char *how = is_floating(kind) ? "FLOATING" : is_pointer(kind) ? "POINTER" : "INTEGER";
    printf("    %s(%u, %s);\n", how, i, name);
}

/* What reads variable arguments: of the function itself, and of a callback that has been given the list. */
static void print_reader(const struct signature *signature, unsigned index) {
    char name[16];
    printf("void v%u(%s_list *list) {\n", index, va());
    for (unsigned i = signature->fixed; i < signature->count; i++) {
        ffi_kind kind = signature->params[i]->kind;
        snprintf(name, sizeof name, "a%u", i);
        printf("    %s %s = __builtin_va_arg(*list, %s);\n", promoted(kind), name, promoted(kind));
        print_note(name, i, kind);
    }
    printf("}\n\n");
}

static void print_caller(const struct signature *signature, unsigned index) {
    ffi_kind result = signature->result->kind;
    printf("void c%u(__typeof__(f%u) *code) {\n    ", index, index);
    if (result != FFI_KIND_VOID) printf(signature->result->c, "result"), printf(" = ");
    printf("code(");
    for (unsigned i = 0; i < signature->count; i++) {
        ffi_kind kind = signature->params[i]->kind;
        printf(i ? ", " : "");
        if (is_floating(kind)) {
            printf(kind == FFI_KIND_F32 && i < signature->fixed ? "as_float(%u)" : "as_double(%u)", i);
        } else {
            printf("(");
            if (i >= signature->fixed || is_pointer(kind)) printf("%s", promoted(kind));
            else printf(signature->params[i]->c, "");
            printf(")received.values[%u]", i);
        }
    }
    printf(");\n");
    if (result != FFI_KIND_VOID) print_note("result", 0, result);
    printf("}\n\n");
}

static void print_function(const struct signature *signature, unsigned index) {
    static char head[TEXT];
    unsigned    at = 0;
    char        name[16];
    put(head, at, "f%u(", index);
    for (unsigned i = 0; i < signature->fixed; i++) {
        snprintf(name, sizeof name, "a%u", i);
        put(head, at, i ? ", " : "");
        put(head, at, signature->params[i]->c, name); /* a format from the table above */
    }
    put(head, at, signature->variadic ? ", ...)" : signature->count ? ")" : "void)");
    printf("%s ", attribute);
    printf(signature->result->c, head);
    printf(" {\n    received.function = %u;\n", index);
    for (unsigned i = 0; i < signature->fixed; i++) {
        snprintf(name, sizeof name, "a%u", i);
        print_note(name, i, signature->params[i]->kind);
    }
    if (signature->variadic)
        printf("    %s_list list;\n    %s_start(list, a%u);\n    v%u(&list);\n    %s_end(list);\n", va(), va(),
               signature->fixed - 1, index, va());
    if (signature->result->kind != FFI_KIND_VOID) {
        printf("    ");
        printf(signature->result->c, "result");
        printf(";\n    memcpy(&result, reply, sizeof result);\n    return result;\n");
    }
    printf("}\n\n");
}

int main(int argc, char **argv) {
    static struct signature signature;
    if (argc < 3) return fprintf(stderr, "usage: gen_calls SEED COUNT [ATTRIBUTE]\n"), 2;
    if (argc > 3) attribute = argv[3];
    uint64_t seed  = strtoull(argv[1], NULL, 0);
    unsigned count = (unsigned)strtoul(argv[2], NULL, 0);
    printf("/* Made by gen_calls %" PRIu64 " %u. */\n", seed, count);
    printf(prologue, FFI_MAX_ARGUMENTS);
    for (unsigned i = 0; i < count; i++) {
        signature_make(&signature, seed, i, attribute);
        if (signature.variadic) print_reader(&signature, i);
        print_function(&signature, i);
        print_caller(&signature, i);
    }
    return 0;
}
