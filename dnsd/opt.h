/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a reply that speak of the message: OPT (RFC 6891) and TSIG (RFC 8945). */
#ifndef DNSD_OPT_H
#define DNSD_OPT_H

#include "dnsd/answer.h"

/* Octets of the OPT that a reply to q will end in, the extended error aside. */
size_t opt_room(const struct query *q, const struct reply_options *o);

/* Append the OPT; room for opt_room() octets is there.  The error is left out when it is short. */
void opt_put(struct reply *r);

/* Append the record that says the key is not known; false without room for it. */
bool opt_put_badkey(struct reply *r);

#endif
