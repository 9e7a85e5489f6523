// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hostile octets through parse (outer and inner), the payload rules, and build.
 * The SK payload is taken to be in clear, so that the inner chain is reached
 * without keys. What is parsed must stay inside its octets, and what is built
 * of it must be parsed to the same again.
 */
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/names.h"
#include "tests/unit/ike_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t clear[2][SAMPLE_MAX], inner[2][SAMPLE_MAX];
static struct span clear_span[2], inner_span[2];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_names(const struct ike_msg *msg)
{
	unsigned int i;

	must(*ike_name_exchange(msg->hdr.exchange));
	for (i = 0; i < msg->n_notifies; i++)
		must(*ike_name_notify(msg->notify[i].type));
	for (i = 0; i < msg->sa.n_transforms; i++)
		must(*ike_name_transform(msg->sa.transform[i].type,
					 msg->sa.transform[i].id));
}

/* Everything but what build leaves out on purpose is the same again. */
static void check_round_trip(const struct ike_msg *msg, enum ike_shape shape)
{
	static struct ike_msg second;
	struct ike_parse_fail fail;
	struct ike_rules_fail rules;
	uint8_t first[2];

	must(sample_close(msg, clear[0], inner[0], &clear_span[0],
			  &inner_span[0], &first[0]));
	must(!ike_parse_outer(clear_span[0], &second, &fail));
	second.sk = msg->sk;
	must(!ike_parse_inner(first[0], inner_span[0], &second, &fail));
	must(sample_close(&second, clear[1], inner[1], &clear_span[1],
			  &inner_span[1], &first[1]));
	must(first[0] == first[1] && span_equal(clear_span[0], clear_span[1]) &&
	     span_equal(inner_span[0], inner_span[1]));
	must(second.n_notifies == msg->n_notifies &&
	     second.n_certs == msg->n_certs &&
	     second.sa.n_transforms == msg->sa.n_transforms &&
	     second.tsi.count == msg->tsi.count);
	/* a selector payload with nothing that we know in it is not built */
	if ((!msg->tsi.present || msg->tsi.count) &&
	    (!msg->tsr.present || msg->tsr.count))
		must(ike_rules_check(&second, &rules) == shape);
}

static void check_sk(struct span datagram, const struct ike_msg *msg)
{
	struct ike_sk_parts parts;

	if (ike_sk_split(datagram, &msg->sk, 8, 16, &parts))
		must(parts.iv.len == 8 && parts.icv.len == 16 &&
		     parts.text.len && parts.aad.len == msg->sk.aad_len &&
		     parts.iv.len + parts.text.len + parts.icv.len ==
		     msg->sk.body.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ike_msg msg;
	const struct span datagram = span(data, size);
	struct ike_parse_fail fail;
	struct ike_rules_fail rules;
	enum ike_parse_code code;
	enum ike_shape shape;
	uint32_t spi;

	code = ike_parse_outer(datagram, &msg, &fail);
	must(code < IKE_PARSE_NUM_CODES && code == fail.code);
	must(*ike_parse_text(code) && fail.offset <= size);
	(void)ike_parse_notify(code);
	if (code)
		return 0;
	(void)ike_rules_outer(&msg, &rules);
	check_sk(datagram, &msg);
	if (sample_open(datagram, &msg, &fail))
		return 0;
	must(!sample_broken(&msg, datagram));
	shape = ike_rules_check(&msg, &rules);
	must((shape == IKE_SHAPE_NONE) == (rules.code != IKE_RULES_OK));
	must(*ike_rules_text(rules.code) && *ike_shape_name(shape));
	if (msg.n_deletes)
		must(ike_delete_spi(&msg.del[0], 0, &spi) ==
		     (msg.del[0].proto != IKE_PROTO_IKE));
	check_names(&msg);
	check_round_trip(&msg, shape);
	return 0;
}
