/* natpmp_ask: one question to the router by NAT-PMP, through libnatpmp, to the
 * end; of IPv4. Blocks. */
#ifndef GOOPD_PORT_MAPPER_NATPMP_ASK_H
#define GOOPD_PORT_MAPPER_NATPMP_ASK_H

#include "goopd/port_mapper/mapping.h"

/* ret is zeroed; the question has a network. */
void natpmp_ask(const struct mapping_ask *, struct mapping_answer *ret);

#endif
