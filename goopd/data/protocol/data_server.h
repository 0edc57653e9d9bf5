/*
 * data_server: passes the requests of other peers to the store, over
 * /goop/data/1.0.0: one line of JSON a stream, one line back. The caller is the
 * peer that the connection proves.
 */
#ifndef GOOPD_DATA_PROTOCOL_DATA_SERVER_H
#define GOOPD_DATA_PROTOCOL_DATA_SERVER_H

#include "common/libp2p/host/host.h"
#include "goopd/data/store/store.h"
#include "goopd/data/protocol/peer_emails.h"

#define DATA_PROTOCOL "/goop/data/1.0.0"

enum {
	DATA_STREAMS_PER_PEER = 64, /* no more than host_default_limits */
	DATA_STREAMS = 4096,
	DATA_BYTES_PER_PEER = 16 * 1024 * 1024, /* requests and answers */
	DATA_BYTES = 64 * 1024 * 1024,
	DATA_REQUEST_MS = 10000, /* to send the request */
	DATA_TAKE_MS = 120000,   /* to take the answer */
	DATA_LINGER_MS = 10000,  /* to finish their half */
};

struct data_server;

/* Serve store on the host; both and emails are borrowed. */
struct data_server *data_server_new(
    struct host *, struct store *, const struct peer_emails *);
void data_server_free(struct data_server *); /* between host and store */

#endif
