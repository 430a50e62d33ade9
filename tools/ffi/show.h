/* SPDX-License-Identifier: MIT */
/* What came of a call, and pictures. */
#ifndef FFI_SHOW_H
#define FFI_SHOW_H

#include "argument.h"

#pragma GCC visibility push(hidden)

/* ---- show.c: what came of a call ---- */

/* Prints the result, then the contents of buffers and cells, for a person. `follow` shows what a result points to. */
void show_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature, const void *result,
                  bool follow);

/* Prints one value. */
void show_value(FILE *out, const ffi_ctype *type, const void *bytes, bool json);

/* Prints members of a JSON object: "arguments", as before the call; "result" and "outputs" after it. */
void show_json_arguments(FILE *out, const struct arguments *arguments, const ffi_ctype *signature);
void show_json_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature,
                       const void *result, bool follow);

/* ---- svg.c: pictures ---- */

/* Draw a record, and a plan as ffi_plan_format() writes it; return the exit code. */
int svg_layout(const ffi_ctype *type, const char *title);
int svg_plan(const char *plan);

#pragma GCC visibility pop

#endif
