/* SPDX-License-Identifier: MIT */
/*
 * Types as JavaScript sees them, and declarations. describe() says all that the module's JavaScript generates
 * code from.
 */
#include "host.h"

#include <stdlib.h>

static struct instance *instance_of(const struct host *host, napi_value value) {
    return to_address(host, value);
}

/* parse(instance, text): a type's handle */
static napi_value parse(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    char        *code;
    if (!to_texts(host, values + 1, 1, &code)) return NULL;
    const ffi_ctype *type = ffi_type_parse(instance_of(host, values[0])->context, code);
    free(code);
    return type ? address(host, type) : throw_last(host);
}

static napi_value formatted(const struct host *host, const ffi_ctype *type) {
    char       small[256];
    size_t     length = ffi_type_format(type, small, sizeof small);
    char      *large  = length < sizeof small ? NULL : malloc(length + 1);
    napi_value made;
    if (large) ffi_type_format(type, large, length + 1);
    made = text(host, large ? large : small);
    free(large);
    return made;
}

static napi_value describe_field(const struct host *host, const ffi_field *field) {
    napi_value made = object(host);
    if (field->name) set(host, made, "name", text(host, field->name));
    set(host, made, "type", address(host, field->type));
    set(host, made, "offset", number(host, (double)field->offset));
    if (field->is_bits) {
        set(host, made, "bitOffset", number(host, field->bit_offset));
        set(host, made, "bitWidth", number(host, field->bit_width));
    }
    return made;
}

static napi_value describe_fields(const struct host *host, const ffi_ctype *type) {
    napi_value made = list(host);
    ffi_field  field;
    for (uint32_t i = 0; ffi_type_field(type, i, &field); i++)
        set_at(host, made, i, describe_field(host, &field));
    return made;
}

static napi_value integer(const struct host *host, int64_t value) {
    napi_value made = NULL;
    if (value >= -((int64_t)1 << 53) && value <= (int64_t)1 << 53) return number(host, (double)value);
    napi_create_bigint_int64(host->env, value, &made);
    return made;
}

static napi_value describe_constants(const struct host *host, const ffi_ctype *type) {
    napi_value  made = object(host);
    const char *name;
    int64_t     value;
    for (size_t i = 0; ffi_type_constant(type, i, &name, &value); i++)
        set(host, made, name, integer(host, value));
    return made;
}

static napi_value describe_parameter(const struct host *host, const ffi_ctype *signature, size_t index) {
    napi_value made = object(host);
    set(host, made, "type",
        address(host, index == FFI_RESULT ? ffi_type_target(signature) : ffi_type_parameter(signature, index)));
    set(host, made, "annotations", number(host, ffi_type_annotations(signature, index)));
    set(host, made, "owner", text(host, ffi_type_owner(signature, index)));
    size_t counter = ffi_type_counter(signature, index);
    set(host, made, "counter", number(host, counter == FFI_RESULT ? -1 : (double)counter));
    if (index == FFI_RESULT) return made;
    set(host, made, "name", text(host, ffi_type_parameter_name(signature, index)));
    set(host, made, "length", number(host, (double)ffi_type_parameter_length(signature, index)));
    return made;
}

static void describe_signature(const struct host *host, napi_value made, const ffi_ctype *signature) {
    napi_value parameters = list(host);
    size_t     count      = ffi_type_parameter_count(signature);
    for (size_t i = 0; i < count; i++)
        set_at(host, parameters, (uint32_t)i, describe_parameter(host, signature, i));
    set(host, made, "parameters", parameters);
    set(host, made, "result", describe_parameter(host, signature, FFI_RESULT));
    set(host, made, "variadic", boolean(host, ffi_type_is_variadic(signature)));
    set(host, made, "fixed", number(host, (double)ffi_type_fixed_count(signature)));
    set(host, made, "failure", integer(host, ffi_type_failure(signature)));
}

/* describe(type): its kind (ffi_kind), class (ffi_class), size and so on */
static napi_value describe(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host = arguments(env, info, values);
    const ffi_ctype *type = to_address(host, values[0]);
    ffi_kind         kind = ffi_type_kind(type);
    napi_value       made = object(host);
    set(host, made, "kind", number(host, kind));
    set(host, made, "what", number(host, ffi_type_class(type)));
    set(host, made, "size", number(host, (double)ffi_type_size(type)));
    set(host, made, "alignment", number(host, (double)ffi_type_alignment(type)));
    set(host, made, "length", number(host, (double)ffi_type_length(type)));
    set(host, made, "bits", number(host, (double)ffi_type_bits(type)));
    set(host, made, "qualifiers", number(host, ffi_type_qualifiers(type)));
    set(host, made, "name", text(host, ffi_type_name(type)));
    set(host, made, "text", formatted(host, type));
    set(host, made, "complete", boolean(host, ffi_type_is_complete(type)));
    set(host, made, "isChar", boolean(host, ffi_type_is_char(type)));
    if (kind != FFI_KIND_FUNCTION && ffi_type_target(type))
        set(host, made, "target", address(host, ffi_type_target(type)));
    if (kind == FFI_KIND_STRUCT || kind == FFI_KIND_UNION)
        set(host, made, "fields", describe_fields(host, type));
    if (ffi_type_constant_count(type)) set(host, made, "constants", describe_constants(host, type));
    if (kind == FFI_KIND_FUNCTION) describe_signature(host, made, type);
    return made;
}

/* assignable(to, from) */
static napi_value assignable(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    return boolean(host, ffi_type_assignable(to_address(host, values[0]), to_address(host, values[1])));
}

/* equal(a, b): whether they are the same but for qualifiers */
static napi_value equal(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    return boolean(host, ffi_type_equal_unqualified(to_address(host, values[0]), to_address(host, values[1])));
}

/* pointerTo(instance, type), arrayOf(instance, type, count), unqualified(instance, type) */
static napi_value pointer_to(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host = arguments(env, info, values);
    const ffi_ctype *made =
        ffi_type_pointer_to(instance_of(host, values[0])->context, to_address(host, values[1]));
    return made ? address(host, made) : throw_last(host);
}

static napi_value array_of(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host = arguments(env, info, values);
    const ffi_ctype *made = ffi_type_array_of(instance_of(host, values[0])->context,
                                              to_address(host, values[1]), (size_t)to_number(host, values[2]));
    return made ? address(host, made) : throw_last(host);
}

static napi_value unqualified(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host = arguments(env, info, values);
    const ffi_ctype *made =
        ffi_type_unqualified(instance_of(host, values[0])->context, to_address(host, values[1]));
    return made ? address(host, made) : throw_last(host);
}

/* ---- declarations ---- */

/* declare(instance, text) */
static napi_value declare(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    char        *code;
    if (!to_texts(host, values + 1, 1, &code)) return NULL;
    ffi_error error = ffi_declare(instance_of(host, values[0])->context, code);
    free(code);
    return error ? throw_last(host) : NULL;
}

/* Strings of an array; undefined has none, and `*texts` is NULL. False with an exception. */
static bool to_list(const struct host *host, napi_value list, char ***texts, uint32_t *count) {
    napi_value item;
    *count             = 0;
    *texts             = NULL;
    napi_status status = napi_get_array_length(host->env, list, count);
    if (status == napi_array_expected) return true;
    if (status == napi_ok) *texts = calloc(*count + 1, sizeof **texts); /* then NULL */
    bool right = *texts != NULL;
    for (uint32_t i = 0; i < *count && right; i++) {
        right = napi_get_element(host->env, list, i, &item) == napi_ok;
        if (right && !to_texts(host, &item, 1, *texts + i)) return false;
    }
    if (!right) throw_refused(host);
    return right;
}

static void free_list(char **texts, uint32_t count) {
    if (texts) free_texts(texts, count);
    free(texts);
}

/* headers(instance, names, prologue, command): an undefined command is the system's compiler */
static napi_value headers(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS], result = NULL;
    struct host *host = arguments(env, info, values);
    uint32_t     count, words = 0;
    char       **names = NULL, **command = NULL, *prologue = NULL;
    if (to_list(host, values[1], &names, &count) && to_list(host, values[3], &command, &words) &&
        to_texts(host, values + 2, 1, &prologue)) {
        ffi_preprocessor options = {.command = (const char *const *)command, .prologue = prologue};
        if (ffi_declare_headers(instance_of(host, values[0])->context, (const char *const *)names, count,
                                &options))
            result = throw_last(host);
    }
    free_list(names, count);
    free_list(command, words);
    free(prologue);
    return result;
}

/* declared(instance, name): the type of a function or variable; 0: there is none */
static napi_value declared(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    char        *name;
    if (!to_texts(host, values + 1, 1, &name)) return NULL;
    const ffi_ctype *type = ffi_declared_type(instance_of(host, values[0])->context, name);
    free(name);
    return address(host, type);
}

/* isLeaf(instance, name): whether a function is declared so */
static napi_value is_leaf(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    char        *name;
    if (!to_texts(host, values + 1, 1, &name)) return NULL;
    bool is = ffi_declared_leaf(instance_of(host, values[0])->context, name);
    free(name);
    return boolean(host, is);
}

/* constant(instance, name): undefined, or its type's handle; its value is then the result in the scratch */
static napi_value constant(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    char        *name;
    ffi_value    value = {0};
    if (!to_texts(host, values + 1, 1, &name)) return NULL;
    const ffi_ctype *type = ffi_declared_value(instance_of(host, values[0])->context, name, &value);
    free(name);
    memcpy(host->scratch + SCRATCH_RESULT, &value, sizeof value);
    return type ? address(host, type) : NULL;
}

struct visit {
    const struct host *host;
    napi_value         list;
    uint32_t           count;
};

static bool visit_name(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata) {
    struct visit      *visit = userdata;
    const struct host *host  = visit->host;
    napi_value         one   = list(host);
    set_at(host, one, 0, number(host, what));
    set_at(host, one, 1, text(host, name));
    set_at(host, one, 2, address(host, type));
    set_at(host, visit->list, visit->count++, one);
    return true;
}

/* names(instance): [what, name, type] of all that is declared (ffi_declared) */
static napi_value names(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host  = arguments(env, info, values);
    struct visit visit = {.host = host, .list = list(host)};
    ffi_declared_each(instance_of(host, values[0])->context, visit_name, &visit);
    return visit.list;
}

/* typesOfFormat(format, scans): as C text; throws for a wrong format */
static napi_value types_of_format(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS], result;
    struct host *host = arguments(env, info, values);
    char        *format, *types = NULL, none[1];
    if (!to_texts(host, values, 1, &format)) return NULL;
    size_t (*read)(const char *, char *, size_t) =
        to_flag(host, values[1]) ? ffi_types_of_scan_format : ffi_types_of_format;
    ffi_fail(FFI_ERROR_NONE, "%s", "");
    size_t length = read(format, none, sizeof none);
    if (length && (types = malloc(length + 1))) read(format, types, length + 1);
    result = !length && ffi_last_error() ? throw_last(host) : text(host, types ? types : "");
    free(types);
    free(format);
    return result;
}

/* load(type, address): a number that JavaScript's DataView does not know, as a number */
static napi_value load(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS], made = NULL;
    struct host *host = arguments(env, info, values);
    const void  *at   = to_address(host, values[1]);
    ffi_kind     kind = ffi_type_kind(to_address(host, values[0]));
    ffi_any      any;
    if (kind == FFI_KIND_I128 || kind == FFI_KIND_U128) {
        uint64_t words[2];
        memcpy(words, at, sizeof words);
        bool negative = kind == FFI_KIND_I128 && words[1] >> 63;
        if (negative) {
            words[0] = ~words[0] + 1;
            words[1] = ~words[1] + !words[0];
        }
        napi_create_bigint_words(env, negative, 2, words, &made);
        return made;
    }
    if (ffi_load(to_address(host, values[0]), at, &any)) return throw_last(host);
    return number(host, any.as.f64);
}

/* store(type, address, number) */
static napi_value store(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host = arguments(env, info, values);
    const ffi_ctype *type = to_address(host, values[0]);
    void            *at   = to_address(host, values[1]);
    ffi_kind         kind = ffi_type_kind(type);
    if (kind == FFI_KIND_I128 || kind == FFI_KIND_U128) {
        uint64_t words[2] = {0, 0};
        size_t   count    = 2;
        int      sign     = 0;
        napi_get_value_bigint_words(env, values[2], &sign, &count, words);
        if (sign) {
            words[0] = ~words[0] + 1;
            words[1] = ~words[1] + !words[0];
        }
        memcpy(at, words, sizeof words);
        return NULL;
    }
    return ffi_store_real(type, at, to_number(host, values[2])) ? throw_last(host) : NULL;
}

const struct method type_methods[] = {{"parse", parse},
                                      {"describe", describe},
                                      {"assignable", assignable},
                                      {"equal", equal},
                                      {"pointerTo", pointer_to},
                                      {"arrayOf", array_of},
                                      {"unqualified", unqualified},
                                      {"declare", declare},
                                      {"headers", headers},
                                      {"declared", declared},
                                      {"isLeaf", is_leaf},
                                      {"constant", constant},
                                      {"names", names},
                                      {"typesOfFormat", types_of_format},
                                      {"load", load},
                                      {"store", store},
                                      {NULL, NULL}};
