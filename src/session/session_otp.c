/* SPDX-License-Identifier: MIT */
/* The MFA code of --otp. */
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"
#include "session/session.h"

/* It goes into a header: visible ASCII only. The message must not quote it. */
int session_check_otp(const char *otp, struct err *err)
{
    enum { OTP_MAX = 64 };
    size_t len = otp != NULL ? strlen(otp) : 0;
    return otp == NULL || (len > 0 && len <= OTP_MAX && text_word_len(otp, len) == len)
               ? 0
               : err_set(err, ERR_USAGE,
                         "--otp is no MFA code: that is one word, mostly six digits");
}

/* A line, as from `oathtool ... | duplojit ... --otp -`. */
int session_read_otp(struct session *session, struct err *err)
{
    struct buf line;
    session->otp = args_text(session->args, OPTION_OTP);
    if (session->otp == NULL || strcmp(session->otp, "-") != 0) {
        return 0;
    }
    if (!session->interactive && session->identity.kind == IDENTITY_STDIN) {
        return err_set(err, ERR_USAGE, "--token - and --otp - cannot both read standard input");
    }
    buf_init(&line, sizeof(session->otp_line) - 1);
    int result = fs_read_fd(STDIN_FILENO, "the MFA code on standard input", &line, err);
    size_t len = strcspn(buf_str(&line), "\r\n");
    if (result == 0) {
        memcpy(session->otp_line, buf_str(&line), len);
        session->otp_line[len] = '\0';
        session->otp = session->otp_line;
        result = session_check_otp(session->otp, err);
    }
    buf_done(&line);
    return result;
}
