/* The frames of the bus: header, subscription, error. */
#include <string.h>

#include "common/base/fault.h"
#include "common/bus/bus_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_header(struct bytes bytes)
{
	struct bus_header header, again;
	struct buffer buffer;

	if (bus_header_decode(bytes, &header) < 0)
		return;
	buffer_init(&buffer, BUS_HEADER_MAX);
	bus_header_encode(&header, &buffer);
	if (bus_header_decode(buffer_bytes(&buffer), &again) < 0 ||
	    again.kind != header.kind || again.op != header.op ||
	    again.id != header.id || again.budget_ms != header.budget_ms)
		bug("a header changed on its way");
	buffer_fini(&buffer);
}

static void
check_prefix(struct bytes bytes)
{
	struct buffer buffer;
	uint16_t op, again;

	if (bus_event_prefix_decode(bytes, &op) < 0)
		return;
	buffer_init(&buffer, BUS_HEADER_MAX);
	bus_event_prefix_encode(op, &buffer);
	if (bus_event_prefix_decode(buffer_bytes(&buffer), &again) < 0 ||
	    again != op)
		bug("a subscription changed on its way");
	buffer_fini(&buffer);
}

static void
check_error(struct bytes bytes)
{
	struct bus_error error, again;
	struct buffer buffer;

	bus_error_decode(bytes, &error);
	buffer_init(&buffer, BUS_MESSAGE_MAX);
	bus_error_encode(&error, &buffer);
	bus_error_decode(buffer_bytes(&buffer), &again);
	if (again.code != error.code || strcmp(again.message, error.message))
		bug("an error changed on its way");
	buffer_fini(&buffer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size };

	check_header(bytes);
	check_prefix(bytes);
	check_error(bytes);
	return 0;
}
