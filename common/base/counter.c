#include "common/base/counter.h"

static struct counter *counters;

void
counter_register(struct counter *counter)
{
	counter->next = counters;
	counters = counter;
}

void
counter_add(struct counter *counter, uint64_t count)
{
	counter->value += count;
}

const struct counter *
counter_first(void)
{
	return counters;
}
