/* SPDX-License-Identifier: MIT */
/*
 * The system-specific functions of the `ffi` program on POSIX.1-2008. The command line is used as UTF-8,
 * unchanged. There is no GetLastError().
 */
#define _POSIX_C_SOURCE 200809L
#include "debug/dwarf.h"
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

extern char **environ;

char **system_begin(int *argc, char **argv) {
    (void)argc;
    return argv;
}

const struct examples system_examples = {
    .first   = "  ffi call m 'double pow(double, double)' 2 10\n",
    .call    = "  ffi call m 'double pow(double, double)' 2 10\n"
               "  ffi call m 'double frexp(double, int *)' 10 '&'\n"
               "  ffi call c 'int printf(const char *, ...)' '%s %d\\n' hi 42\n"
               "  ffi call crypto 'unsigned char *SHA256(const char *, size_t, unsigned char *)' abc 3 @32\n"
               "  ffi call -I time.h c mktime '&{.tm_year=126, .tm_mon=0, .tm_mday=1}'\n",
    .bind    = "  ffi bind --lang lua --library z zlib.h >zlib.lua\n"
               "  ffi bind --lang python --library sqlite3 --only 'sqlite3_*' sqlite3.h >sqlite3_c.py\n",
    .check   = "  ffi check ./libgeometry.so geometry.h\n"
               "  ffi check m 'double pow(double, double)'\n",
    .eval    = "  ffi eval -I math.h 'M_PI * 2'\n"
               "  ffi eval -I fcntl.h 'O_RDWR | O_CREAT'\n",
    .get     = "  ffi get c environ[0]\n"
               "  ffi get -I sqlite3.h sqlite3 sqlite3_version\n",
    .set     = "  ffi set c 'int opterr' 0\n",
    .plan    = "  ffi plan 'double f(int, double, const char *)'\n"
               "  ffi plan -I stdlib.h div\n",
    .layout  = "  ffi layout -I sys/stat.h 'struct stat'\n"
               "  ffi layout --abi win64 'struct { char c; long l; }'\n",
    .repl    = "  ffi repl -I math.h m\n",
    .symbols = "  ffi symbols m 'cos*'\n",
};

/* ---- memory and files ---- */

void *system_aligned(size_t size, size_t alignment) {
    void *memory;
    return posix_memalign(&memory, alignment, size) ? NULL : memory;
}

void aligned_free(void *memory) {
    free(memory);
}

FILE *system_open(const char *name) {
    return fopen(name, "r");
}

char *system_written(void (*write)(FILE *, const void *), const void *what) {
    char  *text = NULL;
    size_t size;
    FILE  *out = open_memstream(&text, &size);
    if (!out) return NULL;
    write(out, what);
    return fclose(out) == 0 ? text : (free(text), NULL);
}

bool system_is_terminal(void) {
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool system_has_colours(FILE *file) {
    return isatty(fileno(file));
}

bool system_file_of(const void *address, char *path, size_t size, const char **base) {
    struct debug_place place;
    if (!debug_place_of(address, &place)) return false;
    snprintf(path, size, "%s", place.file);
    *base = place.base;
    return true;
}

const char *system_symbol_of(const void *address, size_t *offset) {
    struct debug_place place;
    if (!address || !debug_place_of(address, &place) || !place.name) return NULL;
    *offset = (size_t)((const char *)address - place.symbol);
    return place.name;
}

/* ---- a call ---- */

void system_before_call(void) {
    errno = 0;
}

/* The callee may have made stdout a wide stream, which refuses bytes. */
FILE *system_after_call(void) {
    fflush(NULL);
    uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    return fwide(stdout, 0) > 0 ? fdopen(dup(STDOUT_FILENO), "w") : stdout;
}

const char *system_errno_name(int number) {
    switch (number) {
    case EDQUOT: return "EDQUOT";
    case EMULTIHOP: return "EMULTIHOP";
    case ESTALE: return "ESTALE";
    default: return NULL;
    }
}

const bool system_has_last_error = false;

void system_error_text(unsigned error, char *text, size_t size) {
    snprintf(text, size, "error %u", error);
}

/* ---- the preprocessor ---- */

const char *const system_compiler = "cc";

const char *const system_headers[] = {
    "sys/stat.h", "sys/socket.h",  "netinet/in.h", "sys/time.h",     "time.h",      "stdio.h",
    "stdlib.h",   "dirent.h",      "signal.h",     "pthread.h",      "termios.h",   "poll.h",
    "locale.h",   "sys/utsname.h", "pwd.h",        "sys/resource.h", "string.h",    "strings.h",
    "math.h",     "ctype.h",       "unistd.h",     "fcntl.h",        "wchar.h",     "wctype.h",
    "inttypes.h", "complex.h",     "fenv.h",       "sys/mman.h",     "sys/wait.h",  "arpa/inet.h",
    "netdb.h",    "dlfcn.h",       "grp.h",        "sched.h",        "semaphore.h", NULL};
_Static_assert(sizeof system_headers / sizeof *system_headers <= MOST_HEADERS + 1, "there is room for so many");

FILE *system_temporary(void) {
    return tmpfile();
}

/* Duplicates a descriptor to a number that no standard stream has and no child inherits; -1 with errno. */
static int moved(int descriptor) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), error = errno;
    close(descriptor);
    return errno = error, copy;
}

/* The standard streams may be closed, so no descriptor for the child may have one of their numbers. */
FILE *system_start(const char *const *words, FILE *messages, intptr_t *process, const char **why) {
    posix_spawn_file_actions_t actions;
    int                        ends[2], said = messages ? moved(dup(fileno(messages))) : -1;
    pid_t                      child;
    FILE                      *file = NULL;
    if (pipe(ends)) return *why = strerror(errno), close(said), NULL;
    ends[0] = moved(ends[0]);
    ends[1] = moved(ends[1]);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (said >= 0) posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
    errno = posix_spawnp(&child, words[0], &actions, NULL, (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (!errno) *process = child;
    if (!errno) file = fdopen(ends[0], "r");
    *why = strerror(errno);
    close(ends[1]);
    close(said);
    if (!file) close(ends[0]);
    return file;
}

bool system_succeeded(intptr_t process) {
    int status = 0;
    return waitpid((pid_t)process, &status, 0) == process && !status;
}
