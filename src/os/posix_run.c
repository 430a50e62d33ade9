/* SPDX-License-Identifier: MIT */
/* run.h for POSIX.1-2017: runs programs without a shell. */
#define _GNU_SOURCE
#include "os/run.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The C library's variable, even if the build hides all symbols; on FreeBSD it is the program's, which a shared
 * library must not miss when it is linked. */
extern char **environ __attribute__((weak, visibility("default")));

FILE *os_temporary_file(void) {
    return tmpfile();
}

/* If the host ignores SIGCHLD, the system reaps the child and its status is lost. Then 0 is returned, and the
 * output decides. */
static int status_of(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int os_run(const char *const *words, FILE *in, FILE *out, FILE *messages, const char **why) {
    posix_spawn_file_actions_t actions;
    pid_t                      child;
    int                        error = posix_spawn_file_actions_init(&actions);
    if (error) return *why = strerror(error), -1;
    FILE *const files[] = {in, out, messages};
    for (int i = 0; i < 3 && !error; i++)
        error = posix_spawn_file_actions_adddup2(&actions, fileno(files[i]), i);
    if (!error) error = posix_spawnp(&child, words[0], &actions, NULL, (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) return *why = strerror(error), -1;
    int status = status_of(child);
    if (status != 127) return status;
    return *why = "it was not found", -1; /* the status of a child that could not start the program */
}
