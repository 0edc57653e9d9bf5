/* daemon_status: what a daemon reports about itself. */
#ifndef COMMON_DAEMON_DAEMON_STATUS_H
#define COMMON_DAEMON_DAEMON_STATUS_H

/* Begin to count the time; opens what the sandbox will not let us open. */
void daemon_status_open(const char *name);

/* The line for people; cut if it is too long. */
void daemon_status_set(const char *text);

#endif
