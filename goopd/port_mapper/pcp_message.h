/*
 * pcp_message: packets of the Port Control Protocol (RFC 6887): MAP for TCP,
 * and ANNOUNCE, which asks whether the router has restarted. Pure.
 */
#ifndef GOOPD_PORT_MAPPER_PCP_MESSAGE_H
#define GOOPD_PORT_MAPPER_PCP_MESSAGE_H

#include "common/base/bytes.h"
#include "goopd/port_mapper/mapping.h"

enum {
	PCP_PORT = 5351,        /* of NAT-PMP too */
	PCP_CLIENT_PORT = 5350, /* where routers announce their restart */
	PCP_MAP_SIZE = 60,
	PCP_PACKET_MAX = 1100, /* RFC 6887, 7 */
};

/* The request for this question (CHECK: ANNOUNCE, else MAP); its length. */
size_t pcp_request_encode(
    const struct mapping_ask *, uint8_t ret[PCP_MAP_SIZE]);

/*
 * The answer to this question, or to another: 0, or -EBADMSG (no PCP, too
 * short), -ENOMSG (a good packet that answers something else: it is to be
 * waited on). A router that speaks NAT-PMP alone answers in that: verdict
 * UNSUPPORTED.
 */
int pcp_answer_decode(struct bytes packet, const struct mapping_ask *,
    struct mapping_answer *ret);

#endif
