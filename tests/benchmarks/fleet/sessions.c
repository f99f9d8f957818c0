/*
 * Copyright: (c) 2026, The portcullis.tcp_wrappers authors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An FTP client that only comes and goes: connects, reads the greeting, says QUIT and waits for the end, AT_ONCE times side by side, again
 * and again for SECONDS. Prints the sessions that were served, those that were not, and the seconds until the last one was over.
 * usage: sessions ADDRESS PORT AT_ONCE SECONDS
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 256
#define PATIENCE 10000 /* milliseconds: more than the 5 s for which tcpd holds a client that it refuses */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    struct pollfd places[MOST];
    int greeted[MOST] = {0}, open = 0;
    long served = 0, failed = 0;
    char text[512];
    if (argc != 5 || atoi(argv[3]) < 1 || atoi(argv[3]) > MOST) return 2;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) return 2;
    int count = atoi(argv[3]);
    double started = now(), end = started + atof(argv[4]);
    for (int i = 0; i < count; i++) places[i].fd = -1;
    for (;;) {
        for (int i = 0; i < count && now() < end; i++) {
            if (places[i].fd >= 0) continue;
            places[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            places[i].events = POLLIN;
            greeted[i] = 0;
            connect(places[i].fd, (struct sockaddr *)&to, sizeof to); /* a connection that fails is seen when it is read */
            open++;
        }
        if (!open) break;
        if (poll(places, count, PATIENCE) <= 0) {
            failed += open;
            break;
        }
        for (int i = 0; i < count; i++) {
            if (places[i].fd < 0 || !places[i].revents) continue;
            ssize_t length = read(places[i].fd, text, sizeof text);
            if (length > 0 && !greeted[i] && !memcmp(text, "220", 3)) greeted[i] = write(places[i].fd, "QUIT\r\n", 6) == 6;
            if (length > 0) continue;
            if (length == 0 && greeted[i]) served++;
            else failed++;
            close(places[i].fd);
            places[i].fd = -1;
            open--;
        }
    }
    printf("%ld %ld %.6f\n", served, failed, now() - started);
    return 0;
}
