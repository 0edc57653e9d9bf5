#include "common/base/token_bucket.h"

void
token_bucket_init(struct token_bucket *bucket, double burst, double per_second,
    struct monotime now)
{
	*bucket = (struct token_bucket){ burst, burst, per_second, now };
}

bool
token_bucket_take(
    struct token_bucket *bucket, double count, struct monotime now)
{
	double seconds = (double)(now.us - bucket->last.us) / 1e6;

	if (seconds > 0) {
		bucket->tokens += seconds * bucket->per_second;
		if (bucket->tokens > bucket->burst)
			bucket->tokens = bucket->burst;
		bucket->last = now;
	}
	if (bucket->tokens < count)
		return false;
	bucket->tokens -= count;
	return true;
}
