/*
 * data_handlers: the operations on databases, the own one and those of other
 * peers, and what the own database reports.
 */
#ifndef GOOPD_DATA_HANDLERS_H
#define GOOPD_DATA_HANDLERS_H

#include "goopd/data/store/store.h"
#include "goopd/goopd_state.h"

/* Of the own database; the argument is struct goopd. */
extern const struct store_listener goopd_store_listener;

/* Publish that a table of the own database changed. */
void goopd_tell_change(const char *table, void *goopd);

/* Log why the own database cannot be used, if it cannot. */
void goopd_tell_trouble(const struct goopd *);

/* Fail all calls that wait for an answer. */
void goopd_data_end(struct goopd *);

#endif
