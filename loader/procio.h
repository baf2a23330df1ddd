/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How busy a program we started is, as the kernel counts it (proc(5)).
 */
#ifndef LOADER_PROCIO_H
#define LOADER_PROCIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes that the process and its children have read so far.  False: it has no children, or the
 * kernel does not tell. */
bool procio_read_by(pid_t pid, uint64_t *bytes);

#endif
