/* SPDX-License-Identifier: MIT */
/* user32: a function of variable arguments, and one that calls back for each window. */
#define WIN32_LEAN_AND_MEAN
#include "demo.h"

#include <stdio.h>
#include <windows.h>

static void variadics(ffi_library *user32) {
    ffi_function *print;
    ffi_binding   bindings[] = {{.signature = "int wsprintfA(char *, const char *, ...)", .function = &print}};
    if (!bind_all(user32, bindings)) return;
    ffi_function *three = ffi_function_variadic(print, "int, const char *, unsigned");
    ffi_function *seven =
        ffi_function_variadic(print, "char, short, long, long long, str, const wchar_t *, ptr");
    if (!three || !seven) {
        show_text(ffi_last_message(), NULL, "ffi_function_variadic");
        return;
    }

    char  text[64] = "";
    WCHAR wide[]   = L"wide";
    int   length;
    invoke(three, &length, {.ptr = text}, {.str = "%d %s %x"}, {.i32 = -5}, {.str = "and"}, {.u32 = 255});
    show_text(text, "-5 and ff", "wsprintfA(text, \"%%d %%s %%x\", -5, \"and\", 255)");
    show_integer(length, 9, "its result, the length");
    invoke(seven, &length, {.ptr = text}, {.str = "%c %d %ld %I64d %s %ls %p"}, {.i8 = 'x'}, {.i16 = -7},
           {.i32 = -8}, {.i64 = -5000000000}, {.str = "text"}, {.ptr = wide}, {.ptr = (void *)0xbeef});
    show_text(text, "x -7 -8 -5000000000 text wide 000000000000BEEF",
              "wsprintfA(text, \"%%c %%d %%ld %%I64d %%s %%ls %%p\", ...)");
}

/* ---- functions that call back ---- */

static void note_name(void *result, const ffi_value *args, void *userdata) {
    const WCHAR *wanted = args[1].ptr;
    *(int *)userdata += !wcscmp(args[0].ptr, wanted);
    *(int *)result = TRUE;
}

static void desktops(ffi_library *user32) {
    ffi_function *enumerate;
    ffi_binding   bindings[] = {
          {.signature = "int EnumDesktopsW(void *, int (*)(wchar_t *, const wchar_t *), const wchar_t *)",
           .function  = &enumerate}};
    int   status, found = 0;
    WCHAR name[64] = {0};
    void *visit    = callback("int (wchar_t *name, const wchar_t *wanted)", note_name, &found);
    if (!visit || !bind_all(user32, bindings)) return;
    GetUserObjectInformationW(GetThreadDesktop(GetCurrentThreadId()), UOI_NAME, name, sizeof name, NULL);
    invoke(enumerate, &status, {.ptr = GetProcessWindowStation()}, {.ptr = visit}, {.ptr = name});
    show_integer(found, 1, "EnumDesktopsW(station, is_it, L\"%ls\"), how many are", name);
}

struct windows {
    HWND wanted;
    int  count, found;
};

static void look(void *result, const ffi_value *args, void *userdata) {
    struct windows *windows = args[1].ptr;
    (void)userdata;
    windows->count++, windows->found += args[0].ptr == windows->wanted;
    *(int *)result = TRUE;
}

static BOOL CALLBACK count_in_c(HWND window, LPARAM param) {
    (void)window;
    return ++((struct windows *)param)->count, TRUE;
}

static ffi_function *create, *destroy, *enumerate_windows;

/* A window of ours, which nobody sees. */
static HWND create_window(void) {
    WCHAR class[] = L"STATIC", title[] = L"ffi_demo";
    HWND window;
    invoke(create, &window, {.u32 = 0}, {.ptr = class}, {.ptr = title}, {.u32 = WS_POPUP}, {.i32 = 1},
           {.i32 = 2}, {.i32 = 30}, {.i32 = 40}, {.ptr = NULL}, {.ptr = NULL}, {.ptr = NULL}, {.ptr = NULL});
    return window;
}

static void windows(ffi_library *user32) {
    ffi_binding bindings[] = {
        {.signature = "int EnumWindows(int (*)(void *, void *), void *)", .function = &enumerate_windows},
        {.signature = "void *CreateWindowExW(uint32_t, const wchar_t *class, const wchar_t *title, uint32_t "
                      "style, int x, "
                      "int y, int width, int height, void *, void *, void *, void *)",
         .function  = &create},
        {.signature = "int DestroyWindow(void *)", .function = &destroy}};
    void *visit = callback("int (void *window, void *)", look, NULL);
    int   status;
    if (!visit || !bind_all(user32, bindings)) return;
    struct windows ours = {.wanted = create_window()}, theirs = {0};
    invoke(enumerate_windows, &status, {.ptr = visit}, {.ptr = &ours});
    EnumWindows(count_in_c, (LPARAM)&theirs);
    if (ours.wanted) {
        show_integer(ours.found, 1, "EnumWindows(look, &windows), windows that CreateWindowExW made");
        invoke(destroy, &status, {.ptr = ours.wanted});
    } else {
        show_integer(ours.count, theirs.count, "EnumWindows(look, &windows), windows as by C");
        puts("         There is no screen here for a window of ours to be found on.");
    }
}

static void run(ffi_library *user32) {
    variadics(user32);
    desktops(user32);
    windows(user32);
}

const struct demo demo_user32 = {"Windows' user32", {"user32"}, "EnumWindows", NULL, run};
