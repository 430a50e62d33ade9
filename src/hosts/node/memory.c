/* SPDX-License-Identifier: MIT */
/*
 * Addresses of buffers, buffers on native memory, and texts there.
 */
#include "host.h"

/* addressOf(buffer): of an ArrayBuffer, a SharedArrayBuffer's view, a typed array or a DataView; -1 for a
 * detached one, undefined if it is none */
static napi_value address_of(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS], buffer;
    struct host *host   = arguments(env, info, values);
    void        *memory = NULL;
    size_t       size   = 0, offset;
    bool         is, detached = false;
    napi_status  status;
    if (napi_is_arraybuffer(env, values[0], &is) == napi_ok && is) {
        status = napi_is_detached_arraybuffer(env, values[0], &detached);
        if (status == napi_ok) status = napi_get_arraybuffer_info(env, values[0], &memory, &size);
    } else if (napi_is_typedarray(env, values[0], &is) == napi_ok && is) {
        status = napi_get_typedarray_info(env, values[0], NULL, &size, &memory, &buffer, &offset);
    } else if (napi_is_dataview(env, values[0], &is) == napi_ok && is) {
        status = napi_get_dataview_info(env, values[0], &size, &memory, &buffer, &offset);
    } else {
        return NULL;
    }
    if (status != napi_ok) return throw_refused(host);
    return detached ? number(host, -1) : address(host, memory);
}

/* isBuffer(value): whether it is an ArrayBuffer, of any realm */
static napi_value is_buffer(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    bool         is   = false;
    napi_is_arraybuffer(env, values[0], &is);
    return boolean(host, is);
}

/* copy(to, from, size): between addresses */
static napi_value copy(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    memmove(to_address(host, values[0]), to_address(host, values[1]), (size_t)to_number(host, values[2]));
    return NULL;
}

/* external(address, size): an ArrayBuffer on native memory, which it does not own */
static napi_value external(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS], made = NULL;
    struct host *host = arguments(env, info, values);
    if (napi_create_external_arraybuffer(env, to_address(host, values[0]), (size_t)to_number(host, values[1]),
                                         NULL, NULL, &made) != napi_ok)
        return ffi_fail(FFI_ERROR_UNSUPPORTED, "this JavaScript has no buffers on native memory"),
               throw_last(host);
    return made;
}

/* detach(buffer): later accesses of the ArrayBuffer fail */
static napi_value detach(napi_env env, napi_callback_info info) {
    napi_value values[MOST_ARGUMENTS];
    arguments(env, info, values);
    napi_detach_arraybuffer(env, values[0]);
    return NULL;
}

/* text(address, limit): the UTF-8 there up to the NUL, or up to `limit` bytes if that is not -1 */
static napi_value read_text(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS], made = NULL;
    struct host *host   = arguments(env, info, values);
    char        *memory = to_address(host, values[0]);
    double       limit  = to_number(host, values[1]);
    if (limit < 0) return text_of(host, memory, NULL);
    const char *end = memchr(memory, 0, (size_t)limit);
    napi_create_string_utf8(env, memory, end ? (size_t)(end - memory) : (size_t)limit, &made);
    return made;
}

/* wideLength(address, size of a unit): units before the 0 */
static napi_value wide_length(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host   = arguments(env, info, values);
    const char  *memory = to_address(host, values[0]);
    size_t       unit = (size_t)to_number(host, values[1]), length = 0;
    uint32_t     value;
    do {
        value = 0;
        memcpy(&value, memory + unit * length++, unit);
    } while (value);
    return number(host, (double)(length - 1));
}

/* callOwner(function, address): calls what frees a pointer */
FFI_CALLS_UNCHECKED
static napi_value call_owner(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    ffi_value    slot = {.ptr = to_address(host, values[1])};
    if (host->ended) return NULL;
    enter(host);
    ffi_invoke(to_address(host, values[0]), NULL, &slot);
    return leave(host);
}

const struct method memory_methods[] = {
    {"addressOf", address_of},   {"isBuffer", is_buffer},   {"copy", copy},
    {"external", external},      {"detach", detach},        {"text", read_text},
    {"wideLength", wide_length}, {"callOwner", call_owner}, {NULL, NULL}};
