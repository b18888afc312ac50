/*
 * wanem - user-space wide-area network emulator between two network namespaces.
 *
 * One TUN device is made in each of two existing network namespaces and every
 * IP packet is carried from one to the other through an emulated link:
 *
 *     tun A --> [token bucket + drop-tail queue] --> [loss] --> [delay line] --> tun B
 *
 * and the same, with its own parameters and its own random stream, from B to A.
 *
 *  - The bottleneck is a token bucket (rate, burst) in front of which stands a
 *    drop-tail queue of a fixed number of bytes. Bytes are IP bytes.
 *  - Random loss happens AFTER the bottleneck, as on a long noisy link, so that
 *    a sender which fills the link gets exactly (1 - loss) x rate through.
 *    Independent losses by default; --loss-burst N > 1 gives Gilbert losses in
 *    runs of N packets on average, at the same long-term loss ratio.
 *  - Jitter is uniform in [0, jitter] and keeps packet order. Reordering is
 *    separate: a packet is held back by --reorder-delay with the given chance.
 *  - The clock of the queue is the moment the emulator reads a packet. A change
 *    of rate while it runs applies to the packets that come after it.
 *  - Random draws come from a seeded generator, one stream per direction, one
 *    fixed number of draws per packet: the fate of the n-th packet depends on
 *    the seed alone.
 *
 * What the emulator could not do faithfully is counted, never hidden: packets
 * the kernel dropped because the emulator did not read fast enough
 * ("ring_drop"), memory exhaustion ("nobuf_drop"), failed writes, and how late
 * each packet was handed over against its due time ("late").
 *
 * For measurements it also notes when the first full-size UDP packet came in
 * ("first_datagram_us", microseconds since 1970) and, with --trace, a line of
 * running byte counters per direction and protocol every 20 ms.
 *
 * One file, so that one compiler call builds it anywhere:
 *     gcc -O2 -Wall -Wextra -o wanem wanem.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define VNET_HDR   10                     /* struct virtio_net_hdr            */
#define SLOT       2048                   /* bytes in one packet buffer       */
#define CHUNK      1024                   /* buffers allocated at once        */
#define READ_BATCH 512                    /* packets read per device and turn */
#define LATE_BINS  24                     /* log2 microsecond histogram       */
#define FULL_BYTES 1000                   /* an IP packet that carries payload */
#define TRACE_NS   20000000u              /* between two lines of --trace     */
#define PROTO_TCP  6
#define PROTO_UDP  17

/* ------------------------------------------------------------------ types */

struct params {
    double delay_ms, jitter_ms;           /* one way                          */
    double loss_pct, loss_burst;          /* percent; mean run length         */
    double rate_bps;                      /* 0 = no cap                       */
    double queue_bytes, burst_bytes;      /* <0 = choose a default            */
    double reorder_pct, reorder_ms;
    double dup_pct;
};

struct pkt {
    uint64_t due, seq;                    /* ns on CLOCK_MONOTONIC; tie-break */
    struct pkt *next;                     /* free list                        */
    uint32_t len;                         /* with the vnet header             */
    uint8_t data[SLOT - 32];
};

struct stats {
    uint64_t in_pkts, in_bytes, out_pkts, out_bytes;
    uint64_t loss_drop, queue_drop, nobuf_drop, oversize_drop, write_fail;
    uint64_t duplicated, reordered;
    uint64_t queue_peak;                  /* bytes                            */
    uint64_t out_tcp_bytes, out_udp_bytes;
    uint64_t first_datagram_us;           /* wall clock; 0 = none yet         */
    uint64_t first_ns, last_ns;           /* first and last delivery          */
    uint64_t late[LATE_BINS], late_sum_ns, late_max_ns;
};

struct endpoint {
    const char *ns, *dev;
    int fd, procfd;                       /* TUN; /proc/net/dev of its netns  */
    uint64_t ring_drop0;
};

struct dir {
    const char *name;
    struct params p;
    struct endpoint *from, *to;
    uint64_t rng[2];
    bool bad;                             /* Gilbert state                    */
    uint64_t tat;                         /* when the bottleneck is free, ns  */
    uint64_t last_due, seq;
    struct pkt **ring; size_t rcap, rhead, rlen;   /* in order                */
    struct pkt **heap; size_t hcap, hlen;          /* held back (reordered)   */
    struct stats s;
};

/* ---------------------------------------------------------------- helpers */

static volatile sig_atomic_t g_stop, g_dump;
static struct pkt *g_free;
static uint64_t g_alloc, g_max_pkts = 400000;

static void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void die(const char *fmt, ...)
{
    va_list ap;
    fputs("wanem: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static void *xrealloc(void *p, size_t n)
{
    p = realloc(p, n);
    if (!p)
        die("out of memory");
    return p;
}

static uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
}

static uint64_t wall_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000000u + ts.tv_nsec / 1000;
}

/* Protocol number of an IPv4 packet or of an IPv6 packet without extensions. */
static int protocol_of(const struct pkt *p)
{
    const uint8_t *ip = p->data + VNET_HDR;
    uint32_t bytes = p->len - VNET_HDR;
    if (bytes < 20)
        return -1;
    return ip[0] >> 4 == 4 ? ip[9] : ip[0] >> 4 == 6 ? ip[6] : -1;
}

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double rnd(struct dir *d)          /* xoroshiro128+, in [0,1)          */
{
    uint64_t a = d->rng[0], b = d->rng[1], r = a + b;
    b ^= a;
    d->rng[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    d->rng[1] = (b << 37) | (b >> 27);
    return (double)(r >> 11) * 0x1p-53;
}

static struct pkt *pkt_get(void)
{
    if (!g_free) {
        if (g_alloc >= g_max_pkts)
            return NULL;
        struct pkt *c = malloc(sizeof *c * CHUNK);
        if (!c)
            return NULL;
        for (int i = 0; i < CHUNK; i++) {
            c[i].next = g_free;
            g_free = &c[i];
        }
        g_alloc += CHUNK;
    }
    struct pkt *p = g_free;
    g_free = p->next;
    return p;
}

static void pkt_put(struct pkt *p)
{
    p->next = g_free;
    g_free = p;
}

/* ------------------------------------------------- delay line of one path */

static void ring_push(struct dir *d, struct pkt *p)
{
    if (d->rlen == d->rcap) {
        size_t n = d->rcap ? d->rcap * 2 : 4096;
        struct pkt **r = xrealloc(NULL, n * sizeof *r);
        for (size_t i = 0; i < d->rlen; i++)
            r[i] = d->ring[(d->rhead + i) & (d->rcap - 1)];
        free(d->ring);
        d->ring = r, d->rcap = n, d->rhead = 0;
    }
    d->ring[(d->rhead + d->rlen++) & (d->rcap - 1)] = p;
}

static bool before(const struct pkt *a, const struct pkt *b)
{
    return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

static void heap_push(struct dir *d, struct pkt *p)
{
    if (d->hlen == d->hcap) {
        d->hcap = d->hcap ? d->hcap * 2 : 1024;
        d->heap = xrealloc(d->heap, d->hcap * sizeof *d->heap);
    }
    size_t i = d->hlen++;
    while (i && before(p, d->heap[(i - 1) / 2])) {
        d->heap[i] = d->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    d->heap[i] = p;
}

static void heap_pop(struct dir *d)
{
    struct pkt *p = d->heap[--d->hlen];
    size_t i = 0, c;
    while ((c = 2 * i + 1) < d->hlen) {
        if (c + 1 < d->hlen && before(d->heap[c + 1], d->heap[c]))
            c++;
        if (!before(d->heap[c], p))
            break;
        d->heap[i] = d->heap[c];
        i = c;
    }
    if (d->hlen)
        d->heap[i] = p;
}

static struct pkt *peek(struct dir *d)
{
    struct pkt *r = d->rlen ? d->ring[d->rhead] : NULL;
    struct pkt *h = d->hlen ? d->heap[0] : NULL;
    return !r ? h : !h ? r : before(h, r) ? h : r;
}

static void pop(struct dir *d, struct pkt *p)
{
    if (d->hlen && d->heap[0] == p) {
        heap_pop(d);
    } else {
        d->rhead = (d->rhead + 1) & (d->rcap - 1);
        d->rlen--;
    }
}

/* ---------------------------------------------------------- the emulation */

static double burst_of(const struct params *p)     /* default: 1 ms at rate   */
{
    double b = p->burst_bytes >= 0 ? p->burst_bytes : p->rate_bps / 8 * 0.001;
    return b < 3000 ? 3000 : b;
}

static double queue_of(const struct params *p)     /* default: 100 ms at rate */
{
    double q = p->queue_bytes >= 0 ? p->queue_bytes : p->rate_bps / 8 * 0.1;
    return q < 3000 ? 3000 : q;
}

static void arrive(struct dir *d, struct pkt *p, uint64_t now)
{
    const struct params *c = &d->p;
    uint32_t bytes = p->len - VNET_HDR;
    /* always the same number of draws per packet, whatever the parameters */
    double r_loss = rnd(d), r_jit = rnd(d), r_ord = rnd(d), r_dup = rnd(d);
    uint64_t depart = now;

    d->s.in_pkts++;
    d->s.in_bytes += bytes;
    if (!d->s.first_datagram_us && bytes >= FULL_BYTES && protocol_of(p) == PROTO_UDP)
        d->s.first_datagram_us = wall_us();

    if (c->rate_bps > 0) {
        double ns_per_byte = 8e9 / c->rate_bps;
        uint64_t credit = (uint64_t)(burst_of(c) * ns_per_byte);
        if (d->tat + credit < now)
            d->tat = now - credit;
        uint64_t queued = d->tat > now ? (uint64_t)((d->tat - now) / ns_per_byte) : 0;
        if (queued + bytes > queue_of(c)) {
            d->s.queue_drop++;
            pkt_put(p);
            return;
        }
        if (queued + bytes > d->s.queue_peak)
            d->s.queue_peak = queued + bytes;
        d->tat += (uint64_t)(bytes * ns_per_byte);
        depart = d->tat > now ? d->tat : now;
    }

    bool lost;
    if (c->loss_burst > 1 && c->loss_pct > 0 && c->loss_pct < 100) {
        double q = c->loss_pct / 100;
        double stay = d->bad ? 1 - 1 / c->loss_burst : q / (c->loss_burst * (1 - q));
        d->bad = r_loss < stay;
        lost = d->bad;
    } else {
        lost = r_loss * 100 < c->loss_pct;
    }
    if (lost) {
        d->s.loss_drop++;
        pkt_put(p);
        return;
    }

    p->due = depart + (uint64_t)((c->delay_ms + r_jit * c->jitter_ms) * 1e6);
    p->seq = d->seq++;
    if (r_dup * 100 < c->dup_pct) {
        struct pkt *q = pkt_get();
        if (q) {
            *q = *p;
            q->seq = d->seq++;
            heap_push(d, q);
            d->s.duplicated++;
        }
    }
    if (r_ord * 100 < c->reorder_pct) {
        p->due += (uint64_t)(c->reorder_ms * 1e6);
        d->s.reordered++;
        heap_push(d, p);
        return;
    }
    if (p->due < d->last_due)
        p->due = d->last_due;
    d->last_due = p->due;
    ring_push(d, p);
}

static int pull(struct dir *d)            /* read what the sender handed over */
{
    int n;
    for (n = 0; n < READ_BATCH; n++) {
        struct pkt *p = pkt_get();
        if (!p) {                         /* no memory: read and throw away   */
            uint8_t waste[SLOT];
            if (read(d->from->fd, waste, sizeof waste) <= 0)
                break;
            d->s.nobuf_drop++;
            continue;
        }
        ssize_t r = read(d->from->fd, p->data, sizeof p->data);
        if (r <= VNET_HDR) {
            pkt_put(p);
            if (r < 0 && errno != EAGAIN && errno != EINTR && errno != EIO)
                die("read %s: %s", d->from->dev, strerror(errno));
            break;
        }
        if ((size_t)r >= sizeof p->data) {
            d->s.oversize_drop++;
            pkt_put(p);
            continue;
        }
        p->len = (uint32_t)r;
        arrive(d, p, now_ns());
    }
    return n;
}

static void push(struct dir *d)           /* hand over what is due            */
{
    struct pkt *p;
    uint64_t now = now_ns();
    int n = 0;
    while ((p = peek(d)) && p->due <= now) {
        pop(d, p);
        uint64_t late = now - p->due, us = late / 1000;
        int bin = us ? 64 - __builtin_clzll(us) : 0;
        d->s.late[bin < LATE_BINS ? bin : LATE_BINS - 1]++;
        d->s.late_sum_ns += late;
        if (late > d->s.late_max_ns)
            d->s.late_max_ns = late;
        if (write(d->to->fd, p->data, p->len) != (ssize_t)p->len) {
            d->s.write_fail++;
        } else {
            uint32_t bytes = p->len - VNET_HDR;
            int protocol = protocol_of(p);
            d->s.out_pkts++;
            d->s.out_bytes += bytes;
            if (protocol == PROTO_TCP)
                d->s.out_tcp_bytes += bytes;
            else if (protocol == PROTO_UDP)
                d->s.out_udp_bytes += bytes;
        }
        if (!d->s.first_ns)
            d->s.first_ns = now;
        d->s.last_ns = now;
        pkt_put(p);
        if (!(++n & 15))
            now = now_ns();
        if (n >= 2 * READ_BATCH)          /* let the other side have its turn */
            break;
    }
}

/* ------------------------------------------------------------- statistics */

static uint64_t ring_drops(const struct endpoint *e)   /* tx_dropped of e->dev */
{
    char buf[16384];
    ssize_t n = pread(e->procfd, buf, sizeof buf - 1, 0);
    if (n <= 0)
        return 0;
    buf[n] = 0;
    for (char *save, *l = strtok_r(buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
        while (*l == ' ')
            l++;
        size_t k = strlen(e->dev);
        if (strncmp(l, e->dev, k) || l[k] != ':')
            continue;
        uint64_t f[16] = {0};
        char *q = l + k + 1;
        for (int i = 0; i < 16; i++)
            f[i] = strtoull(q, &q, 10);
        return f[11];
    }
    return 0;
}

static uint64_t late_quantile(const struct stats *s, double q)  /* upper bound, us */
{
    uint64_t n = 0, all = 0;
    for (int i = 0; i < LATE_BINS; i++)
        all += s->late[i];
    for (int i = 0; i < LATE_BINS; i++)
        if ((n += s->late[i]) >= q * all)
            return all ? 1ull << i : 0;
    return 0;
}

static void print_stats(FILE *f, struct dir dirs[2])
{
    fputs("{", f);
    for (int i = 0; i < 2; i++) {
        struct dir *d = &dirs[i];
        const struct stats *s = &d->s;
        uint64_t sent = s->out_pkts + s->write_fail;
        double sec = (s->last_ns - s->first_ns) / 1e9;
        fprintf(f, "%s\"%s\":{\"in_pkts\":%" PRIu64 ",\"in_bytes\":%" PRIu64
                ",\"out_pkts\":%" PRIu64 ",\"out_bytes\":%" PRIu64
                ",\"loss_drop\":%" PRIu64 ",\"queue_drop\":%" PRIu64
                ",\"ring_drop\":%" PRIu64 ",\"nobuf_drop\":%" PRIu64
                ",\"oversize_drop\":%" PRIu64 ",\"write_fail\":%" PRIu64
                ",\"duplicated\":%" PRIu64 ",\"reordered\":%" PRIu64
                ",\"out_tcp_bytes\":%" PRIu64 ",\"out_udp_bytes\":%" PRIu64
                ",\"first_datagram_us\":%" PRIu64
                ",\"held\":%zu,\"queue_peak_bytes\":%" PRIu64
                ",\"out_mbps\":%.2f,\"late_us\":{\"mean\":%.1f,\"p50\":%" PRIu64
                ",\"p99\":%" PRIu64 ",\"max\":%.1f}}",
                i ? ",\n " : "", d->name, s->in_pkts, s->in_bytes, s->out_pkts, s->out_bytes,
                s->loss_drop, s->queue_drop, ring_drops(d->from) - d->from->ring_drop0,
                s->nobuf_drop, s->oversize_drop, s->write_fail, s->duplicated, s->reordered,
                s->out_tcp_bytes, s->out_udp_bytes, s->first_datagram_us, d->rlen + d->hlen, s->queue_peak, sec > 0 ? s->out_bytes * 8 / sec / 1e6 : 0,
                sent ? s->late_sum_ns / 1e3 / sent : 0, late_quantile(s, .5),
                late_quantile(s, .99), s->late_max_ns / 1e3);
    }
    fputs("}\n", f);
    fflush(f);
}

static void write_stats(const char *path, struct dir dirs[2])
{
    if (!path) {
        print_stats(stdout, dirs);
        return;
    }
    char tmp[4096];
    snprintf(tmp, sizeof tmp, "%s.tmp", path);
    FILE *f = fopen(tmp, "w");
    if (!f) {
        fprintf(stderr, "wanem: %s: %s\n", tmp, strerror(errno));
        return;
    }
    print_stats(f, dirs);
    fclose(f);
    rename(tmp, path);
}

/* One line: wall clock in us, then for a->b and b->a: bytes in, TCP out, UDP out. */
static void write_trace(FILE *f, const struct dir dirs[2])
{
    fprintf(f, "%" PRIu64, wall_us());
    for (int i = 0; i < 2; i++)
        fprintf(f, " %" PRIu64 " %" PRIu64 " %" PRIu64, dirs[i].s.in_bytes, dirs[i].s.out_tcp_bytes,
                dirs[i].s.out_udp_bytes);
    fputc('\n', f);
    fflush(f);
}

/* ------------------------------------------------------------- parameters */

static bool number(const char *s, double *v, const char **unit)
{
    char *e;
    errno = 0;
    *v = strtod(s, &e);
    *unit = e;
    return e != s && !errno && isfinite(*v) && *v >= 0;
}

static bool parse_plain(const char *s, double *v)
{
    const char *u;
    return number(s, v, &u) && (!*u || !strcmp(u, "%") || !strcmp(u, "ms"));
}

static bool parse_rate(const char *s, double *v)
{
    static const struct { const char *n; double f; } u[] = {
        {"", 1}, {"bit", 1}, {"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9},
        {"k", 1e3}, {"m", 1e6}, {"g", 1e9} };
    const char *e;
    if (!number(s, v, &e))
        return false;
    for (size_t i = 0; i < sizeof u / sizeof *u; i++)
        if (!strcasecmp(e, u[i].n)) {
            *v *= u[i].f;
            return true;
        }
    return false;
}

static bool parse_bytes(const char *s, double *v)
{
    static const struct { const char *n; double f; } u[] = {
        {"", 1}, {"b", 1}, {"k", 1e3}, {"kb", 1e3}, {"kib", 1024}, {"m", 1e6},
        {"mb", 1e6}, {"mib", 1048576}, {"g", 1e9}, {"gb", 1e9}, {"gib", 1073741824.0} };
    const char *e;
    if (!number(s, v, &e))
        return false;
    for (size_t i = 0; i < sizeof u / sizeof *u; i++)
        if (!strcasecmp(e, u[i].n)) {
            *v *= u[i].f;
            return true;
        }
    return false;
}

static const struct field {
    const char *name;
    size_t off;
    bool (*parse)(const char *, double *);
    double max;
} FIELDS[] = {
    {"delay",         offsetof(struct params, delay_ms),    parse_plain, 60000},
    {"jitter",        offsetof(struct params, jitter_ms),   parse_plain, 60000},
    {"loss",          offsetof(struct params, loss_pct),    parse_plain, 100},
    {"loss-burst",    offsetof(struct params, loss_burst),  parse_plain, 1e6},
    {"rate",          offsetof(struct params, rate_bps),    parse_rate,  1e12},
    {"queue",         offsetof(struct params, queue_bytes), parse_bytes, 1e11},
    {"burst",         offsetof(struct params, burst_bytes), parse_bytes, 1e10},
    {"reorder",       offsetof(struct params, reorder_pct), parse_plain, 100},
    {"reorder-delay", offsetof(struct params, reorder_ms),  parse_plain, 60000},
    {"duplicate",     offsetof(struct params, dup_pct),     parse_plain, 100},
};

/* "rtt", or a field name, or a field name with -ab or -ba; false = not one */
static bool set_param(struct dir dirs[2], const char *key, const char *val, char *err, size_t errlen)
{
    double v;
    *err = 0;
    if (!strcmp(key, "rtt")) {
        if (!parse_plain(val, &v) || v > 120000) {
            snprintf(err, errlen, "bad value for rtt: %s", val);
            return true;
        }
        dirs[0].p.delay_ms = dirs[1].p.delay_ms = v / 2;
        return true;
    }
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        const struct field *f = &FIELDS[i];
        size_t k = strlen(f->name);
        if (strncmp(key, f->name, k))
            continue;
        const char *suf = key + k;
        bool ab = !*suf || !strcmp(suf, "-ab"), ba = !*suf || !strcmp(suf, "-ba");
        if (!ab && !ba)
            continue;
        if (!f->parse(val, &v) || v > f->max) {
            snprintf(err, errlen, "bad value for %s: %s", key, val);
            return true;
        }
        if (ab)
            *(double *)((char *)&dirs[0].p + f->off) = v;
        if (ba)
            *(double *)((char *)&dirs[1].p + f->off) = v;
        return true;
    }
    return false;
}

static void control(int fd, struct dir dirs[2])     /* "key=value key=value" */
{
    char buf[2048], err[256], reply[512] = "ok";
    struct sockaddr_un from;
    socklen_t fl = sizeof from;
    ssize_t n = recvfrom(fd, buf, sizeof buf - 1, MSG_DONTWAIT, (struct sockaddr *)&from, &fl);
    if (n < 0)
        return;
    buf[n] = 0;
    struct params keep[2] = {dirs[0].p, dirs[1].p};
    for (char *save, *t = strtok_r(buf, " \n", &save); t; t = strtok_r(NULL, " \n", &save)) {
        char *eq = strchr(t, '=');
        *err = 0;
        if (!strcmp(t, "reset-stats")) {
            for (int i = 0; i < 2; i++) {
                memset(&dirs[i].s, 0, sizeof dirs[i].s);
                dirs[i].from->ring_drop0 = ring_drops(dirs[i].from);
            }
            continue;
        }
        if (eq)
            *eq = 0;
        if (!eq || !set_param(dirs, t, eq + 1, err, sizeof err))
            snprintf(err, sizeof err, "unknown setting: %s", t);
        if (*err) {                       /* all or nothing */
            dirs[0].p = keep[0], dirs[1].p = keep[1];
            snprintf(reply, sizeof reply, "error: %s", err);
            break;
        }
    }
    if (fl > sizeof(sa_family_t))
        sendto(fd, reply, strlen(reply), MSG_DONTWAIT, (struct sockaddr *)&from, fl);
    fprintf(stderr, "wanem: control: %s\n", reply);
}

static int control_send(const char *path, const char *msg)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX}, me = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof to.sun_path)
        die("control socket: %s", fd < 0 ? strerror(errno) : "path too long");
    strcpy(to.sun_path, path);
    if (bind(fd, (struct sockaddr *)&me, sizeof(sa_family_t)) < 0 ||
        sendto(fd, msg, strlen(msg), 0, (struct sockaddr *)&to, sizeof to) < 0)
        die("control %s: %s", path, strerror(errno));
    struct pollfd pf = {fd, POLLIN, 0};
    char buf[512];
    ssize_t n = poll(&pf, 1, 2000) == 1 ? recv(fd, buf, sizeof buf - 1, 0) : -1;
    if (n < 0)
        die("control %s: no answer", path);
    buf[n] = 0;
    puts(buf);
    return strncmp(buf, "ok", 2) ? 1 : 0;
}

/* ------------------------------------------------------------------ set-up */

static void open_tun(struct endpoint *e, int home)
{
    char path[300];
    if (e->ns) {
        snprintf(path, sizeof path, strchr(e->ns, '/') ? "%s" : "/run/netns/%s", e->ns);
        int nfd = open(path, O_RDONLY | O_CLOEXEC);
        if (nfd < 0)
            die("namespace %s: %s", e->ns, strerror(errno));
        if (setns(nfd, CLONE_NEWNET) < 0)
            die("enter namespace %s: %s", e->ns, strerror(errno));
        close(nfd);
    }
    e->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (e->fd < 0)
        die("/dev/net/tun: %s", strerror(errno));
    struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    snprintf(ifr.ifr_name, IFNAMSIZ, "%s", e->dev);
    if (ioctl(e->fd, TUNSETIFF, &ifr) < 0)
        die("create %s: %s", e->dev, strerror(errno));
    /* Checksum offload only: a segment is one packet to us, as on a wire. The
     * virtio header is handed through, so nobody computes a checksum. */
    if (ioctl(e->fd, TUNSETOFFLOAD, TUN_F_CSUM) < 0)
        die("offload on %s: %s", e->dev, strerror(errno));
    e->procfd = open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
    if (e->ns && setns(home, CLONE_NEWNET) < 0)
        die("return to first namespace: %s", strerror(errno));
}

static void on_signal(int sig)
{
    if (sig == SIGUSR1)
        g_dump = 1;
    else
        g_stop = 1;
}

static void usage(FILE *f)
{
    fputs(
"usage: wanem --ns-a NAME --ns-b NAME [options]\n"
"       wanem --send SOCKET 'key=value ...'      change a running emulator\n"
"\n"
"Carries IP packets between a TUN device in namespace A and one in B.\n"
"\n"
"path (each also as --KEY-ab and --KEY-ba for one direction only):\n"
"  --rtt MS             sets the delay of each direction to half of MS\n"
"  --delay MS           one-way delay                           (default 0)\n"
"  --jitter MS          extra delay, uniform in 0..MS, in order (0)\n"
"  --loss PCT           random loss after the bottleneck        (0)\n"
"  --loss-burst N       mean run of lost packets; 1 = independent (1)\n"
"  --rate RATE          IP bits per second: 300mbit, 1gbit; 0 = no cap (0)\n"
"  --queue BYTES        drop-tail queue: 2MB, 512KiB            (100 ms at rate)\n"
"  --burst BYTES        token bucket depth                      (1 ms at rate)\n"
"  --reorder PCT        chance that a packet is held back       (0)\n"
"  --reorder-delay MS   for how long                            (2)\n"
"  --duplicate PCT      chance that a packet is doubled         (0)\n"
"\n"
"running:\n"
"  --dev-a, --dev-b NAME  device names                          (wan0)\n"
"  --seed N             random seed                             (1)\n"
"  --tick US            shortest sleep between two turns        (100)\n"
"  --rt                 real-time scheduling (needs CAP_SYS_NICE)\n"
"  --max-packets N      packets held at most                    (400000)\n"
"  --stats FILE         write the JSON statistics there         (stdout)\n"
"  --trace FILE         a line every 20 ms: time in us, then for each direction\n"
"                       bytes in, TCP bytes out, UDP bytes out\n"
"  --pid FILE           write the process id there once the devices exist\n"
"  --control SOCKET     listen for changes (see --send); keys as above,\n"
"                       without dashes in front, and reset-stats\n"
"  --help\n"
"\n"
"Statistics come at exit (SIGINT, SIGTERM) and on SIGUSR1. A run is faithful if\n"
"ring_drop, nobuf_drop and write_fail are 0 and late_us is small against the RTT.\n", f);
}

/* What the command line says beside the path itself. */
struct settings {
    const char *stats, *pidfile, *ctl, *trace;
    uint64_t seed, tick_ns;
    bool rt;
};

static const char **text_option(const char *key, struct settings *o, struct endpoint *a, struct endpoint *b)
{
    return !strcmp(key, "ns-a") ? &a->ns : !strcmp(key, "ns-b") ? &b->ns
         : !strcmp(key, "dev-a") ? &a->dev : !strcmp(key, "dev-b") ? &b->dev
         : !strcmp(key, "stats") ? &o->stats : !strcmp(key, "pid") ? &o->pidfile
         : !strcmp(key, "control") ? &o->ctl : !strcmp(key, "trace") ? &o->trace : NULL;
}

static void parse_option(const char *key, const char *val, struct settings *o, struct dir dirs[2])
{
    char *end = "", err[256];
    const char **text = text_option(key, o, dirs[0].from, dirs[0].to);
    if (text)
        *text = val;
    else if (!strcmp(key, "seed"))
        o->seed = strtoull(val, &end, 0);
    else if (!strcmp(key, "tick"))
        o->tick_ns = strtoull(val, &end, 10) * 1000;
    else if (!strcmp(key, "max-packets"))
        g_max_pkts = strtoull(val, &end, 10);
    else if (!set_param(dirs, key, val, err, sizeof err))
        die("unknown option --%s (try --help)", key);
    else if (*err)
        die("%s", err);
    if (*end)
        die("bad number for --%s: %s", key, val);
}

/* Ends the process itself for --help and --send. */
static void parse_command_line(int argc, char **argv, struct settings *o, struct dir dirs[2])
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
            usage(stdout);
            exit(0);
        }
        if (!strcmp(word, "--rt")) {
            o->rt = true;
            continue;
        }
        if (strncmp(word, "--", 2) || !word[2])
            die("unexpected argument: %s (try --help)", word);
        if (i + 1 >= argc)
            die("%s needs a value (try --help)", word);
        const char *val = argv[++i];
        if (!strcmp(word, "--send")) {
            if (i + 1 >= argc)
                die("--send SOCKET 'key=value ...'");
            exit(control_send(val, argv[i + 1]));
        }
        parse_option(word + 2, val, o, dirs);
    }
    if (!dirs[0].from->ns || !dirs[0].to->ns)
        die("--ns-a and --ns-b are needed (try --help)");
    if (strlen(dirs[0].from->dev) >= IFNAMSIZ || strlen(dirs[0].to->dev) >= IFNAMSIZ)
        die("device name too long");
}

static int open_control(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof un.sun_path)
        die("control path too long");
    strcpy(un.sun_path, path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof un) < 0)
        die("control %s: %s", path, strerror(errno));
    return fd;
}

static FILE *must_open(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f)
        die("%s: %s", path, strerror(errno));
    return f;
}

/* Signals are delivered only while the loop sleeps; returns the mask for that. */
static sigset_t catch_signals(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    sigset_t block, normal;
    sigemptyset(&block);
    for (const int *s = (const int[]){SIGINT, SIGTERM, SIGHUP, SIGUSR1, 0}; *s; s++) {
        sigaction(*s, &sa, NULL);
        sigaddset(&block, *s);
    }
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &block, &normal);
    return normal;
}

static void prefer_punctual(bool rt)
{
    prctl(PR_SET_TIMERSLACK, 1000UL);
    struct sched_param sp = {.sched_priority = 10};
    if (rt && sched_setscheduler(0, SCHED_FIFO, &sp) < 0)
        fprintf(stderr, "wanem: real-time scheduling: %s\n", strerror(errno));
}

static uint64_t next_due(struct dir dirs[2])
{
    uint64_t due = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
        struct pkt *p = peek(&dirs[i]);
        if (p && p->due < due)
            due = p->due;
    }
    return due;
}

static void carry(struct dir dirs[2], const struct settings *o, int cfd, FILE *trace, const sigset_t *normal)
{
    struct pollfd pf[3] = {{dirs[0].from->fd, POLLIN, 0}, {dirs[1].from->fd, POLLIN, 0}, {cfd, POLLIN, 0}};
    uint64_t next_trace = 0;
    for (unsigned turn = 0; !g_stop; turn++) {
        int got = pull(&dirs[0]);
        got += pull(&dirs[1]);
        push(&dirs[0]);
        push(&dirs[1]);

        uint64_t now = now_ns(), wake = next_due(dirs);
        if (trace && now >= next_trace) {
            write_trace(trace, dirs);
            next_trace = now + TRACE_NS;
        }
        if (trace && wake > next_trace)
            wake = next_trace;
        if (wake < now + o->tick_ns)
            wake = now + o->tick_ns;
        /* After a turn with traffic sleep a whole tick without looking at the
         * devices, so that packets come in batches; else wait for the next one. */
        bool batch = got > 0;
        if (batch)
            wake = now + o->tick_ns;
        uint64_t ns = wake == UINT64_MAX ? 1000000000u : wake - now;
        struct timespec ts = {ns / 1000000000u, ns % 1000000000u};
        int n = ppoll(batch ? NULL : pf, batch ? 0 : cfd >= 0 ? 3 : 2, &ts, normal);
        if (n < 0 && errno != EINTR)
            die("poll: %s", strerror(errno));
        if (cfd >= 0 && (!batch || !(turn & 63)))
            control(cfd, dirs);
        if (g_dump) {
            g_dump = 0;
            write_stats(o->stats, dirs);
        }
    }
}

int main(int argc, char **argv)
{
    struct endpoint A = {.dev = "wan0", .fd = -1}, B = {.dev = "wan0", .fd = -1};
    struct params def = {.loss_burst = 1, .queue_bytes = -1, .burst_bytes = -1, .reorder_ms = 2};
    struct dir dirs[2] = {{.name = "ab", .p = def, .from = &A, .to = &B},
                          {.name = "ba", .p = def, .from = &B, .to = &A}};
    struct settings o = {.seed = 1, .tick_ns = 100000};
    parse_command_line(argc, argv, &o, dirs);
    sigset_t normal = catch_signals();

    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            dirs[i].rng[k] = splitmix(&o.seed);
            if (!dirs[i].rng[k])
                dirs[i].rng[k] = 1;
        }

    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0)
        die("/proc/self/ns/net: %s", strerror(errno));
    open_tun(&A, home);
    open_tun(&B, home);
    close(home);

    int cfd = o.ctl ? open_control(o.ctl) : -1;
    FILE *trace = o.trace ? must_open(o.trace) : NULL;
    prefer_punctual(o.rt);
    if (o.pidfile) {
        FILE *f = must_open(o.pidfile);
        fprintf(f, "%d\n", getpid());
        fclose(f);
    }
    carry(dirs, &o, cfd, trace, &normal);
    write_stats(o.stats, dirs);
    if (o.ctl)
        unlink(o.ctl);
    if (o.pidfile)
        unlink(o.pidfile);
    return 0;
}
