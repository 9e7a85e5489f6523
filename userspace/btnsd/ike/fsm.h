/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state machine: which message is taken in which state, and what becomes
 * of the IKE SA. One table, one dispatcher; replies are decided there and
 * nowhere else.
 */
#ifndef BTNSD_IKE_FSM_H
#define BTNSD_IKE_FSM_H

#include "btnsd/ike/build.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/rules.h"
#include "btnsd/ike/sa.h"

/** enum fsm_code - what an exchange's function says */
struct ike_choice;

enum fsm_code {
	FSM_FATAL = 0,	/* the IKE SA ends; a request is answered with sa->fault */
	FSM_OK,		/* go on to the next state; a request is answered */
	FSM_REFUSE,	/* the exchange failed, the IKE SA lives on */
	FSM_CLOSE,	/* the IKE SA ends, and the peer is told by Delete */
	FSM_END,	/* the IKE SA ends as it should; a request is answered */
	FSM_IGNORE,	/* as if the message had not come */
	FSM_AGAIN,	/* send the same task's request again, made anew */
	FSM_LATER,	/* the same, after a while */
};

/** enum start_code - what a task's function says */
enum start_code {
	START_OK,	/* the request is written */
	START_SKIP,	/* there is nothing to do any more */
	START_FAIL,	/* it cannot be made; sa->fault says why */
};

/* fsm.c: the table, and what runs it */
void fsm_dispatch(struct ike_sa *sa, enum ike_shape shape,
		  const struct ike_msg *msg);
void fsm_malformed(struct ike_sa *sa, const struct ike_hdr *hdr,
		   uint16_t notify, uint8_t payload, const char *text);
void fsm_start(struct ike_sa *sa);
void fsm_resend_due(void *arg);
void fsm_next_task_due(void *arg);
int nonce_cmp(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);
bool nonce_loses(const struct ike_sa *a, const struct ike_sa *b);

/* life.c: what happens to IKE SAs over time */
void life_established(struct ike_sa *sa);
void life_idle(struct ike_sa *sa);
void life_not_replaced(struct ike_sa *sa);
void life_lost(struct ike_sa *sa);
void life_failed(struct ike_sa *sa, const char *why);
void life_refused(struct ike_sa *sa, const struct ike_notify_desc *n);
void life_silent(struct ike_sa *sa);
void life_homeless(struct ike_sa *sa);
void life_crashed(struct ike_sa *sa);
void life_close(struct ike_sa *sa);
bool life_want(struct ike_sa *sa, const struct child_want *want);
void life_expiry_due(void *arg);
void life_hard_due(void *arg);
void life_reauth_due(void *arg);
void life_renew(struct ike_sa *old);
struct ike_sa *life_renew_for(struct ike_sa *old,
			      const struct child_want *want);
void life_dpd_due(void *arg);
void life_linger_due(void *arg);

/* life_time.c: how long they live */
void life_begin(struct ike_sa *sa);
void life_rekeyed(struct ike_sa *heir, const struct ike_sa *old);
void life_retire(struct ike_sa *old);
void life_reauth_changed(struct btnsd *d);
uint64_t life_renew_again(const struct btnsd *d);

/* life_child.c: what happens to child SAs over time */
void life_child_up(struct child *c);
void life_rekey(struct child *c);
void life_rekey_later(struct ike_sa *sa, uint32_t child_id);
void life_delete_child(struct child *c);
void life_child_vanished(struct child *c);
void life_rekey_due(void *arg);
void life_child_expired(void *arg);

/* x_init.c: IKE_SA_INIT */
uint16_t x_init_fault(enum crypto_code code);
enum crypto_code x_init_keys(struct ike_sa *sa, const struct ike_sa *old,
			     const struct ike_choice *c,
			     struct span peer_value);
enum start_code x_init_send(struct ike_sa *sa, struct task *t,
			    struct ike_build *b);
enum fsm_code x_init_req(struct ike_sa *sa, const struct ike_msg *m,
			 struct ike_build *b);
enum fsm_code x_init_resp(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b);
enum fsm_code x_init_notify(struct ike_sa *sa, const struct ike_msg *m,
			    struct ike_build *b);

/* x_intermediate.c: IKE_INTERMEDIATE */
void x_intermediate_announce(const struct ike_sa *sa, bool asked,
			     struct ike_build *b);
enum start_code x_intermediate_send(struct ike_sa *sa, struct task *t,
				    struct ike_build *b);
enum fsm_code x_intermediate_req(struct ike_sa *sa, const struct ike_msg *m,
				 struct ike_build *b);
enum fsm_code x_intermediate_resp(struct ike_sa *sa, const struct ike_msg *m,
				  struct ike_build *b);
enum fsm_code x_intermediate_refused(struct ike_sa *sa,
				     const struct ike_msg *m,
				     struct ike_build *b);
void x_intermediate_rekeyed(struct ike_sa *sa);

/* x_auth.c: IKE_AUTH */
enum start_code x_auth_send(struct ike_sa *sa, struct task *t,
			    struct ike_build *b);
enum fsm_code x_auth_req(struct ike_sa *sa, const struct ike_msg *m,
			 struct ike_build *b);
enum fsm_code x_auth_resp(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b);
enum fsm_code x_auth_refused(struct ike_sa *sa, const struct ike_msg *m,
			     struct ike_build *b);
bool x_auth_still_ok(struct ike_sa *sa);
bool x_auth_may_have(const struct ike_sa *sa, const struct sel *want);

/* x_child.c: CREATE_CHILD_SA, and the child part of IKE_AUTH */
enum start_code x_child_send(struct ike_sa *sa, struct task *t,
			     struct ike_build *b);
enum start_code x_rekey_send(struct ike_sa *sa, struct task *t,
			     struct ike_build *b);
bool x_child_offer(struct ike_sa *sa, struct task *t, struct ike_build *b);
enum fsm_code x_child_answer(struct ike_sa *sa, const struct ike_msg *m,
			     struct ike_build *b, struct child *old);
enum fsm_code x_child_take(struct ike_sa *sa, struct task *t,
			   const struct ike_msg *m);
enum fsm_code x_child_req(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b);
enum fsm_code x_rekey_req(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b);
enum fsm_code x_child_busy(struct ike_sa *sa, const struct ike_msg *m,
			   struct ike_build *b);
enum fsm_code x_child_resp(struct ike_sa *sa, const struct ike_msg *m,
			   struct ike_build *b);

/* x_refused.c: child SAs that the peer refuses us */
bool x_child_single(struct ike_sa *sa, struct task *t);
bool x_child_later(struct ike_sa *sa, struct task *t);
enum fsm_code x_child_none(struct ike_sa *sa);
enum fsm_code x_child_refused(struct ike_sa *sa, const struct ike_msg *m,
			      struct ike_build *b);

/* x_rekey.c: CREATE_CHILD_SA for the IKE SA itself */
enum start_code x_rekey_ike_send(struct ike_sa *sa, struct task *t,
				 struct ike_build *b);
enum fsm_code x_rekey_ike_req(struct ike_sa *sa, const struct ike_msg *m,
			      struct ike_build *b);
enum fsm_code x_rekey_ike_resp(struct ike_sa *sa, const struct ike_msg *m,
			       struct ike_build *b);
enum fsm_code x_rekey_ike_refused(struct ike_sa *sa, const struct ike_msg *m,
				  struct ike_build *b);
bool x_rekey_ike_busy(const struct ike_sa *sa);
void x_rekey_ike_settled(struct ike_sa *heir);
void x_rekey_ike_deleted(struct ike_sa *heir);

bool x_rekey_ike_may(struct ike_sa *sa);
void x_rekey_ike_taken(struct ike_sa *sa, struct ike_sa *heir, bool clash);
void x_rekey_ike_done(struct ike_sa *sa, struct task *t);
void x_rekey_ike_complete(struct ike_sa *sa, struct task *t);
bool x_rekey_ike_yield(struct ike_sa *sa);

/* x_followup.c: IKE_FOLLOWUP_KE, which completes such a rekey */
enum crypto_code x_followup_hold(struct ike_sa *sa, struct ike_sa *heir,
				 const struct ike_choice *c,
				 struct span peer_value, struct ike_build *b);
bool x_followup_waits(const struct ike_msg *m);
enum fsm_code x_followup_give_up(struct ike_sa *sa);
enum fsm_code x_followup_begin(struct ike_sa *sa, struct task *t,
			       const struct ike_choice *c,
			       const struct ike_msg *m);
void x_followup_forget(struct ike_sa *sa);
void x_followup_due(void *arg);
enum start_code x_followup_send(struct ike_sa *sa, struct task *t,
				struct ike_build *b);
enum fsm_code x_followup_req(struct ike_sa *sa, const struct ike_msg *m,
			     struct ike_build *b);
enum fsm_code x_followup_resp(struct ike_sa *sa, const struct ike_msg *m,
			      struct ike_build *b);
enum fsm_code x_followup_refused(struct ike_sa *sa, const struct ike_msg *m,
				 struct ike_build *b);

/* x_info.c: INFORMATIONAL */
enum start_code x_delete_child_send(struct ike_sa *sa, struct task *t,
				    struct ike_build *b);
enum start_code x_delete_ike_send(struct ike_sa *sa, struct task *t,
				  struct ike_build *b);
enum start_code x_liveness_send(struct ike_sa *sa, struct task *t,
				struct ike_build *b);
enum start_code x_token_send(struct ike_sa *sa, struct task *t,
			     struct ike_build *b);
enum fsm_code x_info_req(struct ike_sa *sa, const struct ike_msg *m,
			 struct ike_build *b);
enum fsm_code x_info_resp(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b);

#endif
