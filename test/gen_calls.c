/* SPDX-License-Identifier: MIT */
/*
 * Prints C functions with random signatures (signatures.h): gen_calls SEED COUNT. Function `f<index>` notes its
 * number and, in its own types, what the compiler hands it as arguments, and returns the value that it finds in
 * `reply`. The compiler that translates this text is the judge of how arguments travel: nothing here knows
 * registers.
 */
#include "signatures.h"

#include <inttypes.h>
#include <stdlib.h>

static const char prologue[] = "#include <stdarg.h>\n"
                               "#include <stddef.h>\n"
                               "#include <stdint.h>\n"
                               "#include <string.h>\n"
                               "enum color { RED = -2, GREEN, BLUE = 70000 };\n"
                               "struct point;\n"
                               "struct { uint64_t function, values[%d]; } received;\n"
                               "unsigned char reply[8];\n"
                               "/* Widening shows what lies in a register above a narrow value. */\n"
                               "#define INTEGER(i, x) (received.values[i] = (uint64_t)(x))\n"
                               "#define POINTER(i, x) (received.values[i] = (uint64_t)(uintptr_t)(x))\n"
                               "#define FLOATING(i, x) memcpy(&received.values[i], &(x), sizeof(x))\n\n";

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
    printf(signature->result->c, head);
    printf(" {\n    received.function = %u;\n", index);
    if (signature->variadic) printf("    va_list list;\n    va_start(list, a%u);\n", signature->fixed - 1);

    for (unsigned i = 0; i < signature->count; i++) {
        ffi_kind    kind = signature->params[i]->kind;
        const char *how  = is_floating(kind) ? "FLOATING" : is_pointer(kind) ? "POINTER" : "INTEGER";
        if (i >= signature->fixed)
            printf("    %s a%u = va_arg(list, %s);\n", promoted(kind), i, promoted(kind));
        printf("    %s(%u, a%u);\n", how, i, i);
    }
    if (signature->variadic) printf("    va_end(list);\n");
    if (signature->result->kind != FFI_KIND_VOID) {
        printf("    ");
        printf(signature->result->c, "result");
        printf(";\n    memcpy(&result, reply, sizeof result);\n    return result;\n");
    }
    printf("}\n\n");
}

int main(int argc, char **argv) {
    static struct signature signature;
    if (argc != 3) return fprintf(stderr, "usage: gen_calls SEED COUNT\n"), 2;
    uint64_t seed  = strtoull(argv[1], NULL, 0);
    unsigned count = (unsigned)strtoul(argv[2], NULL, 0);
    printf("/* Made by gen_calls %" PRIu64 " %u. */\n", seed, count);
    printf(prologue, FFI_MAX_ARGUMENTS);
    for (unsigned i = 0; i < count; i++) {
        signature_make(&signature, seed, i);
        print_function(&signature, i);
    }
    return 0;
}
