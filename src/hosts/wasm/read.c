/* SPDX-License-Identifier: MIT */
/*
 * The lists of a module in the binary format (WebAssembly 2.0, chapter 5.5): types, imports, exports, and the
 * custom section with prototypes. Code, data, tables and globals are the engine's, which validates the module.
 */
#include "runner.h"

#include <string.h>

struct reader {
    wasm_host         *host;
    ffi_arena         *arena;
    const uint8_t     *at, *end;
    struct wasm_lists *lists;
    uint32_t          *functions; /* the type of each function, imported ones first */
    size_t             function_count;
    ffi_error          error;
};

enum { CUSTOM, TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, GLOBALS, EXPORTS };

static ffi_error fault(struct reader *reader, const char *what) {
    if (!reader->error) reader->error = ffi_fail(FFI_ERROR_SYNTAX, "not a module: %s", what);
    reader->at = reader->end;
    return reader->error;
}

static uint8_t byte(struct reader *reader) {
    if (reader->at < reader->end) return *reader->at++;
    return fault(reader, "it ends early"), 0;
}

/* LEB128: seven bits a byte, the lowest first. */
static uint32_t number(struct reader *reader) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t next = byte(reader);
        value |= (uint64_t)(next & 0x7f) << shift;
        if (!(next & 0x80))
            return value <= UINT32_MAX ? (uint32_t)value : (fault(reader, "a number is too large"), 0);
    }
    return fault(reader, "a number is too long"), 0;
}

/* A list's length. Each element has a byte or more, so a length that lies costs no memory. */
static uint32_t length(struct reader *reader) {
    uint32_t count = number(reader);
    if (count <= (size_t)(reader->end - reader->at)) return count;
    return fault(reader, "it ends early"), 0;
}

static void *list(struct reader *reader, size_t count, size_t size) {
    void *all = ffi_arena_allocate(reader->arena, count * size + 1, 8);
    if (!all) reader->error = ffi_last_error();
    return all;
}

static const char *text(struct reader *reader) {
    uint32_t    size = length(reader);
    const char *copy = ffi_arena_text(reader->arena, (const char *)reader->at, size);
    if (!copy) reader->error = ffi_last_error();
    if (!copy || reader->error) return "";
    reader->at += size;
    if (strlen(copy) != size) fault(reader, "a name has a zero byte");
    return copy;
}

static const char *letters(struct reader *reader) {
    uint32_t count = length(reader);
    char    *all   = list(reader, count, 1);
    if (!all) return "";
    for (uint32_t i = 0; i < count; i++) {
        switch (byte(reader)) {
        case 0x7f: all[i] = 'i'; break;
        case 0x7e: all[i] = 'I'; break;
        case 0x7d: all[i] = 'f'; break;
        case 0x7c: all[i] = 'F'; break;
        default: all[i] = '?';
        }
    }
    all[count] = 0;
    return all;
}

static void read_types(struct reader *reader) {
    struct wasm_lists *lists = reader->lists;
    lists->type_count        = length(reader);
    if (!(lists->types = list(reader, lists->type_count, sizeof *lists->types))) return;
    for (size_t i = 0; i < lists->type_count && !reader->error; i++) {
        if (byte(reader) != 0x60) fault(reader, "a type is no function");
        const char *params = letters(reader);
        lists->types[i]    = (struct wasm_signature){params, letters(reader)};
    }
}

static void read_imports(struct reader *reader) {
    struct wasm_lists *lists = reader->lists;
    size_t             count = length(reader);
    if (!(lists->imports = list(reader, count, sizeof *lists->imports)) ||
        !(reader->functions = list(reader, count, sizeof *reader->functions)))
        return;
    for (size_t i = 0; i < count && !reader->error; i++) {
        const char *module = text(reader), *name = text(reader);
        if (byte(reader) && !reader->error) {
            reader->error = ffi_fail(
                FFI_ERROR_UNSUPPORTED,
                "import %s.%s is no function: memories, tables and globals cannot be imported", module, name);
            return;
        }
        uint32_t type = number(reader);
        if (type >= lists->type_count) fault(reader, "an import has no type");
        else lists->imports[i] = (struct wasm_name){module, name, &lists->types[type], NULL};
        reader->functions[i] = type;
    }
    reader->function_count = lists->import_count = count;
}

static void read_functions(struct reader *reader) {
    size_t    count = length(reader), before = reader->function_count;
    uint32_t *all = list(reader, before + count, sizeof *all);
    if (!all) return;
    if (before) memcpy(all, reader->functions, before * sizeof *all);
    for (size_t i = 0; i < count; i++)
        if ((all[before + i] = number(reader)) >= reader->lists->type_count)
            fault(reader, "a function has no type");
    reader->functions      = all;
    reader->function_count = before + count;
}

static void read_exports(struct reader *reader) {
    enum { FUNCTION, TABLE, MEMORY };
    struct wasm_lists *lists = reader->lists;
    lists->export_count      = length(reader);
    if (!(lists->exports = list(reader, lists->export_count, sizeof *lists->exports))) return;
    for (size_t i = 0; i < lists->export_count && !reader->error; i++) {
        const char *name  = text(reader);
        uint8_t     kind  = byte(reader);
        uint32_t    index = number(reader);
        lists->exports[i] = (struct wasm_name){NULL, name, NULL, NULL};
        if (kind == TABLE && !index) lists->table = name;
        if (kind == MEMORY && !index) lists->memory = name;
        if (kind != FUNCTION) continue;
        if (index >= reader->function_count) fault(reader, "an export is no function that it has");
        else lists->exports[i].type = &lists->types[reader->functions[index]];
    }
}

/* One prototype in each line. */
static void read_prototypes(struct reader *reader) {
    const char *name = text(reader);
    if (reader->error || strcmp(name, "ffi_invoke")) return;
    char *lines = ffi_arena_text(reader->arena, (const char *)reader->at, (size_t)(reader->end - reader->at));
    if (!lines) reader->error = ffi_last_error();
    for (char *line = lines, *next; line && !reader->error && *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next) *next++ = 0;
        if (*line) reader->error = wasm_host_signature(reader->host, line);
    }
}

static void read_section(struct reader *reader, uint8_t which) {
    switch (which) {
    case CUSTOM: read_prototypes(reader); return;
    case TYPES: read_types(reader); return;
    case IMPORTS: read_imports(reader); return;
    case FUNCTIONS: read_functions(reader); return;
    case TABLES: reader->lists->has_table = length(reader) && byte(reader) == 0x70; return; /* funcref */
    case MEMORIES: reader->lists->has_memory = length(reader) > 0; return;
    case EXPORTS: read_exports(reader); return;
    default: return;
    }
}

ffi_error wasm_lists_read(wasm_host *host, ffi_arena *arena, const void *bytes, size_t size,
                          struct wasm_lists *lists) {
    static const char magic[8] = "\0asm\1\0\0";
    struct reader     reader   = {.host = host, .arena = arena, .at = bytes, .lists = lists};
    const uint8_t    *end      = reader.at + size;
    reader.end                 = end;
    *lists                     = (struct wasm_lists){0};
    if (size < sizeof magic || memcmp(bytes, magic, sizeof magic))
        return fault(&reader, "it does not begin as one of version 1 does");
    reader.at += sizeof magic;
    while (!reader.error && reader.at < end) {
        uint8_t        which   = byte(&reader);
        uint32_t       section = length(&reader);
        const uint8_t *next    = reader.at + section;
        if (reader.error) break;
        reader.end = next;
        read_section(&reader, which);
        reader.end = end;
        reader.at  = next;
    }
    return reader.error;
}

bool wasm_signature_is_c(const struct wasm_signature *type) {
    return type && strlen(type->params) <= WASM_LETTERS && strlen(type->results) <= 1 &&
           !strchr(type->params, '?') && *type->results != '?';
}
