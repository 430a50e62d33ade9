/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
struct timespec {
    long tv_sec, tv_nsec;
};
enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 6 };
int clock_gettime(int clock, struct timespec *time);
