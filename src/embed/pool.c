/* SPDX-License-Identifier: MIT */
/*
 * Calls on other threads: a pool for each context, whose threads are started as calls come. A call, a job,
 * waits in the pool's list; when it was made, or cancelled, it goes to its queue's list. So it always has room
 * there.
 */
#include "embed/queue.h"

#include <stdlib.h>

enum { THREADS_LEAST = 4, CALLS = 1024 };

struct job {
    struct job         *next;
    const ffi_function *function;
    void               *result;
    ffi_queue          *queue; /* held */
    void (*done)(void *userdata, ffi_error error);
    void     *userdata;
    ffi_error error;
    int       captured_errno;
    unsigned  captured_last_error;
    char     *values; /* behind the slots */
    ffi_value slots[];
};

struct pool {
    ffi_context     *context;
    unsigned         process;
    ffi_pool_options options;
    struct monitor   monitor; /* guards all that follows */
    struct job      *first, *last;
    size_t           waiting;              /* jobs */
    unsigned         started, idle, alive; /* threads */
    bool             used, ends;
    struct thread   *threads;
};

static const char key;

/* ---- jobs ---- */

struct job *job_next(const struct job *job) {
    return job->next;
}

void job_tell(struct job *job) {
    ffi_queue *queue = job->queue;
    ffi_captured_set(job->captured_errno, job->captured_last_error);
    job->done(job->userdata, job->error);
    free(job);
    queue_release(queue);
}

/* The queue's monitor is left before the descriptor is set: the queue is held by the job until it is told. */
static void finish(struct job *job, ffi_error error) {
    ffi_queue *queue = job->queue;
    queue_hold(queue);
    monitor_enter(&queue->monitor);
    job->error = error;
    job->next  = NULL;
    if (queue->first_job) queue->last_job->next = job;
    else queue->first_job = job;
    queue->last_job = job;
    monitor_wake(&queue->monitor);
    monitor_leave(&queue->monitor);
    queue_signal(queue);
    queue_release(queue);
}

static size_t aligned(size_t size, size_t alignment) {
    return (size + alignment - 1) & ~(alignment - 1);
}

/* Values that stand in no slot are copied behind the slots. NULL with an error. */
static struct job *make(const ffi_function *function, const ffi_shape *shape, const ffi_value *args) {
    enum { ALIGNMENT = 64 };
    size_t slots = sizeof(struct job), size = ALIGNMENT;
    slots += shape->count * sizeof(ffi_value);
    for (size_t i = 0; i < shape->count; i++)
        if (!shape->parameters[i].is_slot) size += aligned(shape->parameters[i].size, ALIGNMENT);
    struct job *job = malloc(slots + size);
    if (!job) return ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu bytes were refused", slots + size), NULL;
    *job     = (struct job){.function = function};
    char *at = (char *)(((uintptr_t)job + slots + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
    for (size_t i = 0; i < shape->count; i++) {
        job->slots[i] = args[i];
        if (shape->parameters[i].is_slot) continue;
        job->slots[i].ptr = memcpy(at, args[i].ptr, shape->parameters[i].size);
        at += aligned(shape->parameters[i].size, ALIGNMENT);
    }
    return job;
}

/* ---- threads ---- */

/* The first job, taken out of the list; NULL if the pool ends. */
static struct job *take(struct pool *pool) {
    monitor_enter(&pool->monitor);
    pool->idle++;
    while (!pool->first && !pool->ends) monitor_wait(&pool->monitor, UINT32_MAX);
    pool->idle--;
    struct job *job = pool->first;
    if (job) pool->first = job->next, pool->waiting--;
    monitor_leave(&pool->monitor);
    return job;
}

static void work(void *data) {
    struct pool            *pool    = data;
    const ffi_pool_options *options = &pool->options;
    void                   *entered = options->enter ? options->enter(options->hook_userdata) : NULL;
    for (struct job *job; (job = take(pool));) {
        ffi_invoke(job->function, job->result, job->slots);
        job->captured_errno      = ffi_captured_errno();
        job->captured_last_error = ffi_captured_last_error();
        finish(job, FFI_ERROR_NONE);
    }
    if (options->leave) options->leave(options->hook_userdata, entered);
    monitor_enter(&pool->monitor);
    pool->alive--;
    monitor_wake(&pool->monitor);
    monitor_leave(&pool->monitor);
}

/* Within the monitor. An errno if the pool has no thread. */
static int start_thread(struct pool *pool) {
    if (pool->started == pool->options.threads) return 0;
    int error = thread_start(&pool->threads[pool->started], work, pool, pool->options.stack_size);
    if (!error) pool->started++, pool->alive++;
    return pool->started ? 0 : error;
}

/* ---- pools ---- */

static void cancel(struct pool *pool, const ffi_queue *queue, bool any, const void *userdata, size_t *count) {
    struct job *cancelled = NULL, **link = &pool->first;
    monitor_enter(&pool->monitor);
    pool->last = NULL;
    while (*link) {
        struct job *job  = *link;
        bool        mine = (!queue || job->queue == queue) && (any || job->userdata == userdata);
        if (!mine) {
            pool->last = job;
            link       = &job->next;
            continue;
        }
        *link     = job->next;
        job->next = cancelled;
        cancelled = job;
        pool->waiting--;
        ++*count;
    }
    monitor_leave(&pool->monitor);
    for (struct job *next; cancelled; cancelled = next) {
        next = cancelled->next;
        finish(cancelled, FFI_ERROR_CANCELLED);
    }
}

static bool has_ended(void *data) {
    return !((const struct pool *)data)->alive;
}

static void end_pool(ffi_context *context, void *value) {
    struct pool *pool  = value;
    size_t       count = 0;
    if (pool->process == system_process()) {
        int before = keep_thread();
        if (pool->options.cancel_at_end) cancel(pool, NULL, true, NULL, &count);
        monitor_enter(&pool->monitor);
        pool->ends = true;
        monitor_wake(&pool->monitor);
        monitor_leave(&pool->monitor);
        wait_until(&pool->monitor, has_ended, pool); /* their calls may hop to this thread */
        for (unsigned i = 0; i < pool->started; i++) thread_join(&pool->threads[i]);
        monitor_free(&pool->monitor);
        let_thread(before);
    }
    free(pool->threads);
    ffi_context_memory(context, pool, sizeof *pool, 0);
}

/* The context's pool, made if there is none; NULL with an error. */
static struct pool *pool_of(ffi_context *context) {
    struct pool *pool = ffi_context_attached(context, &key);
    if (pool) return pool;
    if (!layer_of(context)) return NULL; /* whose queues end after the pool */
    pool = ffi_context_memory(context, NULL, 0, sizeof *pool);
    if (!pool) return NULL;
    *pool = (struct pool){.context = context, .process = system_process()};
    if (!monitor_init(&pool->monitor)) {
        ffi_context_memory(context, pool, sizeof *pool, 0);
        return ffi_fail(FFI_ERROR_MEMORY, "cannot create a mutex"), NULL;
    }
    struct pool *kept = ffi_context_attach(context, &key, pool, end_pool);
    if (kept != pool) {
        monitor_free(&pool->monitor);
        ffi_context_memory(context, pool, sizeof *pool, 0);
    }
    return kept;
}

ffi_error ffi_pool_configure(ffi_context *context, const ffi_pool_options *options) {
    if (!context) return embed_null(__func__, "context");
    if (!options) return embed_null(__func__, "options");
    struct pool *pool = pool_of(context);
    if (!pool) return ffi_last_error();
    monitor_enter(&pool->monitor);
    bool used = pool->used;
    if (!used) pool->options = *options;
    monitor_leave(&pool->monitor);
    if (used) return ffi_fail(FFI_ERROR_ARGUMENT, "%s: the pool is in use", __func__);
    return FFI_ERROR_NONE;
}

/* What was not chosen. Within the monitor. */
static bool prepare(struct pool *pool) {
    ffi_pool_options *options = &pool->options;
    if (pool->used) return true;
    if (!options->calls) options->calls = CALLS;
    unsigned processors = system_processors();
    if (!options->threads) options->threads = processors > THREADS_LEAST ? processors : THREADS_LEAST;
    pool->threads     = calloc(options->threads, sizeof *pool->threads);
    return pool->used = pool->threads != NULL;
}

static ffi_error add(struct pool *pool, struct job *job) {
    ffi_error error = FFI_ERROR_NONE;
    int       number;
    monitor_enter(&pool->monitor);
    if (!prepare(pool)) {
        error = ffi_fail(FFI_ERROR_MEMORY, "out of memory: threads of a pool");
    } else if (pool->waiting >= pool->options.calls) {
        error =
            ffi_fail(FFI_ERROR_BUSY, "ffi_invoke_async: %zu calls wait for a thread already", pool->waiting);
    } else if (pool->waiting >= pool->idle && (number = start_thread(pool))) {
        error = system_failed(number, "ffi_invoke_async: cannot start a thread");
    } else {
        job->next = NULL;
        if (pool->first) pool->last->next = job;
        else pool->first = job;
        pool->last = job;
        pool->waiting++;
        monitor_wake(&pool->monitor);
    }
    monitor_leave(&pool->monitor);
    return error;
}

static void count_jobs(ffi_queue *queue, bool more) {
    monitor_enter(&queue->monitor);
    if (more) queue->jobs++;
    else queue->jobs--;
    monitor_leave(&queue->monitor);
}

ffi_error ffi_invoke_async(const ffi_function *function, void *result, const ffi_value *args, ffi_queue *handle,
                           void (*done)(void *userdata, ffi_error error), void *userdata) {
    if (!function) return embed_null(__func__, "function");
    if (!done) return embed_null(__func__, "done");
    struct pool *pool = pool_of(ffi_function_context(function));
    if (!pool) return ffi_last_error();
    if (pool->process != system_process())
        return ffi_fail(FFI_ERROR_UNSUPPORTED, "%s: the threads of this pool are the parent process's",
                        __func__);
    const ffi_shape *shape = ffi_function_shape(function);
    if (!shape) return ffi_last_error();
    if (shape->count && !args) return embed_null(__func__, "args");
    ffi_queue *queue = queues_hold(handle, __func__);
    if (!queue) return FFI_ERROR_ARGUMENT;
    struct job *job   = make(function, shape, args);
    ffi_error   error = job ? FFI_ERROR_NONE : ffi_last_error();
    if (job) {
        job->result = result, job->queue = queue, job->done = done, job->userdata = userdata;
        count_jobs(queue, true);
        error = add(pool, job);
        if (error) count_jobs(queue, false);
    }
    if (error) free(job), queue_release(queue);
    return error;
}

/* The jobs of a queue may be in the pools of several contexts; the queue knows its own only, and the others'
 * end by themselves. */
void jobs_cancel(ffi_queue *queue) {
    struct pool *pool  = ffi_context_attached(queue->context, &key);
    size_t       count = 0;
    if (pool && pool->process == system_process()) cancel(pool, queue, true, NULL, &count);
}

size_t ffi_invoke_cancel(ffi_queue *handle, const void *userdata) {
    ffi_queue *queue = queues_hold(handle, __func__);
    size_t     count = 0;
    if (!queue) return 0;
    struct pool *pool = ffi_context_attached(queue->context, &key);
    if (pool && pool->process == system_process()) cancel(pool, queue, false, userdata, &count);
    queue_release(queue);
    return count;
}
