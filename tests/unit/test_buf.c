// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reader and writer at their edges: exactly enough, one too few, nothing at
 * all, lengths that would overflow.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/ike/buf.h"

static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void reads_numbers(void)
{
	struct rbuf r;
	uint32_t v32 = 0;
	uint16_t v16 = 0;
	uint8_t v8 = 0;

	rbuf_init(&r, span(data, 7));
	CHECK(rbuf_u8(&r, &v8));
	CHECK_EQ(v8, 1);
	CHECK(rbuf_u16(&r, &v16));
	CHECK_EQ(v16, 0x0203);
	CHECK(rbuf_u32(&r, &v32));
	CHECK_EQ(v32, 0x04050607);
	CHECK_EQ(rbuf_left(&r), 0);
}

static void refuses_past_end(void)
{
	uint8_t to[8] = { 0xaa };
	uint32_t v32 = 0xaaaaaaaa;
	uint16_t v16 = 0xaaaa;
	uint8_t v8 = 0xaa;
	struct span s = { to, 1 };
	struct rbuf r;

	rbuf_init(&r, span(data, 3));
	CHECK(!rbuf_u32(&r, &v32));
	CHECK(!rbuf_copy(&r, to, 4));
	CHECK(!rbuf_span(&r, 4, &s));
	CHECK(!rbuf_span(&r, SIZE_MAX, &s));
	CHECK_EQ(rbuf_left(&r), 3);
	CHECK_EQ(v32, 0xaaaaaaaa);
	CHECK_EQ(to[0], 0xaa);
	CHECK(s.data == to && s.len == 1);
	CHECK(rbuf_copy(&r, to, 2));
	CHECK(!rbuf_u16(&r, &v16));
	CHECK_EQ(v16, 0xaaaa);
	CHECK(rbuf_u8(&r, &v8));
	CHECK(!rbuf_u8(&r, &v8));
	CHECK_EQ(v8, 3);
	CHECK(!rbuf_span(&r, SIZE_MAX, &s));
}

static void reads_nothing(void)
{
	struct span s = { data, 4 };
	struct rbuf r;

	rbuf_init(&r, span(NULL, 0));
	CHECK_EQ(rbuf_left(&r), 0);
	CHECK(rbuf_span(&r, 0, &s));
	CHECK_EQ(s.len, 0);
	CHECK(rbuf_copy(&r, NULL, 0));
	CHECK_EQ(rbuf_rest(&r).len, 0);
	CHECK(span_equal(span(NULL, 0), span(data, 0)));
	CHECK(!span_equal(span(NULL, 0), span(data, 1)));
	CHECK(span_equal(span(data, 8), span(data, 8)));
	CHECK(!span_equal(span(data, 4), span(data + 4, 4)));
}

static void rest(void)
{
	struct rbuf r;
	struct span s;
	uint8_t v;

	rbuf_init(&r, span(data, 8));
	CHECK(rbuf_u8(&r, &v));
	s = rbuf_rest(&r);
	CHECK(s.data == data + 1 && s.len == 7);
	CHECK_EQ(rbuf_left(&r), 0);
	CHECK_EQ(rbuf_rest(&r).len, 0);
}

static void writes(void)
{
	const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7, 0xff, 0xfe, 0xfd, 0xfc,
				 0xfb, 0xfa, 0xf9, 0xf8, 9, 8, 0, 0 };
	uint8_t buf[19];
	struct span out;
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u8(&w, 1);
	wbuf_u16(&w, 0x0203);
	wbuf_u32(&w, 0x04050607);
	wbuf_u64(&w, 0xfffefdfcfbfaf9f8);
	wbuf_bytes(&w, "\11\10", 2);
	CHECK(wbuf_reserve(&w, 2) == buf + 17);
	wbuf_span(&w, span(NULL, 0));
	CHECK(wbuf_done(&w, &out));
	CHECK(span_equal(out, span(want, sizeof(want))));
}

static void full_stays_failed(void)
{
	uint8_t buf[8] = { 0 };
	struct span out;
	struct wbuf w;

	wbuf_init(&w, buf, 3);
	wbuf_u32(&w, 0xffffffff);
	CHECK(w.failed);
	CHECK_EQ(buf[0], 0);
	wbuf_u8(&w, 1);		/* would fit, but an octet is missing before it */
	CHECK_EQ(w.len, 0);
	CHECK_EQ(buf[0], 0);
	CHECK(!wbuf_done(&w, &out));
	CHECK(!out.data && !out.len);
	wbuf_init(&w, buf, 3);
	wbuf_bytes(&w, data, SIZE_MAX);
	CHECK(w.failed);
	wbuf_init(&w, buf, 3);
	wbuf_u16(&w, 1);
	CHECK(!wbuf_reserve(&w, SIZE_MAX));
	CHECK(w.failed);
	wbuf_init(&w, NULL, 4);
	CHECK(w.failed);
}

static void patches(void)
{
	uint8_t buf[8];
	struct span out;
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u64(&w, 0);
	wbuf_patch_u8(&w, 7, 9);
	wbuf_patch_u16(&w, 0, 0x0102);
	wbuf_patch_u32(&w, 3, 0x03040506);
	CHECK(wbuf_done(&w, &out));
	CHECK(!memcmp(buf, "\1\2\0\3\4\5\6\11", 8));
	wbuf_patch_u16(&w, 7, 1);
	CHECK(w.failed);
	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u32(&w, 0);
	wbuf_patch_u8(&w, 4, 1);	/* inside the room, but not written yet */
	CHECK(w.failed);
	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u32(&w, 0);
	wbuf_patch_u32(&w, SIZE_MAX, 1);
	CHECK(w.failed);
}

static const struct ktap_test tests[] = {
	{ "reader gives numbers in host order", reads_numbers },
	{ "reader refuses what is past its end and does not move", refuses_past_end },
	{ "reader of nothing", reads_nothing },
	{ "reader gives the rest once", rest },
	{ "writer writes network order and fills its room", writes },
	{ "writer without room stays failed", full_stays_failed },
	{ "writer patches only what was written", patches },
};

int main(void)
{
	return KTAP_RUN(tests);
}
