/* SPDX-License-Identifier: MIT */
/*
 * Calls in a child process, so that a crash of the callee can be told. The child leaves the signal, the address that
 * was accessed and the instruction in memory that both processes share, and ends by the signal.
 */
#define _GNU_SOURCE
#include "complain.h"
#include "system.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

static struct crash *shared; /* of this process and its child */

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

/* The signal's default action, which the first signal restores, ends the process when the handler returns. */
static void keep_crash(int number, siginfo_t *info, void *context) {
    shared->is_access   = info->si_code > 0 && (number == SIGSEGV || number == SIGBUS);
    shared->address     = info->si_addr;
    shared->instruction = instruction_of(context);
    shared->signal      = number;
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

int system_in_child(int (*run)(void *userdata), void *userdata, struct crash *crash) {
    int status = 0;
    *crash     = (struct crash){0};
    shared     = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return run(userdata);
    pid_t child = fork();
    if (child < 0) {
        munmap(shared, sizeof *shared);
        return run(userdata);
    }
    if (!child) {
        watch();
        exit(run(userdata));
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    *crash = *shared;
    munmap(shared, sizeof *shared);
    if (!WIFSIGNALED(status)) return crash->signal = 0, WEXITSTATUS(status);
    if (crash->signal != WTERMSIG(status)) *crash = (struct crash){.signal = WTERMSIG(status)};
    return EXIT_FAILED;
}

const char *system_signal_name(int number) {
    static const struct {
        int         number;
        const char *name;
    } names[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},
                 {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"},   {SIGKILL, "SIGKILL"},
                 {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"},   {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"},
                 {SIGHUP, "SIGHUP"},   {SIGXCPU, "SIGXCPU"}, {SIGQUIT, "SIGQUIT"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number) return names[i].name;
    return "a signal";
}
