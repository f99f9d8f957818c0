/* Copyright: (c) 2026, The portcullis.tcp_wrappers authors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ask the installed libwrap COUNT questions and print the CPU seconds and the verdicts.
 * usage: libwrap_speed ALLOW DENY COUNT < questions, one "daemon address name" a line, "-" for unknown
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <tcpd.h>

int allow_severity = LOG_INFO, deny_severity = LOG_WARNING;

#define MOST 20000

int main(int argc, char **argv)
{
    static char daemon[MOST][64], address[MOST][64], name[MOST][128];
    static char verdict[MOST + 1];
    struct timespec begin, end;
    long count, i, questions = 0;

    if (argc != 4)
        return 2;
    count = atol(argv[3]);
    while (questions < MOST && scanf("%63s %63s %127s", daemon[questions], address[questions], name[questions]) == 3) {
        if (!strcmp(address[questions], "-"))
            address[questions][0] = 0;
        if (!strcmp(name[questions], "-"))
            name[questions][0] = 0;
        questions++;
    }
    if (questions == 0)
        return 2;
    hosts_allow_table = argv[1];
    hosts_deny_table = argv[2];
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (i = 0; i < count; i++) {
        struct request_info request;
        long q = i % questions;
        request_init(&request, RQ_DAEMON, daemon[q], RQ_CLIENT_NAME, name[q], RQ_CLIENT_ADDR, address[q], 0);
        verdict[q] = hosts_access(&request) ? 'g' : 'd';
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%.9f %s\n", (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9, verdict);
    return 0;
}
