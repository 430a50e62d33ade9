/* SPDX-License-Identifier: MIT */
/* Forms: copies of plans, interned without a lock, so that no lock can stay taken in a child of fork. */
#include "callback/form.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/util.h"
#include "callback/entries.h"
#include "os/os.h"

_Static_assert(offsetof(struct form, gpr) == FORM_GPR, "arch/offsets.h");
_Static_assert(offsetof(struct form, fpr) == FORM_FPR, "arch/offsets.h");
_Static_assert(offsetof(struct form, nslots) == FORM_NSLOTS, "arch/offsets.h");
_Static_assert(offsetof(struct form, taken.nstack_used) == FORM_NSTACK_USED, "arch/offsets.h");
_Static_assert(offsetof(struct form, taken.ngpr) == FORM_NGPR, "arch/offsets.h");
_Static_assert(offsetof(struct form, taken.nfpr) == FORM_NFPR, "arch/offsets.h");
_Static_assert(offsetof(struct form, taken.sret) == FORM_SRET, "arch/offsets.h");
_Static_assert(offsetof(struct form, leave) == FORM_LEAVE, "arch/offsets.h");
_Static_assert(offsetof(struct form, frame) == FORM_FRAME, "arch/offsets.h");
_Static_assert(offsetof(struct form, ncopies) == FORM_NCOPIES, "arch/offsets.h");
_Static_assert(offsetof(struct form, result_size) == FORM_RESULT_SIZE, "arch/offsets.h");
_Static_assert(offsetof(struct form, result_alignment) == FORM_RESULT_ALIGNMENT, "arch/offsets.h");
_Static_assert(offsetof(struct form, stack) == FORM_STACK, "arch/offsets.h");

/* The head before an interned form. */
struct node {
    struct node *next;
    struct queue spares;
};

/* A pool of memory for forms. */
struct pool {
    size_t         size;
    _Atomic size_t used;
};

enum { BUCKETS = 512, POOL = 1 << 16, FORM_ALIGNMENT = 16 };

static _Atomic(struct node *) buckets[BUCKETS];
static _Atomic(struct pool *) newest;

/* ---- memory ---- */

static void *take(struct pool *pool, size_t size) {
    size_t at = atomic_load(&pool->used);
    while (size <= pool->size - at)
        if (atomic_compare_exchange_weak(&pool->used, &at, at + size)) return (char *)pool + at;
    return NULL;
}

/* Returns zeroed memory. On failure it returns NULL and sets `*why`. When a new pool is mapped, the rest of the
 * old one stays unused. */
static void *lasting(size_t size, const char **why) {
    struct pool *pool = atomic_load(&newest);
    void        *made = pool ? take(pool, size) : NULL;
    if (made) return made;
    size_t all = POOL;
    while (all < size + FORM_ALIGNMENT) all *= 2;
    struct pool *other = os_region_map(NULL, all, 0, why);
    if (!other) return NULL;
    other->size = all;
    atomic_store(&other->used, round_up(sizeof *other, FORM_ALIGNMENT));
    made = take(other, size);
    atomic_store(&newest, other);
    return made;
}

/* ---- copies ---- */

static uint32_t words_of(const struct plan *plan, const struct chosen_entries *chosen) {
    if (chosen->by == BY_TABLE) return table_of(plan, chosen->frame, NULL).nwords;
    return chosen->by == BY_SLOTS ? plan->nstack_used : 0;
}

size_t form_size(const struct plan *plan, struct chosen_entries *chosen) {
    if (!entries_choose(plan, chosen)) return 0;
    return sizeof(struct form) + words_of(plan, chosen) * sizeof(uint32_t) +
           (plan->nmoves + plan->nresults) * sizeof(struct move) + plan->signature->count + 1;
}

void form_write(struct form *form, const struct plan *plan, const struct code_page *page, bool read_only,
                const struct chosen_entries *chosen, size_t size) {
    memset(form, 0, size);
    const ffi_ctype *signature = plan->signature, *result = signature->target;
    form->taken            = (struct taken){.nstack_used = plan->nstack_used,
                                            .count       = (uint16_t)signature->count,
                                            .ngpr        = plan->ngpr,
                                            .nfpr        = plan->nfpr,
                                            .vector      = plan->vector,
                                            .sret        = plan->sret};
    form->entry            = plan->is_thunk ? NULL : chosen->live;
    form->late             = chosen->late;
    form->abi              = plan->abi;
    form->result_size      = result->size;
    form->result_alignment = result->alignment;
    form->buffer           = plan->buffer;
    form->nmoves           = plan->nmoves;
    form->nresults = plan->nresults, form->nx87 = plan->nx87;
    form->result_gpr    = plan->result_gpr;
    form->takes_va_list = plan_takes_va_list(plan);
    form->nwords        = words_of(plan, chosen);
    form->read_only     = read_only;
    form->page          = page;
    form->size          = (uint32_t)size;
    if (chosen->by == BY_TABLE) {
        struct slot_table table = table_of(plan, chosen->frame, form->stack);
        form->nslots            = (uint32_t)signature->count;
        form->frame = table.frame, form->ncopies = table.ncopies;
        form->leave = chosen->leave;
    }
    if (chosen->by == BY_SLOTS) {
        form->nslots = plan->nmoves;
        memcpy(form->gpr, plan->gpr, sizeof form->gpr);
        memcpy(form->fpr, plan->fpr, sizeof form->fpr);
        memcpy(form->stack, plan->stack, form->taken.nstack_used * sizeof *form->stack);
    }
    struct move *moves = (struct move *)form_moves(form);
    memcpy(moves, plan->moves, form->nmoves * sizeof *moves);
    memcpy(moves + form->nmoves, plan->results, form->nresults * sizeof *moves);
    uint8_t *kinds = (uint8_t *)(moves + form->nmoves + form->nresults);
    for (size_t i = 0; i < signature->count; i++) *kinds++ = (uint8_t)type_machine(signature->params[i]);
    *kinds = (uint8_t)type_machine(result);
}

/* ---- interning ---- */

static struct form *form_at(const struct node *node) {
    return (struct form *)(void *)((char *)(uintptr_t)node + sizeof *node);
}

static struct node *node_of(const struct form *form) {
    return (struct node *)(void *)((char *)(uintptr_t)form - sizeof(struct node));
}

static const struct form *find(const struct node *node, const struct form *form) {
    while (node && (form_at(node)->size != form->size || memcmp(form_at(node), form, form->size) != 0))
        node = node->next;
    return node ? form_at(node) : NULL;
}

/* Another thread may add the same form at the same time; both then use one of the two. */
static const struct form *add(_Atomic(struct node *) *bucket, const struct form *form) {
    const char        *why  = NULL;
    const struct form *same = NULL;
    struct node       *node = lasting(round_up(sizeof *node + form->size, FORM_ALIGNMENT), &why);
    if (!node) return fail(FFI_ERROR_DENIED, "cannot map memory for another callback: %s", why), NULL;
    memcpy(form_at(node), form, form->size);
    node->next = atomic_load(bucket);
    do same = find(node->next, form);
    while (!same && !atomic_compare_exchange_weak(bucket, &node->next, node));
    return same ? same : form_at(node);
}

const struct form *form_intern(const struct heap *heap, const struct plan *plan, const struct code_page *page,
                               bool read_only) {
    struct chosen_entries chosen;
    size_t                size = form_size(plan, &chosen);
    struct form          *copy = size ? memory_new(heap, size) : NULL;
    if (!copy) return NULL;
    form_write(copy, plan, page, read_only, &chosen, size);
    _Atomic(struct node *) *bucket = &buckets[hash_bytes(0, copy, size) % BUCKETS];
    const struct form      *form   = find(atomic_load(bucket), copy);
    if (!form) form = add(bucket, copy);
    memory_free(heap, copy, size);
    return form;
}

/* ---- spares ---- */

struct queue *form_spares(const struct form *form) {
    return &node_of(form)->spares;
}

void form_each_spares(bool (*visit)(struct queue *queue, const struct form *form, void *userdata),
                      void *userdata) {
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct node *node = atomic_load(&buckets[i]); node; node = node->next)
            if (!visit(&node->spares, form_at(node), userdata)) return;
}
