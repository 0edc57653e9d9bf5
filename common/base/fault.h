/*
 * fault: the two ways a process ends on purpose. bug() reports a mistake of
 * ours and aborts; die() reports a failure of the environment and exits, so
 * that the supervisor may try again. Only the daemon frame, main.c and the
 * allocator call die().
 */
#ifndef COMMON_BASE_FAULT_H
#define COMMON_BASE_FAULT_H

void bug(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
void die(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

#endif
