#include "cli/data/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include <sqlite3.h>

enum { PROGRESS_STEPS = 10000 };

static volatile sig_atomic_t came;
static sqlite3 *volatile watched;

static void
on_signal(int number)
{
	(void)number;
	came = 1;
	if (watched != NULL)
		sqlite3_interrupt(watched);
}

static void catch (int number)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(number, &action, NULL); /* without SA_RESTART */
}

void
interrupt_catch_key(void)
{
	catch (SIGINT);
}

void
interrupt_catch(void)
{
	catch (SIGINT);
	catch (SIGTERM);
	catch (SIGHUP);
}

bool
interrupt_came(void)
{
	return came != 0;
}

void
interrupt_forget(void)
{
	came = 0;
}

static int
on_progress(void *arg)
{
	(void)arg;
	return came; /* not 0: break off */
}

/* sqlite3_interrupt() reaches what runs, the other what begins just then. */
void
interrupt_watch(sqlite3 *db)
{
	sqlite3 *before = watched;

	watched = db;
	if (before != NULL)
		sqlite3_progress_handler(before, 0, NULL, NULL);
	if (db != NULL)
		sqlite3_progress_handler(db, PROGRESS_STEPS, on_progress, NULL);
}
