/* pcp_ask: one question to the router by PCP, to the end. Blocks. */
#ifndef GOOPD_PORT_MAPPER_PCP_ASK_H
#define GOOPD_PORT_MAPPER_PCP_ASK_H

#include "goopd/port_mapper/mapping.h"

/* ret is zeroed; the question has a network. */
void pcp_ask(const struct mapping_ask *, struct mapping_answer *ret);

#endif
