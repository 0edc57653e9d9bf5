/*
 * store_reader: a thread that parses requests and carries out those that read;
 * those that write go on to the writer.
 */
#ifndef GOOPD_DATA_STORE_STORE_READER_H
#define GOOPD_DATA_STORE_STORE_READER_H

#include "goopd/data/store/store_work.h"

/* The main function of the thread; its argument is a struct store_reader. */
void *store_reader_main(void *);

#endif
