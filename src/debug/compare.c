/* SPDX-License-Identifier: MIT */
/*
 * A declaration compared with what debug information says was compiled. Both sides agree if a call by the
 * declaration passes each value as the callee expects it, and if records that are reached have the same layout.
 * What C allows to differ is no difference: qualifiers, names, `void *` and pointers to bytes for any pointer.
 */
#include "debug/compare.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 4, MOST_PAIRS = 64, PLACE_ROOM = 192, TEXT_ROOM = 256 };

/* Calling conventions that clang records (LLVM's Dwarf.def). */
enum { CONVENTION_VECTORCALL = 0xc0, CONVENTION_WIN64 = 0xc1, CONVENTION_SYSV = 0xc2 };

struct comparison {
    struct debug     *debug;
    struct difference found;
    struct pair { /* records that are compared already */
        const ffi_ctype *type;
        void            *at;
    } pairs[MOST_PAIRS];
    size_t pair_count;
};

/* ---- findings ---- */

__attribute__((format(printf, 3, 4))) static void find(struct comparison *comparison, bool error,
                                                       const char *format, ...) {
    struct difference *found  = &comparison->found;
    size_t             length = strlen(found->why);
    va_list            list;
    if (error) found->errors++;
    else found->doubts++;
    length +=
        (size_t)snprintf(found->why + length, WHY_ROOM - length, "%s%c", length ? "\n" : "", error ? 'e' : 'w');
    if (length >= WHY_ROOM) return;
    va_start(list, format);
    vsnprintf(found->why + length, WHY_ROOM - length, format, list);
    va_end(list);
}

/* "parameter 2: declared as float, compiled as double" */
static void find_types(struct comparison *comparison, bool error, const char *place, const ffi_ctype *declared,
                       die *compiled) {
    char ours[TEXT_ROOM], theirs[TEXT_ROOM] = "void";
    ffi_type_format(declared, ours, sizeof ours);
    if (compiled) die_text(comparison->debug, compiled, "", theirs, sizeof theirs);
    find(comparison, error, "%s: declared as %s, compiled as %s", place, declared ? ours : "void", theirs);
}

static void find_sizes(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                       die *compiled) {
    char ours[TEXT_ROOM], theirs[TEXT_ROOM];
    ffi_type_format(declared, ours, sizeof ours);
    die_text(comparison->debug, compiled, "", theirs, sizeof theirs);
    size_t declared_size = ffi_type_size(declared), compiled_size = die_size(comparison->debug, compiled);
    find(comparison, true, "%s: declared as %s of %zu byte%s, compiled as %s of %zu", place, ours,
         declared_size, declared_size == 1 ? "" : "s", theirs, compiled_size);
}

/* ---- what a type is ---- */

enum sort {
    SORT_VOID,
    SORT_INTEGER, /* enums too */
    SORT_BOOL,
    SORT_REAL,
    SORT_COMPLEX,
    SORT_POINTER,
    SORT_RECORD,
    SORT_ARRAY,
    SORT_VECTOR,
    SORT_FUNCTION,
    SORT_OTHER
};

static enum sort declared_sort(const ffi_ctype *type) {
    switch (ffi_type_kind(type)) {
    case FFI_KIND_VOID: return SORT_VOID;
    case FFI_KIND_BOOL: return SORT_BOOL;
    case FFI_KIND_F16:
    case FFI_KIND_F32:
    case FFI_KIND_F64:
    case FFI_KIND_F80:
    case FFI_KIND_F128: return SORT_REAL;
    case FFI_KIND_COMPLEX: return SORT_COMPLEX;
    case FFI_KIND_POINTER: return SORT_POINTER;
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION: return SORT_RECORD;
    case FFI_KIND_ARRAY: return SORT_ARRAY;
    case FFI_KIND_VECTOR: return SORT_VECTOR;
    case FFI_KIND_FUNCTION: return SORT_FUNCTION;
    default: return SORT_INTEGER;
    }
}

static enum sort compiled_sort(struct debug *debug, die *type) {
    switch (die_tag(debug, type)) {
    case TAG_BASE:
        switch (die_number(debug, type, AT_ENCODING, 0)) {
        case ENCODING_BOOL: return SORT_BOOL;
        case ENCODING_COMPLEX: return SORT_COMPLEX;
        case ENCODING_FLOAT: return SORT_REAL;
        case 0x80: return SORT_COMPLEX; /* gcc's complex integers: DW_ATE_lo_user */
        default: return SORT_INTEGER;
        }
    case TAG_ENUM: return SORT_INTEGER;
    case TAG_POINTER:
    case TAG_REFERENCE: return SORT_POINTER;
    case TAG_STRUCT:
    case TAG_UNION: return SORT_RECORD;
    case TAG_ARRAY: return die_has(debug, type, AT_GNU_VECTOR) ? SORT_VECTOR : SORT_ARRAY;
    case TAG_SUBROUTINE: return SORT_FUNCTION;
    default: return SORT_OTHER;
    }
}

static bool is_signed(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return kind == FFI_KIND_I8 || kind == FFI_KIND_I16 || kind == FFI_KIND_I32 || kind == FFI_KIND_I64 ||
           kind == FFI_KIND_I128;
}

/* An enum fits an integer of either sign. */
static bool signs_agree(struct debug *debug, const ffi_ctype *declared, die *compiled) {
    int64_t encoding = die_number(debug, compiled, AT_ENCODING, 0);
    if (ffi_type_kind(declared) == FFI_KIND_ENUM || die_tag(debug, compiled) != TAG_BASE) return true;
    if (ffi_type_size(declared) == 1) return true; /* bytes and characters */
    return is_signed(declared) == (encoding == ENCODING_SIGNED || encoding == ENCODING_SIGNED_CHAR);
}

/* ---- types ---- */

static void compare_types(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                          die *compiled, int depth);
static void compare_records(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                            die *compiled, int depth);
static void compare_prototypes(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                               die *at, int depth);

/* Whether a pair of records is compared for the first time. */
static bool is_new_pair(struct comparison *comparison, const ffi_ctype *type, const die *at) {
    for (size_t i = 0; i < comparison->pair_count; i++)
        if (comparison->pairs[i].type == type && comparison->pairs[i].at == at->address) return false;
    if (comparison->pair_count == MOST_PAIRS) return false;
    comparison->pairs[comparison->pair_count++] = (struct pair){type, at->address};
    return true;
}

static bool is_byte(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_I8 || ffi_type_kind(type) == FFI_KIND_U8;
}

/* Behind pointers bytes stand for anything, and so does a record that one side does not define. */
static void compare_targets(struct comparison *comparison, const char *place, const ffi_ctype *pointer,
                            die *compiled, int depth) {
    struct debug    *debug    = comparison->debug;
    const ffi_ctype *declared = ffi_type_target(pointer);
    char             inner[PLACE_ROOM];
    die              target;
    if (depth >= MOST_DEPTH || !die_type(debug, compiled, &target)) return;
    enum sort ours = declared_sort(declared), theirs = compiled_sort(debug, &target);
    snprintf(inner, sizeof inner, "%s, behind the pointer", place);
    if (ours == SORT_VOID || is_byte(declared) || theirs == SORT_OTHER) return;
    if (theirs == SORT_INTEGER && die_size(debug, &target) == 1) return;
    if (ours == SORT_FUNCTION && theirs == SORT_FUNCTION) {
        compare_prototypes(comparison, inner, declared, &target, depth + 1);
    } else if (ours == SORT_RECORD && theirs == SORT_RECORD) {
        const char *name = die_name(debug, &target), *our_name = ffi_type_name(declared);
        bool named = name && *our_name && strcmp(name, our_name) != 0; /* one is meant to stand for the other */
        if (!named) compare_types(comparison, inner, declared, &target, depth + 1);
    } else if (ffi_type_is_complete(declared) || ours == SORT_FUNCTION) {
        if (ours == SORT_ARRAY)
            declared = ffi_type_target(declared); /* an array begins where its element does */
        compare_types(comparison, inner, declared, &target, depth + 1);
    }
}

/* A union that is transparent is passed as its first member, as which it is declared. */
static bool is_transparent_union(struct comparison *comparison, const ffi_ctype *declared, die *compiled) {
    return die_tag(comparison->debug, compiled) == TAG_UNION && declared_sort(declared) == SORT_POINTER &&
           die_size(comparison->debug, compiled) == ffi_type_size(declared);
}

static void compare_sorts(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                          die *compiled, enum sort theirs, int depth) {
    struct debug *debug = comparison->debug;
    size_t        size  = ffi_type_size(declared);
    switch (theirs) {
    case SORT_INTEGER:
    case SORT_REAL:
    case SORT_COMPLEX:
    case SORT_BOOL:
        if (size != die_size(debug, compiled)) find_sizes(comparison, place, declared, compiled);
        else if (theirs == SORT_INTEGER && !signs_agree(debug, declared, compiled))
            find_types(comparison, false, place, declared, compiled);
        break;
    case SORT_POINTER: compare_targets(comparison, place, declared, compiled, depth); break;
    case SORT_RECORD: compare_records(comparison, place, declared, compiled, depth); break;
    case SORT_VECTOR:
    case SORT_ARRAY:
        if (size && size != die_size(debug, compiled) && die_length(debug, compiled))
            find_sizes(comparison, place, declared, compiled);
        break;
    case SORT_FUNCTION: compare_prototypes(comparison, place, declared, compiled, depth); break;
    default: break;
    }
}

static void compare_types(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                          die *compiled, int depth) {
    struct debug *debug = comparison->debug;
    enum sort     ours = declared_sort(declared), theirs = compiled_sort(debug, compiled);
    bool          is_word       = ours == SORT_INTEGER || ours == SORT_BOOL || ours == SORT_POINTER;
    bool          is_their_word = theirs == SORT_INTEGER || theirs == SORT_BOOL || theirs == SORT_POINTER;
    if (theirs == SORT_OTHER || is_transparent_union(comparison, declared, compiled)) return;
    if (ours == theirs) compare_sorts(comparison, place, declared, compiled, theirs, depth);
    else if (is_word && is_their_word && ffi_type_size(declared) == die_size(debug, compiled))
        find_types(comparison, false, place, declared, compiled);
    else find_types(comparison, true, place, declared, compiled);
}

/* The type that an entry refers to, or void. */
static void compare_reference(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                              die *at, int depth) {
    die  compiled, named;
    bool is_void = !die_type(comparison->debug, at, &compiled);
    if (declared_sort(declared) == SORT_VOID || is_void) {
        if ((declared_sort(declared) == SORT_VOID) == is_void) return;
        /* A result that the caller does not ask for is lost; memory for a record has to be passed. */
        bool lost = !is_void && compiled_sort(comparison->debug, &compiled) != SORT_RECORD;
        if (is_void) find_types(comparison, true, place, declared, NULL);
        else if (die_reference(comparison->debug, at, AT_TYPE, &named))
            find_types(comparison, !lost, place, declared, &named);
        return;
    }
    compare_types(comparison, place, declared, &compiled, depth);
}

/* ---- records and enums ---- */

/* A member of a compiled record, by its place from the record's beginning. */
struct member {
    die    at;
    size_t bits, width; /* `width` 0: no bit-field */
};

static size_t bits_of_member(struct debug *debug, die *at, size_t base, size_t *width) {
    size_t bytes = die_offset(debug, at);
    *width       = (size_t)die_number(debug, at, AT_BIT_SIZE, 0);
    if (!*width) return base + bytes * 8;
    int64_t bits = die_number(debug, at, AT_DATA_BIT_OFFSET, -1);
    if (bits >= 0) return base + (size_t)bits;
    /* DWARF 2 counts from the highest bit of a unit. */
    int64_t size = die_number(debug, at, AT_BYTE_SIZE, 0), from = die_number(debug, at, AT_BIT_OFFSET, 0);
    die     type;
    if (!size && die_type(debug, at, &type)) size = (int64_t)die_size(debug, &type);
    return base + bytes * 8 + (size_t)(size * 8 - from - (int64_t)*width);
}

/* Finds a member by its name, in members without a name too; or by its place if `name` is NULL. */
static bool find_member(struct debug *debug, die *record, size_t base, const char *name, size_t place,
                        struct member *found) {
    die at, inner;
    if (!die_child(debug, record, &at)) return false;
    do {
        if (die_tag(debug, &at) != TAG_MEMBER) continue;
        const char *own = die_name(debug, &at);
        *found          = (struct member){.at = at};
        found->bits     = bits_of_member(debug, &at, base, &found->width);
        if (own && (name ? !strcmp(own, name) : found->bits == place)) return true;
        struct member deeper;
        if (!own && die_type(debug, &at, &inner) &&
            find_member(debug, &inner, found->bits, name, place, &deeper))
            return *found = deeper, true;
    } while (die_next(debug, &at));
    return false;
}

static void compare_field(struct comparison *comparison, const char *place, const ffi_field *field, size_t base,
                          die *record, int depth) {
    struct debug *debug = comparison->debug;
    size_t bits = base + field->offset * 8 + field->bit_offset, width = field->is_bits ? field->bit_width : 0;
    char   inner[PLACE_ROOM];
    struct member member;
    snprintf(inner, sizeof inner, "%s, member %s", place, field->name);
    if (!find_member(debug, record, 0, field->name, 0, &member) &&
        !find_member(debug, record, 0, NULL, bits, &member)) {
        find(comparison, true, "%s is not in the compiled record", inner);
    } else if (bits != member.bits && (width || member.width)) {
        find(comparison, true, "%s: declared at bit %zu, compiled at bit %zu", inner, bits, member.bits);
    } else if (bits != member.bits) {
        find(comparison, true, "%s: declared at offset %zu, compiled at offset %zu", inner, bits / 8,
             member.bits / 8);
    } else if (width != member.width) {
        find(comparison, true, "%s: declared with %zu bits, compiled with %zu", inner, width, member.width);
    } else if (!width) {
        compare_reference(comparison, inner, field->type, &member.at, depth + 1);
    }
}

static void compare_fields(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                           size_t base, die *record, int depth) {
    ffi_field field;
    size_t    errors = comparison->found.errors;
    for (size_t i = 0; ffi_type_field(declared, i, &field) && comparison->found.errors == errors; i++)
        if (field.name) compare_field(comparison, place, &field, base, record, depth);
        else compare_fields(comparison, place, field.type, base + field.offset * 8, record, depth);
}

static void compare_records(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                            die *compiled, int depth) {
    struct debug *debug = comparison->debug;
    if (!ffi_type_is_complete(declared) || die_has(debug, compiled, AT_DECLARATION)) return;
    if (!is_new_pair(comparison, declared, compiled)) return;
    if ((ffi_type_kind(declared) == FFI_KIND_UNION) != (die_tag(debug, compiled) == TAG_UNION)) {
        find_types(comparison, true, place, declared, compiled);
        return;
    }
    size_t errors = comparison->found.errors;
    compare_fields(comparison, place, declared, 0, compiled, depth);
    if (comparison->found.errors == errors && ffi_type_size(declared) != die_size(debug, compiled))
        find_sizes(comparison, place, declared, compiled);
}

static void compare_enums(struct comparison *comparison, const ffi_ctype *declared, die *compiled) {
    struct debug *debug = comparison->debug;
    const char   *name;
    int64_t       value;
    die           at;
    for (size_t i = 0; ffi_type_constant(declared, i, &name, &value); i++) {
        if (!die_child(debug, compiled, &at)) return;
        do {
            const char *own = die_name(debug, &at);
            if (die_tag(debug, &at) != TAG_ENUMERATOR || !own || strcmp(own, name) != 0) continue;
            int64_t theirs = die_number(debug, &at, AT_CONST_VALUE, value);
            if ((uint32_t)theirs != (uint32_t)value)
                find(comparison, true, "constant %s: declared as %lld, compiled as %lld", name,
                     (long long)value, (long long)theirs);
        } while (die_next(debug, &at));
    }
    if (ffi_type_size(declared) != die_size(debug, compiled))
        find_sizes(comparison, "its size", declared, compiled);
}

/* ---- functions ---- */

static size_t count_parameters(struct debug *debug, die *function, bool *variadic) {
    size_t count = 0;
    die    at;
    *variadic = false;
    if (!die_child(debug, function, &at)) return 0;
    do {
        int tag = die_tag(debug, &at);
        count += tag == TAG_PARAMETER;
        *variadic |= tag == TAG_MORE;
    } while (die_next(debug, &at));
    return count;
}

static void compare_parameters(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                               die *function, int depth) {
    struct debug *debug = comparison->debug;
    size_t        index = 0;
    die           at;
    if (!die_child(debug, function, &at)) return;
    do {
        if (die_tag(debug, &at) != TAG_PARAMETER) continue;
        char        text[PLACE_ROOM];
        const char *name = die_name(debug, &at);
        snprintf(text, sizeof text, "%s%sparameter %zu%s%s%s", place, *place ? ", " : "", index + 1,
                 name ? " (" : "", name ? name : "", name ? ")" : "");
        compare_reference(comparison, text, ffi_type_parameter(declared, index++), &at, depth);
    } while (die_next(debug, &at));
}

/* A function without a prototype says nothing of its parameters, unless it is defined with some. */
static void compare_prototypes(struct comparison *comparison, const char *place, const ffi_ctype *declared,
                               die *at, int depth) {
    struct debug *debug   = comparison->debug;
    const char   *between = *place ? ": " : "";
    bool          variadic, prototyped = die_has(debug, at, AT_PROTOTYPED);
    char          result[PLACE_ROOM];
    size_t        count = count_parameters(debug, at, &variadic), ours = ffi_type_fixed_count(declared);
    if (!prototyped && !count) variadic = true;
    if ((prototyped || count) && count != ours)
        find(comparison, true, "%s%sdeclared with %zu parameter%s, compiled with %zu", place, between, ours,
             ours == 1 ? "" : "s", count);
    else if (count) compare_parameters(comparison, place, declared, at, depth);
    if (prototyped && ffi_type_is_variadic(declared) != variadic)
        find(comparison, true, "%s%sdeclared %s variable arguments, compiled %s", place, between,
             variadic ? "without" : "with", variadic ? "with them" : "without");
    snprintf(result, sizeof result, "%s%sresult", place, *place ? ", " : "");
    compare_reference(comparison, result, ffi_type_target(declared), at, depth);
}

/* Only clang records a convention that is not the platform's own. */
static void compare_conventions(struct comparison *comparison, const char *abi, die *at) {
    struct debug *debug    = comparison->debug;
    int64_t       code     = die_number(debug, at, AT_CALLING_CONVENTION, 0);
    const char   *compiled = code == CONVENTION_WIN64        ? "win64"
                             : code == CONVENTION_VECTORCALL ? "vectorcall"
                             : code == CONVENTION_SYSV       ? "sysv"
                                                             : "";
    if (!*compiled && (!*abi || !die_is_of_clang(debug, at))) return;
    if (strcmp(compiled, abi) != 0)
        find(comparison, true, "declared with %s calling convention, compiled with %s",
             *abi ? abi : "the platform's", *compiled ? compiled : "the platform's");
}

const char *compare_abi(ffi_context *context, const ffi_ctype *signature, char abi[COMPARE_ABI]) {
    char platform[COMPARE_ABI];
    ffi_plan_format(context, signature, abi, COMPARE_ABI);
    ffi_plan_format(context, ffi_type_parse(context, "void(void)"), platform, sizeof platform);
    abi[strcspn(abi, ":")]           = 0;
    platform[strcspn(platform, ":")] = 0;
    return strcmp(abi, platform) != 0 ? abi : "";
}

struct difference compare_function(struct debug *debug, const ffi_ctype *signature, const char *abi, die *at) {
    struct comparison comparison = {.debug = debug};
    compare_conventions(&comparison, abi, at);
    compare_prototypes(&comparison, "", signature, at, 0);
    return comparison.found;
}

struct difference compare_variable(struct debug *debug, const ffi_ctype *type, die *at) {
    struct comparison comparison = {.debug = debug};
    compare_reference(&comparison, "the variable", type, at, 0);
    return comparison.found;
}

struct difference compare_tagged(struct debug *debug, const ffi_ctype *type, die *at) {
    struct comparison comparison = {.debug = debug};
    if (ffi_type_kind(type) == FFI_KIND_ENUM) compare_enums(&comparison, type, at);
    else compare_records(&comparison, "the record", type, at, 0);
    return comparison.found;
}
