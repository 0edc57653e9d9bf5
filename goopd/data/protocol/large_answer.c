#include "goopd/data/protocol/large_answer.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"

COUNTER(data_deliveries_over_limit, "large data answers that found no room");

struct parcel {
	struct buffer left;
	size_t charged;
};

static size_t held;

static void
parcel_free(struct parcel *parcel)
{
	held -= parcel->charged;
	buffer_fini(&parcel->left);
	free(parcel);
}

static void
on_room(struct delivery *delivery, void *arg)
{
	struct parcel *parcel = arg;

	buffer_consume(&parcel->left,
	    delivery_write(delivery, buffer_bytes(&parcel->left)));
	if (parcel->left.len > 0)
		return;
	parcel_free(parcel);
	delivery_free(delivery);
}

static void
on_gone(struct delivery *delivery, void *arg)
{
	(void)delivery;
	parcel_free(arg);
}

int
data_delivery_new(
    struct delivery_desk *desk, struct buffer *data, struct bytes *ret_ticket)
{
	static const struct delivery_source source = { on_room, on_gone };
	struct parcel *parcel;

	if (data->len > DATA_DELIVERIES_BYTES_MAX - held) {
		counter_add(&data_deliveries_over_limit, 1);
		return -EBUSY;
	}
	parcel = xzalloc(sizeof(*parcel));
	if (delivery_new(desk, &source, parcel, ret_ticket) == NULL) {
		free(parcel);
		return -EBUSY;
	}
	parcel->left = *data;
	parcel->charged = data->len;
	buffer_init(data, data->max);
	held += parcel->charged;
	return 0;
}
