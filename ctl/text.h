/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rblctl prints.  Names, texts and reasons come from lists, files and a socket: none of their
 * bytes reaches a terminal as a control character.
 */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_AGE_MAX  24
#define TEXT_TIME_MAX 32

/* Bytes outside printable ASCII as \DDD, all others as they are. */
void text_put(FILE *out, const char *s, size_t len);

/* The same into a new string; NULL when memory is exhausted. */
char *text_safe(const char *s);

/*
 * The data of a TXT record as dig(1) prints it: quoted strings of at most 255 octets, a quote or
 * backslash inside written with a backslash.
 */
void text_quoted(FILE *out, const uint8_t *s, size_t len);

/* "rblctl: MESSAGE" on standard error, one line. */
__attribute__((format(printf, 1, 2))) void text_error(const char *fmt, ...);

/* A number as this project writes it: decimal digits, no sign, no leading zero, at most max. */
bool text_number(const char *s, size_t len, uint64_t max, uint64_t *out);
/* The same with an optional minus. */
bool text_signed(const char *s, size_t len, int64_t *out);

/* "45s", "12m", "5h", "3d", largest whole unit of at least two; negative spans keep their sign. */
void text_span(char buf[static TEXT_AGE_MAX], int64_t seconds);

/* "12m ago", or "-" for time 0, which means unknown. */
void text_age(char buf[static TEXT_AGE_MAX], int64_t now, int64_t then);

/* "2026-08-10 12:00:00", UTC; "-" for time 0. */
void text_time(char buf[static TEXT_TIME_MAX], int64_t t);

#endif
