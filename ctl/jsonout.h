/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON output.  Errors stick: adding to or of NULL does nothing, and whoever prints is told.
 */
#ifndef CTL_JSONOUT_H
#define CTL_JSONOUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A string of any bytes, those outside printable ASCII as \DDD.  NULL: no memory. */
json_t *jsonout_text(const char *s, size_t len);

/* The array that an object has under this key, made when it is not there; borrowed. */
json_t *jsonout_array(json_t *object, const char *key);

/* Print it, and free it.  False, and said on standard error, when memory ran out: bad, or v NULL.
 */
bool jsonout_print(FILE *out, json_t *v, bool bad);

#endif
