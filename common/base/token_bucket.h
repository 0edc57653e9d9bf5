/*
 * token_bucket: a burst of tokens, then so many per second. Time is passed
 * in; a clock that stands still gives nothing.
 */
#ifndef COMMON_BASE_TOKEN_BUCKET_H
#define COMMON_BASE_TOKEN_BUCKET_H

#include <stdbool.h>

#include "common/base/monotime.h"

struct token_bucket {
	double tokens;
	double burst;
	double per_second;
	struct monotime last;
};

/* A full bucket. */
void token_bucket_init(
    struct token_bucket *, double burst, double per_second, struct monotime);

/* Take count tokens if they are there. */
bool token_bucket_take(struct token_bucket *, double count, struct monotime);

#endif
