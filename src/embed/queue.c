/* SPDX-License-Identifier: MIT */
/*
 * Queues: a ring of messages, a descriptor that is set while there may be some, and a list of calls that have
 * ended, which always have room.
 *
 * A thread that posts completes its message, then sets `is_set`, and if it was not set the descriptor. A drain
 * clears the descriptor, then `is_set`, and then looks for messages: so each message is either seen, or its
 * thread sets the descriptor again.
 */
#include "embed/queue.h"

#include <stdlib.h>

enum { BYTES = 1 << 16, BYTES_LEAST = 1 << 12, BYTES_MOST = 1 << 30, STACK_MESSAGE = 4096 };

/* ---- making ---- */

static void end_owned(struct owned *owned) {
    ffi_queue_free((ffi_queue *)(void *)owned);
}

static size_t ring_size(size_t bytes) {
    size_t size = BYTES_LEAST;
    while (size < bytes) size *= 2;
    return size;
}

/* NULL with an error. */
static ffi_queue *make(ffi_context *context, size_t bytes) {
    ffi_queue *queue = calloc(1, sizeof *queue);
    if (!queue) return ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu bytes were refused", sizeof *queue), NULL;
    queue->context = context;
    if (!ring_init(&queue->ring, bytes)) {
        ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu bytes were refused", bytes);
    } else if (descriptor_open(&queue->descriptor)) {
        /* the error is left */
    } else if (!monitor_init(&queue->monitor)) {
        ffi_fail(FFI_ERROR_MEMORY, "cannot create a mutex");
        descriptor_close(&queue->descriptor);
    } else if (!monitor_init(&queue->bell_monitor)) {
        ffi_fail(FFI_ERROR_MEMORY, "cannot create a mutex");
        descriptor_close(&queue->descriptor);
        monitor_free(&queue->monitor);
    } else {
        return queue;
    }
    ring_free(&queue->ring);
    free(queue);
    return NULL;
}

ffi_queue *ffi_queue_sized(ffi_context *context, size_t bytes) {
    if (!context) return embed_null(__func__, "context"), NULL;
    if (bytes > BYTES_MOST)
        return ffi_fail(FFI_ERROR_RANGE, "%s: a queue has at most %d bytes, not %zu", __func__, BYTES_MOST,
                        bytes),
               NULL;
    struct layer *layer = layer_of(context);
    ffi_queue    *queue = layer ? make(context, ring_size(bytes)) : NULL;
    if (!queue) return NULL;
    queue->layer   = layer;
    queue->holds   = 1;
    queue->process = system_process();
    queue->owner   = thread_numbered();
    owned_add(layer, &queue->owned, end_owned);
    queues_add(queue);
    return queue;
}

ffi_queue *ffi_queue_new(ffi_context *context) {
    if (!context) return embed_null(__func__, "context"), NULL;
    return ffi_queue_sized(context, BYTES);
}

/* ---- messages ---- */

/* Runs a copy, so that the message's memory is free again while it runs. False if memory for it is out: it
 * stays. */
static bool run_copy(ffi_queue *queue, bool serves, void *message, size_t size) {
    _Alignas(ARGUMENT_ALIGNMENT) char small[STACK_MESSAGE];
    void                             *block = NULL;
    char                             *copy  = small;
    if (size > sizeof small) {
        block = malloc(size + ARGUMENT_ALIGNMENT);
        if (!block) return false;
        copy = (char *)(((uintptr_t)block + ARGUMENT_ALIGNMENT - 1) & ~(uintptr_t)(ARGUMENT_ALIGNMENT - 1));
    }
    memcpy(copy, message, size);
    ring_give(&queue->ring, message);
    ((struct message *)(void *)copy)->run(serves ? queue : NULL, copy);
    free(block);
    return true;
}

static void drop_messages(ffi_queue *queue) {
    size_t size;
    for (void *message; (message = ring_next(&queue->ring, &size));)
        if (!run_copy(queue, false, message, size)) return;
}

/* Messages that came while the queue was closed are dropped; those of a parent process are not touched, since
 * its threads may have had their locks. */
void queue_release(ffi_queue *queue) {
    if (atomic_fetch_sub(&queue->holds, 1) != 1) return;
    if (queue->process == system_process()) drop_messages(queue);
    descriptor_close(&queue->descriptor);
    monitor_free(&queue->monitor);
    monitor_free(&queue->bell_monitor);
    ring_free(&queue->ring);
    free(queue);
}

/* ---- posting ---- */

bool queue_is_open(const ffi_queue *queue) {
    return !atomic_load(&queue->closed) && queue->process == system_process();
}

void queue_signal(ffi_queue *queue) {
    if (atomic_exchange(&queue->is_set, 1)) return;
    if (!descriptor_set(&queue->descriptor)) queue_note(queue, COUNT_DESCRIPTOR);
    if (!atomic_load(&queue->has_bell)) return;
    monitor_enter(&queue->bell_monitor);
    if (queue->bell) queue->bell(queue->bell_userdata);
    monitor_leave(&queue->bell_monitor);
}

void *queue_take(ffi_queue *queue, size_t size) {
    if (!queue_is_open(queue)) return queue_note(queue, COUNT_REFUSED), NULL;
    void *message = ring_take(&queue->ring, size);
    if (!message) queue_note(queue, COUNT_FULL);
    return message;
}

void queue_put(ffi_queue *queue, void *message, size_t size) {
    ring_put(message, size);
    queue_signal(queue);
}

struct posted {
    struct message head;
    void (*run)(void *userdata);
    void *userdata;
};

static void run_posted(ffi_queue *queue, void *message) {
    struct posted *posted = message;
    if (queue) posted->run(posted->userdata);
}

/* No message is formatted: this may be within a signal handler. */
ffi_error ffi_queue_post(ffi_queue *queue, void (*run)(void *userdata), void *userdata) {
    if (!queue || !run) return embed_null(__func__, queue ? "run" : "queue");
    if (!queue_is_open(queue)) return FFI_ERROR_ARGUMENT;
    struct posted *posted = queue_take(queue, sizeof *posted);
    if (!posted) return FFI_ERROR_BUSY;
    *posted = (struct posted){{run_posted}, run, userdata};
    queue_put(queue, posted, sizeof *posted);
    return FFI_ERROR_NONE;
}

/* ---- draining ---- */

/* The job is no longer counted: its `done` may free the queue. */
static struct job *take_job(ffi_queue *queue) {
    monitor_enter(&queue->monitor);
    struct job *job = queue->first_job;
    if (job) queue->first_job = job_next(job), queue->jobs--;
    monitor_leave(&queue->monitor);
    return job;
}

/* Runs one message or tells of one call. False if there is none. */
static bool run_one(ffi_queue *queue) {
    size_t      size;
    struct job *job     = take_job(queue);
    void       *message = job ? NULL : ring_next(&queue->ring, &size);
    if (job) job_tell(job);
    else if (!message || !run_copy(queue, true, message, size)) return false;
    queue_note(queue, COUNT_DELIVERED);
    return true;
}

static bool has_more(ffi_queue *queue) {
    size_t size;
    monitor_enter(&queue->monitor);
    bool more = queue->first_job != NULL;
    monitor_leave(&queue->monitor);
    return more || ring_next(&queue->ring, &size);
}

static bool begin_drain(ffi_queue *queue, uint64_t self) {
    monitor_enter(&queue->monitor);
    bool free = !queue->drainer || queue->drainer == self;
    if (free) queue->drainer = self, queue->depth++;
    monitor_leave(&queue->monitor);
    if (!free) ffi_fail(FFI_ERROR_BUSY, "ffi_queue_drain: another thread drains this queue");
    return free;
}

static void end_drain(ffi_queue *queue) {
    monitor_enter(&queue->monitor);
    if (!--queue->depth) queue->drainer = 0;
    monitor_wake(&queue->monitor);
    monitor_leave(&queue->monitor);
}

static void read_counts(const ffi_queue *queue, uint64_t counts[COUNTS]) {
    for (int i = 0; i < COUNTS; i++) counts[i] = atomic_load_explicit(&queue->counts[i], memory_order_relaxed);
}

static ffi_queue_counts counts_of(const ffi_queue *queue) {
    uint64_t of[COUNTS];
    read_counts(queue, of);
    return (ffi_queue_counts){.delivered  = of[COUNT_DELIVERED],
                              .full       = of[COUNT_FULL],
                              .refused    = of[COUNT_REFUSED],
                              .late       = of[COUNT_LATE],
                              .stalled    = of[COUNT_STALLED],
                              .lost       = of[COUNT_LOST],
                              .descriptor = of[COUNT_DESCRIPTOR]};
}

static void report(ffi_queue *queue) {
    monitor_enter(&queue->monitor);
    ffi_queue_report_function *function = queue->report;
    void                      *userdata = queue->report_userdata;
    ffi_queue_counts           now = counts_of(queue), before = queue->reported;
    queue->reported = now;
    monitor_leave(&queue->monitor);
    ffi_queue_counts growth = {.delivered  = now.delivered - before.delivered,
                               .full       = now.full - before.full,
                               .refused    = now.refused - before.refused,
                               .late       = now.late - before.late,
                               .stalled    = now.stalled - before.stalled,
                               .lost       = now.lost - before.lost,
                               .descriptor = now.descriptor - before.descriptor};
    bool             trouble =
        growth.full || growth.refused || growth.late || growth.stalled || growth.lost || growth.descriptor;
    if (function && trouble) function(userdata, &growth);
}

/* Whether the queue is this process's. After fork it is the parent's: the child may not take its messages. */
static bool is_ours(const ffi_queue *queue, const char *where) {
    bool ours = queue->process == system_process();
    if (!ours) ffi_fail(FFI_ERROR_ARGUMENT, "%s: this queue is the parent process's", where);
    return ours;
}

size_t ffi_queue_drain(ffi_queue *handle, size_t most) {
    size_t     ran   = 0;
    ffi_queue *queue = queues_hold(handle, __func__);
    if (!queue) return 0;
    uint64_t self = thread_numbered();
    if (is_ours(queue, __func__) && begin_drain(queue, self)) {
        atomic_store(&queue->owner, self);
        if (!descriptor_clear(&queue->descriptor)) queue_note(queue, COUNT_DESCRIPTOR);
        atomic_store(&queue->is_set, 0);
        while (ran < most && !atomic_load(&queue->closed) && run_one(queue)) ran++;
        if (atomic_load(&queue->closed)) {
            descriptor_set(&queue->descriptor); /* for threads that wait */
        } else {
            if (has_more(queue)) queue_signal(queue);
            report(queue);
        }
        end_drain(queue);
    }
    queue_release(queue);
    return ran;
}

bool ffi_queue_wait(ffi_queue *handle, uint32_t milliseconds) {
    ffi_queue *queue = queues_hold(handle, __func__);
    if (!queue) return false;
    bool set = is_ours(queue, __func__) && descriptor_wait(&queue->descriptor, milliseconds);
    if (set && atomic_load(&queue->closed)) {
        ffi_fail(FFI_ERROR_ARGUMENT, "%s: this queue was freed meanwhile", __func__);
        set = false;
    }
    queue_release(queue);
    return set;
}

/* ---- the end ---- */

/* Another thread's drain stops at its next message. */
static bool nobody_else_drains(void *data) {
    const ffi_queue *queue = data;
    return !queue->drainer || queue->drainer == thread_number();
}

/* Calls in the pool come to their end. */
static bool can_tell(void *data) {
    const ffi_queue *queue = data;
    return !queue->jobs || queue->first_job;
}

static void tell_jobs(ffi_queue *queue) {
    for (struct job *job;; job_tell(job)) {
        wait_until(&queue->monitor, can_tell, queue);
        if (!(job = take_job(queue))) return;
    }
}

void ffi_queue_free(ffi_queue *queue) {
    if (!queue) return;
    if (!queues_remove(queue)) {
        ffi_fail(FFI_ERROR_ARGUMENT, "%s: this queue was freed before, or never was one", __func__);
        return;
    }
    atomic_store(&queue->closed, true);
    owned_remove(queue->layer, &queue->owned);
    if (queue->process == system_process()) {
        int before = keep_thread();
        descriptor_set(&queue->descriptor); /* threads that wait see the end */
        hops_fail(queue);
        (void)thread_numbered();
        wait_until(&queue->monitor, nobody_else_drains, queue);
        jobs_cancel(queue);
        tell_jobs(queue);
        drop_messages(queue);
        let_thread(before);
    }
    queue_release(queue);
}

/* ---- questions ---- */

int ffi_queue_descriptor(const ffi_queue *handle) {
    ffi_queue *queue = queues_hold((ffi_queue *)(uintptr_t)handle, __func__);
    if (!queue) return -1;
    int out = queue->descriptor.out;
    queue_release(queue);
    return out;
}

ffi_error ffi_queue_count(const ffi_queue *handle, ffi_queue_counts *counts) {
    if (!counts) return embed_null(__func__, "counts");
    ffi_queue *queue = queues_hold((ffi_queue *)(uintptr_t)handle, __func__);
    if (!queue) return FFI_ERROR_ARGUMENT;
    *counts = counts_of(queue);
    queue_release(queue);
    return FFI_ERROR_NONE;
}

ffi_error ffi_queue_report(ffi_queue *handle, ffi_queue_report_function *function, void *userdata) {
    ffi_queue *queue = queues_hold(handle, __func__);
    if (!queue) return FFI_ERROR_ARGUMENT;
    monitor_enter(&queue->monitor);
    queue->report          = function;
    queue->report_userdata = userdata;
    monitor_leave(&queue->monitor);
    queue_release(queue);
    return FFI_ERROR_NONE;
}

ffi_error ffi_queue_bell(ffi_queue *handle, ffi_queue_bell_function *function, void *userdata) {
    ffi_queue *queue = queues_hold(handle, __func__);
    if (!queue) return FFI_ERROR_ARGUMENT;
    monitor_enter(&queue->bell_monitor);
    queue->bell          = function;
    queue->bell_userdata = userdata;
    atomic_store(&queue->has_bell, function != NULL);
    if (function && atomic_load(&queue->is_set)) function(userdata);
    monitor_leave(&queue->bell_monitor);
    queue_release(queue);
    return FFI_ERROR_NONE;
}
