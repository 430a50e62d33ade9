/* SPDX-License-Identifier: MIT */
/* Variables of libraries, and those of a session. */
#ifndef FFI_VARIABLE_H
#define FFI_VARIABLE_H

#include "argument.h"
#include "command.h"

#pragma GCC visibility push(hidden)

/* ---- variable.c: variables of libraries ---- */

/* Finds a variable, or the part of one that a path names. */
int variable_find(ffi_context *context, const struct options *options, ffi_library *library, const char *text,
                  const ffi_ctype **type, void **at);

/* The type of a variable that every system has, though its headers hide it; NULL for another name. */
const ffi_ctype *variable_known_type(ffi_context *context, const char *name);

/* Sets it to a value, which is written as an argument of a call. */
int variable_set(ffi_context *context, const struct options *options, ffi_library *library,
                 const ffi_ctype *type, void *at, char *text);

/* Goes to the member or element that a path names, through pointers; false after a complaint. */
bool variable_follow(const ffi_ctype **type, void **at, const char *path);

/* ---- session.c: the variables of a session ---- */

struct variables *variables_new(void); /* NULL if no memory is left */
void              variables_free(struct variables *variables);

/* A new variable of zeroes; its memory, or NULL after a complaint. */
void *variables_add(struct variables *variables, const char *name, const ffi_ctype *type);

/* Adds a result, and returns its number; 0 after a complaint. */
size_t variables_add_result(struct variables *variables, const ffi_ctype *type, const void *bytes);

/* The number of results so far. */
size_t variables_results(const struct variables *variables);

/* Adds the named cells of a call, and keeps its blocks if they or the result need them. */
void variables_keep(struct variables *variables, struct arguments *arguments, const ffi_ctype *type,
                    const void *result);

/* Keeps the blocks of arguments until the session ends. */
void variables_keep_blocks(struct variables *variables, struct arguments *arguments);

/* Visits the names of the variables until `visit` returns false; false if it did. */
bool variables_each(const struct variables *variables, bool (*visit)(const char *name, void *userdata),
                    void                   *userdata);

/* The type of a variable; NULL if none has the name. */
const ffi_ctype *variables_type(const struct variables *variables, const char *name);

/* Says where an address lies in the pages of a kept block; false if it does not. `variables` may be NULL. */
bool variables_place(const struct variables *variables, const void *address, char *text, size_t size);

/* Finds what a name and a path behind it mean, after a complaint if the path is wrong. */
enum found { FOUND_NONE, FOUND, FOUND_WRONG };
enum found variables_find(const struct variables *variables, struct span text, const ffi_ctype **type,
                          void **at);

/* Reads a variable, or with `&` the address of one, as a value. */
enum found variables_read(struct reader *reader, const ffi_ctype *type, struct span text, void *to);

/* The text of a number, and a text in which such variables are replaced by theirs; the caller frees it. NULL if it is
 * no number, and after a complaint. */
char *variables_number(const ffi_ctype *type, const void *at);
char *variables_in_text(const struct variables *variables, const char *text);

#pragma GCC visibility pop

#endif
