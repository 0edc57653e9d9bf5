/* all_messages: every message there is, for tests and fuzz targets. */
#ifndef TESTS_UNIT_SUPPORT_ALL_MESSAGES_H
#define TESTS_UNIT_SUPPORT_ALL_MESSAGES_H

#include "proto/daemon_ops.h"
#include "proto/discovery_ops.h"
#include "proto/goopd_ops.h"
#include "common/presence/presence.h"
#include "proto/supervisor_ops.h"

static const struct message *const all_messages[] = { &nothing_message,
	&counter_row_message, &daemon_status_message, &log_entry_message,
	&log_query_message, &log_page_message, &peer_row_message,
	&peers_reply_message, &self_profile_message, &identity_reply_message,
	&peer_addresses_message, &peer_profile_message, &peer_ref_message,
	&peer_probe_reply_message, &topic_ref_message, &publish_request_message,
	&publish_reply_message, &profile_message, &site_open_message,
	&site_head_message, &connection_row_message, &connections_reply_message,
	&pubsub_message_message, &pubsub_subscriber_message,
	&peer_connected_message, &own_addresses_message,
	&presence_gossip_message, &sign_request_message, &sign_reply_message,
	&data_ask_message, &data_reply_message, &data_change_message,
	&server_row_message, &servers_reply_message, &daemon_row_message,
	&supervisor_status_message, &daemon_ref_message };
enum { ALL_MESSAGES = sizeof(all_messages) / sizeof(all_messages[0]) };

#endif
