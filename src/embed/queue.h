/* SPDX-License-Identifier: MIT */
/*
 * Queues, as the files about threads see them. A queue, what is delivered by it, and the calls in a pool may be
 * used by threads that the context's end does not wait for. So they are counted, and their memory is the C
 * library's, not the context's.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "embed.h"
#include "embed/os/system.h"
#include "embed/ring.h"

struct hop;
struct job;

/* A thread that waits in a call of the layer, on its stack: a hop to one of its queues wakes it. */
enum { WAITER_QUEUES = 16 }; /* of one thread that are served while it waits */

struct waiter;

/* That one of its queues knows of it. */
struct awaited {
    struct waiter  *waiter;
    ffi_queue      *queue;
    struct awaited *before; /* the queue's next one, which waits for longer */
};

struct waiter {
    struct monitor *monitor; /* in which it waits */
    bool            woken;
    size_t          count;
    struct awaited  of[WAITER_QUEUES];
};

enum queue_count {
    COUNT_DELIVERED,
    COUNT_FULL,
    COUNT_REFUSED,
    COUNT_LATE,
    COUNT_STALLED,
    COUNT_LOST,
    COUNT_DESCRIPTOR,
    COUNTS
};

struct ffi_queue {
    struct owned      owned; /* by the context, until it is closed */
    struct layer     *layer;
    ffi_context      *context;
    _Atomic size_t    holds; /* the context's, and one of each user that may outlive it */
    unsigned          process;
    _Atomic bool      closed;
    _Atomic uint64_t  owner; /* the thread that made or drained it last */
    struct ring       ring;
    struct descriptor descriptor;
    _Atomic unsigned  is_set; /* the descriptor: 1 or 0 */
    _Atomic uint64_t  counts[COUNTS];
    ffi_queue        *next; /* of the process's */

    _Atomic bool             has_bell;
    struct monitor           bell_monitor; /* guards the bell, which is called within it */
    ffi_queue_bell_function *bell;
    void                    *bell_userdata;

    struct monitor             monitor;              /* guards all that follows */
    struct hop                *hops;                 /* hops whose handler has not begun, the latest first */
    struct job                *first_job, *last_job; /* that have ended, and wait for `done` */
    size_t                     jobs;                 /* in the pool, or among these */
    struct awaited            *awaited;              /* who is woken by hops: the first one */
    uint64_t                   drainer;              /* the thread that drains it; 0: none */
    unsigned                   depth;                /* of its drains within each other */
    ffi_queue_report_function *report;
    void                      *report_userdata;
    ffi_queue_counts           reported;
};

/* ---- thread.c ---- */

/* A number of the calling thread, which no other thread ever has; 0 if it never had to have one. */
uint64_t thread_number(void);
uint64_t thread_numbered(void); /* has it from now on */

/* The process's queues: a handle is one if it is among them. */
void       queues_add(ffi_queue *queue);
bool       queues_remove(ffi_queue *queue);                   /* false: it is not among them */
ffi_queue *queues_hold(ffi_queue *handle, const char *where); /* NULL with an error */

/* Calls `visit` with each queue whose owner is this thread. */
void queues_each_own(uint64_t thread, void (*visit)(ffi_queue *queue, void *data), void *data);

/* ---- queue.c ---- */

static inline void queue_hold(ffi_queue *queue) {
    atomic_fetch_add(&queue->holds, 1);
}

void queue_release(ffi_queue *queue);

static inline void queue_note(ffi_queue *queue, enum queue_count which) {
    atomic_fetch_add_explicit(&queue->counts[which], 1, memory_order_relaxed);
}

/* Whether it takes anything: it is neither closed nor a parent's. */
bool queue_is_open(const ffi_queue *queue);

/* Messages begin with this; `run` is called by the thread that drains, with a copy of the message. It is called
 * once; `queue` is NULL if the queue is closed and nothing is to be run. */
struct message {
    void (*run)(ffi_queue *queue, void *message);
};

/* Memory for a message, NULL if it is full or closed, which is counted; and its end. Lock-free. */
void *queue_take(ffi_queue *queue, size_t size);
void  queue_put(ffi_queue *queue, void *message, size_t size);

/* Makes the descriptor readable. */
void queue_signal(ffi_queue *queue);

/* ---- hop.c ---- */

/* The call of a callback, carried out by the queue's thread while this one waits. */
struct delivery;
void hop(struct delivery *delivery, void *result, const ffi_value *args);

/* Runs, on this thread, every hop whose handler has not begun. */
void hops_serve(ffi_queue *queue);

/* Fails all that wait: the queue is closed. */
void hops_fail(ffi_queue *queue);

/* ---- wait.c ---- */

/* Between the first and the last, hops to this thread's queues wake it; the second runs them. */
void waiter_begin(struct waiter *waiter, struct monitor *monitor);
void waiter_serve(struct waiter *waiter);
void waiter_end(struct waiter *waiter);

/* Waits in a monitor, and runs hops meanwhile, until something is so, which is asked within the monitor. */
void wait_until(struct monitor *monitor, bool (*is_so)(void *data), void *data);

/* ---- deliver.c ---- */

/* What becomes of an argument that is copied. */
enum copied { COPY_SLOT, COPY_VALUE, COPY_TEXT, COPY_COUNTED, COPY_SCRATCH };

struct copied_argument {
    uint8_t  how;      /* enum copied */
    bool     is_input; /* COPY_SCRATCH: its contents are copied too */
    uint16_t counter;  /* COPY_COUNTED, _SCRATCH: the argument that counts its elements; UINT16_MAX: none */
    uint8_t  counter_size;
    bool     counter_signed;
    uint32_t alignment;
    size_t   size;   /* of the value, or of an element */
    size_t   length; /* elements without a counter */
};

struct delivery {
    _Atomic size_t         holds; /* the callback's, and one of each message */
    _Atomic bool           live;
    ffi_callback          *callback;
    ffi_handler           *handler; /* the callback's, with the context's hooks */
    void                  *userdata;
    ffi_queue             *queue;
    ffi_delivery           how;
    uint32_t               timeout; /* milliseconds; UINT32_MAX: for ever */
    size_t                 result_size;
    size_t                 count;
    struct copied_argument arguments[];
};

static inline void delivery_hold(struct delivery *delivery) {
    atomic_fetch_add(&delivery->holds, 1);
}

void delivery_release(struct delivery *delivery);

/* Writes what a caller gets that is not served. */
void delivery_default(const struct delivery *delivery, void *result);

/* Arguments packed into memory behind `slots`: the bytes that this takes from `at` on, and the packing. What is
 * copied is a distance from `base` there, 0 for NULL, until arguments_unpack() makes addresses of them.
 * `by_value`: only what stands in no slot is copied, and pointers stay as they are. */
size_t arguments_size(const struct delivery *delivery, const ffi_value *args, size_t at, bool by_value);
void   arguments_pack(const struct delivery *delivery, const ffi_value *args, char *base, ffi_value *slots,
                      size_t at, size_t end, bool by_value);
void   arguments_unpack(const struct delivery *delivery, char *base, ffi_value *slots, bool by_value);

enum { ARGUMENT_ALIGNMENT = 64 }; /* of the base */

/* ---- pool.c ---- */

/* A call that has ended, or was cancelled: tells the caller. The next one of the queue's list. */
void        job_tell(struct job *job);
struct job *job_next(const struct job *job);

/* Takes the jobs of this queue that have not begun out of the pool: they are cancelled. */
void jobs_cancel(ffi_queue *queue);

#endif
