/*
 * last_port: the TCP port of the last run, stored in the run directory, so that
 * a peer without a configured port keeps its port after a restart.
 */
#ifndef GOOPD_LAST_PORT_H
#define GOOPD_LAST_PORT_H

#include <stdint.h>

uint16_t last_port_load(const char *run_directory); /* 0: none */
void last_port_store(const char *run_directory, uint16_t port);

#endif
