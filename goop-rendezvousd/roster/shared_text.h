/*
 * shared_text: text with a count of references. It does not change while there
 * is more than one, and is freed with the last.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_SHARED_TEXT_H
#define GOOP_RENDEZVOUSD_ROSTER_SHARED_TEXT_H

#include "common/base/bytes.h"

struct shared_text {
	uint32_t refs;
	uint32_t len;
	char data[]; /* and a NUL, not counted */
};

/* A copy; one reference, the caller's. The caller bounds the length. */
struct shared_text *shared_text_new(struct bytes);
struct shared_text *shared_text_ref(struct shared_text *); /* returns it */
void shared_text_unref(struct shared_text *);              /* NULL is fine */

struct bytes shared_text_bytes(const struct shared_text *);

#endif
