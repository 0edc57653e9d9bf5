/* server_refusal: what a server's refusal means, as a sentence for people. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_REFUSAL_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_REFUSAL_H

#include "goop-discoveryd/rendezvous/wan_connect.h"

/* text is the beginning of the body, printable; of HTML nothing is used. */
void server_refusal_print(
    int status, const char *text, char sentence[WAN_SENTENCE_SIZE]);

#endif
