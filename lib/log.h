/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines on standard error, one write(2) each so that threads do not mix.  Under systemd
 * (JOURNAL_STREAM set and matching) each line starts with its level as sd-daemon(3) defines, else
 * with the program name.  Never called for something a single query can cause.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

enum log_level { LOG_LVL_ERROR = 3, LOG_LVL_WARN = 4, LOG_LVL_NOTICE = 5, LOG_LVL_INFO = 6 };

/* Once, before threads start.  program must stay valid. */
void log_open(const char *program);

/* Once, before threads start: hand each line, without name and line end, to sink instead. */
void log_to(void (*sink)(enum log_level level, const char *text));

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *fmt, ...);

#define log_error(...)  log_line(LOG_LVL_ERROR, __VA_ARGS__)
#define log_warn(...)   log_line(LOG_LVL_WARN, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LVL_NOTICE, __VA_ARGS__)
#define log_info(...)   log_line(LOG_LVL_INFO, __VA_ARGS__)

#endif
