/* SPDX-License-Identifier: MIT */
/*
 * Many signatures, threads, processes and closures: many SIGNATURES PREPARATIONS FORKS. Memory does not grow
 * with signatures beyond the cache's ceiling; threads that prepare the same ones get what they ask for; a child
 * that is forked meanwhile can prepare, call and make closures.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <ffi.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 8, KINDS = 8 };

static ffi_type *const kinds[KINDS] = {&ffi_type_sint8,  &ffi_type_uint16, &ffi_type_sint32, &ffi_type_uint64,
                                       &ffi_type_double, &ffi_type_float,  &ffi_type_uint32, &ffi_type_sint16};

/* The sum of what came, each by its type. */
static void sum(ffi_cif *cif, void *result, void **arguments, void *userdata) {
    double total = 0;
    (void)userdata;
    for (unsigned i = 0; i < cif->nargs; i++) {
        switch (cif->arg_types[i]->type) {
        case FFI_TYPE_SINT8: total += *(int8_t *)arguments[i]; break;
        case FFI_TYPE_UINT16: total += *(uint16_t *)arguments[i]; break;
        case FFI_TYPE_SINT16: total += *(int16_t *)arguments[i]; break;
        case FFI_TYPE_SINT32: total += *(int32_t *)arguments[i]; break;
        case FFI_TYPE_UINT32: total += *(uint32_t *)arguments[i]; break;
        case FFI_TYPE_UINT64: total += (double)*(uint64_t *)arguments[i]; break;
        case FFI_TYPE_FLOAT: total += *(float *)arguments[i]; break;
        case FFI_TYPE_DOUBLE: total += *(double *)arguments[i]; break;
        default: total += 1e9;
        }
    }
    if (cif->rtype->type == FFI_TYPE_DOUBLE) memcpy(result, &total, sizeof total);
    else *(ffi_sarg *)result = (ffi_sarg)total;
}

struct signature {
    ffi_cif   cif;
    ffi_type *types[ARGUMENTS];
    ffi_type  record, *elements[2];
};

/* The n-th of 8^8 times 2^20 signatures: from there on the last argument is a record of so many bytes. */
static bool prepare(struct signature *signature, uint64_t n) {
    for (unsigned i = 0; i < ARGUMENTS; i++) signature->types[i] = kinds[n >> 3 * i & 7];
    if (n >> 24) {
        signature->elements[0]          = &ffi_type_uint8;
        signature->elements[1]          = NULL;
        signature->record               = (ffi_type){32 + (n >> 24), 8, FFI_TYPE_STRUCT, signature->elements};
        signature->types[ARGUMENTS - 1] = &signature->record;
    }
    ffi_type *result = n & 1 ? &ffi_type_double : &ffi_type_sint32;
    return ffi_prep_cif(&signature->cif, FFI_DEFAULT_ABI, ARGUMENTS, result, signature->types) == FFI_OK;
}

/* Closures by the cif: of ffi_closure_alloc(), and in memory of the caller's, which is executable. */
static void *executable;

static ffi_closure *closure_of(struct signature *signature, void **code) {
    *code                = executable;
    ffi_closure *closure = executable ? executable : ffi_closure_alloc(sizeof *closure, code);
    bool         good = closure && ffi_prep_closure_loc(closure, &signature->cif, sum, NULL, *code) == FFI_OK;
    return good ? closure : NULL;
}

/* Calls a closure by the cif: the values are small numbers. The list of pointers stays as it is. */
static bool call(struct signature *signature) {
    union {
        int8_t   i8;
        int16_t  i16;
        int32_t  i32;
        uint64_t u64;
        float    f32;
        double   f64;
    } values[ARGUMENTS];
    void    *arguments[ARGUMENTS], *kept[ARGUMENTS], *code;
    double   wanted = 0, got = 0;
    ffi_sarg word = 0;
    bool     real = signature->cif.rtype == &ffi_type_double;
    for (unsigned i = 0; i < ARGUMENTS; i++) {
        int value    = (int)i * 7 + 3;
        arguments[i] = &values[i];
        wanted += value;
        values[i].u64 = (uint64_t)value;
        if (signature->types[i]->type == FFI_TYPE_FLOAT) values[i].f32 = (float)value;
        if (signature->types[i]->type == FFI_TYPE_DOUBLE) values[i].f64 = value;
    }
    ffi_closure *closure = closure_of(signature, &code);
    if (!closure) return false;
    memcpy(kept, arguments, sizeof kept);
    ffi_call(&signature->cif, FFI_FN((uintptr_t)code), real ? (void *)&got : &word, arguments);
    if (!executable) ffi_closure_free(closure);
    return (real ? got : (double)word) == wanted && !memcmp(kept, arguments, sizeof kept);
}

/* ---- memory ---- */

static long resident(void) {
    long  pages = 0, all;
    FILE *file  = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0;
    if (file) fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void memory(uint64_t count) {
    enum { CEILING = 16384 };
    struct signature signature;
    bool             good = true;
    for (uint64_t n = 0; n < CEILING + 100; n++) good &= prepare(&signature, n);
    long before = resident();
    for (uint64_t n = 0; n < count; n++) good &= prepare(&signature, n << 4 | (n & 7));
    ok(good, "%llu signatures are prepared", (unsigned long long)count);
    long grown = resident() - before;
    ok(grown < 1024, "memory grows by less than 1 MiB beyond the ceiling: %ld KiB", grown);
    for (uint64_t n = 0; n < 2000; n++) good &= prepare(&signature, 0x100000 + n) && call(&signature);
    before = resident();
    for (uint64_t n = 0; n < count / 4; n++) good &= prepare(&signature, 0x200000 + n) && call(&signature);
    ok(good, "closures of %llu others are called", (unsigned long long)count / 4);
    grown = resident() - before;
    ok(grown < 1024, "memory grows by less than 1 MiB with closures beyond the ceiling: %ld KiB", grown);
    ok(prepare(&signature, 0x123456) && call(&signature),
       "a signature beyond the ceiling is called, and calls back");
    ok(prepare(&signature, 5) && call(&signature), "a signature below the ceiling is called, and calls back");
    ffi_go_closure go;
    ok(prepare(&signature, 0x123457) && ffi_prep_go_closure(&go, &signature.cif, sum) == FFI_OK && go.tramp,
       "one beyond is that of a go closure");
    executable = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (executable == MAP_FAILED) {
        skip_one("the system gives no memory that is writable and executable");
    } else {
        ok(prepare(&signature, 0x123458) && call(&signature),
           "one beyond calls a closure in the caller's memory");
        munmap(executable, 4096);
    }
    executable = NULL;
}

/* ---- threads and processes ---- */

static uint64_t         preparations;
static _Atomic unsigned failures;

static void *prepare_many(void *userdata) {
    uint64_t random = (uintptr_t)userdata;
    for (uint64_t i = 0; i < preparations; i++) {
        struct signature signature;
        random = random * 6364136223846793005u + 1442695040888963407u;
        if (!prepare(&signature, random >> 33 & 0x3fff) || (i % 64 == 0 && !call(&signature))) failures++;
    }
    return NULL;
}

static void storm(unsigned forks) {
    pthread_t threads[4];
    unsigned  children = 0;
    for (uintptr_t i = 0; i < 4; i++) pthread_create(&threads[i], NULL, prepare_many, (void *)(i + 1));
    for (unsigned i = 0; i < forks; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct signature signature;
            alarm(20);
            _exit(prepare(&signature, 0x200000 + i) && call(&signature) ? 0 : 1);
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || status) children++;
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    ok(!failures, "4 threads prepare %llu signatures each, and call: %u failed",
       (unsigned long long)preparations, (unsigned)failures);
    if (!forks) skip_one("no child was asked for");
    else ok(!children, "%u children forked meanwhile do the same: %u failed", forks, children);
}

static void *call_one(void *userdata) {
    struct signature signature;
    if (!prepare(&signature, (uintptr_t)userdata) || !call(&signature)) failures++;
    return NULL;
}

/* Forks while threads make the first closures of a process; the child makes one, too. */
static int fork_early(unsigned delay) {
    pthread_t        threads[4];
    struct signature signature;
    int              status = -1;
    for (uintptr_t i = 0; i < 4; i++) pthread_create(&threads[i], NULL, call_one, (void *)(i + 1));
    for (volatile unsigned i = 0; i < delay; i++) {}
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(prepare(&signature, 5) && call(&signature) ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) status = -1;
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    return status || failures;
}

/* Each in a process of its own. No closure was made before. */
static void early_forks(unsigned count) {
    int failed = 0;
    for (unsigned i = 0; i < count; i++) {
        int   status = -1;
        pid_t child  = fork();
        if (child == 0) _exit(fork_early(i % 50 * 2000) ? 1 : 0);
        if (child < 0 || waitpid(child, &status, 0) != child || status) failed++;
    }
    if (!count) skip_one("no process was asked for");
    else ok(!failed, "%u processes fork while their first closures are made: %d failed", count, failed);
}

int main(int argc, char **argv) {
    uint64_t signatures = argc > 1 ? strtoull(argv[1], NULL, 0) : 100000;
    preparations        = argc > 2 ? strtoull(argv[2], NULL, 0) : 5000;
    early_forks(argc > 4 ? (unsigned)strtoul(argv[4], NULL, 0) : 100);
    storm(argc > 3 ? (unsigned)strtoul(argv[3], NULL, 0) : 20);
    memory(signatures);
    return done();
}
