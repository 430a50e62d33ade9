/* SPDX-License-Identifier: MIT */
/*
 * Libraries: under which names they are found, how long they stay loaded, what the flags do (shown with small
 * libraries whose symbols need each other), what is said about files that are none, and a library that uses
 * ffi_invoke while it is loaded.
 */
#include "helper.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

ffi_context *reentrant_context; /* for lib_reentrant.c, which finds them in this program */
int          reentrant_calls;

static ffi_context *context;

static int call_int(ffi_library *library, const char *name) {
    int           result   = -1;
    ffi_function *function = ffi_library_function(library, name, "int(void)");
    if (function) ffi_invoke(function, &result, NULL);
    else note("not bound:", ffi_last_message());
    ffi_function_free(function);
    return result;
}

/* Whether a library went as often as it should; musl's loader never lets one go. */
static int gone(int unloads, int wanted) {
    return IS_MUSL ? unloads == 0 : unloads == wanted;
}

/* As the system sees it. */
static int is_loaded(const char *name) {
    void *handle = dlopen(library_path(name), RTLD_LAZY | RTLD_NOLOAD);
    if (handle) dlclose(handle);
    return handle != NULL;
}

/* ---- names ---- */

static void names(void) {
    ffi_library *m = ffi_library_open(context, "m", 0);
    if (!ok(m != NULL, "m")) note("message", ffi_last_message());
    ok(!strcmp(ffi_library_name(m), "libm.so") || !strcmp(ffi_library_name(m), "libm.so.6"), "is libm.so.6");
    ok(ffi_library_open(context, "libm", 0) == m, "libm is the same handle");
    ok(ffi_library_open(context, "libm.so.6", 0) == m, "libm.so.6 is the same handle");
    Dl_info where;
    ok(dladdr(ffi_library_symbol(m, "cos"), &where) && ffi_library_open(context, where.dli_fname, 0) == m,
       "and its path");
    ok(ffi_library_symbol(m, "cos") == dlsym(RTLD_DEFAULT, "cos") || !dlsym(RTLD_DEFAULT, "cos"), "cos is cos");
    for (int i = 0; i < 4; i++) ffi_library_close(m);

    ffi_library *c = ffi_library_open(context, "c", FFI_LIBRARY_NO_LOAD);
    is_text(ffi_library_name(c), IS_MUSL ? "libc.so" : "libc.so.6", "c is the C library");
    ffi_library_close(c);
    ffi_library *z = ffi_library_open(context, "z", 0);
    if (z) ok(!strncmp(ffi_library_name(z), "libz.so", 7), "z is %s", ffi_library_name(z));
    else skip_one("zlib is not installed");
    ffi_library_close(z);

    ffi_library *program = ffi_library_open(context, NULL, 0);
    is_text(ffi_library_name(program), "", "the program has no name");
    ok(ffi_library_symbol(program, "reentrant_calls") == &reentrant_calls, "it has its own symbols");
    ok(ffi_library_symbol(program, "strlen") == dlsym(RTLD_DEFAULT, "strlen"),
       "the program has the symbols of the libraries loaded with it");
    ok(ffi_library_open(context, NULL, FFI_LIBRARY_NO_LOAD) == program, "the program is the same handle twice");
    ffi_library_close(program), ffi_library_close(program);
}

/* ---- lifetime ---- */

static void lifetime(void) {
    int           unloads = 0, sum = 0, *watch = &unloads;
    ffi_library  *one      = ffi_library_open(context, library_path("plain"), 0);
    ffi_library  *two      = ffi_library_open(context, library_path("plain"), FFI_LIBRARY_LAZY);
    ffi_function *function = ffi_library_function(one, "plain_watch", "ptr(ptr)");
    ok(one && one == two, "a library opened twice is one handle");
    is_text(ffi_library_name(one), library_path("plain"), "its name is the path");
    if (function) ffi_invoke(function, NULL, &(ffi_value){.ptr = watch});
    ffi_function_free(function);
    ffi_library_close(one);
    ok(unloads == 0 && call_int(two, "plain_answer") == 42, "it stays after one close");
    function            = ffi_library_function(two, "plain_add", "int(int, int)");
    ffi_function *other = ffi_library_function(two, NULL, "int plain_answer(void)");
    ffi_library_close(two);
    ffi_value args[2] = {{.i32 = 40}, {.i32 = 2}};
    if (function) ffi_invoke(function, &sum, args);
    ok(unloads == 0 && sum == 42, "functions keep it after the last close");
    is_text(ffi_function_name(function), "plain_add", "and their names");
    ok(ffi_library_open(context, library_path("plain"), 0) == one, "opened again it is the handle it was");
    ffi_library_close(one);
    ffi_function_free(function);
    ok(unloads == 0, "one of two functions keeps it");
    ffi_function_free(other);
    ok(gone(unloads, 1) && is_loaded("plain") == IS_MUSL, "it goes with the last");

    ffi_context *a = ffi_context_new(NULL), *b = ffi_context_new(NULL);
    one = ffi_library_open(a, library_path("plain"), 0), two = ffi_library_open(b, library_path("plain"), 0);
    ok(one && two && one != two, "two contexts have two handles");
    function = ffi_library_function(one, "plain_watch", "ptr(ptr)");
    if (function) ffi_invoke(function, NULL, &(ffi_value){.ptr = watch});
    ffi_context_free(a);
    ok(gone(unloads, 1) && call_int(two, "plain_answer") == 42,
       "the end of one leaves the library to the other");
    ffi_library_open(b, library_path("plain"), 0);
    ffi_library_function(two, "plain_answer", "int(void)");
    ffi_context_free(b);
    ok(gone(unloads, 2), "the end of the last context unloads it, whatever was left open");
}

/* ---- flags ---- */

static void flags(void) {
    if (IS_MUSL) {
        skip_one("the library to load is loaded: musl's loader never unloads");
        return;
    }
    fails(ffi_library_open(context, library_path("plain"), FFI_LIBRARY_NO_LOAD), FFI_ERROR_LIBRARY,
          "not loaded");
    ok(!is_loaded("plain"), "NO_LOAD loads nothing");
    ok(!is_loaded("needy"), "NO_LOAD does not load needy either");
    fails(ffi_library_open(context, library_path("needy"), FFI_LIBRARY_NOW), FFI_ERROR_LIBRARY, "plain_answer");
    ffi_library *needy = ffi_library_open(context, library_path("needy"), FFI_LIBRARY_LAZY);
    if (getenv("LD_BIND_NOW")) skip_one("LD_BIND_NOW is set: nothing is lazy");
    else
        ok(needy && call_int(needy, "needy_own") == 5,
           "a library that misses a symbol loads lazily, not at once");
    ffi_library_close(needy);

    ffi_library *plain = ffi_library_open(context, library_path("plain"), FFI_LIBRARY_LOCAL);
    fails(ffi_library_open(context, library_path("needy"), FFI_LIBRARY_NOW), FFI_ERROR_LIBRARY, "plain_answer");
    ok(ffi_library_open(context, library_path("plain"), FFI_LIBRARY_NO_LOAD) == plain,
       "NO_LOAD finds what is loaded");
    ok(ffi_library_open(context, library_path("plain"), FFI_LIBRARY_GLOBAL) == plain,
       "a library is opened again as global");
    needy = ffi_library_open(context, library_path("needy"), FFI_LIBRARY_NOW);
    if (!ok(needy && call_int(needy, "needy_needs") == 43, "a library loaded later uses the global symbols"))
        note("message", ffi_last_message());
    ffi_library_close(needy);
    for (int i = 0; i < 3; i++) ffi_library_close(plain);
    ok(!is_loaded("needy") && !is_loaded("plain"), "both are unloaded");
}

/* ---- what is no library ----
 *
 * A library cut short behind its head is left out: the C library's loader itself dies of it, for everyone. */

static void put_file(const char *path, const char *bytes, size_t size) {
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0755);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size) perror(path);
    close(file);
}

static size_t get_file(const char *path, char *bytes, size_t size) {
    int     file   = open(path, O_RDONLY);
    ssize_t length = read(file, bytes, size);
    close(file);
    return length < 0 ? 0 : (size_t)length;
}

static int open_files(void) {
    int  count  = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder)) count++;
    closedir(folder);
    return count;
}

static void put_text(const char *path, const char *text) {
    put_file(path, text, strlen(text));
}

/* Texts for the linker in place of a library are followed to the first library that they name. */
static void texts(void) {
    char text[5000];
    snprintf(
        text, sizeof text,
        "/* GNU ld script\n*/\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /nowhere/static.a AS_NEEDED ( %s ) )\n",
        library_path("plain"));
    put_text("group.so", text);
    put_text("input.so", "INPUT(libgroup_1.so.2,-lm)");
    put_text("again.so", "INPUT(input.so)");
    put_text("loop1.so", "INPUT(loop1.so)");
    put_text("broken.so", "GROUP ( ./no_such.so.1 )");
    if (symlink(library_path("plain"), "libgroup_1.so.2")) perror("symlink");
    ffi_library *plain = ffi_library_open(context, library_path("plain"), 0);
    ok(plain && ffi_library_open(context, "./group.so", 0) == plain, "GROUP and AS_NEEDED are followed");
    ok(ffi_library_open(context, "./input.so", 0) == plain, "INPUT is followed to a name beside the text");
    ok(ffi_library_open(context, "./again.so", 0) == plain, "a text may name a text");
    fails(ffi_library_open(context, "./loop1.so", 0), FFI_ERROR_LIBRARY, "./loop1.so: ");
    fails(ffi_library_open(context, "./broken.so", 0), FFI_ERROR_LIBRARY, "no_such.so.1: ");
    for (int i = 0; i < 4; i++) ffi_library_close(plain);
    ok(is_loaded("plain") == IS_MUSL, "each open needed one close");
}

static void not_libraries(void) {
    static char bytes[1 << 20];
    size_t      size = get_file(library_path("plain"), bytes, sizeof bytes);
    ok(size > 4096 && size < sizeof bytes, "the file to damage is read");
    put_text("no-text", "OUTPUT_FORMAT(elf64-x86-64) /* INPUT(libc.so.6) */ \"GROUP");
    put_file("empty.so", "", 0);
    put_file("short.so", bytes, 40);
    put_file("header.so", bytes, 64);
    bytes[18] ^= 0x55; /* e_machine */
    put_file("other-cpu.so", bytes, size);
    bytes[18] ^= 0x55;
    memset(bytes + 64, 0xff, 512); /* the program headers */
    put_file("garbage.so", bytes, size);
    mkdir("folder.so", 0755);
    if (symlink("loop.so", "loop.so") || symlink("nowhere", "dangling.so")) perror("symlink");
    static const char *const files[] = {"./no-text",     "./empty.so",    "./short.so",     "./header.so",
                                        "./garbage.so",  "./folder.so",   "./other-cpu.so", "./loop.so",
                                        "./dangling.so", "./missing.so",  "./empty.so/x",   "/",
                                        "/dev/null",     "/proc/self/exe"};
    for (int i = 0; i < (int)(sizeof files / sizeof *files); i++) {
        if (IS_MUSL && (!strcmp(files[i], "./other-cpu.so") || !strcmp(files[i], "/proc/self/exe"))) {
            skip_one("musl's loader loads %s", files[i]);
            continue;
        }
        tap_fails(!ffi_library_open(context, files[i], 0), FFI_ERROR_LIBRARY, files[i], __FILE__, __LINE__,
                  files[i]);
    }
    int before = open_files();
    for (int i = 0; i < 200; i++) ffi_library_open(context, i & 1 ? "./no-text" : "no-such-library", 0);
    ok(open_files() == before, "no file stays open");
}

/* ---- attempts ---- */

static void attempts(void) {
    fails(ffi_library_open(context, "no_such_lib", 0), FFI_ERROR_LIBRARY, "'no_such_lib'");
    const char *message = ffi_last_message(), *first = strstr(message, "\n  libno_such_lib.so: ");
    ok(first && strstr(first, "\n  no_such_lib: "), "each attempt has a line, in order");
    fails(ffi_library_open(context, "libno_such_lib", 0), FFI_ERROR_LIBRARY, "\n  libno_such_lib.so: ");
    ok(!strstr(ffi_last_message(), "liblib"), "a prefix is not put before itself");
    fails(ffi_library_open(context, "no_such.so.3", 0), FFI_ERROR_LIBRARY, "\n  no_such.so.3: ");
    ok(!strstr(ffi_last_message(), "libno_such"), "a name with a suffix is tried as it stands");
    fails(ffi_library_open(context, "./no_such", 0), FFI_ERROR_LIBRARY, "\n  ./no_such: ");
    ok(!strstr(ffi_last_message(), ".so: "), "so is a path");
    if (symlink(library_path("plain"), "libhere.so")) perror("symlink");
    fails(ffi_library_open(context, "here", 0), FFI_ERROR_LIBRARY, "libhere.so");
    ffi_library *here = ffi_library_open(context, "./libhere.so", 0);
    ok(here && call_int(here, "plain_answer") == 42, "the current folder is searched only if the name says so");
    ffi_library_close(here);
}

/* Names of every length fail with an attempt; in a process of its own, that a hang would not be ours. */
static void long_names(void) {
    char  name[10001];
    int   status = 0;
    pid_t child  = fork();
    if (child == 0) {
        alarm(10);
        for (size_t length = 400; length < sizeof name; length += length < 600 ? 1 : 700) {
            memset(name, 'n', length), name[length] = 0;
            if (ffi_library_open(context, name, 0) || ffi_last_error() != FFI_ERROR_LIBRARY ||
                !strstr(ffi_last_message(), "\n  "))
                _exit(1);
        }
        _exit(0);
    }
    waitpid(child, &status, 0);
    ok(WIFEXITED(status) && !WEXITSTATUS(status), "names of 400 to 10,000 bytes fail with an attempt");
}

static void long_paths(void) {
    char path[4096];
    for (size_t length = 400; length < 4000; length += 600) {
        size_t at = 0;
        while (at < length) memcpy(path + at, "./", 2), at += 2;
        strcpy(path + at, "libhere.so");
        ffi_library *library = ffi_library_open(context, path, 0);
        if (!ok(library != NULL, "a path of %zu bytes is opened", strlen(path)))
            note("message", ffi_last_message());
        ffi_library_close(library);
    }
}

/* ---- a library that calls us ---- */

static void reentrant(void) {
    reentrant_context    = context;
    ffi_library *library = ffi_library_open(context, library_path("reentrant"), 0);
    if (!ok(library && reentrant_calls == 1, "a constructor used the context that was loading it"))
        note("message", ffi_last_message());
    ffi_library_close(library);
    ok(reentrant_calls == 1 + !IS_MUSL, "a destructor finds the library that is unloading it");
    library = ffi_library_open(context, library_path("reentrant"), 0);
    fails(ffi_library_symbol(library, "no_such_symbol"), FFI_ERROR_SYMBOL, "no_such_symbol");
    ffi_library_close(library);
    ok(reentrant_calls == (IS_MUSL ? 1 : 4), "the destructor runs again");
}

int main(void) {
    context      = ffi_context_new(NULL);
    char *folder = temporary_folder(), command[5000];
    if (chdir(folder)) perror(folder);
    names();
    lifetime();
    flags();
    texts();
    not_libraries();
    attempts();
    reentrant();
    long_names();
    long_paths();
    reentrant_context = NULL;
    ffi_context_free(context);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (chdir("/") || system(command)) perror(folder);
    return done();
}
