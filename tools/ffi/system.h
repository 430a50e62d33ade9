/* SPDX-License-Identifier: MIT */
/* The functions that each system has in its own way: posix*.c, *_needed.c, win32.c. */
#ifndef FFI_SYSTEM_H
#define FFI_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#pragma GCC visibility push(hidden)

/* Called first: returns the command line in UTF-8, sets the output to UTF-8, and line ends to be written
 * unchanged. NULL if no memory is left. */
char **system_begin(int *argc, char **argv);

/* Memory aligned to a power of two; the caller frees it by aligned_free(). */
void *system_aligned(size_t size, size_t alignment);
void  aligned_free(void *memory);

/* Memory on pages of its own: `begin` and `size` include a page before it and one behind it that nobody can access.
 * `at` is aligned to a power of two, and its bytes are zero. system_pages() returns false if no memory is left. */
struct pages {
    unsigned char *begin, *at;
    size_t         size;
};
bool system_pages(struct pages *pages, size_t size, size_t alignment);
void system_pages_close(
    const struct pages *pages); /* gives the bytes back: each access to an address is a fault */
void system_pages_free(const struct pages *pages);

/* Opens a file to read; NULL with errno. */
FILE *system_open(const char *name);

/* The text that `write` prints; the caller frees it. NULL if no memory is left. */
char *system_written(void (*write)(FILE *out, const void *what), const void *what);

/* system_before_call() clears the error of earlier calls. system_after_call() flushes the callee's output and
 * resets the locale. It returns the stream to print to; NULL with errno on failure. */
void  system_before_call(void);
FILE *system_after_call(void);

/* The name of a system-specific errno, or NULL; the text of a GetLastError(). */
const char *system_errno_name(int number);
void        system_error_text(unsigned error, char *text, size_t size);

/* Whether the system has GetLastError(). */
extern const bool system_has_last_error;

/* A temporary file, which is deleted when it is closed. NULL on failure. */
FILE *system_temporary(void);

/* Starts a program without input and returns its output as a stream. The caller reads and closes the stream,
 * then waits for the program to learn whether it succeeded. Its messages go to a file, or to stderr if the file
 * is NULL. On failure it returns NULL and sets the reason. */
FILE *system_start(const char *const *words, FILE *messages, intptr_t *process, const char **why);
bool  system_succeeded(intptr_t process);

/* The name of the C compiler, and the common headers; both lists of headers end with NULL. */
extern const char *const system_compiler, *const system_headers[];
enum { MOST_HEADERS = 40 };

/* Examples for the help: calls of libraries that every such system has, quoted for its shell. */
extern const struct examples {
    const char *first, *bind, *call, *check, *eval, *get, *set, *plan, *layout, *repl, *symbols;
} system_examples;

/* What ended a child process. The child has set the texts; those of crash.c end in a NUL or are "". */
struct crash {
    int         signal;    /* on Windows the code of an exception; 0: no crash */
    bool        is_access; /* to memory, at `address` */
    const void *address;
    const void *instruction;  /* NULL: it is not known */
    char        subject[600]; /* what ran */
    char        where[160], access[256], note[256];
};

/* The record of this process's own crash, which its parent reads; NULL if nobody watches this process. */
extern struct crash *system_crash;

/* Runs a function in a child process, or in this one where that cannot be, and returns the exit code. Sets `*crash`, whose
 * signal is 0 if the function ended. Windows has no child: there a crash is reported, and ends this process. */
int  system_in_child(int (*run)(void *userdata), void *userdata, struct crash *crash);
void system_signal_text(int number, char *text, size_t size); /* "signal 11, SIGSEGV" */

/* Visits the names of the libraries that a loaded library needs, in its order; `base` is where its file begins. False
 * if the system cannot tell. */
bool system_needed(const char *base, void (*visit)(const char *name, void *userdata), void *userdata);

/* The symbol of a library that an address lies in; NULL if the system cannot tell. */
const char *system_symbol_of(const void *address, size_t *offset);

/* Whether a person types the input. */
bool system_is_terminal(void);

/* Whether a file is a terminal that knows escape sequences. */
bool system_has_colours(FILE *file);

/* The path of the file that contains an address, and where the file begins in memory; false if the system
 * cannot tell. */
bool system_file_of(const void *address, char *path, size_t size, const char **base);

#pragma GCC visibility pop

#endif
