// One message: MAIL, RCPT and the content, as DATA or in chunks.
#include "wire/smtp/client_session.hpp"
#include "wire/smtp/command.hpp"

#include <algorithm>
#include <cassert>

namespace sealpost::smtp {
namespace {

constexpr unsigned max_chunks_under_way = 4;

}  // namespace

void ClientSession::begin(OutgoingMail mail)
{
    assert(!outcome_ && expected_.empty());
    mail_ = std::move(mail);
    outcome_.emplace();
    outcome_->recipients.resize(mail_.recipients.size());
    rcpt_sent_ = rcpt_answered_ = 0;
    chunks_under_way_ = 0;
    scanner_ = TextScanner(TextScanner::Framing::counted);
    held_.clear();
    if (mail_.mail.smtputf8 && !offered_.smtputf8) {  // RFC 6531 §3.2: it must not be sent
        outcome_->problem = "the server does not offer SMTPUTF8";
        ready_ = finish();
        return;
    }
    if (mail_.mail.require_tls && !offered_.require_tls) {  // RFC 8689 §4.2.1: nor this
        outcome_->problem = "the server does not offer REQUIRETLS";
        ready_ = finish();
        return;
    }
    if (std::exchange(needs_reset_, false)) {
        send("RSET", Expect::rset);
        if (!offered_.pipelining) return;
    }
    send_envelope();
}

// RFC 2920 §3.1: MAIL, RCPT and DATA go out together, DATA last. With chunks the recipients' replies
// are awaited first, so that no content travels in vain.
void ClientSession::send_envelope()
{
    send("MAIL FROM:" + format_mail(mail_.mail, offered_), Expect::mail);
    if (!offered_.pipelining) return;
    while (rcpt_sent_ < mail_.recipients.size()) send_rcpt();
    if (!offered_.chunking) send("DATA", Expect::data);
}

void ClientSession::send_rcpt() { send("RCPT TO:" + format_rcpt(mail_.recipients[rcpt_sent_++], offered_), Expect::rcpt); }

ClientSession::Step ClientSession::take_transaction_reply(Expect expected, Reply reply)
{
    const bool farewell = reply.code == 421;
    if (farewell) outcome_->problem = "the server ended the session: " + format_reply_line(reply);
    Step event;
    switch (expected) {
        case Expect::rset:
            if (!farewell && !offered_.pipelining) send_envelope();
            break;
        case Expect::mail: event = take_mail_reply(std::move(reply)); break;
        case Expect::rcpt: event = take_rcpt_reply(std::move(reply)); break;
        case Expect::data: event = take_data_reply(std::move(reply)); break;
        default: event = take_content_reply(expected, std::move(reply)); break;
    }
    if (farewell && !event) return finish();
    return event;
}

ClientSession::Step ClientSession::take_mail_reply(Reply reply)
{
    const bool accepted = reply.is_positive();
    outcome_->mail = std::move(reply);
    outcome_->stage = Stage::mail;
    if (accepted && !offered_.pipelining) send_rcpt();
    if (!accepted && expected_.empty()) return finish();
    return std::nullopt;
}

ClientSession::Step ClientSession::take_rcpt_reply(Reply reply)
{
    const bool matters = outcome_->mail && outcome_->mail->is_positive();
    if (matters) {
        outcome_->recipients[rcpt_answered_] = std::move(reply);
        outcome_->stage = Stage::rcpt;
    }
    ++rcpt_answered_;
    if (!usable_) return std::nullopt;  // that was 421
    if (rcpt_sent_ < mail_.recipients.size()) send_rcpt();
    if (rcpt_answered_ < mail_.recipients.size()) return std::nullopt;
    return after_recipients();
}

bool ClientSession::any_recipient_accepted() const
{
    return std::any_of(outcome_->recipients.begin(), outcome_->recipients.end(),
                       [](const std::optional<Reply>& reply) { return reply && reply->is_positive(); });
}

ClientSession::Step ClientSession::after_recipients()
{
    if (!expected_.empty()) return std::nullopt;  // DATA is on its way already
    if (!any_recipient_accepted()) return finish();
    if (offered_.chunking)
        sending_content_ = true;
    else
        send("DATA", Expect::data);
    return std::nullopt;
}

ClientSession::Step ClientSession::take_data_reply(Reply reply)
{
    const bool wanted = any_recipient_accepted();
    if (wanted) outcome_->stage = Stage::data;
    if (reply.code == 354 && wanted) {
        sending_content_ = true;
    } else if (reply.code == 354) {
        // RFC 2920 §3.1: the server took DATA though no recipient is left: an empty message ends it.
        send(".", Expect::final);
    } else if (reply.code < 400) {
        // No reply to DATA (RFC 5321 §4.3.2): the server said something twice, and what it said since belongs to other commands.
        // Taken for the reply to the content, it would pass for a delivery of what was never sent.
        return fail("the server answered DATA with " + format_reply_line(reply));
    } else {
        if (wanted) outcome_->content = std::move(reply);
        return finish();
    }
    return std::nullopt;
}

ClientSession::Step ClientSession::take_content_reply(Expect expected, Reply reply)
{
    const bool settled = outcome_->content && !outcome_->content->is_positive();
    const bool positive = reply.is_positive();
    if (expected == Expect::chunk) --chunks_under_way_;
    if (!settled && any_recipient_accepted() && (expected == Expect::final || !positive)) outcome_->content = std::move(reply);
    outcome_->stage = Stage::content;
    if (!positive) sending_content_ = false;  // RFC 3030 §2: the rest of the chunks would be refused too
    if (expected == Expect::chunk && (positive || !expected_.empty())) return std::nullopt;
    return finish();
}

bool ClientSession::may_send_more() const
{
    return sending_content_ && chunks_under_way_ < (offered_.pipelining ? max_chunks_under_way : 1U);
}

bool ClientSession::check_content(std::string_view piece)
{
    for (;;) {
        const TextScanner::Step step = scanner_.scan(piece);
        piece.remove_prefix(step.consumed);
        if (step.found == TextScanner::Found::more) return true;
        if (step.found != TextScanner::Found::piece) return false;
    }
}

// The end of the content is never sent, so that the server throws away what it has.
void ClientSession::abandon(std::string problem)
{
    if (!outcome_) return;
    usable_ = false;
    outcome_->problem = std::move(problem);
    outcome_->stage = Stage::content;
    ready_ = finish();
}

void ClientSession::refuse_content(std::string_view problem)
{
    outcome_->content_unfit = true;
    abandon(std::string(problem));
}

void ClientSession::content(std::string_view piece)
{
    if (!sending_content_ || piece.empty()) return;
    const bool at_line_start = scanner_.is_at_line_start();
    if (!check_content(piece)) return refuse_content("the message holds a bare CR, a bare LF or a NUL");
    if (offered_.chunking) {
        if (!held_.empty()) send_chunk(false);
        held_ = piece;
        return;
    }
    if (at_line_start && piece.front() == '.') output_ += '.';
    append_stuffed(piece);
}

// RFC 5321 §4.5.2. Whether the first octet begins a line is the caller's to know.
void ClientSession::append_stuffed(std::string_view piece)
{
    while (!piece.empty()) {
        const std::size_t found = piece.find("\n.");
        const std::size_t count = found == std::string_view::npos ? piece.size() : found + 1;
        output_ += piece.substr(0, count);
        piece.remove_prefix(count);
        if (!piece.empty()) output_ += '.';
    }
}

void ClientSession::send_chunk(bool is_last)
{
    send("BDAT " + std::to_string(held_.size()) + (is_last ? " LAST" : ""), is_last ? Expect::final : Expect::chunk);
    output_ += held_;
    held_.clear();
    if (!is_last) ++chunks_under_way_;
}

void ClientSession::end_content()
{
    if (!sending_content_) return;
    if (scanner_.cr_is_pending()) return refuse_content("the message ends in the middle of a CRLF");
    const std::string_view line_end = scanner_.is_at_line_start() ? "" : "\r\n";
    sending_content_ = false;
    outcome_->stage = Stage::content;
    if (offered_.chunking) {
        held_ += line_end;
        return send_chunk(true);
    }
    output_ += line_end;
    send(".", Expect::final);
}

ClientEvent ClientSession::finish()
{
    TransactionOutcome outcome = std::move(*outcome_);
    outcome_.reset();
    expected_.clear();
    sending_content_ = false;
    held_.clear();
    const bool ended_by_server = outcome.content && outcome.content->is_positive();
    needs_reset_ = outcome.mail && outcome.mail->is_positive() && !ended_by_server;
    outcome.usable = usable_;
    return TransactionDone{std::move(outcome)};
}

}  // namespace sealpost::smtp
