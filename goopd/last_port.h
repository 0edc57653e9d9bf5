/*
 * port_memory: the port of the last run, kept in the run directory, so that a
 * restart on any port comes back on the same one.
 */
#ifndef GOOPD_LAST_PORT_H
#define GOOPD_LAST_PORT_H

#include <stdint.h>

uint16_t last_port_load(const char *run_directory); /* 0: none */
void last_port_store(const char *run_directory, uint16_t port);

#endif
