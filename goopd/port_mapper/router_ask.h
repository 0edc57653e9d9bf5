/*
 * router_ask: one question to the router, by one protocol or by all of them,
 * to the end. Blocks; runs in a job (mapper_job.h), whose limits hold what
 * parses the router's answers.
 */
#ifndef GOOPD_PORT_MAPPER_ROUTER_ASK_H
#define GOOPD_PORT_MAPPER_ROUTER_ASK_H

#include "goopd/port_mapper/mapping.h"

/* See where we are, and ask. Another network than that of the question: a new
 * mapping is asked for, by whatever protocol works there. */
void router_ask(const struct mapping_ask *, struct mapping_answer *ret);

#endif
