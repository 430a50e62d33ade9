/* SPDX-License-Identifier: MIT */
/* Imports: a function found by its names, compared with what the module takes it for, and called. */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>

enum { TYPES = 2048, RESULT = 64 };

/* ---- the two prototypes ---- */

static const ffi_ctype *prototype(const wasm_host *host, ffi_context *context, const char *both,
                                  const char *name) {
    for (struct wasm_prototype *known = host->prototypes; known; known = known->next)
        if (!strcmp(known->name, both)) return ffi_type_parse(context, known->signature);
    const ffi_ctype *type = ffi_declared_type(context, name);
    if (type && ffi_type_kind(type) == FFI_KIND_FUNCTION) return type;
    ffi_fail(FFI_ERROR_TYPE, "no prototype of %s is known: --header reads one, --signature gives one", name);
    return NULL;
}

/* What the module would import by the prototype: an address for a record as the result; the address of the
 * variable arguments at the end. */
static void letters_of(const wasm_import *import, char *params, char *results) {
    if (import->result.way == WAY_VALUE) *params++ = 'i';
    else if (import->result.letter) *results++ = import->result.letter;
    for (uint32_t i = 0; i < import->count; i++) *params++ = import->pairs[i].letter;
    if (import->is_variadic) *params++ = 'i';
    *params = *results = 0;
}

static const char *spelled(const char *letters, char *out) {
    static const struct {
        char letter, name[4];
    } names[] = {{'i', "i32"}, {'I', "i64"}, {'f', "f32"}, {'F', "f64"}};
    char *end = out;
    for (*end = 0; *letters; letters++)
        for (size_t i = 0; i < 4; i++)
            if (names[i].letter == *letters) end += sprintf(end, end == out ? "%s" : " %s", names[i].name);
    return out;
}

/* A pointer may be an i64, too. */
static bool fits(wasm_import *import, const char *params, const char *results) {
    char   ours[WASM_MOST + 3], result[2];
    size_t first = import->result.way == WAY_VALUE;
    letters_of(import, ours, result);
    if (strlen(params) != strlen(ours) || strcmp(results, result)) return false;
    for (size_t i = 0; ours[i]; i++) {
        if (params[i] == ours[i]) continue;
        if (i < first || i - first >= import->count || params[i] != 'I') return false;
        struct wasm_pair *pair = &import->pairs[i - first];
        if (pair->way != WAY_POINTER && pair->way != WAY_TEXT && pair->way != WAY_RECORD) return false;
        pair->letter = 'I';
        pair->rare   = UINT32_MAX;
    }
    return true;
}

/* A parameter that is declared as an array points to all its elements, unless an argument counts them. */
static ffi_error describe_parameter(wasm_import *import, size_t index) {
    struct wasm_pair *pair = &import->pairs[index];
    if (wasm_pair_of(ffi_type_parameter(import->native, index), ffi_type_parameter(import->guest, index), pair))
        return ffi_last_error();
    pair->is_nonnull = ffi_type_annotations(import->native, index) & FFI_ANNOTATION_NONNULL;
    size_t length    = ffi_type_parameter_length(import->native, index);
    if (length < 2 || (pair->way != WAY_POINTER && pair->way != WAY_RECORD) ||
        ffi_type_counter(import->native, index) != FFI_RESULT)
        return FFI_ERROR_NONE;
    pair->native = ffi_type_array_of(import->host->native, pair->native, length);
    pair->guest  = ffi_type_array_of(import->host->guest, pair->guest, length);
    return pair->native && pair->guest ? wasm_pair_measure(pair) : ffi_last_error();
}

/* `len(n)` names the argument that counts what a pointer points to. */
static ffi_error describe_length(wasm_import *import, size_t index) {
    size_t            counter = ffi_type_counter(import->native, index);
    struct wasm_pair *pair    = &import->pairs[index];
    if (counter == FFI_RESULT) return FFI_ERROR_NONE;
    if (pair->way != WAY_POINTER && pair->way != WAY_TEXT)
        return ffi_fail(FFI_ERROR_UNSUPPORTED, "argument %zu: an array whose elements differ in the module",
                        index + 1);
    pair->counter  = (uint8_t)(counter + 1);
    import->is_few = false;
    return FFI_ERROR_NONE;
}

static ffi_error describe(wasm_import *import, const char *params, const char *results) {
    size_t count = ffi_type_fixed_count(import->native);
    if (count > WASM_MOST || count != ffi_type_fixed_count(import->guest))
        return ffi_fail(FFI_ERROR_UNSUPPORTED,
                        "%s has more than %d parameters, or not the same in the module's headers", import->name,
                        WASM_MOST);
    import->is_variadic = ffi_type_is_variadic(import->native);
    import->count       = (uint32_t)count;
    ffi_error error =
        wasm_pair_of(ffi_type_target(import->native), ffi_type_target(import->guest), &import->result);
    for (size_t i = 0; i < count && !error; i++) error = describe_parameter(import, i);
    if (error) return error;
    if (!fits(import, params, results)) {
        char text[512], ours[WASM_MOST + 3], result[2], a[5 * WASM_MOST], b[8], c[5 * WASM_MOST], d[8];
        letters_of(import, ours, result);
        ffi_type_format_named(import->native, strrchr(import->name, '.') + 1, text, sizeof text);
        return ffi_fail(FFI_ERROR_TYPE, "the module takes it for (%s) -> (%s), but `%s` is (%s) -> (%s)",
                        strlen(params) < WASM_MOST ? spelled(params, a) : "...",
                        strlen(results) < 2 ? spelled(results, b) : "...", text, spelled(ours, c),
                        spelled(result, d));
    }
    import->result_size  = ffi_type_size(ffi_type_target(import->native));
    import->copies       = import->is_variadic || import->result_size > RESULT;
    import->is_few       = !import->is_variadic && count <= WASM_FEW && import->result.way < WAY_SINGLE;
    import->has_pointers = import->result.way >= WAY_POINTER;
    unsigned char leaves = import->function->stub_result;
    import->is_plain     = leaves && leaves <= FFI_RESULT_64;
    for (size_t i = 0; i < count; i++) {
        import->copies |= import->pairs[i].way >= WAY_RECORD && import->pairs[i].way != WAY_FUNCTION;
        import->is_few &= import->pairs[i].way <= WAY_TEXT;
        import->is_plain &= import->pairs[i].bytes || import->pairs[i].way >= WAY_POINTER;
        import->has_texts |= import->pairs[i].way == WAY_TEXT;
        import->has_pointers |= import->pairs[i].way >= WAY_POINTER;
        if (describe_length(import, i)) return ffi_last_error();
    }
    import->is_plain &= import->is_few;
    return FFI_ERROR_NONE;
}

static ffi_library *library_of(wasm_host *host, const char *module, const char *name) {
    char         why[512] = "";
    ffi_library *opened;
    if (strcmp(module, "env")) return wasm_host_library(host, module, name);
    for (struct wasm_pattern *pattern = host->allowed; pattern; pattern = pattern->next) {
        opened = wasm_host_library(host, pattern->library, name);
        if (opened && ffi_library_symbol(opened, name)) return opened;
        if (!opened && ffi_last_error() != FFI_ERROR_DENIED)
            snprintf(why, sizeof why, "; %s", ffi_last_message());
    }
    ffi_fail(FFI_ERROR_SYMBOL, "no library that is allowed has %s%s", name, why);
    return NULL;
}

/* `#` and what follows it tells apart imports of one function that have signatures of their own. */
static ffi_error bind(wasm_import *import, const char *module, const char *name) {
    wasm_host *host        = import->host;
    char       symbol[256] = "";
    size_t     length      = strcspn(name, "#");
    if (length >= sizeof symbol)
        return ffi_fail(FFI_ERROR_SYMBOL, "its name is longer than %zu bytes", sizeof symbol - 1);
    memcpy(symbol, name, length);
    ffi_library *library = library_of(host, module, symbol);
    if (!library) return ffi_last_error();
    void *address  = ffi_library_symbol(library, symbol);
    import->native = address ? prototype(host, host->native, import->name, symbol) : NULL;
    if (!import->native) return ffi_last_error();
    if (!(import->guest = prototype(host, host->guest, import->name, symbol))) return ffi_last_error();
    import->function = ffi_function_typed(host->native, address, import->native);
    return import->function ? FFI_ERROR_NONE : ffi_last_error();
}

static wasm_accessor *builtin(const struct wasm_builtin *known, const char *name, const char *params,
                              const char *results) {
    while (known->name && strcmp(name, known->name)) known++;
    if (known->name && !strcmp(params, known->params) && !strcmp(results, known->results)) return known->run;
    if (!known->name) ffi_fail(FFI_ERROR_SYMBOL, "the host has no such function");
    else
        ffi_fail(FFI_ERROR_TYPE, "the module takes it for (%s) -> (%s), but it is (%s) -> (%s)", params,
                 results, known->params, known->results);
    return NULL;
}

wasm_import *wasm_import_find(wasm_host *host, const char *module, const char *name, const char *params,
                              const char *results) {
    size_t       length = strlen(module) + strlen(name) + 2;
    wasm_import *import = calloc(1, sizeof *import + length);
    if (!import) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for %s.%s", module, name), NULL;
    snprintf(import->name, length, "%s.%s", module, name);
    import->host                        = host;
    const struct wasm_builtin *builtins = !strcmp(module, "ffi")                      ? wasm_accessors
                                          : !strcmp(module, "wasi_snapshot_preview1") ? wasm_wasi
                                                                                      : NULL;
    bool good = builtins ? (import->accessor = builtin(builtins, name, params, results)) != NULL
                         : !bind(import, module, name) && !describe(import, params, results);
    if (!good) {
        ffi_fail(ffi_last_error(), "import %s.%s: %s", module, name, ffi_last_message());
        return ffi_function_free(import->function), free(import), NULL;
    }
    import->run   = wasm_run_of(import);
    import->next  = host->imports;
    host->imports = import;
    return import;
}

void wasm_imports_free(wasm_host *host) {
    for (wasm_import *next; host->imports; host->imports = next) {
        next = host->imports->next;
        free(host->imports);
    }
}

/* ---- calls ---- */

/* Whether the call holds a pointer into the memory. wasm_in() does not say so of those that it makes itself. */
static void note_memory(wasm_host *host, const struct wasm_pair *pair, const ffi_value *slot) {
    if (pair->way != WAY_POINTER && pair->way != WAY_TEXT) return;
    host->call->holds_memory |= (uintptr_t)slot->ptr - (uintptr_t)host->memory <= host->memory_size;
}

/* The form of a variadic function for this call, and its arguments, which lie in the module's memory one behind
 * the other, each at its alignment (WebAssembly tool conventions, "Varargs"). */
static ffi_function *variadic(const wasm_import *import, const ffi_value *fixed, uint64_t at,
                              ffi_value *slots) {
    wasm_host       *host         = import->host;
    char             types[TYPES] = "", text[TYPES + 16];
    size_t           has = ffi_type_parameter_count(import->native) - import->count, length = 0;
    const ffi_ctype *native = import->native, *guest = import->guest;
    if (!has && import->count && import->pairs[import->count - 1].way == WAY_TEXT &&
        fixed[import->count - 1].str) {
        const char *format = fixed[import->count - 1].str;
        ffi_fail(FFI_ERROR_NONE, "%s", "");
        length = strstr(import->name, "scanf") ? ffi_types_of_scan_format(format, types, sizeof types)
                                               : ffi_types_of_format(format, types, sizeof types);
        if (length >= sizeof types) return ffi_fail(FFI_ERROR_RANGE, "the format is too long"), NULL;
        if (!length && ffi_last_error()) return NULL;
        snprintf(text, sizeof text, "void(int, ..., %s)", types);
        if (length &&
            (!(native = ffi_type_parse(host->native, text)) || !(guest = ffi_type_parse(host->guest, text))))
            return NULL;
        if (length) has = ffi_type_parameter_count(native) - 1;
    } else if (!has && at) { /* clang passes 0 if there are none */
        return ffi_fail(
                   FFI_ERROR_TYPE,
                   "the types of its variable arguments are not known: a signature names them after `...`"),
               NULL;
    }
    const ffi_ctype *extra[WASM_MOST];
    if (has > WASM_MOST)
        return ffi_fail(FFI_ERROR_RANGE, "there are more than %d variable arguments", WASM_MOST), NULL;
    for (size_t i = 0; i < has; i++) {
        size_t           index = native == import->native ? import->count + i : i + 1;
        struct wasm_pair pair;
        wasm_value       value = {.i64 = 0};
        void            *memory;
        extra[i] = ffi_type_parameter(native, index);
        if (wasm_pair_of(extra[i], ffi_type_parameter(guest, index), &pair)) return NULL;
        if (pair.way == WAY_F32)
            return ffi_fail(FFI_ERROR_TYPE, "C passes no float as a variable argument"), NULL;
        uint64_t size = pair.letter == 'i' ? 4 : 8;
        at            = (at + size - 1) & -size;
        if (wasm_address(host, at, size, 0, &memory)) return NULL;
        memcpy(&value, memory, size);
        if (wasm_in(host, &pair, &value, &slots[i])) return NULL;
        note_memory(host, &pair, &slots[i]);
        at += size;
    }
    return ffi_function_variadic_typed(import->function, extra, has);
}

/* Copies go back where the callee may have written. The memory may lie elsewhere now. */
static ffi_error copies_back(wasm_host *host, const struct wasm_copy *copy) {
    void *at;
    for (; copy; copy = copy->next)
        if (!copy->is_const && (wasm_address(host, copy->offset, ffi_type_size(copy->guest), 0, &at) ||
                                wasm_record_out(host, copy->native, copy->guest, copy->record,
                                                (char *)copy->record + ffi_type_size(copy->native), at)))
            return ffi_last_error();
    return FFI_ERROR_NONE;
}

/* gmtime_r() returns its argument. */
static ffi_error result_out(const wasm_import *import, const struct wasm_copy *copy, const ffi_value *value,
                            wasm_value *result) {
    enum wasm_way way    = import->result.way;
    bool          points = way == WAY_POINTER || way == WAY_TEXT || way == WAY_RECORD;
    for (; copy && points; copy = copy->next)
        if (copy->record == value->ptr) return result->u64 = copy->offset, FFI_ERROR_NONE;
    return wasm_out(import->host, &import->result, value, result);
}

/* False if the call was left, or a callback has trapped. */
/* A callback leaves the call by longjmp() if the memory has moved. Without callbacks it cannot. */
static bool invoke(wasm_host *host, struct wasm_call *call, const ffi_function *function, void *value,
                   const ffi_value *slots) {
    if (host->callbacks && setjmp(call->away)) return false;
    ffi_invoke(function, value, slots);
    host->error_number = errno;
    return !host->trapped;
}

/* Whether all that `len(n)` counts is in the memory. Nothing is known of what a handle stands for. */
static ffi_error check_length(const wasm_import *import, const wasm_value *args, uint32_t index) {
    const struct wasm_pair *pair = &import->pairs[index], *counter = &import->pairs[pair->counter - 1];
    wasm_value              at = args[index], count = args[pair->counter - 1];
    void                   *memory;
    uint64_t                offset = pair->letter == 'i' ? at.u32 : at.u64;
    uint64_t                size   = counter->letter == 'i' ? count.u32 : count.u64;
    if (!offset || (offset & WASM_HANDLE && offset <= UINT32_MAX)) return FFI_ERROR_NONE;
    if (pair->target_size > 1 && __builtin_mul_overflow(size, pair->target_size, &size)) size = UINT64_MAX;
    return wasm_address(import->host, offset, size, 0, &memory);
}

static ffi_error take(const wasm_import *import, const wasm_value *args, uint32_t index, ffi_value *slot) {
    const struct wasm_pair *pair = &import->pairs[index];
    if (wasm_in(import->host, pair, &args[index], slot)) return ffi_last_error();
    note_memory(import->host, pair, slot);
    return pair->counter ? check_length(import, args, index) : FFI_ERROR_NONE;
}

static ffi_error call_with_memory(wasm_import *import, const wasm_value *args, wasm_value *result,
                                  struct wasm_call *call) {
    wasm_host                 *host     = import->host;
    bool                       record   = import->result.way == WAY_VALUE;
    ffi_function              *function = import->function;
    ffi_value                  slots[2 * WASM_MOST];
    _Alignas(RESULT) ffi_value words[RESULT / 8];
    void                      *value = words, *at;
    const wasm_value          *first = args + record;
    wasm_memory_refresh(host);
    call->base = host->memory;
    for (uint32_t i = 0; i < import->count; i++)
        if (take(import, first, i, &slots[i]))
            return ffi_fail(ffi_last_error(), "argument %u: %s", i + 1, ffi_last_message());
    if (import->is_variadic &&
        !(function = variadic(import, slots, first[import->count].u32, slots + import->count)))
        return ffi_last_error();
    if (import->result_size > RESULT && !(value = ffi_arena_allocate(host->arena, import->result_size, RESULT)))
        return ffi_last_error();
    if (!invoke(host, call, function, value, slots)) return ffi_last_error();
    if (copies_back(host, call->copies)) return ffi_last_error();
    if (import->result.way == WAY_SINGLE)
        return wasm_out(host, &import->result, &(ffi_value){.ptr = value}, result);
    if (!record) return result_out(import, call->copies, value, result);
    if (wasm_address(host, args[0].u32, import->result.target_size, import->result.target_mask, &at))
        return ffi_last_error();
    return wasm_record_out(host, import->result.native, import->result.guest, value, NULL, at);
}

ffi_error wasm_run_any(wasm_import *import, const wasm_value *args, wasm_value *result) {
    wasm_host       *host = import->host;
    struct wasm_call call;
    call.holds_memory = false;
    call.copies       = NULL;
    host->call        = &call;
    size_t    mark    = import->copies ? ffi_arena_mark(host->arena) : 0;
    ffi_error error   = call_with_memory(import, args, result, &call);
    if (import->copies) ffi_arena_release(host->arena, mark);
    host->call = NULL;
    return error;
}

bool wasm_import_is_native(const wasm_import *import) {
    const ffi_ctype *params[WASM_MOST];
    if (import->accessor) return false;
    for (uint32_t i = 0; i < import->count; i++) params[i] = ffi_type_parameter(import->native, i);
    const ffi_ctype *plain = ffi_type_signature(import->host->native, ffi_type_target(import->native), params,
                                                import->count, FFI_NOT_VARIADIC);
    return plain && ffi_type_equal(plain, import->native);
}
