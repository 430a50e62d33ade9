/* SPDX-License-Identifier: MIT */
/*
 * Libraries, their symbols, and the policy of a context.
 */
#include "host.h"

#include <stdlib.h>

/* open(instance, name, flags): an undefined name is the program itself */
static napi_value open_library(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    char            *name;
    if (!to_texts(host, values + 1, 1, &name)) return NULL;
    ffi_library *library = ffi_library_open(instance->context, name, (unsigned)to_number(host, values[2]));
    free(name);
    return library ? address(host, library) : throw_last(host);
}

static void end_library(void *library) {
    ffi_library_close(library);
}

/* closeLibrary(library) */
static napi_value close_library(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    if (!host->ended) end_later(host, end_library, to_address(host, values[0]));
    return NULL;
}

static napi_value library_name(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    return text(host, ffi_library_name(to_address(host, values[0])));
}

/* symbol(library, name, version): its address */
static napi_value symbol(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host    = arguments(env, info, values);
    ffi_library *library = to_address(host, values[0]);
    char        *texts[2];
    if (!to_texts(host, values + 1, 2, texts)) return NULL;
    void *found = texts[1] ? ffi_library_symbol_version(library, texts[0], texts[1])
                           : ffi_library_symbol(library, texts[0]);
    free_texts(texts, 2);
    return found ? address(host, found) : throw_last(host);
}

struct visit {
    const struct host *host;
    napi_value         list;
    uint32_t           count;
};

static bool visit_symbol(const ffi_symbol *symbol, void *userdata) {
    struct visit *visit = userdata;
    if (symbol->is_default) set_at(visit->host, visit->list, visit->count++, text(visit->host, symbol->name));
    return true;
}

/* symbols(library): their names */
static napi_value symbols(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host  = arguments(env, info, values);
    struct visit visit = {.host = host, .list = list(host)};
    return ffi_library_symbols(to_address(host, values[0]), visit_symbol, &visit) ? throw_last(host)
                                                                                  : visit.list;
}

/* allow(instance, library, symbol): undefined is NULL */
static napi_value allow(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    char            *texts[2];
    if (!to_texts(host, values + 1, 2, texts)) return NULL;
    ffi_error error = ffi_policy_allow(instance->context, texts[0], texts[1]);
    free_texts(texts, 2);
    return error ? throw_last(host) : NULL;
}

static napi_value lock(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    return ffi_policy_lock(instance->context) ? throw_last(host) : NULL;
}

const struct method library_methods[] = {{"open", open_library},
                                         {"closeLibrary", close_library},
                                         {"libraryName", library_name},
                                         {"symbol", symbol},
                                         {"symbols", symbols},
                                         {"allow", allow},
                                         {"lock", lock},
                                         {NULL, NULL}};
