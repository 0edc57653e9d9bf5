#include "proto/op.h"

#include "common/base/array.h"

static const struct field nothing_fields[] = { FIELD_END };
const struct message nothing_message = MESSAGE(nothing);

const char *
bus_code_name(enum bus_code code)
{
	static const char *const names[] = {
		[BUS_OK] = "ok",
		[BUS_BAD_REQUEST] = "bad_request",
		[BUS_NOT_FOUND] = "not_found",
		[BUS_FORBIDDEN] = "forbidden",
		[BUS_UNREACHABLE] = "unreachable",
		[BUS_TIMEOUT] = "timeout",
		[BUS_BUSY] = "busy",
		[BUS_TOO_LARGE] = "too_large",
		[BUS_INTERNAL] = "internal",
		[BUS_RATE_LIMITED] = "rate_limited",
	};

	if ((size_t)code >= ARRAY_SIZE(names))
		return "unknown";
	return names[code];
}
