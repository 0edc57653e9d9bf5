/*
 * store_writer: the thread that carries out writes: what has gathered in one
 * transaction, each request in a savepoint of its own, all committed with one
 * fsync. Only then do the callers hear. What changes tables has a transaction
 * of its own.
 */
#ifndef GOOPD_DATA_STORE_STORE_WRITER_H
#define GOOPD_DATA_STORE_STORE_WRITER_H

#include "goopd/data/store/store_work.h"

/* The main function of the thread; its argument is a struct store. */
void *store_writer_main(void *);

#endif
