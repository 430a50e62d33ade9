/* SPDX-License-Identifier: MIT */
/*
 * Callbacks where the system denies much: `callback_denied works|denied WORD...` does to itself what the words
 * say, in their order, then makes callbacks, calls them and frees them, and looks at its mappings at each step.
 * Built and run by t_callback_denied.sh, with both libraries.
 */
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* ---- filters of system calls ---- */

#define LOAD(field)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define EQUALS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n)) /* or skips n */
#define HAS(bits, n)     BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, (n))
#define ANSWER(what)     BPF_STMT(BPF_RET | BPF_K, (what))
#define REFUSE           ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW            ANSWER(SECCOMP_RET_ALLOW)

static void filter(struct sock_filter *rules, size_t count) {
    struct sock_fprog program = {(unsigned short)count, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        skip_all("this system has no seccomp filters: %s", strerror(errno));
}

#define FILTER(rules) filter(rules, sizeof(rules) / sizeof *(rules))

/* Refuses mprotect and pkey_mprotect with PROT_EXEC, and anonymous executable mmap. */
static void no_new_code(void) {
    struct sock_filter rules[] = {LOAD(nr),
                                  EQUALS(SYS_mprotect, 3),
                                  LOAD(args[2]),
                                  HAS(PROT_EXEC, 1),
                                  REFUSE,
                                  LOAD(nr),
                                  EQUALS(SYS_pkey_mprotect, 3),
                                  LOAD(args[2]),
                                  HAS(PROT_EXEC, 1),
                                  REFUSE,
                                  LOAD(nr),
                                  EQUALS(SYS_mmap, 5),
                                  LOAD(args[2]),
                                  HAS(PROT_EXEC, 3),
                                  LOAD(args[3]),
                                  HAS(MAP_ANONYMOUS, 1),
                                  REFUSE,
                                  ALLOW};
    FILTER(rules);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ok(mprotect(page, 4096, PROT_READ | PROT_EXEC) && errno == EPERM,
       "the filter refuses to make code of memory");
    ok(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
           errno == EPERM,
       "the filter refuses anonymous code");
}

static void no_mremap(void) {
    struct sock_filter rules[] = {LOAD(nr), EQUALS(SYS_mremap, 1), REFUSE, ALLOW};
    FILTER(rules);
    ok(mremap(NULL, 1, 1, 0) == MAP_FAILED && errno == EPERM, "the filter refuses mremap");
}

static void no_code_gain(void) {
    if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
        skip_all("this system has no PR_SET_MDWE: %s", strerror(errno));
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ok(mprotect(page, 4096, PROT_READ | PROT_EXEC), "PR_SET_MDWE is in force");
}

/* ---- files ---- */

static void replace(const char *file) {
    static char bytes[1 << 16];
    char        other[4096];
    snprintf(other, sizeof other, "%s.other", file);
    FILE *old = fopen(file, "r"), *made = fopen(other, "w");
    if (!old || !made) perror(file), exit(1);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, old)) > 0; fwrite(bytes, 1, size, made))
        for (size_t i = 0; i < size; i++) bytes[i] = (char)~bytes[i];
    fclose(old), fclose(made);
    ok(rename(other, file) == 0, "another file is in place of %s, as long, all different",
       strrchr(file, 0x2f) + 1);
}

static void delete (const char *file) {
    ok(unlink(file) == 0, "%s is deleted", strrchr(file, '/') + 1);
}

/* A root without /proc; its folder goes again. */
static void enter_root(void) {
    const char *folder = temporary_folder();
    if (chroot(folder)) {
        rmdir(folder);
        skip_all("chroot needs root: %s", strerror(errno));
    }
    ok(chdir("/") == 0 && access("/proc/self/maps", F_OK) != 0, "the new root has no /proc");
}

/* A root without /proc where the name of the file means a copy of it that belongs to someone else. */
static void enter_foreign_root(const char *file) {
    char root[4096];
    snprintf(root, sizeof root, "%s.root", file);
    setenv("FILE", file, 1);
    if (system("mkdir -p \"$FILE.root${FILE%/*}\" && cp \"$FILE\" \"$FILE.root$FILE\" && chown 65534 "
               "\"$FILE.root$FILE\"") ||
        chroot(root))
        skip_all("chown and chroot need root: %s", strerror(errno));
    ok(chdir("/") == 0 && access(file, R_OK) == 0 && access("/proc/self/maps", F_OK) != 0,
       "the new root has no /proc and another file as %s", strrchr(file, '/') + 1);
}

/* Moves the code around this function to anonymous memory, as programs do that want it in large pages. */
static void move_code(void) {
    uintptr_t start = 0, end = 0, here = (uintptr_t)&move_code;
    char      line[4096], rights[8];
    FILE     *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) == 3 && start <= here && here < end) break;
    if (maps) fclose(maps);
    size_t size = end - start;
    void  *code = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(code, (void *)start, size);
    mprotect(code, size, PROT_READ | PROT_EXEC);
    ok(mremap(code, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)start) == (void *)start,
       "the program's code is in anonymous memory");
}

/* ---- what the process has mapped ---- */

static int maps = -1; /* opened before a chroot */

/* Counts mappings; those that are writable and executable, and those executable without a file. */
static int mappings(int *both, int *anonymous) {
    static char text[1 << 20];
    size_t      size  = 0;
    int         count = 0;
    *both = *anonymous = 0;
    lseek(maps, 0, SEEK_SET);
    for (ssize_t got; (got = read(maps, text + size, sizeof text - 1 - size)) > 0;) size += (size_t)got;
    text[size] = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, count++) {
        const char *rights = strchr(line, ' ') + 1;
        *end               = 0;
        *both += rights[1] == 'w' && rights[2] == 'x';
        *anonymous += rights[2] == 'x' && !strchr(rights, '/') && !strchr(rights, '[');
    }
    return count;
}

static void look(const char *when, int moved) {
    int both, anonymous, count = mappings(&both, &anonymous);
    ok(count > 5 && !both && anonymous <= moved, "%s: of %d mappings %d are writable and executable", when,
       count, both);
}

/* ---- callbacks ---- */

enum { COUNT = 1500 };

struct triple {
    double a[3];
};

static void add(void *result, const ffi_value *args, void *userdata) {
    *(int *)result = args[0].i32 + (int)args[1].f64 + *(const int *)userdata;
}

static void turn(void *result, const ffi_value *args, void *userdata) {
    const struct triple *in  = args[0].ptr;
    *(struct triple *)result = (struct triple){{in->a[2], in->a[1], in->a[0] + *(const int *)userdata}};
}

static int good_calls(ffi_callback **adders, ffi_callback **turners, const int *numbers) {
    int good = 0;
    for (int i = 0; i < COUNT; i++) {
        int (*f)(int, double) = (int (*)(int, double))(uintptr_t)ffi_callback_code(adders[i]);
        struct triple (*g)(struct triple) =
            (struct triple(*)(struct triple))(uintptr_t)ffi_callback_code(turners[i]);
        struct triple got = g((struct triple){{1, 2, 3}});
        good += f(1, 2) == numbers[i] + 3 && got.a[0] == 3 && got.a[2] == numbers[i] + 1;
    }
    return good;
}

/* The loader holds its lock during this call. */
static int fork_here(struct dl_phdr_info *info, size_t size, void *status) {
    (void)info, (void)size;
    pid_t child = fork();
    if (child == 0) {
        int number = 1;
        alarm(60);
        ffi_callback *adder = ffi_callback_new(ffi_context_new(NULL), "int (int, double)", add, &number);
        _exit(adder && ((int (*)(int, double))(uintptr_t)ffi_callback_code(adder))(1, 2) == 4 ? 0 : 1);
    }
    waitpid(child, status, 0);
    return 1;
}

static void use_callbacks(int moved) {
    static ffi_callback *adders[COUNT], *turners[COUNT];
    static int           numbers[COUNT];
    ffi_context         *context = ffi_context_new(NULL);
    int                  made    = 0;
    look("before", moved);
    for (int i = 0; i < COUNT; i++) {
        numbers[i] = i;
        adders[i]  = ffi_callback_new(context, "int (int, double)", add, &numbers[i]);
        turners[i] =
            ffi_callback_new(context, "struct triple { double a[3]; } (struct triple)", turn, &numbers[i]);
        made += adders[i] && turners[i];
    }
    if (!ok(made == COUNT, "%d callbacks are made: %s", 2 * made, ffi_last_message())) return;
    look("made", moved);
    ok(good_calls(adders, turners, numbers) == COUNT, "they are called");
    look("called", moved);
    int status = -1;
    dl_iterate_phdr(fork_here, &status);
    ok(status == 0, "a child makes one, forked while the loader is locked: status %d", status);
    for (int i = 0; i < COUNT; i += 2) ffi_callback_free(adders[i]);
    ok(((int (*)(int, double))(uintptr_t)ffi_callback_code(adders[0]))(1, 2) == 0, "freed, they give zeroes");
    ffi_context_free(context);
    ok(((int (*)(int, double))(uintptr_t)ffi_callback_code(adders[1]))(1, 2) == 0, "and without their context");
    look("freed", moved);
}

/* Functions to shift, in a context that has trampolines already. */
static ffi_function *subtract, *negate;

static int difference(int a, int b) {
    return a - b;
}

static double negative(double x) {
    return -x;
}

static void begin_early(void) {
    ffi_context *context = ffi_context_new(NULL);
    ffi_callback_new(context, "int (int, double)", add, NULL);
    subtract = ffi_function_new(context, (void *)(uintptr_t)difference, "int(int, int)");
    negate   = ffi_function_new(context, (void *)(uintptr_t)negative, "double(double)");
}

typedef int    longer(void *, int, int);
typedef double longest(void *, void *, double);

static void shift(int moved) {
    begin_early();
    longer *shifted = (longer *)(uintptr_t)ffi_function_shifted(subtract, 1);
    ok(shifted && shifted(subtract, 7, 3) == 4, "a shifted function is called: %s",
       shifted ? "" : ffi_last_message());
    look("shifted", moved);
    ffi_function_free(subtract);
    ok(!shifted || shifted(NULL, 7, 3) == 0, "freed, it gives zero");
}

/* The trampolines of shifted functions that move registers are pages of their own only on x86-64. */
static void be_denied_late(void) {
    int both, anonymous, before = mappings(&both, &anonymous);
    for (int i = 0; i < 100; i++) ffi_function_shifted(subtract, 1);
#ifdef __x86_64__
    fails(ffi_function_shifted(subtract, 1), FFI_ERROR_DENIED, "cannot map trampolines for another callback: ");
#endif
    longest *twice = (longest *)(uintptr_t)ffi_function_shifted(negate, 2);
    ok(twice && twice(NULL, NULL, 7.5) == -7.5, "a shifted function that needs no other page is called");
    ok(mappings(&both, &anonymous) == before, "nothing is left mapped");
}

static void be_denied(void) {
    int          both, anonymous, before;
    ffi_context *context = ffi_context_new(NULL);
    fails(ffi_callback_new(context, "int (int, double)", add, NULL), FFI_ERROR_DENIED,
          "mremap: Operation not permitted");
    note("which says:", ffi_last_message());
    before = mappings(&both, &anonymous);
    for (int i = 0; i < 100; i++) ffi_callback_new(context, "int (int, double)", add, NULL);
    ok(mappings(&both, &anonymous) == before, "a hundred times, nothing is left mapped");
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)&abs, "int(int)");
    int           got      = 0;
    if (function) ffi_invoke(function, &got, &(ffi_value){.i32 = -5});
    ok(got == 5, "calls still work");
    ffi_context_free(context);
}

int main(int count, char **words) {
    int moved = 0;
    maps      = open("/proc/self/maps", O_RDONLY);
    if (maps < 0) skip_all("there is no /proc/self/maps");
    for (int i = 2; i < count; i++) {
        if (!strcmp(words[i], "early")) begin_early();
        if (!strcmp(words[i], "mdwe")) no_code_gain();
        if (!strcmp(words[i], "no-new-code")) no_new_code();
        if (!strcmp(words[i], "no-mremap")) no_mremap();
        if (!strcmp(words[i], "root")) enter_root();
        if (!strcmp(words[i], "moved")) move_code(), moved++;
        if (!strcmp(words[i], "delete")) delete (words[++i]);
        if (!strcmp(words[i], "replace")) replace(words[++i]);
        if (!strcmp(words[i], "writable")) chmod(words[++i], 0777);
        if (!strcmp(words[i], "foreign-root")) enter_foreign_root(words[++i]);
    }
    if (!strcmp(words[1], "works")) use_callbacks(moved), shift(moved);
    else if (subtract) be_denied_late();
    else be_denied();
    return done();
}
