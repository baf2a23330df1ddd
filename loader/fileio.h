/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that must survive a crash, and how to tell that one has changed.
 *
 * Paths are relative to a directory descriptor.  Functions that return int give 0, or -1 with
 * errno.  Symbolic links are never followed in the last component.
 */
#ifndef LOADER_FILEIO_H
#define LOADER_FILEIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* Equal identities mean that the file was neither replaced nor written to in between. */
struct file_id {
    uint64_t size;
    uint64_t inode; /* 0: no file */
    int64_t sec;    /* of the last modification */
    uint32_t nsec;
};

struct file_id file_id_of(const struct stat *st);
bool file_id_equal(const struct file_id *a, const struct file_id *b);
/* Identity of a regular file; false (and a zero identity) when there is none. */
bool file_id_at(int dir, const char *path, struct file_id *out);

int file_write_all(int fd, const void *bytes, size_t len);
/* A new file of mode 0644, written and synced; removed again on failure. */
int file_create_synced(int dir, const char *path, const void *bytes, size_t len);
/* The same of n pieces, back to back. */
int file_create_pieces(int dir, const char *path, const struct iovec *piece, size_t n);
/* Rename over an existing name and sync the directory `at`, which holds both. */
int file_replace(int at, const char *from, const char *to);

/* The directory and its missing parents, mode 0755; NULL-free path. */
int dir_make(const char *path);
/* Unlink every name for which unwanted() says so; returns how many were. */
unsigned dir_sweep(int dir, bool (*unwanted)(const char *name, void *arg), void *arg);

#endif
