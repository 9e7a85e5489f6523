// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capgrep: what somebody on the path sees. Counts, on an interface or in a
 * capture file: packets that hold a given text, TCP in the clear of a given
 * connection, ESP by SPI. The counts come as one JSON object at the end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <jansson.h>

#define TEXTS_MAX	8
#define FLOWS_MAX	8
#define SPIS_MAX	256
#define SNAP		65535

struct end {
	bool any;
	uint8_t addr[16];	/* IPv4 is mapped into IPv6 */
	bool any_port;
	uint16_t port;
};

struct flow {
	const char *name;
	struct end a, b;
	unsigned long long packets, bytes;
};

struct spi {
	uint32_t spi;
	uint8_t dst[16];
	unsigned long long packets;
};

static struct {
	unsigned long long packets, tcp, udp, icmp, ike, esp, ah, other;
	unsigned long long text[TEXTS_MAX], dropped;
} sum;

static const char *texts[TEXTS_MAX];
static struct flow flows[FLOWS_MAX];
static struct spi spis[SPIS_MAX];
static unsigned int n_texts, n_flows, n_spis;
static volatile sig_atomic_t stop, report;

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void map4(uint8_t *out, const uint8_t *in)
{
	memset(out, 0, 10);
	out[10] = 0xff;
	out[11] = 0xff;
	memcpy(out + 12, in, 4);
}

/* ---- counting ---------------------------------------------------------- */

static bool at_end(const struct end *e, const uint8_t *addr, uint16_t port)
{
	return (e->any || !memcmp(e->addr, addr, 16)) &&
	       (e->any_port || e->port == port);
}

static void count_tcp(const uint8_t *src, const uint8_t *dst, const uint8_t *p,
		      size_t len)
{
	uint16_t sport, dport;
	size_t header;
	unsigned int i;

	sum.tcp++;
	if (len < 20)
		return;
	sport = get16(p);
	dport = get16(p + 2);
	header = (size_t)(p[12] >> 4) * 4;
	for (i = 0; i < n_flows; i++) {
		struct flow *f = &flows[i];

		if ((at_end(&f->a, src, sport) && at_end(&f->b, dst, dport)) ||
		    (at_end(&f->b, src, sport) && at_end(&f->a, dst, dport))) {
			f->packets++;
			if (len > header)
				f->bytes += len - header;
		}
	}
}

static void count_esp(const uint8_t *dst, const uint8_t *p, size_t len)
{
	unsigned int i;
	uint32_t spi;

	sum.esp++;
	if (len < 8)
		return;
	spi = get32(p);
	for (i = 0; i < n_spis; i++)
		if (spis[i].spi == spi && !memcmp(spis[i].dst, dst, 16))
			break;
	if (i == SPIS_MAX)
		return;
	if (i == n_spis) {
		n_spis++;
		spis[i].spi = spi;
		memcpy(spis[i].dst, dst, 16);
	}
	spis[i].packets++;
}

static void count_upper(uint8_t proto, const uint8_t *src, const uint8_t *dst,
			const uint8_t *p, size_t len)
{
	switch (proto) {
	case IPPROTO_TCP:
		count_tcp(src, dst, p, len);
		break;
	case IPPROTO_UDP:
		sum.udp++;
		if (len >= 8 && (get16(p) == 500 || get16(p + 2) == 500))
			sum.ike++;
		/* ESP in UDP has a SPI where IKE has four zero bytes */
		if (len >= 16 && (get16(p) == 4500 || get16(p + 2) == 4500)) {
			if (get32(p + 8))
				count_esp(dst, p + 8, len - 8);
			else
				sum.ike++;
		}
		break;
	case IPPROTO_ESP:
		count_esp(dst, p, len);
		break;
	case IPPROTO_AH:
		sum.ah++;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		sum.icmp++;
		break;
	default:
		sum.other++;
	}
}

static void count_ip(const uint8_t *p, size_t len)
{
	uint8_t src[16], dst[16], proto;
	size_t h, step;

	if (len >= 20 && p[0] >> 4 == 4) {
		h = (size_t)(p[0] & 15) * 4;
		if (h < 20 || h > len || get16(p + 2) < h)
			return;
		if (get16(p + 2) < len)
			len = get16(p + 2);
		map4(src, p + 12);
		map4(dst, p + 16);
		proto = p[9];
		if (get16(p + 6) & 0x1fff) {
			sum.other++;	/* later fragments have no ports */
			return;
		}
	} else if (len >= 40 && p[0] >> 4 == 6) {
		memcpy(src, p + 8, 16);
		memcpy(dst, p + 24, 16);
		proto = p[6];
		h = 40;
		while (proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING ||
		       proto == IPPROTO_DSTOPTS || proto == IPPROTO_FRAGMENT) {
			if (len < h + 8)
				return;
			if (proto == IPPROTO_FRAGMENT &&
			    get16(p + h + 2) & 0xfff8) {
				sum.other++;
				return;
			}
			step = proto == IPPROTO_FRAGMENT ? 8 :
			       (size_t)(p[h + 1] + 1) * 8;
			proto = p[h];
			h += step;
		}
		if (h > len)
			return;
	} else {
		return;
	}
	count_upper(proto, src, dst, p + h, len - h);
}

static void count_packet(const uint8_t *p, size_t len)
{
	unsigned int i;

	sum.packets++;
	/* the whole packet: a text may hide anywhere */
	for (i = 0; i < n_texts; i++)
		if (memmem(p, len, texts[i], strlen(texts[i])))
			sum.text[i]++;
	count_ip(p, len);
}

/* ---- sources ----------------------------------------------------------- */

static uint32_t swap32(uint32_t v, bool swap)
{
	return swap ? __builtin_bswap32(v) : v;
}

static int read_file(const char *path)
{
	uint8_t *buf = malloc(SNAP + 1);
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	uint32_t head[6], rec[4];
	size_t skip;
	bool swap;
	int ret = 1;

	if (!f || !buf || fread(head, sizeof(head), 1, f) != 1)
		goto out;
	swap = head[0] == 0xd4c3b2a1 || head[0] == 0x4d3cb2a1;
	if (!swap && head[0] != 0xa1b2c3d4 && head[0] != 0xa1b23c4d)
		goto out;
	switch (swap32(head[5], swap) & 0xffff) {
	case 1:			/* Ethernet */
		skip = 14;
		break;
	case 101:		/* raw IP */
	case 12:
		skip = 0;
		break;
	case 113:		/* Linux cooked */
		skip = 16;
		break;
	case 276:		/* Linux cooked, version 2 */
		skip = 20;
		break;
	default:
		goto out;
	}
	ret = 0;
	while (fread(rec, sizeof(rec), 1, f) == 1) {
		uint32_t len = swap32(rec[2], swap);

		/* the last record of a capture that was killed may be cut */
		if (len > SNAP || fread(buf, 1, len, f) != len)
			break;
		if (len > skip)
			count_packet(buf + skip, len - skip);
	}
out:
	if (ret)
		fprintf(stderr, "capgrep: %s is no capture that I can read\n",
			path);
	if (f && f != stdin)
		fclose(f);
	free(buf);
	return ret;
}

static FILE *open_dump(const char *path)
{
	const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, SNAP, 101 };
	FILE *f = fopen(path, "we");

	if (!f || fwrite(head, sizeof(head), 1, f) != 1) {
		fprintf(stderr, "capgrep: cannot write %s\n", path);
		exit(1);
	}
	return f;
}

static void dump_packet(FILE *f, const uint8_t *p, size_t len)
{
	struct timespec ts;
	uint32_t rec[4];

	clock_gettime(CLOCK_REALTIME, &ts);
	rec[0] = (uint32_t)ts.tv_sec;
	rec[1] = (uint32_t)(ts.tv_nsec / 1000);
	rec[2] = (uint32_t)len;
	rec[3] = (uint32_t)len;
	fwrite(rec, sizeof(rec), 1, f);
	fwrite(p, len, 1, f);
}

static int open_interface(const char *name)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	int size = 16 << 20, fd;

	sll.sll_ifindex = (int)if_nametoindex(name);
	if (!sll.sll_ifindex) {
		fprintf(stderr, "capgrep: no interface %s\n", name);
		return -1;
	}
	/* protocol 0: nothing comes before the bind to the one interface */
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		perror("capgrep: packet socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll))) {
		perror("capgrep: bind");
		close(fd);
		return -1;
	}
	return fd;
}

static json_t *summary(void);

static void print(void)
{
	json_t *o = summary();

	json_dumpf(o, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
}

static int watch(int fd, double seconds, FILE *dump)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct tpacket_stats st;
	socklen_t len = sizeof(st);
	uint8_t *buf = malloc(SNAP + 1);
	struct timespec start, now;
	sigset_t block, wait;

	if (!buf)
		return 1;
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &wait);
	clock_gettime(CLOCK_MONOTONIC, &start);
	puts("{\"event\":\"ready\"}");
	fflush(stdout);
	for (;;) {
		struct timespec tick = { .tv_nsec = 200000000 };
		ssize_t n = recv(fd, buf, SNAP, MSG_DONTWAIT);

		if (n > 0) {
			count_packet(buf, (size_t)n);
			if (dump)
				dump_packet(dump, buf, (size_t)n);
			continue;
		}
		/* all that came is counted: now signals and the clock */
		if (report) {
			report = 0;
			print();
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (stop || (seconds > 0 &&
			     (double)(now.tv_sec - start.tv_sec) +
			     (double)(now.tv_nsec - start.tv_nsec) / 1e9 >
				     seconds))
			break;
		ppoll(&pfd, 1, &tick, &wait);
	}
	if (!getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &len))
		sum.dropped = st.tp_drops;
	free(buf);
	return 0;
}

/* ---- output ------------------------------------------------------------ */

static void put(json_t *o, const char *key, unsigned long long v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static json_t *summary(void)
{
	json_t *o = json_object(), *sub = json_object();
	char key[80], addr[INET6_ADDRSTRLEN];
	unsigned int i;

	put(o, "packets", sum.packets);
	for (i = 0; i < n_texts; i++)
		put(sub, texts[i], sum.text[i]);
	json_object_set_new(o, "text", sub);
	sub = json_object();
	for (i = 0; i < n_flows; i++) {
		json_t *f = json_object();

		put(f, "packets", flows[i].packets);
		put(f, "bytes", flows[i].bytes);
		json_object_set_new(sub, flows[i].name, f);
	}
	json_object_set_new(o, "flow", sub);
	sub = json_object();
	for (i = 0; i < n_spis; i++) {
		if (!memcmp(spis[i].dst, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12))
			inet_ntop(AF_INET, spis[i].dst + 12, addr,
				  sizeof(addr));
		else
			inet_ntop(AF_INET6, spis[i].dst, addr, sizeof(addr));
		snprintf(key, sizeof(key), "%s 0x%08x", addr, spis[i].spi);
		put(sub, key, spis[i].packets);
	}
	json_object_set_new(o, "spi", sub);
	put(o, "tcp", sum.tcp);
	put(o, "esp", sum.esp);
	put(o, "ah", sum.ah);
	put(o, "udp", sum.udp);
	put(o, "ike", sum.ike);
	put(o, "icmp", sum.icmp);
	put(o, "other", sum.other);
	put(o, "dropped", sum.dropped);
	return o;
}

/* ---- options ----------------------------------------------------------- */

static void usage(void)
{
	fputs("usage: capgrep { -i IF [-t SECONDS] [-w FILE] | -r FILE }\n"
	      "               [--text TEXT]... [--flow A,PORT,B,PORT]...\n"
	      "  --flow: addresses and ports may be *; both directions count\n"
	      "prints {\"event\":\"ready\"} when it listens, and the counts on SIGUSR1 and at\n"
	      "the end (SIGINT, SIGTERM or -t)\n", stderr);
	exit(2);
}

static void parse_end(char **rest, struct end *e)
{
	char *addr = strsep(rest, ",");
	char *port = strsep(rest, ",");
	uint8_t four[4];

	if (!addr || !port)
		usage();
	e->any = !strcmp(addr, "*");
	e->any_port = !strcmp(port, "*");
	e->port = (uint16_t)atoi(port);
	if (inet_pton(AF_INET, addr, four) == 1)
		map4(e->addr, four);
	else if (!e->any && inet_pton(AF_INET6, addr, e->addr) != 1)
		usage();
}

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		report = 1;
	else
		stop = 1;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "text", 1, NULL, 'T' }, { "flow", 1, NULL, 'F' },
		{ NULL, 0, NULL, 0 }
	};
	const char *interface = NULL, *file = NULL, *dump_path = NULL;
	struct sigaction sa = { .sa_handler = on_signal };
	double seconds = 0;
	FILE *dump = NULL;
	int c, fd, ret;
	char *rest;

	while ((c = getopt_long(argc, argv, "i:t:r:w:", longs, NULL)) != -1) {
		switch (c) {
		case 'i':
			interface = optarg;
			break;
		case 't':
			seconds = atof(optarg);
			break;
		case 'r':
			file = optarg;
			break;
		case 'w':
			dump_path = optarg;
			break;
		case 'T':
			if (n_texts == TEXTS_MAX || !*optarg)
				usage();
			texts[n_texts++] = optarg;
			break;
		case 'F':
			if (n_flows == FLOWS_MAX)
				usage();
			flows[n_flows].name = strdup(optarg);
			rest = optarg;
			parse_end(&rest, &flows[n_flows].a);
			parse_end(&rest, &flows[n_flows++].b);
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !interface == !file)
		usage();
	if (file) {
		ret = read_file(file);
	} else {
		sigaction(SIGINT, &sa, NULL);
		sigaction(SIGTERM, &sa, NULL);
		sigaction(SIGUSR1, &sa, NULL);
		if (dump_path)
			dump = open_dump(dump_path);
		fd = open_interface(interface);
		if (fd < 0)
			return 1;
		ret = watch(fd, seconds, dump);
		close(fd);
		if (dump && fclose(dump))
			ret = 1;
	}
	if (!ret)
		print();
	while (n_flows)
		free((char *)flows[--n_flows].name);
	return ret;
}
