/* unreachable: an error of host_open() or stream_ask() in the bus's terms. */
#ifndef GOOPD_STREAMS_UNREACHABLE_H
#define GOOPD_STREAMS_UNREACHABLE_H

#include "proto/op.h"

struct unreachable {
	enum bus_code code;
	const char *words;
};
struct unreachable unreachable_of(int error);

#endif
