/* SPDX-License-Identifier: MIT */
/* Freed callbacks at rest, until they may be used again. */
#include "callback/quarantine.h"

#include "base/error.h"
#include "base/util.h"
#include "os/os.h"

/* ---- how long they rest ---- */

/* Frees are numbered; EPOCH frees are an epoch. At the end of an epoch the time is read. The times of the last
 * RECENT epochs are kept, each with the number of its epoch. */
enum { EPOCH = 512, RECENT = 32 };

_Static_assert(LEAST_FREES >= 2 * EPOCH, "when a callback may be reused, its epoch has ended");
_Static_assert(MOST_FREES <= (RECENT - 2) * EPOCH, "so long is the end of an epoch known");

static _Atomic uint32_t freed; /* number of frees of the process so far */
static _Atomic uint64_t ended[RECENT];

static outlined void note_end(uint32_t epoch) {
    atomic_store(&ended[epoch % RECENT], (uint64_t)epoch << 32 | os_milliseconds());
}

static inlined uint32_t number_freed(void) {
    uint32_t number = atomic_fetch_add_explicit(&freed, 1, memory_order_relaxed);
    if ((number + 1) % EPOCH == 0) note_end(number / EPOCH + 1);
    return number;
}

/* The time when the epoch of a free ended. False if another thread has not written it yet. */
static bool end_of(uint32_t number, uint32_t *time) {
    uint32_t epoch = number / EPOCH + 1;
    uint64_t end   = atomic_load_explicit(&ended[epoch % RECENT], memory_order_relaxed);
    *time          = (uint32_t)end;
    return end >> 32 == epoch;
}

static bool has_rested(const struct upkeep *upkeep) {
    uint32_t now = atomic_load_explicit(&freed, memory_order_relaxed), since = now - upkeep->freed, begin, end;
    if (since < LEAST_FREES) return false;
    if (since >= MOST_FREES) return true;
    return end_of(upkeep->freed, &begin) && end_of(now - EPOCH, &end) && end - begin >= LEAST_REST;
}

/* ---- queues ---- */

static inlined ffi_callback *first_of(struct queue *queue) {
    return atomic_load_explicit(&queue->first, memory_order_relaxed);
}

static inlined ffi_callback **next_of(struct upkeep *upkeep) {
    return upkeep->has_extra ? &upkeep->extra->next : &upkeep->next;
}

/* Appends a chain of callbacks to a queue. Writes `first` last: see spin.h. */
static inlined void append(struct queue *queue, ffi_callback *first, ffi_callback *last) {
    if (first_of(queue)) {
        *next_of(upkeep_of(queue->last)) = first;
        queue->last                      = last;
    } else {
        queue->last = last;
        atomic_store_explicit(&queue->first, first, memory_order_release);
    }
}

static inlined void enqueue(struct queue *queue, ffi_callback *callback, struct upkeep *upkeep) {
    *next_of(upkeep) = NULL;
    append(queue, callback, callback);
}

static inlined ffi_callback *dequeue(struct queue *queue, struct upkeep *upkeep) {
    ffi_callback *callback = first_of(queue);
    atomic_store_explicit(&queue->first, *next_of(upkeep), memory_order_relaxed);
    return callback;
}

/* Changes the state of a callback at rest, unless a late call reads its plan. A late call that begins later
 * sees the new state. */
static inlined bool quiesce(struct upkeep *upkeep, enum callback_state other) {
    uint8_t state = atomic_exchange(&upkeep->state, (uint8_t)other);
    if (!atomic_load(&upkeep->looking)) return true;
    atomic_store(&upkeep->state, state);
    return false;
}

enum { TRIES = 8 }; /* number of callbacks to try, because late calls may be reading some */

static ffi_callback *take_from(struct queue *queue, bool rested, enum callback_state state) {
    for (int i = 0; i < TRIES && first_of(queue); i++) {
        struct upkeep *upkeep = upkeep_of(first_of(queue));
        if (rested && !has_rested(upkeep)) return NULL;
        ffi_callback *callback = dequeue(queue, upkeep);
        if (quiesce(upkeep, state)) return callback;
        enqueue(queue, callback, upkeep);
    }
    return NULL;
}

/* ---- taking ---- */

struct family *quarantine_family(struct trampolines *trampolines, struct arena *arena, const struct heap *heap,
                                 const struct form *form) {
    struct family *family = trampolines->families;
    while (family && family->form != form) family = family->next;
    if (family || !(family = arena_new(arena, heap, sizeof *family))) return family;
    *family               = (struct family){.form = form, .next = trampolines->families};
    trampolines->families = family;
    return family;
}

/* Adds a callback to a context's members. (A callback of the context itself is a member already.) */
static ffi_callback *join(struct trampolines *trampolines, ffi_callback *callback) {
    if (!callback) return NULL;
    upkeep_of(callback)->member = trampolines->members;
    trampolines->members        = callback;
    return callback;
}

static ffi_callback *take_spare(struct trampolines *trampolines, const struct form *form, bool rested) {
    struct queue *spares = form_spares(form);
    spin_take(&process_lock);
    ffi_callback *callback = take_from(spares, rested, CALLBACK_CLAIMED);
    spin_give(&process_lock);
    return join(trampolines, callback);
}

/* Searches for the callback that has rested longest, among those in blocks like those of `form`. */
struct search {
    const struct form *form;
    struct queue      *found;
    uint32_t           longest;
};

static bool compare_rest(struct queue *queue, const struct form *form, void *userdata) {
    struct search *search = userdata;
    if (!first_of(queue) || form->read_only != search->form->read_only || form->page != search->form->page)
        return true;
    uint32_t rest = atomic_load_explicit(&freed, memory_order_relaxed) - upkeep_of(first_of(queue))->freed;
    if (!search->found || rest > search->longest) search->found = queue, search->longest = rest;
    return true;
}

/* Takes a callback when the system refuses more memory: one that has not rested long enough, and as a last
 * resort one of any form. */
static ffi_callback *take_in_need(struct trampolines *trampolines, struct family *family) {
    ffi_callback *callback = take_from(&family->rest, false, CALLBACK_CLAIMED);
    if (!callback) callback = take_spare(trampolines, family->form, false);
    if (callback) return callback;
    struct search own = {.form = family->form}, spare = own;
    for (struct family *other = trampolines->families; other; other = other->next)
        compare_rest(&other->rest, other->form, &own);
    if (own.found && (callback = take_from(own.found, false, CALLBACK_RESHAPED))) return callback;
    spin_take(&process_lock);
    form_each_spares(compare_rest, &spare);
    if (spare.found) callback = take_from(spare.found, false, CALLBACK_RESHAPED);
    spin_give(&process_lock);
    return join(trampolines, callback);
}

static outlined ffi_callback *take_other(struct trampolines *trampolines, struct family *family) {
    struct os_reason reason;
    ffi_callback    *callback = NULL;
    if (first_of(form_spares(family->form))) callback = take_spare(trampolines, family->form, true);
    if (callback) return callback;
    if ((callback =
             trampoline_fresh(&trampolines->blocks, family->form->page, family->form->read_only, &reason)))
        return join(trampolines, callback);
    callback = take_in_need(trampolines, family);
    if (!callback) fail(FFI_ERROR_DENIED, "cannot map trampolines for another callback: %s", reason.why);
    return callback;
}

ffi_callback *quarantine_take(struct trampolines *trampolines, struct family *family) {
    ffi_callback *callback = take_from(&family->rest, true, CALLBACK_CLAIMED);
    return callback ? callback : take_other(trampolines, family);
}

/* ---- giving ---- */

/* The plan's own family, unless this is a shifted function. */
struct family *quarantine_family_of(const struct trampolines *trampolines, const struct plan *plan,
                                    const ffi_callback *callback) {
    struct family *family = plan->family;
    if (!family || family->form != callback->form)
        for (family = trampolines->families; family->form != callback->form;) family = family->next;
    return family;
}

void quarantine_give(struct family *family, ffi_callback *callback, struct upkeep *upkeep) {
    upkeep->freed = number_freed();
    enqueue(&family->rest, callback, upkeep);
}

/* Detaches a callback from its context: from now on no call begins to read the plan. A live callback is also
 * revoked and queued. */
static void detach(const struct trampolines *trampolines, ffi_callback *callback) {
    struct upkeep *upkeep = upkeep_of(callback);
    const char    *why;
    bool           live = atomic_exchange(&upkeep->state, CALLBACK_DETACHED) == CALLBACK_LIVE;
    if (!live) return;
    (void)trampoline_revoke(callback, &why);
    quarantine_give(quarantine_family_of(trampolines, atomic_load(&upkeep->plan), callback), callback, upkeep);
}

void quarantine_end(struct trampolines *trampolines, const struct heap *heap,
                    void (*release)(const struct heap *heap, struct extra *extra)) {
    ffi_callback *members = trampolines->members;
    for (ffi_callback *each = members; each; each = upkeep_of(each)->member) detach(trampolines, each);
    for (ffi_callback *each = members; each; each = upkeep_of(each)->member) {
        struct upkeep *upkeep = upkeep_of(each);
        while (atomic_load(&upkeep->looking))
            os_yield(); /* waits microseconds, or as long as a report hook runs */
        atomic_store_explicit(&upkeep->plan, NULL, memory_order_relaxed);
        if (!upkeep->has_extra) continue;
        struct extra *extra = upkeep->extra;
        upkeep->has_extra   = false;
        upkeep->next        = extra->next;
        release(heap, extra);
    }
    for (struct family *family = trampolines->families; family; family = family->next) {
        if (!first_of(&family->rest)) continue;
        spin_take(&process_lock);
        append(form_spares(family->form), first_of(&family->rest), family->rest.last);
        spin_give(&process_lock);
    }
    trampoline_spare(trampolines->blocks);
    *trampolines = (struct trampolines){.blocks = NULL};
}
