/* SPDX-License-Identifier: MIT */
/* Loading a libffi, and describing shapes to it; see libffi.h. */
#define _GNU_SOURCE
#include "libffi.h"

#include "bench.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct libffi libffi_machine = {.who = "libffi", .variable = "LIBFFI", .name = "libffi.so.8"};
struct libffi libffi_newest  = {.who = "newest libffi", .variable = "LIBFFI_NEWEST"};
struct libffi libffi_ours    = {.who = "our libffi", .variable = "LIBFFI_OURS"};

/* ---- loading ---- */

static void describe(const struct libffi *library, char *text, size_t size) {
    struct link_map *map             = NULL;
    char             real[512]       = "", *slash;
    const char *(*get_version)(void) = NULL;
    *(void **)(void *)&get_version   = dlsym(library->handle, "ffi_get_version");
    dlinfo(library->handle, RTLD_DI_LINKMAP, &map);
    if (!map || !realpath(map->l_name, real)) snprintf(real, sizeof real, "libffi.so.8");
    slash = strrchr(real, '/');
    if (get_version) snprintf(text, size, "version %s, shared, %s", get_version(), real);
    else snprintf(text, size, "%s, shared", slash ? slash + 1 : real);
}

static void load(struct libffi *library, const char *path) {
    library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library->handle) return;
    const struct {
        const char *name;
        void       *at;
    } names[] = {{"ffi_prep_cif", &library->prep_cif},
                 {"ffi_prep_cif_var", &library->prep_cif_var},
                 {"ffi_call", &library->call},
                 {"ffi_call_plan_alloc", &library->plan_alloc},
                 {"ffi_call_plan_free", &library->plan_free},
                 {"ffi_call_plan_invoke", &library->plan_invoke},
                 {"ffi_closure_alloc", &library->closure_alloc},
                 {"ffi_closure_free", &library->closure_free},
                 {"ffi_prep_closure_loc", &library->prep_closure}};
    for (size_t i = 0; i < countof(names); i++) *(void **)names[i].at = dlsym(library->handle, names[i].name);
}

bool libffi_open(struct libffi *library, char *text, size_t size) {
    const char *path = getenv(library->variable);
    char        unused[256];
    /* First the one that is found by its name: the loader takes any library of that name that is there already.
     */
    if (library != &libffi_machine) libffi_open(&libffi_machine, unused, sizeof unused);
    if (!path || !*path) path = library->name;
    if (path && !library->tried) load(library, path);
    library->tried = true;
    if (library->handle) return describe(library, text, size), true;
    if (path) snprintf(text, size, "%s cannot be loaded", path);
    else snprintf(text, size, "%s=PATH names it", library->variable);
    return false;
}

/* ---- types ---- */

static ffi_type *new_type(size_t size, size_t alignment, unsigned short kind, ffi_type **elements) {
    ffi_type *type = bench_need(calloc(1, sizeof *type), "a type");
    *type          = (ffi_type){size, (unsigned short)alignment, kind, elements};
    return type;
}

static ffi_type *type_of(const ffi_ctype *type);

/* Adds `count` times the elements of a type to a list; false if libffi does not know it. */
static bool add_elements(const ffi_ctype *type, ffi_type **elements, size_t *count, size_t most) {
    if (ffi_type_kind(type) == FFI_KIND_ARRAY) {
        for (size_t i = 0; i < ffi_type_length(type); i++)
            if (!add_elements(ffi_type_target(type), elements, count, most)) return false;
        return true;
    }
    return *count < most && (elements[(*count)++] = type_of(type));
}

/* libffi has no unions: one with the first member's type passes as ours does, whose members have one size. */
static ffi_type *struct_of(const ffi_ctype *record) {
    enum { MOST = 40 };
    size_t     count = 0, fields = ffi_type_kind(record) == FFI_KIND_UNION ? 1 : ffi_type_field_count(record);
    ffi_type **elements = bench_need(calloc(MOST + 1, sizeof(ffi_type *)), "a type");
    ffi_field  field;
    for (size_t i = 0; i < fields && ffi_type_field(record, i, &field); i++)
        if (!add_elements(field.type, elements, &count, MOST)) return NULL;
    return new_type(0, 0, FFI_TYPE_STRUCT, elements);
}

static ffi_type *complex_of(const ffi_ctype *type) {
    ffi_type **elements = bench_need(calloc(2, sizeof(ffi_type *)), "a type");
    elements[0]         = type_of(ffi_type_target(type));
    return new_type(ffi_type_size(type), ffi_type_alignment(type), FFI_TYPE_COMPLEX, elements);
}

static ffi_type *type_of(const ffi_ctype *type) {
    static const unsigned char numbers[] = {
        [FFI_KIND_VOID] = FFI_TYPE_VOID,       [FFI_KIND_BOOL] = FFI_TYPE_UINT8,
        [FFI_KIND_I8] = FFI_TYPE_SINT8,        [FFI_KIND_U8] = FFI_TYPE_UINT8,
        [FFI_KIND_I16] = FFI_TYPE_SINT16,      [FFI_KIND_U16] = FFI_TYPE_UINT16,
        [FFI_KIND_I32] = FFI_TYPE_SINT32,      [FFI_KIND_U32] = FFI_TYPE_UINT32,
        [FFI_KIND_I64] = FFI_TYPE_SINT64,      [FFI_KIND_U64] = FFI_TYPE_UINT64,
        [FFI_KIND_F32] = FFI_TYPE_FLOAT,       [FFI_KIND_F64] = FFI_TYPE_DOUBLE,
        [FFI_KIND_POINTER] = FFI_TYPE_POINTER, [FFI_KIND_F80] = FFI_TYPE_LONGDOUBLE,
        [FFI_KIND_F128] = FFI_TYPE_LONGDOUBLE};
    ffi_kind kind = ffi_type_kind(type);
    if (kind == FFI_KIND_COMPLEX) return complex_of(type);
    if (kind == FFI_KIND_STRUCT || kind == FFI_KIND_UNION) return struct_of(type);
    if (kind >= countof(numbers) || (kind && !numbers[kind])) return NULL;
    return new_type(kind ? ffi_type_size(type) : 1, kind ? ffi_type_alignment(type) : 1, numbers[kind], NULL);
}

const struct libffi_shape *libffi_shape(const struct shape *shape) {
    static struct libffi_shape all[CALLEE_COUNT];
    struct libffi_shape       *made = &all[shape->callee];
    if (made->result) return made;
    made->count = (unsigned)shape->count;
    made->fixed = shape->fixed;
    for (unsigned i = 0; i < made->count; i++)
        if (!(made->types[i] = type_of(ffi_type_parameter(shape->type, i)))) return NULL;
    made->result = type_of(ffi_type_target(shape->type));
    return made->result ? made : NULL;
}

bool libffi_prepare(const struct libffi *library, const struct libffi_shape *shape, ffi_cif *cif) {
    ffi_type **types = (ffi_type **)(uintptr_t)shape->types;
    if (shape->fixed == ALL)
        return library->prep_cif(cif, FFI_DEFAULT_ABI, shape->count, shape->result, types) == FFI_OK;
    return library->prep_cif_var(cif, FFI_DEFAULT_ABI, shape->fixed, shape->count, shape->result, types) ==
           FFI_OK;
}

/* ---- closures ---- */

/* clang-format off */
#define ARGUMENT(k, member)     *(TYPE_OF(member) *)args[k]
#define RETURN_NOTHING(member)  (void)result;
#define RETURN_WORD(member)     *(ffi_arg *)result = (ffi_arg)
#define RETURN_REAL(member)     *(TYPE_OF(member) *)result =
#define RETURN_RECORD(member)   *(TYPE_OF(member) *)result =
#define CLOSE(id, what, leaves, member, list, fixed) \
    static void close_##id(ffi_cif *cif, void *result, void **args, void *userdata) { \
        (void)cif, (void)args, (void)userdata; \
        RETURN_##leaves(member) callee_##id(list(ARGUMENT, ARGUMENT)); \
    }
CALLEES(CLOSE)
#define CLOSER(id, what, leaves, member, list, fixed) [CALLEE_##id] = close_##id,
static void (*const closers[])(ffi_cif *, void *, void **, void *) = {CALLEES(CLOSER)};
/* clang-format on */

void *libffi_closure(const struct libffi *library, struct shape *shape) {
    const struct libffi_shape *described = libffi_shape(shape);
    void                      *code;
    ffi_cif                   *cif = bench_need(calloc(1, sizeof *cif), "a cif");
    if (!described || !libffi_prepare(library, described, cif)) return NULL;
    ffi_closure *closure = library->closure_alloc(sizeof *closure, &code);
    if (!closure || library->prep_closure(closure, cif, closers[shape->callee], NULL, code) != FFI_OK)
        return NULL;
    return code;
}
