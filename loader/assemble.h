/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compiling child: judge the candidates, compile the zones that need it, leave new images
 * ready under hidden names.  It has no business with the network and publishes nothing.
 */
#ifndef LOADER_ASSEMBLE_H
#define LOADER_ASSEMBLE_H

/*
 * The whole life of the child, for child_run(): arg is a struct run with its lists fetched.  Sends
 * a MSG_LIST for each list and a MSG_ZONE for each zone.
 */
int assemble_child(void *arg, int out);

#endif
