#include "common/base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "common/base/fault.h"

void
random_bytes(void *to, size_t len)
{
	uint8_t *at = to;
	ssize_t n;

	while (len > 0) {
		n = getrandom(at, len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			die("the kernel gives no random bytes");
		at += n;
		len -= (size_t)n;
	}
}

uint32_t
random_below(uint32_t bound)
{
	/* Values under the threshold would make small results likelier. */
	uint32_t threshold = (0u - bound) % bound, value;

	do
		random_bytes(&value, sizeof(value));
	while (value < threshold);
	return value % bound;
}
