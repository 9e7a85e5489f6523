// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions that several readers of a parsed message ask alike.
 */
#include "btnsd/ike/message.h"

const struct ike_notify_desc *ike_msg_notify_find(const struct ike_msg *msg,
						  unsigned int type)
{
	unsigned int i;

	for (i = 0; i < msg->n_notifies; i++)
		if (msg->notify[i].type == type)
			return &msg->notify[i];
	return NULL;
}

const struct ike_notify_desc *ike_msg_error_find(const struct ike_msg *msg)
{
	unsigned int i;

	for (i = 0; i < msg->n_notifies; i++)
		if (msg->notify[i].type < IKE_N_STATUS_MIN)
			return &msg->notify[i];
	return NULL;
}

bool ike_delete_spi(const struct ike_delete *del, unsigned int i, uint32_t *spi)
{
	struct span skipped;
	struct rbuf r;

	if (del->spi_len != IKE_ESP_SPI_LEN || i >= del->count)
		return false;
	rbuf_init(&r, del->spis);
	return rbuf_span(&r, (size_t)i * IKE_ESP_SPI_LEN, &skipped) &&
	       rbuf_u32(&r, spi);
}
