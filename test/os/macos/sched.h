/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
int sched_yield(void);
