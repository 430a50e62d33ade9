/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
typedef struct {
    long signature;
    char opaque[56];
} pthread_mutex_t;
typedef struct pthread_mutexattr pthread_mutexattr_t;
int                              pthread_mutex_init(pthread_mutex_t *, const pthread_mutexattr_t *),
    pthread_mutex_destroy(pthread_mutex_t *);
int pthread_mutex_lock(pthread_mutex_t *), pthread_mutex_unlock(pthread_mutex_t *);
