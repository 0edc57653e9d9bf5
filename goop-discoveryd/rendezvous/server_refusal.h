/* server_refusal: what a server's refusal means, as a sentence for people. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_REFUSAL_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_REFUSAL_H

#include "common/http_client/http_client.h"

/* text is the beginning of the body, printable; of HTML nothing is used. */
void server_refusal_print(
    int status, const char *text, char sentence[HTTP_CLIENT_SENTENCE_SIZE]);

/* Plain requests are answered, events do not come. */
#define SERVER_REFUSAL_HELD \
	"the server answers plain requests, but its events do not arrive: " \
	"something on the way (a proxy?) holds them back"

/* The server moved to where we do not follow. */
void server_refusal_print_moved(
    const char *location, char sentence[HTTP_CLIENT_SENTENCE_SIZE]);

/* How long the head of this answer asks us to wait (Retry-After); -1: it does
 * not. */
int64_t server_refusal_retry_ms(struct http_transfer *);

#endif
