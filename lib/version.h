/* SPDX-License-Identifier: BSD-2-Clause */
/* The version all programs print with --version. */
#ifndef LIB_VERSION_H
#define LIB_VERSION_H

#define RBL_VERSION "0.1.0"

#endif
