/* SPDX-License-Identifier: MIT */
/*
 * Loading: the table of functions that JavaScript calls, the shared memory, and the end of an environment.
 */
#include "host.h"

#include <errno.h>
#include <stdlib.h>

/* ---- values ---- */

struct host *arguments(napi_env env, napi_callback_info info, napi_value values[MOST_ARGUMENTS]) {
    size_t count = MOST_ARGUMENTS;
    void  *host  = NULL;
    napi_get_cb_info(env, info, &count, values, NULL, &host);
    return host;
}

double to_number(const struct host *host, napi_value value) {
    double number = 0;
    return napi_get_value_double(host->env, value, &number) == napi_ok ? number : 0;
}

void *to_address(const struct host *host, napi_value value) {
    return (void *)(intptr_t)to_number(host, value);
}

bool to_flag(const struct host *host, napi_value value) {
    bool flag = false;
    napi_get_value_bool(host->env, value, &flag);
    return flag;
}

static bool to_text(const struct host *host, napi_value value, char **text) {
    size_t      length;
    napi_status status = napi_get_value_string_utf8(host->env, value, NULL, 0, &length);
    if (status == napi_string_expected) return true;
    *text = status == napi_ok ? malloc(length + 1) : NULL;
    if (!*text || napi_get_value_string_utf8(host->env, value, *text, length + 1, &length) != napi_ok)
        return throw_refused(host), false;
    if (!memchr(*text, 0, length)) return true;
    ffi_fail(FFI_ERROR_RANGE, "expected a text without a 0 in it, got \"%s\\0...\"", *text);
    return throw_last(host), false;
}

bool to_texts(const struct host *host, const napi_value *values, unsigned count, char **texts) {
    bool right = true;
    for (unsigned i = 0; i < count; i++) texts[i] = NULL;
    for (unsigned i = 0; i < count && right; i++) right = to_text(host, values[i], &texts[i]);
    if (right) return true;
    free_texts(texts, count);
    return false;
}

void free_texts(char **texts, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        free(texts[i]);
        texts[i] = NULL;
    }
}

napi_value number(const struct host *host, double value) {
    napi_value made = NULL;
    napi_create_double(host->env, value, &made);
    return made;
}

napi_value address(const struct host *host, const void *value) {
    return number(host, (double)(intptr_t)value);
}

napi_value text(const struct host *host, const char *value) {
    napi_value made = NULL;
    napi_create_string_utf8(host->env, value, NAPI_AUTO_LENGTH, &made);
    return made;
}

napi_value boolean(const struct host *host, bool value) {
    napi_value made = NULL;
    napi_get_boolean(host->env, value, &made);
    return made;
}

napi_value object(const struct host *host) {
    napi_value made = NULL;
    napi_create_object(host->env, &made);
    return made;
}

napi_value list(const struct host *host) {
    napi_value made = NULL;
    napi_create_array(host->env, &made);
    return made;
}

void set(const struct host *host, napi_value object, const char *name, napi_value value) {
    if (object && value) napi_set_named_property(host->env, object, name, value);
}

void set_at(const struct host *host, napi_value list, uint32_t index, napi_value value) {
    if (list && value) napi_set_element(host->env, list, index, value);
}

/* JavaScript makes the error: native.makeError(code, message). */
napi_value throw_last(const struct host *host) {
    napi_value native, make, error, given[2];
    napi_env   env = host->env;
    given[0]       = text(host, ffi_error_name(ffi_last_error()));
    given[1]       = text(host, ffi_last_message());
    if (given[0] && given[1] && napi_get_reference_value(env, host->native, &native) == napi_ok &&
        napi_get_named_property(env, native, "makeError", &make) == napi_ok &&
        napi_call_function(env, native, make, 2, given, &error) == napi_ok)
        napi_throw(env, error);
    return NULL;
}

napi_value throw_refused(const struct host *host) {
    ffi_fail(FFI_ERROR_SYSTEM, "JavaScript is being ended, or has no memory");
    return throw_last(host);
}

/* ---- instances ---- */

static napi_value instance_new(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host = arguments(env, info, values);
    struct instance *made = calloc(1, sizeof *made);
    if (!made) return ffi_fail(FFI_ERROR_MEMORY, "out of memory"), throw_last(host);
    made->host    = host;
    made->context = ffi_context_new(NULL);
    if (!made->context) return free(made), throw_last(host);
    made->next      = host->instances;
    host->instances = made;
    return address(host, made);
}

/* Frees a worker's contexts, unless native code waits for a callback that has called process.exit(). Those of the main
 * thread stay until the process ends: other threads may run code of their libraries, which must not be unloaded. */
static void end(void *data) {
    struct host *host = data;
    host->ended       = true;
    for (struct instance *instance = host->instances; instance; instance = instance->next) {
        instance_end_queue(instance);
        if (!host->depth && host->is_worker) ffi_context_free(instance->context);
    }
    if (host->depth || !host->is_worker) return;
    callback_free_all(host);
    entry_free_all(host);
}

/* inWorker(): this environment ends before the process does */
static napi_value in_worker(napi_env env, napi_callback_info info) {
    napi_value values[MOST_ARGUMENTS];
    arguments(env, info, values)->is_worker = true;
    return NULL;
}

static const struct method module_methods[] = {{"create", instance_new}, {"inWorker", in_worker}, {NULL, NULL}};

/* ---- loading ---- */

static void add(struct host *host, napi_value exports, const struct method *methods) {
    for (; methods->name; methods++) {
        napi_value function = NULL;
        napi_create_function(host->env, methods->name, NAPI_AUTO_LENGTH, methods->code, host, &function);
        set(host, exports, methods->name, function);
    }
}

static bool share_scratch(struct host *host, napi_value exports) {
    napi_value buffer;
    void      *memory;
    if (napi_create_arraybuffer(host->env, SCRATCH_SIZE, &memory, &buffer) != napi_ok ||
        napi_create_reference(host->env, buffer, 1, &host->scratch_reference) != napi_ok)
        return false;
    host->scratch = memory;
    memset(memory, 0, SCRATCH_SIZE);
    memcpy(host->scratch + SCRATCH_TOP, &(uint32_t){SCRATCH_ROOM}, sizeof(uint32_t));
    set(host, exports, "scratch", buffer);
    set(host, exports, "scratchAddress", address(host, memory));
    return true;
}

#ifdef NODE_API_MODULE_GET_API_VERSION
NAPI_MODULE_EXPORT int32_t NODE_API_MODULE_GET_API_VERSION(void); /* older headers do not declare it */
#endif

NAPI_MODULE_INIT() {
    static const struct method *const all[] = {module_methods, type_methods,     library_methods, call_methods,
                                               memory_methods, callback_methods, async_methods,   fast_methods};
    struct host                      *host  = calloc(1, sizeof *host);
    if (!host) return NULL;
    host->env          = env;
    host->thread_errno = &errno;
    if (!share_scratch(host, exports) || napi_create_reference(env, exports, 1, &host->native) != napi_ok ||
        napi_add_env_cleanup_hook(env, end, host) != napi_ok) {
        napi_delete_reference(env, host->scratch_reference);
        napi_delete_reference(env, host->native);
        free(host);
        napi_throw_error(env, NULL, "ffi_invoke: the environment refuses its memory");
        return NULL;
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) add(host, exports, all[i]);
    set(host, exports, "version", text(host, ffi_version()));
    return exports;
}
