/*
 * idempotency: writes with a request id that were applied, with their answers,
 * kept for IDEMPOTENCY_KEPT_MS: the same id of the same caller is answered, not
 * applied again.
 */
#ifndef GOOPD_DATA_OPS_IDEMPOTENCY_H
#define GOOPD_DATA_OPS_IDEMPOTENCY_H

#include "goopd/data/ops/session.h"

enum {
	IDEMPOTENCY_KEPT_MS = 24 * 60 * 60 * 1000,
	IDEMPOTENCY_MAX = 100 * 1000,
	IDEMPOTENCY_PURGE = 1000, /* of them go at once */
};

/* Was it applied? Then the answer is the first one; or it is a refusal, if that
 * cannot be read. */
bool idempotency_find(struct session *, const char *request_id);

/* Note that it is applied, in the same transaction. The answer becomes a
 * refusal if that fails. */
void idempotency_add(struct session *, const char *request_id);

/* Drop some of what is old; *ret_due is when the next will be, or INT64_MAX,
 * in wall clock milliseconds. 0 or -EIO. */
int idempotency_purge(struct database *, int64_t now_ms, int64_t *ret_due);

#endif
