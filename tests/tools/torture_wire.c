// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Somebody on the path: sees every packet between the hosts, and sends what a
 * stranger, or a peer with an SA of another flow, would send if it knew all
 * numbers of a connection.
 */
#include <net/ethernet.h>
#include <net/if.h>
#include <openssl/evp.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>

#include "tests/tools/rawip.h"
#include "tests/tools/torture.h"

#define SNAP		65536
#define ROOM		(16 << 20)	/* of the watcher's socket */
#define DATA		64		/* as long as a record */
#define SEQ_FIRST	0x80000000	/* of ESP: past what hosts count */

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/* ESP: SPI and number, IV, what is encrypted, ICV */
enum { ESP_HEADER = 8, ESP_IV = 8, ESP_ICV = 16, ESP_SALT = 4, ESP_KEY = 32 };

static int watcher = -1, senders[FAMILIES] = { -1, -1 };
static uint32_t esp_seq = SEQ_FIRST;

void wire_start(const char *interface)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	int room = ROOM;

	enter(ROUTER);
	ll.sll_protocol = htons(ETH_P_ALL);
	ll.sll_ifindex = (int)if_nametoindex(interface);
	watcher = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			 0);
	if (watcher < 0 ||
	    setsockopt(watcher, SOL_SOCKET, SO_RCVBUFFORCE, &room,
		       sizeof(room)) ||
	    bind(watcher, (struct sockaddr *)&ll, sizeof(ll)))
		fault("tool", "cannot watch %s: %s", interface,
		      strerror(errno));
	enter(STRANGER);
	senders[V4] = raw_open("torture", AF_INET);
	senders[V6] = raw_open("torture", AF_INET6);
}

void wire_end(void)
{
	struct tpacket_stats st;
	socklen_t len = sizeof(st);

	wire_watch();
	if (getsockopt(watcher, SOL_PACKET, PACKET_STATISTICS, &st, &len) ||
	    st.tp_drops)
		fault("tool", "the watcher missed packets");
	close(watcher);
	close(senders[V4]);
	close(senders[V6]);
}

/* Where the transport header begins, and of which protocol it is; or 0. */
static size_t headers(const uint8_t *p, size_t len, uint8_t *proto)
{
	if (len >= 20 && p[0] >> 4 == 4) {
		*proto = p[9];
		return (size_t)(p[0] & 15) * 4;
	}
	if (len >= 40 && p[0] >> 4 == 6) {
		*proto = p[6];
		return 40;
	}
	return 0;
}

static size_t transport(uint8_t proto, const uint8_t *p, size_t len)
{
	if (proto == IPPROTO_UDP)
		return 8;
	return proto == IPPROTO_TCP && len >= 20 ? (size_t)(p[12] >> 4) * 4 :
						   len;
}

static bool is(const uint8_t *p, size_t len, const char *text)
{
	return memmem(p, len, text, strlen(text));
}

/*
 * In the clear there may be what opens and ends, what a socket without a latch
 * says, and what the stranger said. Nothing of a record, wherever it hides.
 */
static void look(const uint8_t *p, size_t len)
{
	uint8_t proto;
	size_t at;

	counts.seen++;
	if (is(p, len, MARK_RECORD))
		fault("wire", "a record is on the wire: %zu bytes, \"%.40s\"",
		      len, (const char *)memmem(p, len, MARK_RECORD,
						strlen(MARK_RECORD)));
	at = headers(p, len, &proto);
	if (!at || at > len)
		return;
	at += transport(proto, p + at, len - at);
	if ((proto == IPPROTO_TCP || proto == IPPROTO_UDP) && at < len &&
	    !is(p + at, len - at, MARK_HELLO) &&
	    !is(p + at, len - at, MARK_FORGED))
		fault("wire", "%zu bytes of payload are in the clear",
		      len - at);
}

void wire_watch(void)
{
	static uint8_t p[SNAP + 1];
	ssize_t n;

	while ((n = recv(watcher, p, SNAP, MSG_DONTWAIT)) >= 0) {
		p[n] = '\0';
		look(p, (size_t)n);
	}
}

/* ---- what is forged ---------------------------------------------------- */

struct packet {
	uint8_t src[16], dst[16];
	uint8_t p[PACKET_MAX];
	size_t len;
};

static int af(unsigned int family)
{
	return family == V4 ? AF_INET : AF_INET6;
}

static size_t put_data(uint8_t *p)
{
	size_t i;

	for (i = 0; i < DATA; i++)
		p[i] = (uint8_t)MARK_FORGED[i % strlen(MARK_FORGED)];
	return DATA;
}

static uint8_t flags_of(enum forgery what)
{
	static const uint8_t flags[FORGERIES] = {
		[FORGE_DATA] = PSH | ACK,
		[FORGE_RST] = RST,
		[FORGE_FIN] = FIN | ACK,
		[FORGE_SYN] = SYN,
	};

	return flags[what];
}

static void put_tcp(struct packet *k, unsigned int family, enum forgery what,
		    uint32_t seq, uint32_t ack)
{
	put32(k->p + 4, seq);
	put32(k->p + 8, ack);
	k->p[12] = 5 << 4;
	k->p[13] = flags_of(what);
	put16(k->p + 14, 8192);
	k->len = 20;
	if (what == FORGE_DATA)
		k->len += put_data(k->p + 20);
	put16(k->p + 16, checksum(af(family), k->src, k->dst, IPPROTO_TCP,
				  k->p, k->len));
}

static void put_udp(struct packet *k, unsigned int family)
{
	k->len = 8 + put_data(k->p + 8);
	put16(k->p + 4, (uint16_t)k->len);
	put16(k->p + 6, checksum(af(family), k->src, k->dst, IPPROTO_UDP,
				 k->p, k->len));
}

/* What the end at @host would take for the other's; false if it is not open. */
static bool forge(struct packet *k, unsigned int slot, unsigned int host,
		  enum forgery what)
{
	unsigned int family = slot_family(slot);
	uint16_t client, server = (uint16_t)(SERVER_PORT + slot);
	uint32_t seq, ack;

	memset(k, 0, sizeof(*k));
	if (!conn_numbers(slot, host, &client, &seq, &ack))
		return false;
	host_addr(host == HOST_A ? HOST_B : HOST_A, family, k->src);
	host_addr(host, family, k->dst);
	put16(k->p, host == HOST_A ? server : client);
	put16(k->p + 2, host == HOST_A ? client : server);
	if (slot_proto(slot) == IPPROTO_TCP)
		put_tcp(k, family, what, seq, ack);
	else
		put_udp(k, family);
	return true;
}

static void transmit(const struct packet *k, unsigned int family,
		     uint8_t proto)
{
	uint8_t p[PACKET_MAX + 64];
	size_t h = ip_header(af(family), p, k->src, k->dst, proto, 64, k->len);

	memcpy(p + h, k->p, k->len);
	if (!raw_send(senders[family], af(family), k->dst, p, h + k->len))
		counts.forged++;
}

void wire_forge(unsigned int slot, unsigned int host, enum forgery what)
{
	struct packet k;

	if (forge(&k, slot, host, what))
		transmit(&k, slot_family(slot), slot_proto(slot));
}

/* RFC 4106: the key is the SPI behind zeros, its end is the salt. */
static void seal(uint32_t spi, const uint8_t *aad, const uint8_t *iv,
		 const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[ESP_KEY] = { 0 }, nonce[ESP_SALT + ESP_IV];
	int n;

	put32(nonce, spi);
	memcpy(nonce + ESP_SALT, iv, ESP_IV);
	if (!ctx ||
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, aad, ESP_HEADER) != 1 ||
	    EVP_EncryptUpdate(ctx, out, &n, in, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(ctx, out + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, ESP_ICV,
				out + len) != 1)
		fault("tool", "cannot encrypt");
	EVP_CIPHER_CTX_free(ctx);
}

/* The same under an SA whose key the forger has. */
void wire_forge_esp(unsigned int slot, unsigned int host, enum forgery what,
		    unsigned int flavour)
{
	unsigned int family = slot_family(slot);
	unsigned int way = host == HOST_A ? B_TO_A : A_TO_B;
	uint32_t spi = xfrm_spi(family, way, flavour);
	struct packet k, esp;
	size_t pad;

	if (!forge(&k, slot, host, what))
		return;
	/* padding, its length and what is inside, to four bytes */
	for (pad = 0; (k.len + pad + 2) % 4; pad++)
		k.p[k.len + pad] = (uint8_t)(pad + 1);
	k.p[k.len + pad] = (uint8_t)pad;
	k.p[k.len + pad + 1] = slot_proto(slot);
	k.len += pad + 2;

	memcpy(&esp, &k, sizeof(esp));
	put32(esp.p, spi);
	put32(esp.p + 4, ++esp_seq);
	put32(esp.p + 8, 0);
	put32(esp.p + 12, esp_seq);
	seal(spi, esp.p, esp.p + ESP_HEADER, k.p, k.len,
	     esp.p + ESP_HEADER + ESP_IV);
	esp.len = ESP_HEADER + ESP_IV + k.len + ESP_ICV;
	transmit(&esp, family, IPPROTO_ESP);
}
