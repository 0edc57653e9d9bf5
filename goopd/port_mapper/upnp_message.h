/*
 * upnp_message: what is checked of a UPnP router's texts around libminiupnpc,
 * and what its errors mean. Pure.
 */
#ifndef GOOPD_PORT_MAPPER_UPNP_MESSAGE_H
#define GOOPD_PORT_MAPPER_UPNP_MESSAGE_H

#include "common/base/bytes.h"
#include "goopd/port_mapper/mapping.h"

enum {
	/* Real descriptions are 4 to 20 KiB, 3 to 6 deep, 60 to 150 elements.
	 */
	UPNP_DESCRIPTION_MAX = 64 * 1024,
	UPNP_DEPTH_MAX = 16,
	UPNP_ELEMENTS_MAX = 256,
	/* Taken instead of a port that another device has; so many of them. */
	UPNP_PORT_MIN = 10000,
	UPNP_TRY_PORTS = 3,
};

/*
 * The same URL, but at this host: whatever the router names, or somebody in its
 * place, we speak to nobody else (not to ourselves, not to other networks). A
 * bare path is one at base, a URL that upnp_url_at() made. 0, or -EINVAL: not
 * http, too long, or with characters that do not belong there.
 */
int upnp_url_at(const struct in6_addr *host, const char *base, const char *url,
    char ret[MAPPING_LOCATION_SIZE]);

/* The address in a URL; false if there is a name, or nothing. */
bool upnp_url_host(const char *url, struct in6_addr *ret);

/* May libminiupnpc parse this description? 0, or -EMSGSIZE over a limit,
 * -EBADMSG: a document type, entities of its own, or no XML. */
int upnp_description_check(struct bytes);

/* What the error of a command means: 0, one of UPnP, or a negative one of
 * libminiupnpc. */
enum mapping_verdict upnp_verdict(int error);

/* What to ask for next when AddPortMapping has failed (WANIPConnection:1,
 * 2.4.16; WANIPConnection:2). */
struct upnp_try {               /* begins with the wanted ones */
	uint16_t external_port; /* never 0, which would mean all ports */
	uint32_t lifetime_s;    /* 0: for good; to be deleted at the end */
	unsigned int others;    /* ports tried instead of the wanted one */
	bool is_equal;          /* the router wants both ports to be equal */
};

/* False: nothing more can be tried. The ports follow from the internal one, so
 * that the same are tried after a restart. */
bool upnp_try_next(struct upnp_try *next, int error, uint16_t internal_port);

#endif
