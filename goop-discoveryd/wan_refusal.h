/* wan_refusal: what a server's refusal means, as a sentence for people. */
#ifndef GOOP_DISCOVERYD_WAN_REFUSAL_H
#define GOOP_DISCOVERYD_WAN_REFUSAL_H

#include "goop-discoveryd/wan_connect.h"

/* text is the beginning of the body, printable; of HTML nothing is used. */
void wan_refusal_print(
    int status, const char *text, char sentence[WAN_SENTENCE_SIZE]);

#endif
