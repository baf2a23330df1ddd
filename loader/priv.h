/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a child of the loader gives up before it touches a byte from outside.
 */
#ifndef LOADER_PRIV_H
#define LOADER_PRIV_H

#include "lib/conf.h"

/*
 * In the child that fetches a list: files are written below dir, the descriptor of mirror/NAME,
 * alone.  The network is open, and rsync may be executed.
 */
void priv_fetch(int dir);

/*
 * In the child that parses and compiles: no socket, no program and no new process; it reads the
 * mirror, writes below images, and renames or links nothing, so that it cannot publish.
 */
void priv_compile(const struct conf *conf);

/* In the child that notes where a list's entries stand: as when compiling, but it writes nothing
 * but the file that it was handed open. */
void priv_index(const struct conf *conf);

/*
 * All: no new privileges, no debugging of others, nothing mounted or loaded into the kernel.
 * What a kernel does not offer (Landlock before Linux 5.13) is left out without a word: the
 * loader must run there too, and a run every five minutes has said it soon enough.
 */

#endif
