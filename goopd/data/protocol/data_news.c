#include "goopd/data/protocol/data_news.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"

struct data_news {
	data_news_fn *tell;
	void *arg;
	struct event *rest; /* pending: something was reported just now */
	char tables[DATA_NEWS_TABLES_MAX][DATA_NEWS_NAME_MAX + 1];
	size_t count;
	bool any; /* instead of the tables */
};

static void
start_rest(struct data_news *news)
{
	struct timeval wait = { 0, DATA_NEWS_MS * 1000 };

	evtimer_add(news->rest, &wait);
}

static void
on_rested(evutil_socket_t fd, short what, void *arg)
{
	struct data_news *news = arg;
	size_t i;

	(void)fd;
	(void)what;
	if (!news->any && news->count == 0)
		return;
	start_rest(news);
	if (news->any)
		news->tell("", news->arg);
	for (i = 0; !news->any && i < news->count; i++)
		news->tell(news->tables[i], news->arg);
	news->any = false;
	news->count = 0;
}

struct data_news *
data_news_new(struct event_base *base, data_news_fn *tell, void *arg)
{
	struct data_news *news = xzalloc(sizeof(*news));

	news->tell = tell;
	news->arg = arg;
	news->rest = evtimer_new(base, on_rested, news);
	return news;
}

void
data_news_free(struct data_news *news)
{
	if (news == NULL)
		return;
	event_free(news->rest);
	free(news);
}

static bool
is_waiting(const struct data_news *news, const char *table)
{
	size_t i;

	for (i = 0; i < news->count; i++) {
		if (strcmp(news->tables[i], table) == 0)
			return true;
	}
	return false;
}

void
data_news_note(struct data_news *news, const char *table)
{
	size_t len = strlen(table);

	if (len > DATA_NEWS_NAME_MAX)
		table = "";
	if (!evtimer_pending(news->rest, NULL)) {
		start_rest(news);
		news->tell(table, news->arg);
	} else if (table[0] == '\0' || (news->count == DATA_NEWS_TABLES_MAX &&
					   !is_waiting(news, table))) {
		news->any = true;
	} else if (!is_waiting(news, table)) {
		memcpy(news->tables[news->count++], table, len + 1);
	}
}
