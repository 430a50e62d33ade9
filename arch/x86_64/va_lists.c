/* SPDX-License-Identifier: MIT */
/* The va_list of a callback. What makes it runs in calls and so has tables of unwinding; the rules of the ABIs have none. */
#include "va_lists.h"

#include "plan/plan.h"
#include "win64.h"

#include <string.h>

enum { GPRS = 6, FPRS = 8 };

/* psABI 3.5.7, figures 3.33 and 3.34: the registers are saved as the prologue of a variadic function saves
 * them. */
void sysv_start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list) {
    struct {
        uint32_t gp_offset, fp_offset;
        char    *overflow_arg_area, *reg_save_area;
    } head                 = {.gp_offset = 8u * taken->ngpr, .fp_offset = 8u * GPRS + 16u * taken->nfpr};
    head.overflow_arg_area = (char *)stack + (size_t)taken->nstack_used * 8;
    head.reg_save_area     = (char *)list + 32;
    memcpy(list, &head, sizeof head);
    char *to = memcpy(head.reg_save_area, image->gpr, sizeof(uint64_t[GPRS]));
    to += sizeof(uint64_t[GPRS]);
    for (size_t i = 0; i < FPRS; i++)
        memcpy(to + 16 * i, (const char *)image + IMAGE_FPR + i * taken->vector, 16);
}

/* The list is a pointer into the stack area, which begins with the shadow space. The registers of the positions
 * are stored there; a floating-point argument is also in the integer register. */
void win64_start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list) {
    char *next = (char *)stack + (taken->sret + taken->count) * sizeof(uint64_t);
    memcpy(stack, image->gpr, WIN64_SHADOW);
    memcpy(list, &next, sizeof next);
}
