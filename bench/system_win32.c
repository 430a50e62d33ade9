/* SPDX-License-Identifier: MIT */
/* The processor counts: with its trap flag set it stops after each instruction, and a handler adds one. Wine,
 * too. */
#include "system.h"

#include <stdio.h>
#include <windows.h>

enum { TRAP_FLAG = 0x100 };

static unsigned long steps;

double system_now(void) {
    LARGE_INTEGER now, second;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&second);
    return (double)now.QuadPart * 1e9 / (double)second.QuadPart;
}

void system_pin(bool pinned) {
    (void)pinned;
}

static LONG CALLBACK on_step(EXCEPTION_POINTERS *stop) {
    if (stop->ExceptionRecord->ExceptionCode != EXCEPTION_SINGLE_STEP) return EXCEPTION_CONTINUE_SEARCH;
    steps++;
    stop->ContextRecord->EFlags |= TRAP_FLAG;
    return EXCEPTION_CONTINUE_EXECUTION;
}

void count_begin(void) {
    static void *handler;
    if (!handler) handler = AddVectoredExceptionHandler(1, on_step);
    steps = 0;
    __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" : : : "memory", "cc");
}

/* The handler sets the flag again after each step; popfq clears it in the end, as the handler's last step is
 * before. */
void count_end(const char *name) {
    unsigned long counted;
    __asm__ volatile("pushfq; andl $~0x100, (%%rsp); popfq" : : : "memory", "cc");
    counted = steps;
    printf("count\t%s\t%lu\n", name, counted);
}
