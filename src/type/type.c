/* SPDX-License-Identifier: MIT */
/*
 * Types made of types. A type is interned: making it again returns the same pointer. Records and enums are not
 * interned: there is one for each definition, with a list of its variants (record.c completes them together).
 *
 * scalar.c has scalars, record.c records, make.c the public functions that make types, query.c queries, format.c printing,
 * parse/signature.c reading.
 */
#include "type/type.h"

#include "type/context.h"
#include "type/record.h"

size_t type_extent(const ffi_ctype *type) {
    if (type_is_record(type)) return sizeof *type;
    if (type->kind == FFI_KIND_ENUM) return offsetof(ffi_ctype, definition);
    if (type->kind == FFI_KIND_POINTER) return offsetof(ffi_ctype, count);
    if (type->kind == FFI_KIND_FUNCTION) return offsetof(ffi_ctype, shape) + sizeof type->shape;
    return type_is_derived(type) ? offsetof(ffi_ctype, name) : offsetof(ffi_ctype, fields);
}

ffi_ctype type_copy(const ffi_ctype *type) {
    ffi_ctype copy = {.kind = type->kind};
    memcpy((void *)&copy, type, type_extent(type));
    return copy;
}

/* ---- interning ---- */

static bool same_name(const char *a, const char *b) {
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_notes(const char *a, const char *b) {
    return a == b || (a && b && notes_size(a) == notes_size(b) && !memcmp(a, b, notes_size(a)));
}

static bool same_signature(const ffi_ctype *a, const ffi_ctype *b) {
    return a->abi == b->abi && a->fixed == b->fixed &&
           (!a->params || !memcmp(a->params, b->params, a->count * sizeof *a->params)) &&
           same_notes(a->notes, b->notes);
}

static bool same_structure(const void *record, const void *key) {
    const ffi_ctype *a = record, *b = key;
    return a->kind == b->kind && a->qualifiers == b->qualifiers && a->typedef_align == b->typedef_align &&
           a->target == b->target && type_count(a) == type_count(b) && a->complete == b->complete &&
           a->variadic == b->variadic &&
           (type_is_derived(a) || (same_name(a->name, b->name) && same_name(a->alias, b->alias))) &&
           (a->kind != FFI_KIND_FUNCTION || same_signature(a, b));
}

static uint64_t hash_of(const ffi_ctype *type) {
    uint64_t hash = hash_word((uint64_t)type->kind << 32 ^ type->typedef_align, type->qualifiers);
    hash          = hash_word(hash, (uintptr_t)type->target);
    hash          = hash_word(hash, (uint64_t)type_count(type) << 32 ^ type->variadic);
    if (!type_is_derived(type)) {
        if (type->name) hash = map_hash(hash, type->name, strlen(type->name));
        if (type->alias) hash = map_hash(hash, type->alias, strlen(type->alias));
    }
    if (type->kind != FFI_KIND_FUNCTION) return hash;
    hash = hash_word(hash, (uintptr_t)type->abi ^ type->fixed);
    if (type->params) hash = map_hash(hash, type->params, type->count * sizeof *type->params);
    return type->notes ? map_hash(hash, type->notes, notes_size(type->notes)) : hash;
}

/* Code that walks a type stops at a pointer to a tag, so lists and trees of structs have a small depth. */
static unsigned depth_above(const ffi_ctype *type, const ffi_ctype *target) {
    if (!target) return 0;
    return type->kind == FFI_KIND_POINTER && type_is_nominal(target) && target->name ? 1 : target->depth + 1u;
}

/* The parts of the block that a type is made in. */
struct block_sizes {
    size_t extent, params, notes, all;
};

static struct block_sizes sizes_of(const ffi_ctype *type) {
    struct block_sizes sizes = {.extent = type_extent(type)};
    if (type->kind == FFI_KIND_FUNCTION) {
        sizes.params = type->count * sizeof *type->params;
        sizes.notes  = type->notes ? notes_size(type->notes) : 0;
    }
    sizes.all = sizes.extent + sizes.params + sizes.notes;
    return sizes;
}

const ffi_ctype *type_intern(ffi_context *context, const ffi_ctype *draft) {
    uint64_t         hash  = hash_of(draft);
    const ffi_ctype *known = map_find(&context->types, hash, same_structure, draft);
    if (known) return known;

    size_t   nparams = draft->kind == FFI_KIND_FUNCTION ? draft->count : 0;
    unsigned depth   = depth_above(draft, draft->target);
    for (size_t i = 0; i < nparams; i++)
        if (draft->params[i]->depth >= depth) depth = draft->params[i]->depth + 1u;
    if (depth > TYPE_DEPTH)
        return fail(FFI_ERROR_RANGE, "a type is nested more than %d deep", TYPE_DEPTH), NULL;
    size_t weight = draft->target ? draft->target->weight + 1u : 1;
    for (size_t i = 0; i < nparams; i++) weight += draft->params[i]->weight;
    if (weight > TYPE_WEIGHT)
        return fail(FFI_ERROR_RANGE, "a type is made of more than %d types", TYPE_WEIGHT), NULL;

    struct block_sizes sizes = sizes_of(draft);
    ffi_ctype         *type  = arena_words(&context->arena, &context->heap, sizes.all);
    if (!type) return NULL;
    memcpy((void *)type, draft, sizes.extent);
    type->context = context;
    type->depth   = (uint8_t)depth;
    type->weight  = (uint32_t)weight;
    char *behind  = (char *)type + sizes.extent;
    if (draft->kind == FFI_KIND_FUNCTION) {
        type->shape = NULL;
        if (sizes.params) type->params = memcpy(behind, draft->params, sizes.params);
        if (sizes.notes) type->notes = memcpy(behind + sizes.params, draft->notes, sizes.notes);
    }
    return journal_add(&context->journal, &context->types, hash, type) ? type : NULL;
}

bool type_forget(ffi_context *context, const ffi_ctype *type) {
    size_t size = sizes_of(type).all;
    if (!journal_forget(&context->journal, type)) return false;
    arena_return(&context->arena, type, size);
    return true;
}

/* ---- other forms of a type ---- */

/* The size that _Atomic rounds a type's alignment up to, at most that of two pointers; 0: none. gcc aligns
 * types whose size is a power of two; clang rounds other sizes up. */
static size_t atomic_size(const struct model *model, size_t size) {
    size_t word = 1, most = model->kinds[MODEL_INTPTR] == FFI_KIND_I32 ? 8 : 16;
    while (word < size && word < most) word *= 2;
    return size > most || (size != word && model_is_gcc(model)) ? 0 : word;
}

size_t type_natural_alignment(const ffi_ctype *type) {
    if (type_is_nominal(type)) return type_definition(type)->alignment;
    return type_plain_alignment(type);
}

/* What _Atomic makes of an alignment. */
static size_t with_atomic(const ffi_ctype *type, size_t alignment) {
    bool   atomic = type->qualifiers & FFI_QUALIFIER_ATOMIC && type->complete;
    size_t word   = atomic ? atomic_size(type->context->abi->model, type->size) : 0;
    return word > alignment ? word : alignment;
}

size_t type_alignment_without_typedef(const ffi_ctype *type) {
    return type->typedef_align ? with_atomic(type, type_natural_alignment(type)) : type->alignment;
}

/* Sets the size and the alignment of `form` by its qualifiers and `typedef_align`. The rest of it is a copy of
 * another form of the type. */
static void shape_form(ffi_ctype *form, size_t natural_align, unsigned forced_align) {
    form->alignment    = (uint32_t)with_atomic(form, natural_align);
    form->forced_align = forced_align;
    if (form->qualifiers & FFI_QUALIFIER_ATOMIC && form->complete) {
        size_t word        = atomic_size(form->context->abi->model, form->size);
        form->forced_align = 0; /* clang does not treat an _Atomic record as a record */
        if (word > form->size) form->size = word;
    }
    if (!form->typedef_align) return;
    form->alignment = (uint32_t)coded_alignment(form->typedef_align);
    if (form->typedef_align > form->forced_align)
        form->forced_align = form->typedef_align; /* a smaller one does not reduce what the members force */
}

/* The variant of a record or an enum with these qualifiers and this alignment. */
static const ffi_ctype *variant(ffi_context *context, const ffi_ctype *type, unsigned qualifiers,
                                unsigned typedef_align) {
    ffi_ctype *base = (ffi_ctype *)type_definition(type);
    ffi_ctype *form = base;
    do
        if (form->qualifiers == qualifiers && form->typedef_align == typedef_align) return form;
    while ((form = type_next_form(form)));
    form = arena_words(&context->arena, &context->heap, type_extent(base));
    if (!form) return NULL;
    memcpy((void *)form, base, type_extent(base));
    form->qualifiers    = (uint8_t)qualifiers;
    form->typedef_align = typedef_align;
    form->is_variant    = true;
    form->variants      = base->variants ? base->variants : base;
    shape_form(form, base->alignment, base->forced_align);
    if (!journal_write(&context->journal, &base->variants, sizeof base->variants)) return NULL;
    base->variants = form;
    return form;
}

static const ffi_ctype *form_of(ffi_context *context, const ffi_ctype *type, unsigned qualifiers,
                                size_t typedef_align) {
    if (type_is_nominal(type)) return variant(context, type, qualifiers, alignment_code(typedef_align));
    ffi_ctype draft         = type_copy(type);
    size_t    natural_align = type_natural_alignment(type);
    draft.qualifiers        = (uint8_t)qualifiers;
    draft.typedef_align     = alignment_code(typedef_align);
    draft.natural_align     = alignment_code(natural_align);
    shape_form(&draft, natural_align, 0);
    if (draft.alignment == natural_align && !typedef_align) draft.natural_align = 0;
    return type_intern(context, &draft);
}

/* The alignment by a typedef of the _Atomic form of a type. In gcc, _Atomic raises the typedef's alignment, but a typedef of
 * an _Atomic type may reduce it. In clang, _Atomic drops the typedef's alignment. */
static size_t atomic_typedef_align(const struct model *model, const ffi_ctype *type) {
    size_t word = atomic_size(model, type->size), own = coded_alignment(type->typedef_align);
    if (model_is_gcc(model)) return word > own ? word : own;
    return word && !(type->qualifiers & FFI_QUALIFIER_ATOMIC) ? 0 : own;
}

const ffi_ctype *type_qualified(ffi_context *context, const ffi_ctype *type, unsigned qualifiers) {
    if (!type || type->qualifiers == qualifiers) return type;
    bool atomic = type->typedef_align && qualifiers & FFI_QUALIFIER_ATOMIC;
    return form_of(context, type, qualifiers,
                   atomic ? atomic_typedef_align(context->abi->model, type)
                          : coded_alignment(type->typedef_align));
}

const ffi_ctype *type_renamed(ffi_context *context, const ffi_ctype *scalar, const char *alias) {
    ffi_ctype draft = type_copy(scalar);
    draft.alias     = alias;
    return type_intern(context, &draft);
}

const ffi_ctype *type_aligned(ffi_context *context, const ffi_ctype *type, size_t alignment) {
    if (!type->complete) return fail(FFI_ERROR_TYPE, "a type of no known size cannot be aligned"), NULL;
    if (!alignment || alignment & (alignment - 1) || alignment > TYPE_ALIGNMENT_MAX)
        return fail(FFI_ERROR_RANGE, "an alignment is a power of two up to 2^28, not %zu", alignment), NULL;
    return form_of(context, type, type->qualifiers, alignment);
}

/* ---- derived types ---- */

const ffi_ctype *type_pointer(ffi_context *context, const ffi_ctype *pointee) {
    if (!pointee) return NULL;
    size_t size = type_pointer_size(context->abi->model);
    return type_intern(
        context,
        &(ffi_ctype){
            .kind = FFI_KIND_POINTER, .size = size, .alignment = size, .complete = true, .target = pointee});
}

static const ffi_ctype *refused(const ffi_ctype *type, const char *what) {
    char text[128];
    type_format(type, text, sizeof text);
    fail(FFI_ERROR_TYPE, "%s cannot be %s%s", text, what,
         type_is_record(type) && !type->complete ? " by value: it is incomplete" : "");
    return NULL;
}

/* gcc aligns an array of _Atomic elements as if they were not. */
static uint32_t element_alignment(const ffi_context *context, const ffi_ctype *element) {
    bool atomic = element->qualifiers & FFI_QUALIFIER_ATOMIC && !element->typedef_align;
    return atomic && model_is_gcc(context->abi->model) ? (uint32_t)type_natural_alignment(element)
                                                       : element->alignment;
}

const ffi_ctype *type_array(ffi_context *context, const ffi_ctype *element, size_t count, bool sized) {
    if (!element->complete) return refused(element, "the element of an array");
    if (element->size % element->alignment)
        return fail(FFI_ERROR_TYPE, "an array's elements of %zu bytes cannot be aligned to %u", element->size,
                    element->alignment),
               NULL;
    if (element->size && count >= TYPE_SIZE_END / element->size)
        return fail(FFI_ERROR_RANGE, "the array is too large: %zu elements of %zu bytes", count, element->size),
               NULL;
    return type_intern(context, &(ffi_ctype){.kind      = FFI_KIND_ARRAY,
                                             .size      = count * element->size,
                                             .alignment = element_alignment(context, element),
                                             .complete  = sized,
                                             .target    = element,
                                             .count     = count});
}

const ffi_ctype *type_variable_array(ffi_context *context, const ffi_ctype *element) {
    const ffi_ctype *open = type_array(context, element, 0, false);
    if (!open) return NULL;
    ffi_ctype draft = type_copy(open);
    draft.variadic  = true;
    return type_intern(context, &draft);
}

/* GNU C: integers but bool, and the floating-point types of 2, 4 and 8 bytes. */
static bool is_lane(const ffi_ctype *type) {
    bool floating = type->kind == FFI_KIND_F16 || type->kind == FFI_KIND_F32 || type->kind == FFI_KIND_F64;
    return floating || (type_is_integer(type) && type->kind != FFI_KIND_BOOL && type->kind != FFI_KIND_ENUM);
}

static const ffi_ctype *vector_of(ffi_context *context, const ffi_ctype *element, size_t count, bool padded) {
    if (!is_lane(element)) return refused(element, "the element of a vector");
    size_t size = count <= 4096 ? count * element->size : 0;
    while (padded && size & (size - 1)) size += size & (~size + 1);
    if (!size || size & (size - 1))
        return fail(FFI_ERROR_RANGE, "the size of a vector is a power of two, not %zu elements of %zu bytes",
                    count, element->size),
               NULL;
    size_t most = context->abi->model->vector_alignment;
    element     = type_qualified(context, element, 0);
    if (!element) return NULL;
    return type_intern(context, &(ffi_ctype){.kind      = FFI_KIND_VECTOR,
                                             .size      = size,
                                             .alignment = (uint32_t)(most && size > most ? most : size),
                                             .complete  = true,
                                             .target    = element,
                                             .count     = count});
}

const ffi_ctype *type_vector(ffi_context *context, const ffi_ctype *element, size_t count) {
    return vector_of(context, element, count, false);
}

const ffi_ctype *type_padded_vector(ffi_context *context, const ffi_ctype *element, size_t count) {
    return vector_of(context, element, count, true);
}

const ffi_ctype *type_complex(ffi_context *context, const ffi_ctype *element) {
    switch (element->kind) {
    case FFI_KIND_F16:
    case FFI_KIND_F32:
    case FFI_KIND_F64:
    case FFI_KIND_F80:
    case FFI_KIND_F128: break;
    default:
        if (type_is_integer(element) && element->kind != FFI_KIND_BOOL && element->kind != FFI_KIND_ENUM) break;
        return refused(element, "the parts of a complex number");
    }
    element = type_qualified(context, element, 0);
    if (!element) return NULL;
    return type_intern(context, &(ffi_ctype){.kind      = FFI_KIND_COMPLEX,
                                             .size      = 2 * element->size,
                                             .alignment = element->alignment,
                                             .complete  = true,
                                             .target    = element,
                                             .count     = 2});
}

/* ---- parameters and results ---- */

/* An enum whose constants are unknown is an int in all ABIs. */
static bool has_value(const ffi_ctype *type) {
    return type->complete || type->kind == FFI_KIND_ENUM;
}

const ffi_ctype *type_parameter(ffi_context *context, const ffi_ctype *type) {
    if (type->kind == FFI_KIND_ARRAY) return type_pointer(context, type->target);
    if (type->kind == FFI_KIND_FUNCTION) return type_pointer(context, type);
    if (!has_value(type) || type->opaque) return refused(type, "a parameter");
    return type_qualified(context, type, 0);
}

const ffi_ctype *type_result(ffi_context *context, const ffi_ctype *type) {
    if (type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_FUNCTION) return refused(type, "a result");
    if ((!has_value(type) && type->kind != FFI_KIND_VOID) || type->opaque) return refused(type, "a result");
    return type_qualified(context, type, 0);
}
