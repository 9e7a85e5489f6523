// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes to nothing as one of us cannot do what it should: it is said, and of
 * what. The linker has callers of a function call __wrap_NAME() (ld --wrap), which
 * fails when it is that one's turn.
 */
#include "ktap.h"

#include <errno.h>
#include <netinet/in.h>

#include "btnsd/crypto/sig.h"
#include "btnsd/ike/acquire.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/id.h"
#include "btnsd/ike/nat.h"
#include "refusal_world.h"

static const char *failing;
static unsigned int turn;

static bool fails(const char *name)
{
	return failing && !strcmp(failing, name) && turn && !--turn;
}

enum crypto_code __real_dh_new(uint16_t group, struct dh **out);
enum crypto_code __wrap_dh_new(uint16_t group, struct dh **out);

enum crypto_code __wrap_dh_new(uint16_t group, struct dh **out)
{
	if (fails("dh_new"))
		return CRYPTO_INTERNAL;
	return __real_dh_new(group, out);
}

struct task_offer *__real_task_offer(struct task *t);
struct task_offer *__wrap_task_offer(struct task *t);

struct task_offer *__wrap_task_offer(struct task *t)
{
	if (fails("task_offer"))
		return NULL;
	return __real_task_offer(t);
}

struct child *__real_child_new(struct ike_sa *sa, uint32_t reqid,
			       uint32_t seq);
struct child *__wrap_child_new(struct ike_sa *sa, uint32_t reqid,
			       uint32_t seq);

struct child *__wrap_child_new(struct ike_sa *sa, uint32_t reqid,
			       uint32_t seq)
{
	if (fails("child_new"))
		return NULL;
	return __real_child_new(sa, reqid, seq);
}

int __real_child_check(const struct child *c, uint8_t *verdict);
int __wrap_child_check(const struct child *c, uint8_t *verdict);

int __wrap_child_check(const struct child *c, uint8_t *verdict)
{
	if (fails("child_check"))
		return -EIO;
	return __real_child_check(c, verdict);
}

enum crypto_code __real_keymat_child(const struct ike_keys *keys,
				     struct span g_ir, struct span ni,
				     struct span nr, uint16_t encr,
				     uint16_t keybits, uint16_t integ,
				     struct child_keys *out);
enum crypto_code __wrap_keymat_child(const struct ike_keys *keys,
				     struct span g_ir, struct span ni,
				     struct span nr, uint16_t encr,
				     uint16_t keybits, uint16_t integ,
				     struct child_keys *out);

enum crypto_code __wrap_keymat_child(const struct ike_keys *keys,
				     struct span g_ir, struct span ni,
				     struct span nr, uint16_t encr,
				     uint16_t keybits, uint16_t integ,
				     struct child_keys *out)
{
	if (fails("keymat_child"))
		return CRYPTO_INTERNAL;
	return __real_keymat_child(keys, g_ir, ni, nr, encr, keybits, integ, out);
}

enum crypto_code __real_keymat_auth_octets(uint16_t prf,
					   const struct secret *sk_p,
					   struct span message,
					   struct span nonce,
					   struct span id_body,
					   struct span intauth,
					   struct auth_octets *out);
enum crypto_code __wrap_keymat_auth_octets(uint16_t prf,
					   const struct secret *sk_p,
					   struct span message,
					   struct span nonce,
					   struct span id_body,
					   struct span intauth,
					   struct auth_octets *out);

enum crypto_code __wrap_keymat_auth_octets(uint16_t prf,
					   const struct secret *sk_p,
					   struct span message,
					   struct span nonce,
					   struct span id_body,
					   struct span intauth,
					   struct auth_octets *out)
{
	if (fails("keymat_auth_octets"))
		return CRYPTO_INTERNAL;
	return __real_keymat_auth_octets(prf, sk_p, message, nonce, id_body,
				  intauth, out);
}

enum crypto_code __real_sig_sign(const struct key *key, enum sig_alg alg,
				 const struct span *parts, unsigned int n,
				 struct wbuf *out);
enum crypto_code __wrap_sig_sign(const struct key *key, enum sig_alg alg,
				 const struct span *parts, unsigned int n,
				 struct wbuf *out);

enum crypto_code __wrap_sig_sign(const struct key *key, enum sig_alg alg,
				 const struct span *parts, unsigned int n,
				 struct wbuf *out)
{
	if (fails("sig_sign"))
		return CRYPTO_INTERNAL;
	return __real_sig_sign(key, alg, parts, n, out);
}

bool __real_id_peer(const struct ike_id *id, struct lbtns_ident *out);
bool __wrap_id_peer(const struct ike_id *id, struct lbtns_ident *out);

bool __wrap_id_peer(const struct ike_id *id, struct lbtns_ident *out)
{
	if (fails("id_peer"))
		return false;
	return __real_id_peer(id, out);
}

bool __real_nat_build(const struct ike_sa *sa, struct ike_build *b);
bool __wrap_nat_build(const struct ike_sa *sa, struct ike_build *b);

bool __wrap_nat_build(const struct ike_sa *sa, struct ike_build *b)
{
	if (fails("nat_build"))
		return false;
	return __real_nat_build(sa, b);
}

bool __real_life_want(struct ike_sa *sa, const struct child_want *want);
bool __wrap_life_want(struct ike_sa *sa, const struct child_want *want);

bool __wrap_life_want(struct ike_sa *sa, const struct child_want *want)
{
	if (fails("life_want"))
		return false;
	return __real_life_want(sa, want);
}

struct ike_sa *__real_sa_new_initiator(struct btnsd *d,
				       const struct path *path);
struct ike_sa *__wrap_sa_new_initiator(struct btnsd *d,
				       const struct path *path);

struct ike_sa *__wrap_sa_new_initiator(struct btnsd *d,
				       const struct path *path)
{
	if (fails("sa_new_initiator"))
		return NULL;
	return __real_sa_new_initiator(d, path);
}

/* host 0 asks host 1 for SAs, and for others; one call of a function fails */
static void fail(const char *name, unsigned int nth)
{
	world_init(&w);
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_protect_ports(&w, 0);
	world_protect_ports(&w, 1);
	failing = name;
	turn = nth;
	up(0, "child = { pfs = true; };");
	up(1, "child = { pfs = true; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_acquire(&w, 0, 1, 81);
	world_run(&w);
	failing = NULL;
	CHECK_EQ(turn, 0);
}

static void key_exchange(void)
{
	fail("dh_new", 1);
	SAYS("10.0.0.2:500 #1: IKE_SA_INIT", "no key pair or nonce could be made");
	fail("dh_new", 2);
	SAYS("10.0.0.1:500 #1: IKE_SA_INIT refused: ",
	     "no key pair or nonce could be made");
	fail("nat_build", 2);
	SAYS("10.0.0.1:500 #1: IKE_SA_INIT refused: ", "hashing failed");
}

static void proof(void)
{
	fail("keymat_auth_octets", 1);
	SAYS("10.0.0.2:500 #1: IKE_AUTH not begun: ",
	     "our AUTH for PAD entry unknown cannot be made: ");
	fail("sig_sign", 2);
	SAYS("10.0.0.1:500 (SHA256:", "IKE_AUTH refused: ",
	     "signing with our key for PAD entry any failed: ");
	fail("id_peer", 1);
	SAYS("10.0.0.1:500 #1: IKE_AUTH refused: ",
	     "its identity could not be hashed");
	fail("keymat_auth_octets", 2);
	SAYS("10.0.0.1:500 #1: IKE_AUTH refused: ",
	     "it says fqdn:a.example (PAD entry none): its AUTH: ");
}

static void child(void)
{
	fail("task_offer", 2);
	SAYS("10.0.0.2:500 (SHA256:", "CREATE_CHILD_SA not begun: out of memory");
	fail("child_new", 1);
	SAYS("10.0.0.2:500 #1: IKE_AUTH not begun: the kernel gave no SPI");
	fail("child_new", 2);
	SAYS("10.0.0.1:500 (SHA256:", "IKE_AUTH: child refused: ",
	     "the kernel gave no SPI");
	fail("dh_new", 3);
	SAYS("10.0.0.2:500 (SHA256:",
	     "CREATE_CHILD_SA not begun: no key pair could be made");
	fail("dh_new", 4);
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "no key pair could be made (TEMPORARY_FAILURE)");
	fail("keymat_child", 1);
	SAYS("10.0.0.1:500 (SHA256:", "IKE_AUTH: child refused: ",
	     "the SAs were not made: ");
	fail("child_check", 2);
	SAYS("10.0.0.2:500 (SHA256:", "IKE_AUTH: child failed: ",
	     "it agrees to 10.0.0.1/32[any] -> 10.0.0.2/32[80] proto 6: the module does not answer: ");
}

/* an IKE SA in which the peer takes no more child SAs */
static struct ike_sa *full(void)
{
	struct ike_sa *sa;

	fail("none", 0);
	sa = world_sa(&w, 0);
	if (!CHECK(sa && sa->children))
		return sa;
	sa->full_until = timer_now(&w.h[0].d.timers) + IKE_FULL_MS;
	world_forget_log(&w);
	return sa;
}

static void elsewhere(const char *name)
{
	struct ike_sa *sa = full();
	struct child_want want = { .narrow = sa->children->sel,
				   .wide = sa->children->sel };

	failing = name;
	turn = 1;
	CHECK(!acquire_elsewhere(sa, &want));
	failing = NULL;
	CHECK_EQ(turn, 0);
	SAYS("acquire for 10.0.0.1/32[any] -> 10.0.0.2/32[8",
	     " refused: out of memory, or too many wait");
}

static void acquires(void)
{
	struct child_want want = { 0 };
	struct ike_sa *sa;

	elsewhere("sa_new_initiator");
	elsewhere("life_want");
	/* nor where there is an IKE SA beside the full one */
	sa = full();
	want.narrow = sa->children->sel;
	want.wide = sa->children->sel;
	CHECK(acquire_elsewhere(sa, &want));
	failing = "life_want";
	turn = 1;
	CHECK(!acquire_elsewhere(sa, &want));
	failing = NULL;
	SAYS("acquire for ", " refused: out of memory, or too many wait");
	/* and where none may have it */
	sa = full();
	want.narrow = sa->children->sel;
	w.h[0].k.n_pad = 0;
	w.h[0].d.pad.stale = true;
	CHECK(!acquire_elsewhere(sa, &want));
	SAYS("acquire for ",
	     " refused: the peer takes no more child SAs, and no other IKE SA can be begun for it");
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "key pairs and hashes of IKE_SA_INIT", key_exchange },
		{ "identities and AUTH, ours and the peer's", proof },
		{ "child SAs: memory, SPIs, key pairs, keys", child },
		{ "traffic for which there is no memory, or no IKE SA", acquires },
	};

	return KTAP_RUN(tests);
}
