/*
 * router_epoch: has the router restarted, and so forgotten its mappings? Its
 * answers carry the seconds since its start; they must grow as our clock does
 * (RFC 6887, 8.5; RFC 6886, 3.6). Pure.
 */
#ifndef GOOPD_PORT_MAPPER_ROUTER_EPOCH_H
#define GOOPD_PORT_MAPPER_ROUTER_EPOCH_H

#include "common/base/monotime.h"
#include "goopd/port_mapper/mapping.h"

struct router_epoch { /* all zero: nothing heard yet */
	bool is_known;
	uint32_t epoch_s;
	struct monotime heard;
};

/* Note what an answer of PCP or NAT-PMP said. True: the router restarted since
 * the answer before. */
bool router_epoch_restarted(struct router_epoch *, enum mapping_protocol,
    uint32_t epoch_s, struct monotime now);

#endif
