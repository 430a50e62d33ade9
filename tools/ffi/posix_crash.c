/* SPDX-License-Identifier: MIT */
/*
 * Calls in a child process, so that a crash of the callee can be told. The child leaves the signal, what it accessed and
 * where in memory that both processes share, and ends by the signal.
 */
#define _GNU_SOURCE
#include "complain.h"
#include "crash.h"
#include "system.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

struct crash *system_crash;

static void *instruction_of(const ucontext_t *context) {
#if defined __x86_64__ && defined REG_RIP
    return (void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__ && defined __linux__
    return (void *)context->uc_mcontext.pc;
#else
    (void)context;
    return NULL;
#endif
}

/* The description may wait for a lock that the callee holds: then the alarm ends the process without it. */
static void describe(void) {
    enum { SECONDS = 5 };
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &alarms, NULL);
    alarm(SECONDS);
    crash_describe(system_crash);
    alarm(0);
}

/* The signal's default action, which the first signal restores, ends the process when the handler returns. */
static void keep_crash(int number, siginfo_t *info, void *context) {
    system_crash->is_access   = info->si_code > 0 && (number == SIGSEGV || number == SIGBUS);
    system_crash->address     = info->si_addr;
    system_crash->instruction = instruction_of(context);
    system_crash->signal      = number;
    describe();
    if (info->si_code <= 0) raise(number); /* sent by kill() or abort(): it would not come again */
}

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

static void *alternate; /* the stack of keep_crash(), of which otherwise only the system knows */

static void watch(void) {
    enum { STACK = 64 * 1024 };
    alternate               = malloc(STACK);
    stack_t          stack  = {.ss_sp = alternate, .ss_size = STACK};
    struct sigaction action = {.sa_sigaction = keep_crash, .sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK};
    if (!stack.ss_sp || sigaltstack(&stack, NULL)) action.sa_flags &= ~SA_ONSTACK;
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &action, NULL);
}

/* The child of a process that ends before it ends too. */
static void end_with(pid_t parent) {
#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() != parent) _exit(EXIT_FAILED);
#else
    (void)parent;
#endif
}

/* Waits as a shell does: the keyboard's signals are for the child, and one that ends it ends this process too. */
static int status_of(pid_t child) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    int              status = 0;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGQUIT))
        raise(WTERMSIG(status));
    return status;
}

/* What ended a child. A signal that it could not catch comes without a description. */
static void read_crash(const struct crash *shared, int number, struct crash *crash) {
    *crash = *shared;
    if (crash->signal && (crash->signal == number || number == SIGALRM || number == SIGSEGV)) return;
    *crash->where = *crash->access = *crash->note = 0;
    crash->signal                                 = number;
}

int system_in_child(int (*run)(void *userdata), void *userdata, struct crash *crash) {
    pid_t parent = getpid();
    *crash       = (struct crash){0};
    void *shared = mmap(NULL, sizeof *crash, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return run(userdata);
    pid_t child = fork();
    if (!child) {
        end_with(parent);
        system_crash = shared;
        watch();
        exit(run(userdata));
    }
    int status = child < 0 ? 0 : status_of(child);
    if (WIFSIGNALED(status)) read_crash(shared, WTERMSIG(status), crash);
    munmap(shared, sizeof *crash);
    if (child < 0) return run(userdata);
    return WIFSIGNALED(status) ? EXIT_FAILED : WEXITSTATUS(status);
}

void system_signal_text(int number, char *text, size_t size) {
    static const struct {
        int         number;
        const char *name;
    } names[]        = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},
                        {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"},   {SIGKILL, "SIGKILL"},
                        {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"},   {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"},
                        {SIGHUP, "SIGHUP"},   {SIGXCPU, "SIGXCPU"}, {SIGQUIT, "SIGQUIT"}};
    const char *name = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number) name = names[i].name;
    snprintf(text, size, "signal %d%s%s", number, *name ? ", " : "", name);
}
