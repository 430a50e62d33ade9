/* SPDX-License-Identifier: MIT */
/* Native code calls a function of the module on a thread of its own. */
#define C(name) __attribute__((import_module("c"), import_name(#name)))
C(pthread_create) int pthread_create(unsigned long long *, const void *, void *(*)(void *), void *);
C(pthread_join) int pthread_join(unsigned long long, void **);

static int calls;

static void *run(void *with) {
    calls++;
    return with;
}

__attribute__((export_name("elsewhere"))) int elsewhere(void) {
    unsigned long long thread;
    void              *result = &calls;
    if (pthread_create(&thread, 0, run, &calls) || pthread_join(thread, &result)) return -1;
    return result ? -2 : calls;
}
