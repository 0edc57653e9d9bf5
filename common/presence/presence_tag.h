/*
 * presence_tag: by which peers on one LAN know who belongs to their cluster:
 * a digest of p2p.mdns_tag. It is in each presence message on GossipSub, since
 * peers also meet where mDNS is not asked: at an address of an earlier run, or
 * through a peer that has changed its tag.
 */
#ifndef COMMON_PRESENCE_PRESENCE_TAG_H
#define COMMON_PRESENCE_PRESENCE_TAG_H

enum { PRESENCE_TAG_SIZE = 17 }; /* hexadecimal, with the NUL */

/* Letter case does not matter, as in names of DNS. */
void presence_tag_make(const char *mdns_tag, char ret[PRESENCE_TAG_SIZE]);

#endif
