/* SPDX-License-Identifier: MIT */
/* An engine of its own on the part of the host that knows none: a memory, and a table of C functions. TAP. */
#include "../../../src/hosts/wasm/wasm_host.h"

#include <stdio.h>
#include <string.h>

struct instance {
    uint8_t  memory[65536];
    uint64_t size;
    unsigned calls, stops, asked;
};

static int count, failed;

static void ok(bool good, const char *name) {
    failed |= !good;
    printf("%sok %d - %s\n", good ? "" : "not ", ++count, name);
}

static uint8_t *memory_of(void *instance, uint64_t *size) {
    struct instance *of = instance;
    *size               = of->size;
    of->asked++;
    return of->memory;
}

/* Function 1 of the table compares two numbers in the memory. */
static bool call_table(void *instance, uint32_t index, const char *params, const char *result,
                       const wasm_value *args, wasm_value *value) {
    struct instance *of = instance;
    int32_t          a, b;
    if (index != 1 || strcmp(params, "ii") || strcmp(result, "i"))
        return ffi_fail(FFI_ERROR_TYPE, "the table has no such function %u", index), false;
    memcpy(&a, of->memory + args[0].u32, sizeof a);
    memcpy(&b, of->memory + args[1].u32, sizeof b);
    of->calls++;
    value->i32 = a - b;
    return true;
}

static void stop(void *instance) {
    ((struct instance *)instance)->stops++;
}

static const wasm_engine engine  = {memory_of, call_table, true, false, stop};
static const wasm_engine endless = {memory_of, call_table, true, false, NULL};

static const wasm_engine staying = {memory_of, call_table, true, true, stop};

/* A memory that never moves grows between two calls. */
static void grow(void) {
    static struct instance instance = {.size = 32768};
    wasm_value             result, at = {.u32 = 16};
    wasm_host             *host = wasm_host_new();
    wasm_host_attach(host, &staying, &instance);
    wasm_host_allow(host, "c");
    wasm_host_signature(host, "c.strlen=size_t(const char *)");
    wasm_host_signature(host, "c.memchr=void *(const void *, int, size_t)");
    wasm_import *length = wasm_import_find(host, "c", "strlen", "i", "i");
    wasm_import *find   = wasm_import_find(host, "c", "memchr", "iii", "i");
    memcpy(instance.memory + 16, "text", 5);
    wasm_import_call(length, &at, &result);
    unsigned asked = instance.asked;
    ok(wasm_import_call(length, &at, &result) && result.u32 == 4 && instance.asked == asked,
       "a memory that never moves is not asked for again");
    memset(instance.memory + 32760, 'x', 40);
    at.u32 = 32760;
    ok(!wasm_import_call(length, &at, &result), "a text that leaves such a memory fails");
    instance.size = 40960;
    ok(wasm_import_call(length, &at, &result) && result.u32 == 40,
       "a text that ends in what such a memory has grown by is found");
    instance.size          = sizeof instance.memory;
    instance.memory[41000] = 'o';
    wasm_value args[]      = {{.u32 = 40900}, {.i32 = 'o'}, {.u32 = 200}};
    ok(wasm_import_call(find, args, &result) && result.u32 == 41000,
       "a pointer into what such a memory has grown by is an offset");
    wasm_host_attach(host, NULL, NULL);
    wasm_host_free(host);
}

static bool fails(wasm_import *import, const wasm_value *args, const char *message) {
    wasm_value result;
    return import && !wasm_import_call(import, args, &result) && !strcmp(ffi_last_message(), message);
}

/* `len(n)` in a prototype. */
static void count_lengths(void) {
    static struct instance instance = {.size = sizeof instance.memory};
    wasm_value             result, args[3] = {{.u32 = 65000}, {.i32 = 7}, {.u32 = 536}};
    wasm_value             words[3] = {{.u32 = 65532}, {.i32 = 1}, {.u32 = 2}};
    wasm_host             *host     = wasm_host_new();
    wasm_host_attach(host, &engine, &instance);
    wasm_host_allow(host, "c");
    wasm_host_signature(host, "c.memset=void *(len(n) void *to, int byte, size_t n)");
    wasm_host_signature(host, "c.wmemset=int *(len(3) int *to, int word, size_t n)");
    wasm_host_signature(host, "c.memfrob=void *(len(n) long *to, size_t n)");
    wasm_host_signature(host, "c.getenv=char *(const char *)");
    wasm_import *set  = wasm_import_find(host, "c", "memset", "iii", "i");
    wasm_import *fill = wasm_import_find(host, "c", "wmemset", "iii", "i");
    wasm_import *find = wasm_import_find(host, "c", "getenv", "i", "i");
    ok(set && wasm_import_call(set, args, &result) && instance.memory[65535] == 7,
       "len(n): an array that ends where the memory does is passed");
    args[2].u32 = 537;
    ok(fails(set, args, "c.memset: argument 1: 537 bytes at offset 65000 are not in the memory of 65536 bytes"),
       "len(n): a longer one fails");
    args[2].i32 = -1;
    ok(fails(set, args,
             "c.memset: argument 1: 4294967295 bytes at offset 65000 are not in the memory of 65536 bytes"),
       "len(n): a negative length fails");
    ok(fails(fill, words,
             "c.wmemset: argument 1: 8 bytes at offset 65532 are not in the memory of 65536 bytes"),
       "len(n): elements are counted by their size");
    words[2].u32 = 1;
    ok(wasm_import_call(fill, words, &result) && instance.memory[65532] == 1, "len(n): one element fits");
    memcpy(instance.memory, "\0PATH", 6);
    ok(wasm_import_call(find, &(wasm_value){.u32 = 1}, &args[0]) && args[0].u32 >> 31 &&
           (args[2].u32 = 0, true) && wasm_import_call(set, args, &result),
       "len(n): a handle has no length");
    ok(!wasm_import_find(host, "c", "memfrob", "ii", "i") &&
           !strcmp(ffi_last_message(),
                   "import c.memfrob: argument 1: an array whose elements differ in the module"),
       "len(n): longs are not passed, which the module has in 4 bytes");
    wasm_host_attach(host, NULL, NULL);
    wasm_host_free(host);
}

int main(void) {
    static struct instance instance  = {.size = sizeof instance.memory};
    static const int32_t   numbers[] = {3, 1, 2};
    wasm_value             result, args[4] = {{.u32 = 64}, {.u32 = 3}, {.u32 = 4}, {.u32 = 1}};
    wasm_host             *host = wasm_host_new();
    if (!host) return puts("Bail out! no host"), 1;
    wasm_host_attach(host, &engine, &instance);
    ok(!wasm_host_signature(host, "c.strlen=size_t(const char *)") &&
           !wasm_host_signature(host,
                                "c.qsort=void(void *, size_t, size_t, int (*)(const void *, const void *))"),
       "two prototypes are read");
    ok(!wasm_import_find(host, "c", "strlen", "i", "i") && ffi_last_error() == FFI_ERROR_DENIED,
       "what is not allowed is not found");
    wasm_host_allow(host, "c");
    ok(wasm_import_find(host, "c", "strlen", "I", "i") != NULL, "a pointer may be an i64");
    ok(!wasm_import_find(host, "c", "strlen", "f", "i") && ffi_last_error() == FFI_ERROR_TYPE,
       "a pointer cannot be a float");

    wasm_import *length = wasm_import_find(host, "c", "strlen", "i", "i");
    memcpy(instance.memory + 16, "text", 5);
    memset(instance.memory + 65530, 'x', 6);
    ok(length && wasm_import_call(length, &(wasm_value){.u32 = 16}, &result) && result.u32 == 4,
       "strlen is called");
    ok(fails(length, &(wasm_value){.u32 = 65530},
             "c.strlen: argument 1: the text at offset 65530 does not end in the memory of 65536 bytes"),
       "a text that reaches the memory's end fails");
    ok(fails(length, &(wasm_value){.u32 = 65536},
             "c.strlen: argument 1: the text at offset 65536 does not end in the memory of 65536 bytes"),
       "a text behind the memory fails");
    instance.memory[65535] = 0;
    ok(wasm_import_call(length, &(wasm_value){.u32 = 65535}, &result) && !result.u32,
       "an empty text in the last byte has length 0");

    wasm_import *sort = wasm_import_find(host, "c", "qsort", "iiii", "");
    memcpy(instance.memory + 64, numbers, sizeof numbers);
    ok(sort && wasm_import_call(sort, args, &result) && instance.calls >= 2 && instance.memory[64] == 1 &&
           instance.memory[68] == 2 && instance.memory[72] == 3,
       "qsort calls the table's function back");
    args[3].u32 = 2;
    ok(fails(sort, args, "c.qsort: the table has no such function 2"),
       "a function that the table has not is an error");
    args[3].u32 = 1;
    ok(!wasm_import_call(sort, args, &result), "after a trap nothing is called any more");
    ok(!wasm_host_fail_stopped(host), "the module is not stopped");
    ok(wasm_host_stop(host, "it is late") && instance.stops == 1 && wasm_host_fail_stopped(host) &&
           ffi_last_error() == FFI_ERROR_CANCELLED && !strcmp(ffi_last_message(), "it is late"),
       "a module is stopped by its engine, for a reason");
    wasm_host_attach(host, &endless, &instance);
    ok(!wasm_host_stop(host, "again"), "an engine that cannot stop a module is told apart");
    wasm_host_attach(host, NULL, NULL);
    ok(wasm_host_stop(host, "again") && instance.stops == 1,
       "a host without an instance is stopped without an engine");
    wasm_host_free(host);
    grow();
    count_lengths();
    printf("1..%d\n", count);
    return failed;
}
