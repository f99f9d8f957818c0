/*
 * Copyright: (c) 2026, The portcullis.tcp_wrappers authors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers access-control questions with the libwrap that is installed. What libwrap would do to the world is recorded
 * instead: the functions below stand in for the C library's, since a program's own come before a shared library's.
 * usage: libwrap_server live|dry ALLOW DENY [NETGROUP=HOST ...]
 * stdin: NINE strings a question, each ended by a NUL. stdout: access, table, line, actions, and an empty string.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <tcpd.h>
#include <unistd.h>

enum { DAEMON, ADDRESS, NAME, USER, SERVER_ADDRESS, SERVER_NAME, SERVER_PORT, CLIENT_PORT, ACLEXEC_STATUS, NINE };

extern int dry_run, resident;

static char **netgroups;
static char *field[NINE];
static size_t room[NINE];
static char table[4096], line[16];
static char actions[1 << 18];
static size_t filled;
static int inside, next_dup, aclexec_failed;
static jmp_buf out_of_libwrap;

static void act(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    filled += vsnprintf(actions + filled, sizeof actions - filled, format, arguments) + 1;
    va_end(arguments);
}

/* "matched:  FILE line N" */
static void message(const char *format, va_list arguments)
{
    char text[16384], *place;
    vsnprintf(text, sizeof text, format, arguments);
    if (strncmp(text, "matched:  ", 10) == 0 && (place = strstr(text, " line ")) != NULL) {
        *place = 0;
        snprintf(table, sizeof table, "%.4000s", text + 10);
        snprintf(line, sizeof line, "%.15s", place + 6);
    }
}

void __vsyslog_chk(int priority, int flag, const char *format, va_list arguments)
{
    (void) priority; (void) flag;
    message(format, arguments);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list arguments;
    (void) priority; (void) flag;
    va_start(arguments, format);
    message(format, arguments);
    va_end(arguments);
}

void shell_cmd(char *command) { act("spawn %s", command); }
int setuid(uid_t user) { act("setuid %u", user); return 0; }
int setgid(gid_t group) { act("setgid %u", group); return 0; }
int setgroups(size_t count, const gid_t *list) { (void) count; (void) list; return 0; }
int initgroups(const char *user, gid_t group) { (void) user; (void) group; return 0; }
int nice(int value) { act("nice %d", value); return 0; }
mode_t umask(mode_t mask) { act("umask %o", mask); return 022; }
unsigned sleep(unsigned seconds) { (void) seconds; return 0; }
int yp_get_default_domain(char **domain) { static char name[] = "domain"; *domain = name; return 0; }
void rfc931(struct sockaddr_in *client, struct sockaddr_in *server, char *user) { (void) client; (void) server; strcpy(user, "unknown"); }
int close(int fd) { return inside && fd < 3 ? 0 : (int) syscall(SYS_close, fd); } /* others are those of the name service */
int dup(int fd) { return inside ? next_dup++ : (int) syscall(SYS_dup, fd); }
pid_t fork(void) { return inside ? 4242 : (pid_t) syscall(SYS_fork); }
ssize_t write(int fd, const void *bytes, size_t size) { return inside ? (ssize_t) size : syscall(SYS_write, fd, bytes, size); }

int setenv(const char *name, const char *value, int overwrite)
{
    (void) overwrite;
    if (*name == 0 || strchr(name, '=') != NULL)
        return -1;      /* as the C library */
    act("setenv %s=%s", name, value);
    return 0;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    (void) fd; (void) level; (void) size;
    if (option == SO_LINGER)
        act("linger %d", ((const struct linger *) value)->l_linger);
    else
        act(option == SO_KEEPALIVE ? "keepalive" : "setsockopt %d", option);
    return 0;
}

pid_t wait(int *status)
{
    *status = atoi(field[ACLEXEC_STATUS]) << 8;
    aclexec_failed |= *status != 0;
    return 4242;
}

int execl(const char *path, const char *argument, ...)
{
    va_list arguments;
    const char *last = argument;
    (void) path;
    va_start(arguments, argument);
    while (argument != NULL) {
        last = argument;
        argument = va_arg(arguments, const char *);
    }
    va_end(arguments);
    act("twist %s", last);
    longjmp(out_of_libwrap, 2);
}

void exit(int status)
{
    if (inside)
        longjmp(out_of_libwrap, 1);
    _exit(status);
}

int innetgr(const char *group, const char *host, const char *user, const char *domain)
{
    char wanted[4096];
    char **known;
    (void) user; (void) domain;
    snprintf(wanted, sizeof wanted, "%s=%s", group, host);
    for (known = netgroups; *known != NULL; known++)
        if (strcmp(*known, wanted) == 0)
            return 1;
    return 0;
}

/* what libwrap had open when it was left: enough of them, and it can open no table any more, and denies */
static void close_left_open(void)
{
    int fd;
    for (fd = 3; fd < 16; fd++)
        syscall(SYS_close, fd);
}

static const char *ask(int live)
{
    struct request_info request;
    struct sockaddr_in server, client;
    int granted;

    memset(&server, 0, sizeof server);
    memset(&client, 0, sizeof client);
    server.sin_family = client.sin_family = AF_INET;
    server.sin_port = htons(atoi(field[SERVER_PORT]));
    client.sin_port = htons(atoi(field[CLIENT_PORT]));
    request_init(&request, RQ_DAEMON, field[DAEMON], RQ_CLIENT_NAME, field[NAME], RQ_CLIENT_ADDR, field[ADDRESS], RQ_USER, field[USER],
                 RQ_SERVER_NAME, field[SERVER_NAME], RQ_SERVER_ADDR, field[SERVER_ADDRESS], 0);
    if (*field[SERVER_PORT])
        request_set(&request, RQ_SERVER_SIN, &server, 0);
    if (*field[CLIENT_PORT])
        request_set(&request, RQ_CLIENT_SIN, &client, 0);
    dry_run = !live;
    resident = -1;
    next_dup = 0;
    switch (setjmp(out_of_libwrap)) {
    case 0:
        inside = 1;
        granted = hosts_access(&request);
        inside = 0;
        return !live && !dry_run ? "delegated" : granted ? "granted" : "denied";
    case 1:
        inside = 0;
        close_left_open();
        return "aborted";
    default:
        inside = 0;
        close_left_open();
        return "delegated";
    }
}

int main(int argc, char **argv)
{
    int live, number;
    const char *access;

    if (argc < 4)
        return 2;
    live = strcmp(argv[1], "live") == 0;
    hosts_allow_table = argv[2];
    hosts_deny_table = argv[3];
    netgroups = argv + 4;
    hosts_access_verbose = 2;   /* libwrap then tells file and line of the rule */
    /* a failed aclexec is kept for the rest of the process, so the process ends there */
    while (!aclexec_failed) {
        for (number = 0; number < NINE; number++)
            if (getdelim(&field[number], &room[number], 0, stdin) < 0)
                _exit(0);
        filled = 0;
        table[0] = line[0] = 0;
        access = ask(live);
        printf("%s%c%s%c%s%c", access, 0, table, 0, line, 0);
        fwrite(actions, 1, filled, stdout);
        putchar(0);
        fflush(stdout);
    }
    _exit(0);
}
