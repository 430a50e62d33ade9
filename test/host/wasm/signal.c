/* SPDX-License-Identifier: MIT */
/* A module whose functions are called back out of calls that take only numbers: raise(). */
typedef void handler(int);

__attribute__((import_module("c"), import_name("raise"))) int            raise(int);
__attribute__((import_module("c"), import_name("sysv_signal"))) handler *sysv_signal(int, handler *);

__asm__(".section .custom_section.ffi_invoke,\"\",@\n"
        ".ascii \"c.raise=int(int)\\n\"\n"
        ".ascii \"c.memmove=struct pair { long number; void (*function)(int); } *(struct pair *, const struct "
        "pair *, size_t)\\n\"\n"
        ".ascii \"c.on_exit=int(void (*)(int, void *), void *)\\n\"\n"
        ".ascii \"c.sysv_signal=void (*(int, void (*)(int)))(int)\\n\"\n");

enum { NUMBER = 10 };

static int calls;

static void counting(int number) {
    (void)number;
    calls++;
}

static void trapping(int number) {
    (void)number;
    __builtin_trap();
}

static void again(int number) {
    sysv_signal(number, again);
    raise(number);
}

__attribute__((export_name("trap"))) int trap(void) {
    sysv_signal(NUMBER, trapping);
    raise(NUMBER);
    return 5;
}

__attribute__((export_name("nest"))) void nest(void) {
    again(NUMBER);
}

struct pair {
    long     number;
    handler *function;
};
__attribute__((import_module("c"), import_name("memmove"))) struct pair *
memmove(struct pair *, const struct pair *, unsigned long);

/* A native function in a record that is converted: its handle, there and back. */
__attribute__((export_name("carry"))) int carry(void) {
    sysv_signal(NUMBER, counting);
    struct pair from = {7, sysv_signal(NUMBER, 0)}, to = {0, 0};
    memmove(&to, &from, 16);
    sysv_signal(NUMBER, to.function);
    raise(NUMBER);
    return calls + (int)to.number;
}

__attribute__((export_name("restore"))) int restore(void) {
    sysv_signal(NUMBER, counting);
    sysv_signal(NUMBER, sysv_signal(NUMBER, 0));
    raise(NUMBER);
    return calls;
}

static void late(int status, void *with) {
    (void)status, (void)with;
    __builtin_trap();
}

__attribute__((import_module("c"), import_name("on_exit"))) int on_exit(void (*)(int, void *), void *);

/* The instance is gone when the process ends. */
__attribute__((export_name("outlive"))) int outlive(void) {
    return on_exit(late, 0);
}
