/* One subscriber over a wire that takes and gives what the test wants; one at a
 * time. */
#ifndef TESTS_UNIT_SUPPORT_SUBSCRIBER_SCENE_H
#define TESTS_UNIT_SUPPORT_SUBSCRIBER_SCENE_H

#include "common/base/buffer.h"
#include "goop-rendezvousd/hub/subscriber.h"

/* Masked with zeros, as a client would. */
#define HELLO "\x81\x85\0\0\0\0hello"
#define CLOSE "\x88\x82\0\0\0\0\x03\xe8"
#define BYTES(literal) \
	((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

struct subscriber_scene {
	struct subscriber_owner owner;
	struct subscriber subscriber;
	struct broadcast_log feed;
	struct monotime now;
	struct monotime hurry;
	int fd;
	size_t takes;      /* bytes the wire takes until told more */
	struct buffer out; /* what it took */
	struct bytes in;   /* what it gives */
	bool in_ends;      /* and then the end */
	bool is_shut;
	struct buffer heard; /* messages */
	bool closes_at_message;
	int ends;
};

extern struct subscriber_scene stage;

void begin(enum subscriber_format);
void finish(void);

void turn_stage(void);         /* the loop, once */
void hear(struct bytes);       /* it says this */
void append(const char *text); /* to its feed */
void put(const char *text);    /* for it alone */
void tell_it(void);            /* of the feed */
void take(size_t bytes);       /* the socket takes more, as much as this */
void wait_ms(int64_t ms);

/* What was told since the last time. */
void assert_out(struct bytes want);
/* It has ended, and nothing touches it any more; finishes. */
void assert_ended(enum subscriber_end);

#endif
