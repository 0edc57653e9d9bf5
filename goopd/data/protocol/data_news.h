/*
 * data_news: reports which tables changed, at once, but at most every
 * DATA_NEWS_MS while changes follow each other, each table once.
 */
#ifndef GOOPD_DATA_PROTOCOL_DATA_NEWS_H
#define GOOPD_DATA_PROTOCOL_DATA_NEWS_H

#include <event2/event.h>

enum {
	DATA_NEWS_MS = 100,
	DATA_NEWS_TABLES_MAX = 16, /* waiting; more are reported as "": any */
	DATA_NEWS_NAME_MAX = 64,   /* a longer name likewise */
};

struct data_news;

typedef void data_news_fn(const char *table, void *arg);
struct data_news *data_news_new(
    struct event_base *, data_news_fn *tell, void *arg);
void data_news_free(struct data_news *); /* what waits is dropped */

/* Rows or shape of a table changed; "": of any. */
void data_news_note(struct data_news *, const char *table);

#endif
