/* SPDX-License-Identifier: MIT */
/*
 * Functions, and their calls through the shared memory. JavaScript has written the arguments there, and reads
 * the result there. A text is the exception: the call gets the JavaScript string, and copies it.
 *
 * A native function of JavaScript is a thunk, which brings the data of the call along.
 */
#include "host.h"

#include <stdlib.h>

/* ---- what is thrown ---- */

struct late {
    struct late *next;
    void (*end)(void *);
    void *what;
};

void end_later(struct host *host, void (*end)(void *), void *what) {
    struct late *late = host->depth ? malloc(sizeof *late) : NULL;
    if (!host->depth) end(what);
    if (!late) return; /* without memory it stays */
    *late         = (struct late){host->late, end, what};
    host->late    = late;
    host->settles = true;
}

static void end_all(struct host *host) {
    while (host->late) {
        struct late *late = host->late;
        host->late        = late->next;
        late->end(late->what);
        free(late);
    }
}

/* Closes the scope of the callbacks of a call at this depth, or within it. */
static void close_handles(struct host *host, unsigned depth) {
    if (!host->scope || host->scope_depth < depth) return;
    napi_close_handle_scope(host->env, host->scope);
    host->scope = NULL;
}

OUTLINED bool close_scope(struct host *host) {
    close_handles(host, host->depth + 1);
    if (!host->depth) end_all(host);
    host->settles = host->failed || host->scope || host->late;
    return host->failed;
}

OUTLINED napi_value settle(struct host *host) {
    napi_value kept, error;
    if (!close_scope(host)) return NULL;
    host->failed  = false;
    host->settles = host->scope || host->late;
    if (napi_get_reference_value(host->env, host->thrown, &kept) == napi_ok &&
        napi_get_element(host->env, kept, 0, &error) == napi_ok)
        napi_throw(host->env, error);
    napi_delete_reference(host->env, host->thrown);
    host->thrown = NULL;
    return NULL;
}

static OUTLINED napi_value throw_unloaded(const struct call *call) {
    char message[256];
    snprintf(message, sizeof message, "%s: its library was unloaded", call->name);
    napi_throw_type_error(call->host->env, "FFI_ERROR_ARGUMENT", message);
    return NULL;
}

/* ---- calls without texts ---- */

FFI_CALLS_UNCHECKED
static napi_value call_plain(napi_env env, napi_callback_info info, struct call *call) {
    (void)env, (void)info;
    struct host *host = call->host;
    if (!call->function) return throw_unloaded(call);
    enter(host);
    ffi_invoke(call->function, result_of(call), arguments_of(call));
    return leave(host);
}

/* ---- calls with texts ---- */

static uint32_t *top_of(const struct host *host) {
    return (uint32_t *)(void *)(host->scratch + SCRATCH_TOP);
}

/* Copies a string to the temporaries, or, if it is long, to `*block`. NULL with an exception. */
static char *copy_text(const struct call *call, unsigned which, napi_value value, void **block) {
    struct host *host = call->host;
    uint32_t    *top = top_of(host), room = SCRATCH_SIZE - *top;
    char        *copy   = host->scratch + *top;
    size_t       length = 0;
    if (room < 8 || napi_get_value_string_utf8(host->env, value, copy, room, &length) != napi_ok ||
        length + 4 >= room) {
        if (napi_get_value_string_utf8(host->env, value, NULL, 0, &length) != napi_ok) return NULL;
        copy = *block = malloc(length + 1);
        if (!copy) return napi_throw_range_error(host->env, "FFI_ERROR_MEMORY", "out of memory"), NULL;
        napi_get_value_string_utf8(host->env, value, copy, length + 1, &length);
    } else {
        *top += (uint32_t)(length + 8) & ~7u;
    }
    if (!memchr(copy, 0, length)) return copy;
    const ffi_ctype *signature = ffi_function_signature(call->function);
    unsigned         index     = call->slots[which];
    const char      *name      = ffi_type_parameter_name(signature, index);
    const char      *quote     = *name ? "\"" : "";
    char             message[256];
    snprintf(message, sizeof message, "argument %u%s%s%s%s of %s: expected a text without a 0 in it", index + 1,
             *name ? " " : "", quote, name, quote, call->name);
    napi_throw_range_error(host->env, "FFI_ERROR_RANGE", message);
    return NULL;
}

#define ASCII_BYTES 0x8080808080808080u

/* Strings of ASCII are made without decoding. */
static bool is_ascii(const char *text, size_t length) {
    uint64_t word, all = 0;
    size_t   at = 0;
    for (; at + sizeof word <= length; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        all |= word;
    }
    for (word = 0; at < length; at++) word |= (unsigned char)text[at];
    return !((all | word) & ASCII_BYTES);
}

FFI_CALLS_UNCHECKED
napi_value text_of(const struct host *host, char *pointer, const ffi_function *owner) {
    napi_value made = NULL;
    if (!pointer) return napi_get_null(host->env, &made), made;
    size_t length = strlen(pointer);
    if (is_ascii(pointer, length)) napi_create_string_latin1(host->env, pointer, length, &made);
    else napi_create_string_utf8(host->env, pointer, length, &made);
    ffi_value slot = {.ptr = pointer};
    if (owner) ffi_invoke(owner, NULL, &slot);
    return made;
}

static napi_value call_texts(napi_env env, napi_callback_info info, struct call *call) {
    struct host *host = call->host;
    napi_value   values[MOST_TEXTS];
    size_t       count              = call->texts;
    void        *blocks[MOST_TEXTS] = {0}, *result = result_of(call);
    ffi_value   *args  = arguments_of(call);
    uint32_t     mark  = *top_of(host);
    bool         right = true;
    if (!call->function) return throw_unloaded(call);
    if (count) napi_get_cb_info(env, info, &count, values, NULL, NULL);
    for (unsigned i = 0; i < call->texts && right; i++) {
        napi_valuetype kind;
        right = napi_typeof(env, values[i], &kind) == napi_ok;
        if (!right || kind != napi_string) continue;
        char *copy               = copy_text(call, i, values[i], &blocks[i]);
        args[call->slots[i]].ptr = copy;
        right                    = copy != NULL;
    }
    napi_value made = NULL;
    if (right) {
        enter(host);
        ffi_invoke(call->function, result, args);
        int error = *host->thread_errno;
        close_handles(host, host->depth); /* the text must outlive it */
        if (call->is_text) made = text_of(host, *(char **)result, call->owner);
        *host->thread_errno = error;
        leave(host);
    }
    *top_of(host) = mark;
    for (unsigned i = 0; i < call->texts; i++) free(blocks[i]);
    return made;
}

/* ---- functions ---- */

/* bind(library, name, signature): undefined as signature is the declared one; a function's handle */
static napi_value bind(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    char        *texts[2];
    if (!to_texts(host, values + 1, 2, texts)) return NULL;
    ffi_function *function = ffi_library_function(to_address(host, values[0]), texts[0], texts[1]);
    free_texts(texts, 2);
    return function ? address(host, function) : throw_last(host);
}

/* bindAddress(instance, address, type) */
static napi_value bind_address(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    ffi_function    *function =
        ffi_function_typed(instance->context, to_address(host, values[1]), to_address(host, values[2]));
    return function ? address(host, function) : throw_last(host);
}

/* variadic(function, types): the form for extra arguments of these types, which the function owns */
static napi_value variadic(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    char        *types;
    if (!to_texts(host, values + 1, 1, &types)) return NULL;
    ffi_function *form = ffi_function_variadic(to_address(host, values[0]), types);
    free(types);
    return form ? address(host, form) : throw_last(host);
}

static void end_function(void *function) {
    ffi_function_free(function);
}

static napi_value function_free(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    if (!host->ended) end_later(host, end_function, to_address(host, values[0]));
    return NULL;
}

/* signatureOf(function): its type; functionName, functionAddress */
static napi_value signature_of(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    return address(host, ffi_function_signature(to_address(host, values[0])));
}

static napi_value function_name(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    return text(host, ffi_function_name(to_address(host, values[0])));
}

static napi_value function_address(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    return address(host, ffi_function_address(to_address(host, values[0])));
}

/* ---- native functions of JavaScript ---- */

static void drop_call(napi_env env, void *data, void *hint) {
    (void)env, (void)hint;
    struct call *call = data;
    if (!call->host->ended) {
        if (call->thunk) ffi_thunk_free(call->thunk);
        if (call->entry) entry_release(call->entry);
    }
    free(call->name);
    free(call);
}

typedef napi_value call_target(napi_env env, napi_callback_info info, struct call *call);

/* The numbers of a list of JavaScript, at most `most`, and how many they are. False: they are refused. */
static bool numbers_of(const struct host *host, napi_value list, unsigned most, uint8_t *numbers,
                       unsigned *count) {
    napi_value number;
    if (napi_get_array_length(host->env, list, count) != napi_ok) return false;
    if (*count > most) *count = most;
    for (unsigned i = 0; i < *count; i++) {
        if (napi_get_element(host->env, list, i, &number) != napi_ok) return false;
        numbers[i] = (uint8_t)to_number(host, number);
    }
    return true;
}

/* caller(function, name, slots of texts, whether the result is a text, the function that frees it or 0, slots of
 * doubles): a list of the function that JavaScript calls, and a handle for revoke(). The first arguments of a call
 * are the texts. */
static napi_value caller(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS], made;
    struct host *host = arguments(env, info, values);
    struct call *call = calloc(1, sizeof *call);
    if (!call) return ffi_fail(FFI_ERROR_MEMORY, "out of memory"), throw_last(host);
    call->host     = host;
    call->function = to_address(host, values[0]);
    if (!to_texts(host, values + 1, 1, &call->name)) return free(call), NULL;
    if (!numbers_of(host, values[2], MOST_TEXTS, call->slots, &call->texts) ||
        !numbers_of(host, values[5], MOST_CONVERTED, call->converts, &call->converted))
        return drop_call(env, call, NULL), throw_refused(host);
    if (ffi_type_kind(ffi_type_target(ffi_function_signature(call->function))) <= FFI_KIND_POINTER)
        call->result = host->scratch + SCRATCH_RESULT;
    call->is_text = to_flag(host, values[3]);
    call->owner   = to_address(host, values[4]);
    union {
        call_target *function;
        void        *code;
    } target = {call->texts || call->is_text ? call_texts : call_plain};
    union {
        napi_value (*function)(napi_env, napi_callback_info);
        void *code;
    } code;
    call->thunk = ffi_thunk_new(ffi_function_context(call->function), ffi_thunk_entry(2), target.code, call);
    if (!call->thunk) return drop_call(env, call, NULL), throw_last(host);
    code.code = ffi_thunk_code(call->thunk);
    if (napi_create_function(env, call->name, NAPI_AUTO_LENGTH, code.function, NULL, &made) != napi_ok ||
        napi_add_finalizer(env, made, call, drop_call, NULL, NULL) != napi_ok)
        return drop_call(env, call, NULL), throw_refused(host);
    napi_value both = list(host);
    set_at(host, both, 0, made);
    set_at(host, both, 1, address(host, call));
    return both;
}

/* settle(): throws what a callback threw in a call that cannot throw (OUTCOME_THREW) */
static napi_value settle_late(napi_env env, napi_callback_info info) {
    napi_value values[MOST_ARGUMENTS];
    return settle(arguments(env, info, values));
}

/* revoke(call): later calls throw. The function that JavaScript calls must not have been collected. */
static napi_value revoke(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    struct call *call = to_address(host, values[0]);
    call->function    = NULL;
    return NULL;
}

/* errno(), setErrno(number) */
static napi_value error_number(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    return number(host, host->error);
}

static napi_value set_error_number(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    host->error       = (int)to_number(host, values[0]);
    return NULL;
}

/* errnoName(number): such as "ENOENT"; undefined */
static napi_value error_name(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    const char  *name = ffi_errno_name((int)to_number(host, values[0]));
    return name ? text(host, name) : NULL;
}

const struct method call_methods[] = {{"bind", bind},
                                      {"bindAddress", bind_address},
                                      {"variadic", variadic},
                                      {"freeFunction", function_free},
                                      {"signatureOf", signature_of},
                                      {"functionName", function_name},
                                      {"functionAddress", function_address},
                                      {"caller", caller},
                                      {"settle", settle_late},
                                      {"revoke", revoke},
                                      {"errno", error_number},
                                      {"setErrno", set_error_number},
                                      {"errnoName", error_name},
                                      {NULL, NULL}};
