/* SPDX-License-Identifier: MIT */
/* Handles of a context: lists of live ones, and a queue of freed ones. */
#include "base/handle.h"

/* Takes the handle that was freed first. */
static struct handle *dequeue(struct handles *handles) {
    struct handle *handle = handles->resting;
    handles->resting      = handle->next;
    if (!handles->resting) handles->last = NULL;
    handles->nresting--;
    return handle;
}

void *handle_new(struct handles *handles, const struct heap *heap, size_t size, size_t offset) {
    if (handles->nresting <= HANDLE_REST) return memory_new(heap, size);
    return (char *)dequeue(handles) - offset;
}

void handle_link(struct handle **list, struct handle *handle) {
    handle->link = list;
    handle->next = *list;
    if (handle->next) handle->next->link = &handle->next;
    *list = handle;
}

void handle_unlink(struct handle *handle) {
    *handle->link = handle->next;
    if (handle->next) handle->next->link = handle->link;
    handle->next = NULL;
    handle->link = NULL;
}

void handle_rest(struct handles *handles, struct handle *handle) {
    if (handles->last) handles->last->next = handle;
    else handles->resting = handle;
    handles->last = handle;
    handles->nresting++;
}

bool handle_is_live(const struct handle *handle) {
    return handle->link != NULL;
}

void handles_free(struct handles *handles, const struct heap *heap, size_t size, size_t offset) {
    while (handles->resting) memory_free(heap, (char *)dequeue(handles) - offset, size);
}
