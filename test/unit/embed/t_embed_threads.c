/* SPDX-License-Identifier: MIT */
/* The embedding layer on several threads: a registry that grows and shrinks while others find and call its functions,
 * objects that all of them retain and release, buffers and arenas of each. */
#include "embed.h"

#include <pthread.h>
#include <stdatomic.h>

enum { READERS = 3 };

static ffi_registry *names;
static ffi_object   *shared;
static atomic_int    known, wrong, dropped;
static atomic_bool   over;

static int give(const ffi_any *args, int count, ffi_any *answer, void *userdata) {
    (void)count;
    *answer = INT(args[0].as.i64 + *(int *)userdata);
    return 0;
}

static void drop(void *pointer) {
    (void)pointer;
    dropped++;
}

/* Everything that was added before is found, and answers by its own number. */
static void *reader(void *unused) {
    (void)unused;
    ffi_arena *own = ffi_arena_new(context);
    for (int round = 0; !over || round < 10; round++) {
        char    name[20];
        int     number = known ? round % known : 0;
        ffi_any one    = INT(1), answer;
        snprintf(name, sizeof name, "f%d", number);
        if (known && (ffi_registry_call(names, name, &answer, &one, 1) || answer.as.i64 != number + 1)) wrong++;
        if (ffi_registry_call(names, "abs", &answer, &one, 1) || answer.as.i64 != 1) wrong++;
        if (!ffi_registry_call(names, "no such name", &answer, &one, 1)) wrong++;
        if (ffi_object_retain(shared) || !ffi_object_pointer(shared) || ffi_object_release(shared)) wrong++;
        ffi_buffer *buffer = ffi_buffer_new(context, 8);
        if (!buffer || !ffi_arena_allocate(own, 100, 8) || ffi_buffer_free(buffer)) wrong++;
        ffi_arena_release(own, 0);
    }
    ffi_arena_free(own);
    return NULL;
}

int main(void) {
    embed_begin();
    enum { MOST = 2000 };
    static int numbers[MOST];
    pthread_t  threads[READERS];
    int        count = fewer(MOST);
    names            = ffi_registry_new(context);
    shared           = ffi_object_new(context, numbers, drop);
    ok(!ffi_registry_bind(names, ffi_library_open(context, "c", 0), "abs", "int abs(int)"),
       "a native function");
    for (int i = 0; i < READERS; i++)
        if (pthread_create(&threads[i], NULL, reader, NULL)) puts("Bail out! no thread"), exit(1);
    bool good = true;
    for (int i = 0; i < count; i++) {
        char name[20];
        numbers[i] = i;
        snprintf(name, sizeof name, "f%d", i);
        good &= !ffi_registry_add(names, name, give, 1, &numbers[i]);
        known = i + 1;
        snprintf(name, sizeof name, "brief%d", i % 100);
        good &= !ffi_registry_add(names, name, give, 1, &numbers[i]) && !ffi_registry_remove(names, name);
    }
    ok(good, "%d functions are added, and as many others added and removed, while %d threads call", count,
       READERS);
    over = true;
    for (int i = 0; i < READERS; i++) pthread_join(threads[i], NULL);
    ok(!wrong, "each thread finds what was added before, and nothing else");
    ok(!dropped && !ffi_object_release(shared) && dropped == 1,
       "an object is dropped once, at its last release");
    return embed_end();
}
