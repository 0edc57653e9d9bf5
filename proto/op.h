/*
 * op: the operations and events of a daemon on the bus. Each is one row of a
 * list macro: its number, messages and the programs that may ask. The typed
 * functions that are made from the lists are in common/bus/. Numbers are
 * written down and never reused.
 */
#ifndef PROTO_OP_H
#define PROTO_OP_H

#include "proto/field.h"

/* Codes of an error on the bus. */
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

/* The programs that ask operations; goop2 is the command line. */
enum op_caller {
	FROM_GOOP2 = 1,
	FROM_VIEWERD = 2,
	FROM_DISCOVERYD = 4,
	FROM_RENDEZVOUSD = 8,
	FROM_RELAYD = 16,
	OP_CALLERS = 5, /* how many there are */
};

/* An operation (reply not NULL) or an event (reply NULL). */
struct op {
	uint16_t number;
	const char *name;
	const struct message *request; /* of an event: what it carries */
	const struct message *reply;
	unsigned int callers; /* of enum op_caller: who may ask */
};

/* For a list macro LIST(ROW) of ROW(number, name, request, reply, callers). */
#define OP_DECLARE(number_, name_, request_, reply_, callers_) \
	extern const struct op op_##name_;
#define OP_DEFINE(number_, name_, request_, reply_, callers_) \
	const struct op op_##name_ = { number_, #name_, &request_##_message, \
		&reply_##_message, callers_ };
/* For a list macro LIST(ROW) of ROW(number, name, message). */
#define EVENT_DECLARE(number_, name_, message_) \
	extern const struct op event_##name_;
#define EVENT_DEFINE(number_, name_, message_) \
	const struct op event_##name_ = { number_, #name_, \
		&message_##_message, NULL, 0 };

/* The message without fields. */
struct nothing {
	char unused;
};
extern const struct message nothing_message;
#define NOTHING (&(const struct nothing){ 0 })

#endif
