/* SPDX-License-Identifier: MIT */
/* Headers declared by their names, through the system's preprocessor; and the texts of macros. */
#include "helper.h"

#include <sys/stat.h>

static ffi_context *context;

static const char *macro(const char *name) {
    const char *text = NULL;
    return ffi_declared_macro(context, name, &text) ? text : "(none)";
}

static void macros(void) {
    int64_t value = 0;
    ok(!ffi_declare(context,
                    "#define ZLIB_VERSION \"1.2.13\"\n#define PI 3.25 \n#define NEXT(a) ((a) + 1)\n"
                    "#define EMPTY\n#define MARK 'x'\n#define TEN (5 + 5)\n#define GONE 1\n#undef GONE\n"
                    "#define TWICE 1\n#define TWICE 2\nint f(int);\n"),
       "macros");
    is_text(macro("ZLIB_VERSION"), "\"1.2.13\"", "a string's text");
    is_text(macro("PI"), "3.25", "a real's");
    is_text(macro("NEXT"), "(a) ((a) + 1)", "one with parameters");
    is_text(macro("EMPTY"), "", "an empty one");
    is_text(macro("TEN"), "(5 + 5)", "an expression");
    is_text(macro("TWICE"), "2", "the last text counts");
    is_text(macro("GONE"), "(none)", "not one that was undefined");
    is_text(macro("f"), "(none)", "a macro with parameters has no text");
    ok(ffi_declared_constant(context, "MARK", &value) && value == 'x', "a character is a constant");
    ok(!ffi_declared_macro(context, NULL, NULL) && !ffi_declared_macro(NULL, "PI", NULL) &&
           ffi_declared_macro(context, "PI", NULL),
       "ffi_declared_macro takes NULL for its text only");
    fails(!ffi_declare(context, "#define PI 4\n#define OTHER 5\n#undef ZLIB_VERSION\nint f(double;\n"),
          FFI_ERROR_SYNTAX, "line 4");
    is_text(macro("PI"), "3.25", "a text that fails changes none");
    is_text(macro("OTHER"), "(none)", "and adds none");
    is_text(macro("ZLIB_VERSION"), "\"1.2.13\"", "and takes none away");
    ok(!ffi_declare(context, "#undef PI\n") && !strcmp(macro("PI"), "(none)"), "undefined by a later text");
}

/* ---- this program as the preprocessor ---- */

#ifdef _WIN32
#include <io.h>
#include <windows.h>

/* Preprocesses what stands in `in`. Under Wine the command may be a program of the system that Wine runs on,
 * whose end Wine does not tell; so the end of its output is a line of our own. The output is read by a handle
 * of its own, whose place in the file is not the writer's. */
static bool preprocessed(FILE *in, const char *command) {
    static char         output[64 << 20];
    char                line[200], path[MAX_PATH], folder[MAX_PATH];
    size_t              length = 0;
    bool                named = GetTempPathA(sizeof folder, folder) && GetTempFileNameA(folder, "ffi", 0, path);
    FILE               *to    = named ? fopen(path, "wb") : NULL;
    PROCESS_INFORMATION process;
    if (!to) return false;
    HANDLE       handles[] = {(HANDLE)_get_osfhandle(_fileno(in)), (HANDLE)_get_osfhandle(_fileno(to))};
    STARTUPINFOA startup   = {.cb         = sizeof startup,
                              .dwFlags    = STARTF_USESTDHANDLES,
                              .hStdInput  = handles[0],
                              .hStdOutput = handles[1],
                              .hStdError  = GetStdHandle(STD_ERROR_HANDLE)};
    for (int i = 0; i < 2; i++) SetHandleInformation(handles[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    snprintf(line, sizeof line, "%s", command);
    rewind(in);
    bool good = CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    fclose(to);
    for (int tries = 0; good && tries < 1200 && !strstr(output, "end_of_output;"); tries++) {
        Sleep(50);
        FILE *from                                                            = fopen(path, "rb");
        output[length = from ? fread(output, 1, sizeof output - 1, from) : 0] = 0;
        if (from) fclose(from);
    }
    remove(path);
    return good && length && fwrite(output, 1, length, stdout) == length;
}

static int real_preprocessor(void) {
    FILE *in = tmpfile();
    if (!in) return 77;
    for (int c; (c = getchar()) != EOF;) putc(c, in);
    fputs("\nint end_of_output;\n", in);
    return preprocessed(in, "gcc -E -dD -x c -") ||
                   preprocessed(in, "/usr/bin/x86_64-w64-mingw32-gcc -E -dD -x c -")
               ? 0
               : 77;
}
#else
static int real_preprocessor(void) {
    return 77;
}
#endif

static void put_string(const char *text) {
    for (putchar('"'); *text; text++) printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    putchar('"');
}

/* Says which words and lines came. */
static int preprocessor(int argc, char **argv) {
    char line[200];
    if (!strcmp(argv[2], "real")) return real_preprocessor();
    if (!strcmp(argv[2], "fail")) return fputs("own.h:3: error: this one\n", stderr), 3;
    for (int i = 3; i < argc; i++) printf("#define WORD%d ", i - 2), put_string(argv[i]), putchar('\n');
    printf("#define WORDS %d\nint preprocessed(int);\n", argc - 3);
    for (int count = 1; fgets(line, sizeof line, stdin); count++) {
        line[strcspn(line, "\r\n")] = 0;
        printf("#define LINE%d ", count), put_string(line), putchar('\n');
    }
    return 0;
}

static void own_preprocessor(void) {
    char              self[4096];
    const char *const names[] = {"one.h", "./two.h"};
    const char *const words[] = {self, "--preprocess",      "say", "a b", "c\"d", "e\\",
                                 "",   "\\\"f\\\\\" g\\\\", NULL};
    const char *const bad[] = {self, "--preprocess", "fail", NULL}, *const real[] = {self, "--preprocess",
                                                                                     "real", NULL};
    ok(own_path(self, sizeof self), "this program is the preprocessor");
    const char *runner = getenv("RUNNER");
    if (runner && strstr(runner, "qemu")) {
        skip_one("words and lines of a preprocessor: %s does not run what an emulated program starts", runner);
        return;
    }
    ffi_error error = ffi_declare_headers(context, names, 2,
                                          &(ffi_preprocessor){.command = words, .prologue = "#define FIRST"});
    if (!ok(!error && ffi_declared_type(context, "preprocessed"), "the preprocessor's output is declared"))
        note("message", ffi_last_message());
    is_text(macro("WORD1"), "\"a b\"", "a word with a space");
    is_text(macro("WORD2"), "\"c\\\"d\"", "with a quote");
    is_text(macro("WORD3"), "\"e\\\\\"", "with a backslash at its end");
    is_text(macro("WORD4"), "\"\"", "an empty one");
    is_text(macro("WORD5"), "\"\\\\\\\"f\\\\\\\\\\\" g\\\\\\\\\"", "with all of them");
    is_text(macro("WORDS"), "5", "and no more words");
    is_text(macro("LINE1"), "\"#define FIRST\"", "it reads the prologue");
    is_text(macro("LINE2"), "\"#include <one.h>\"", "a header by its name");
    is_text(macro("LINE3"), "\"#include \\\"./two.h\\\"\"", "and one by its path");
    is_text(macro("LINE4"), "(none)", "no more lines");
    fails(!ffi_declare_headers(context, names, 2, &(ffi_preprocessor){.command = bad}), FFI_ERROR_SYNTAX,
          "ended with 3:\nown.h:3: error: this one");
#ifdef _WIN32
    const char *const windows[] = {"stdio.h", "windows.h"};
    error = ffi_declare_headers(context, windows, 2, &(ffi_preprocessor){.command = real});
    if (error && strstr(ffi_last_message(), "ended with 77")) {
        skip_one("there is no gcc whose headers are those of Windows");
        return;
    }
    if (!ok(!error, "the compiler's own headers are declared")) note("message", ffi_last_message());
    int64_t          value;
    const ffi_ctype *type = ffi_type_parse(context, "struct _SYSTEMTIME");
    ok(ffi_declared_type(context, "GetLastError") && ffi_declared_constant(context, "MAX_PATH", &value) &&
           value == 260 && type && ffi_type_size(type) == sizeof(SYSTEMTIME),
       "functions, constants and structs of <windows.h> are declared");
#else
    (void)real;
#endif
}

#ifdef _WIN32
static void headers(void) {
    const char *const names[] = {"string.h"}, *const words[] = {"no-such-compiler", NULL};
    fails(!ffi_declare_headers(context, names, 1, &(ffi_preprocessor){.command = words}), FFI_ERROR_UNSUPPORTED,
          "cannot run 'no-such-compiler'");
}
#else
static void headers(void) {
    const char *const names[] = {"sys/stat.h", "stdio.h", "math.h", "errno.h", "limits.h"};
    const char       *text    = NULL;
    ffi_error         error   = ffi_declare_headers(context, names, 5, NULL);
    int64_t           value;
    if (error == FFI_ERROR_UNSUPPORTED) { /* no cc here */
        skip_one("%s", ffi_last_message());
        return;
    }
    ok(!error, "headers of the system are declared");
    if (error) note("message", ffi_last_message());
    const ffi_ctype *type = ffi_type_parse(context, "struct stat");
    ffi_field        field;
    ok(type && ffi_type_field_named(type, "st_size", &field), "struct stat has st_size");
    ok(!strcmp(ffi_type_name(field.type), "__off_t") || !strcmp(ffi_type_name(field.type), "off_t") ||
           !strcmp(ffi_type_name(field.type), "__off64_t"),
       "the member's type has its name: %s", ffi_type_name(field.type));
    ok(ffi_declared_type(context, "printf") && ffi_declared_constant(context, "EOF", &value) && value == -1,
       "a prototype and a constant are declared");
    ok(ffi_declared_macro(context, "M_PI", &text) && !strncmp(text, "3.14159", 7),
       "a macro of a real number is kept as text");
    ok(ffi_declared_constant(context, "ENOENT", &value) && value == 2, "errno's numbers are declared");
    ok(!ffi_declare_headers(context, names, 5, NULL), "again");

    const char *const cc[]   = {"cc", "-E", "-dD", "-x", "c", "-", NULL};
    const char *const none[] = {"no/such/header.h"}, *const bad[] = {"a\nb"}, *const missing[] = {NULL};
    fails(!ffi_declare_headers(context, none, 1, NULL), FFI_ERROR_SYNTAX, "no/such/header.h");
    fails(!ffi_declare_headers(context, bad, 1, NULL), FFI_ERROR_ARGUMENT, "is not a header's name");
    fails(!ffi_declare_headers(context, missing, 1, NULL), FFI_ERROR_ARGUMENT, "names[0] is NULL");
    fails(!ffi_declare_headers(context, NULL, 1, NULL), FFI_ERROR_ARGUMENT, "names is NULL");
    fails(!ffi_declare_headers(NULL, names, 1, NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(!ffi_declare_headers(context, names, 1, &(ffi_preprocessor){.command = missing}), FFI_ERROR_ARGUMENT,
          "no words");
    const char *const unknown[] = {"/no/such/compiler", NULL};
    fails(!ffi_declare_headers(context, names, 1, &(ffi_preprocessor){.command = unknown}),
          FFI_ERROR_UNSUPPORTED, "cannot run '/no/such/compiler'");
    ok(!ffi_declare_headers(
           context, NULL, 0,
           &(ffi_preprocessor){.command  = cc,
                               .prologue = "#define ANSWER 42\ntypedef struct { int x; } own_type;"}) &&
           ffi_declared_constant(context, "ANSWER", &value) && value == 42,
       "lines of the caller's alone");
    fails(!ffi_declare_headers(context, NULL, 0,
                               &(ffi_preprocessor){.command = cc, .prologue = "#error \"this one\""}),
          FFI_ERROR_SYNTAX, "this one");

    size_t           skipped  = 7;
    ffi_preprocessor strictly = {.command  = cc,
                                 .prologue = "int odd(void) { 1 }; unheard_of x; int even(void);"};
    ffi_preprocessor lenient  = strictly;
    fails(!ffi_declare_headers(context, NULL, 0, &strictly), FFI_ERROR_TYPE, "unheard_of");
    lenient.declare = &(ffi_declare_options){.flags = FFI_DECLARE_LENIENT};
    lenient.skipped = &skipped;
    ok(!ffi_declare_headers(context, NULL, 0, &lenient) && skipped == 1 && ffi_declared_type(context, "even"),
       "what is not understood is skipped and counted if the caller asks for it");

    char *folder = temporary_folder(), path[5000];
    snprintf(path, sizeof path, "%s/own.h", folder);
    FILE *file = fopen(path, "w");
    fputs("#define OWN_TEXT \"own\"\nint own_function(int);\n", file);
    fclose(file);
    ok(!ffi_declare_headers(context, (const char *const[]){path}, 1, NULL) &&
           !strcmp(macro("OWN_TEXT"), "\"own\"") && ffi_declared_type(context, "own_function"),
       "a header by its path");
    remove(path);
    rmdir(folder);
}
#endif

int main(int argc, char **argv) {
    if (argc > 2 && !strcmp(argv[1], "--preprocess")) return preprocessor(argc, argv);
    context = ffi_context_new(NULL);
    macros();
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    own_preprocessor();
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    headers();
    ffi_context_free(context);
    return done();
}
