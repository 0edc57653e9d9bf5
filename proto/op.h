/*
 * op: the operations and events of a daemon on the bus. Each is one row of a
 * list macro; from it come number, messages, client stub and the handler's
 * name. Numbers are written down and never reused.
 */
#ifndef PROTO_OP_H
#define PROTO_OP_H

#include "proto/field.h"

/* Codes of an error on the bus (design: "The bus"). */
enum bus_code {
	BUS_OK = 0,
	BUS_BAD_REQUEST = 1,
	BUS_NOT_FOUND = 2,
	BUS_FORBIDDEN = 3,
	BUS_UNREACHABLE = 4,
	BUS_TIMEOUT = 5,
	BUS_BUSY = 6,
	BUS_TOO_LARGE = 7,
	BUS_INTERNAL = 8,
	BUS_RATE_LIMITED = 9, /* one caller asks for too much at once */
};
const char *bus_code_name(enum bus_code); /* "bad_request", ... */

/* An operation (reply not NULL) or an event (reply NULL). */
struct op {
	uint16_t number;
	const char *name;
	const struct message *request; /* of an event: what it carries */
	const struct message *reply;
};

/* For a list macro LIST(ROW) of ROW(number, name, request, reply). */
#define OP_DECLARE(number_, name_, request_, reply_) \
	extern const struct op op_##name_;
#define OP_DEFINE(number_, name_, request_, reply_) \
	const struct op op_##name_ = { number_, #name_, &request_##_message, \
		&reply_##_message };
#define EVENT_DECLARE(number_, name_, message_) \
	extern const struct op event_##name_;
#define EVENT_DEFINE(number_, name_, message_) \
	const struct op event_##name_ = { number_, #name_, \
		&message_##_message, NULL };

/* The message without fields. */
struct nothing {
	char unused;
};
extern const struct message nothing_message;
#define NOTHING (&(const struct nothing){ 0 })

#endif
