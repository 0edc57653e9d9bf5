/*
 * all_messages: every message there is, for tests and fuzz targets, from the
 * lists that declare them. A message may come more than once.
 */
#ifndef TESTS_UNIT_SUPPORT_ALL_MESSAGES_H
#define TESTS_UNIT_SUPPORT_ALL_MESSAGES_H

#include "cli/data/manifest.h"
#include "common/bus/bus_frame.h"
#include "common/presence/presence.h"
#include "goop-viewerd/answers/viewer_json.h"
#include "goopd/port_mapper/mapper_message.h"
#include "tests/unit/support/all_ops.h"

/* clang-format off */
#define ALL_OF_OP(number_, name_, request_, reply_, callers_) \
	&request_##_message, &reply_##_message,
#define ALL_OF_EVENT(number_, name_, message_) \
	&message_##_message,
#define ALL_OF_NAME(name_) \
	&name_##_message,
static const struct message *const all_messages[] = {
	ALL_OPS(ALL_OF_OP)
	ALL_EVENTS(ALL_OF_EVENT)
	VIEWER_MESSAGES(ALL_OF_NAME)
	PRESENCE_MESSAGES(ALL_OF_NAME)
	MAPPER_MESSAGES(ALL_OF_NAME)
	&manifest_message, &error_body_message
};
/* clang-format on */
enum { ALL_MESSAGES = sizeof(all_messages) / sizeof(all_messages[0]) };

#endif
