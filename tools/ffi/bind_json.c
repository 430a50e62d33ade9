/* SPDX-License-Identifier: MIT */
/* A description of declarations as JSON, for generators of other languages. */
#include "bind.h"
#include "source.h"
#include "system.h"
#include "text.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

static void put_text(const char *name, const char *text) {
    printf("\"%s\": ", name);
    text_json(stdout, text ? text : "", text ? strlen(text) : 0);
}

static void put_type(const char *name, const ffi_ctype *type) {
    char *text = type_text(type);
    put_text(name, text);
    free(text);
}

static void put_doc_of(FILE *out, const void *origin) {
    put_comment(out, origin, "");
}

static void put_origin(const struct origin *origin) {
    if (!origin) return;
    char *file = text_copy(origin->file.at, origin->file.length), *doc = system_written(put_doc_of, origin);
    const char *slash = file ? strrchr(file, '/') : NULL;
    printf(", ");
    put_text("header", slash ? slash + 1 : file);
    if (doc && *doc) {
        doc[strlen(doc) - 1] = 0;
        printf(", ");
        put_text("comment", *doc == ' ' ? doc + 1 : doc);
    }
    free(file);
    free(doc);
}

static void put_fields(const ffi_ctype *type) {
    ffi_field field;
    printf(", \"size\": %zu, \"alignment\": %zu, \"members\": [", ffi_type_size(type),
           ffi_type_alignment(type));
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        printf("%s{", i ? ", " : "");
        put_text("name", field.name);
        printf(", ");
        put_type("type", field.type);
        printf(", \"offset\": %zu", field.offset);
        if (field.is_bits) printf(", \"bit_offset\": %u, \"bit_width\": %u", field.bit_offset, field.bit_width);
        printf("}");
    }
    printf("]");
}

static void put_constants(const ffi_ctype *type) {
    const char *name;
    int64_t     value;
    printf(", \"size\": %zu, \"constants\": {", ffi_type_size(type));
    for (size_t i = 0; ffi_type_constant(type, i, &name, &value); i++) {
        printf("%s", i ? ", " : "");
        text_json(stdout, name, strlen(name));
        printf(": %lld", (long long)value);
    }
    printf("}");
}

static void put_signature(const ffi_ctype *type) {
    printf(", ");
    put_type("result", ffi_type_target(type));
    printf(", \"variadic\": %s, \"parameters\": [", ffi_type_is_variadic(type) ? "true" : "false");
    for (size_t i = 0; i < ffi_type_parameter_count(type); i++) {
        printf("%s{", i ? ", " : "");
        put_text("name", ffi_type_parameter_name(type, i));
        printf(", ");
        put_type("type", ffi_type_parameter(type, i));
        printf("}");
    }
    printf("]");
}

static const struct notation json = {"\\u%04x", true, "\"%sinf\"", "\"nan\""};

static void put_item(const struct binding *binding, const struct item *item) {
    printf("{");
    put_text("name", item->name);
    if (item->what == FFI_DECLARED_CONSTANT) {
        printf(", \"value\": ");
        if (!put_constant(stdout, binding, item, &json)) printf("null");
    } else if (item->what == FFI_DECLARED_FUNCTION) {
        put_signature(item->type);
    } else {
        printf(", ");
        put_type("type", item->type);
    }
    put_origin(item->origin);
    printf("}");
}

static void put_items(const struct binding *binding, const char *name, ffi_declared what) {
    const char *between = "";
    printf(",\n\"%s\": [", name);
    for (size_t i = 0; i < binding->count; i++) {
        if (!binding->items[i].selected || binding->items[i].what != what) continue;
        printf("%s\n", between);
        put_item(binding, &binding->items[i]);
        between = ",";
    }
    printf("]");
}

static void put_types(const struct binding *binding) {
    printf(",\n\"types\": [");
    for (size_t i = 0; i < binding->needed_count; i++) {
        const struct needed *needed = &binding->needed[i];
        printf("%s\n{", i ? "," : "");
        put_text("name", needed->name);
        printf(", \"kind\": \"%s\"", !is_record(needed->type)
                                         ? ffi_type_kind(needed->type) == FFI_KIND_ENUM ? "enum" : "scalar"
                                     : ffi_type_kind(needed->type) == FFI_KIND_UNION ? "union"
                                                                                     : "struct");
        if (needed->opaque) printf(", \"opaque\": true");
        else if (is_record(needed->type)) put_fields(needed->type);
        else if (ffi_type_kind(needed->type) == FFI_KIND_ENUM) put_constants(needed->type);
        else printf(", \"size\": %zu", ffi_type_size(needed->type));
        printf("}");
    }
    printf("]");
}

void write_json(const struct binding *binding) {
    printf("{");
    put_text("library", binding->library ? binding->library : "");
    put_types(binding);
    put_items(binding, "typedefs", FFI_DECLARED_TYPEDEF);
    put_items(binding, "functions", FFI_DECLARED_FUNCTION);
    put_items(binding, "variables", FFI_DECLARED_VARIABLE);
    put_items(binding, "constants", FFI_DECLARED_CONSTANT);
    printf(",\n\"absent\": [");
    for (size_t i = 0; i < binding->absent_count; i++) {
        printf("%s", i ? ", " : "");
        text_json(stdout, binding->absent[i], strlen(binding->absent[i]));
    }
    printf("]}\n");
}
