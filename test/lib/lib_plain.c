/* SPDX-License-Identifier: MIT */
/*
 * A library for tests: functions, data, a weak name, a hidden one that nobody may see, what few libraries have,
 * and a destructor that tells when it is unloaded.
 */
int         plain_answer(void);
int         plain_add(int a, int b);
int        *plain_watch(int *unloads);
int         plain_data = 7;
extern int  plain_weak(void);
extern char plain_hidden[];

static int *watched;

int plain_answer(void) {
    return 42;
}

int plain_add(int a, int b) {
    return a + b;
}

/* From now on unloading counts up there. */
int *plain_watch(int *unloads) {
    return watched = unloads;
}

_Thread_local int plain_own = 5; /* an address for each thread */

__attribute__((weak)) int plain_weak(void) {
    return 1;
}

#ifdef __ELF__
__attribute__((visibility("hidden"))) char plain_hidden[8];

/* A number that the linker is given, and a function of which the resolver says that there is none. */
__asm__(".globl plain_absolute\n.set plain_absolute, 0x12345");
extern void plain_nowhere(void);

static void (*resolve(void))(void) {
    return 0;
}

void plain_nowhere(void) __attribute__((ifunc("resolve")));
#endif

__attribute__((destructor)) static void unloaded(void) {
    if (watched) ++*watched;
}
