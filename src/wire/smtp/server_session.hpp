#pragma once

#include "base/secret.hpp"
#include "wire/smtp/command.hpp"
#include "wire/smtp/receive_buffer.hpp"
#include "wire/smtp/reply.hpp"
#include "wire/smtp/sasl.hpp"
#include "wire/smtp/text_scanner.hpp"
#include "wire/smtp/transaction.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sealpost::smtp {

struct ServerLimits {
    std::uint64_t max_message_bytes = 50 * 1024 * 1024;  // also what SIZE says; 0: none
    std::uint64_t max_head_bytes = 256 * 1024;
    std::uint64_t max_text_line_bytes = 1000;  // with CRLF: RFC 5321 §4.5.3.1.6
    unsigned max_recipients = 1000;            // accepted ones; RFC 5321 §4.5.3.1.8: at least 100
    unsigned max_messages = 1000;              // transactions on one connection
    unsigned max_errors = 20;                  // 5xx that the client earned; then 421 and the end
    unsigned max_idle_commands = 100;          // NOOP, RSET, VRFY, a refused DATA … without a MAIL between
    unsigned max_refused_recipients = 100;     // for good, on one connection; then 421 and the end
};

// What this connection is offered. The owner may change it until the EHLO in question.
struct ServerProfile {
    std::string hostname;   // in the banner and the EHLO reply
    int banner_code = 220;  // RFC 5321 §4.2: 220 is what clients know; others are for those who must
    std::string banner;     // text behind the host name; empty: "ESMTP"
    bool offer_starttls = false;
    bool require_tls = false;        // MAIL before TLS is refused: 530 5.7.0
    bool tls_active = false;         // implicit TLS: set from the start
    bool offer_require_tls = false;  // REQUIRETLS, inside TLS: the owner passes it on, or bounces (RFC 8689)
    bool may_offer_auth = false;     // the session offers it under TLS only
    bool require_auth = false;       // MAIL before AUTH is refused: 530 5.7.0
    bool auth_without_tls = false;   // for loopback tests; never from configuration
    bool bare_addresses = false;     // MAIL and RCPT may lack the domain; the owner looks to it
    ServerLimits limits;
};

// What happened. Those marked (answer) wait for answer(Reply) before next() goes on.
struct NeedInput {};  // write output(), then read more
struct HelloSaid {
    std::string name;
    bool extended;
};                    // (answer) 250 lets it be
struct TlsWanted {};  // write output(), shake hands, tls_started()
struct CredentialsGiven {
    std::string user;
    Secret password;
    std::string acting_for;
};  // (answer) 235 or not
struct MailSaid {
    MailFrom mail;
};  // (answer)
struct RcptSaid {
    RcptTo rcpt;
};                        // (answer)
struct ContentWanted {};  // (answer) 354: go ahead; else refused
struct ContentPiece {
    std::string_view octets;
};                           // good until the next call of room()
struct ContentEnded {};      // (answer) the 250 that promises
struct TransactionReset {};  // forget sender, recipients and content
struct Ended {               // write output(), then close
    enum class Why { quit, peer_closed, violation, limit, refused } why;
    std::string detail;
    bool amid_content = false;  // the rest of a message may follow
};
using ServerEvent = std::variant<NeedInput, HelloSaid, TlsWanted, CredentialsGiven, MailSaid, RcptSaid, ContentWanted,
                                 ContentPiece, ContentEnded, TransactionReset, Ended>;

// A transaction, a recipient of it, or an AUTH that the session refused without asking its owner: for TLS, order, form, or
// a limit of the profile. It has been said already.
struct Refusal {
    enum class At { mail, rcpt, content, auth } at = At::mail;
    Reply reply;
    std::string argument;  // of MAIL or RCPT, as it came; of AUTH nothing is kept
};

// The server's side of one connection.
//
//   session.greet() or session.refuse(reply);
//   for (;;) { event = session.next(); … }
//
// output() collects replies, so that the answers to pipelined commands leave in one write; the owner
// writes it before it reads. TransactionReset is reported only when MAIL had been accepted; with Ended,
// in_transaction() tells whether there is something to forget.
//
// RFC 2920 §3.1 orders groups: what arrives behind EHLO, HELO, DATA or STARTTLS before their answer
// is a violation, and so is any octet after STARTTLS (RFC 3207 §6, CVE-2011-0411): 503 and the end.
class ServerSession {
public:
    explicit ServerSession(ServerProfile profile);

    void greet();                        // 220
    void refuse(const Reply& reply);     // 554 or 421 instead of a greeting; the session is over
    void shut_down(const Reply& reply);  // 421 at any time; the session is over

    [[nodiscard]] std::span<char> room();
    void received(std::size_t count) { buffer_.received(count); }
    void input_ended() { input_ended_ = true; }

    [[nodiscard]] ServerEvent next();
    void answer(const Reply& reply);
    void tls_started();

    [[nodiscard]] const std::string& output() const { return output_; }
    [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }

    // Those since the last call, in order; what nobody takes is forgotten beyond max_refusals_kept.
    [[nodiscard]] std::vector<Refusal> take_refusals() { return std::exchange(refusals_, {}); }
    static constexpr std::size_t max_refusals_kept = 64;
    // How much of a message that is refused already is read on, so that its sender hears why.
    static constexpr std::uint64_t max_discarded_bytes = 256ULL * 1024 * 1024;
    // On one connection, recipients that were answered with 4xx; then 421 and the end.
    static constexpr unsigned max_recipients_put_off = 10000;

    [[nodiscard]] ServerProfile& profile() { return profile_; }
    // Between transactions, waiting for a command: a good moment to end it politely.
    [[nodiscard]] bool is_idle() const
    {
        return state_ == State::command && !mail_accepted_ && awaited_ == Awaited::nothing && buffer_.empty();
    }
    // MAIL was accepted, and neither the end of content nor a TransactionReset has been reported.
    [[nodiscard]] bool in_transaction() const { return mail_accepted_; }
    // Content is read that is refused already: its reply comes when all of it has passed by.
    [[nodiscard]] bool is_discarding() const { return content_refusal_.has_value() && !is_over(); }
    [[nodiscard]] bool is_over() const { return ended_.has_value(); }
    // The names of the limits that the client met since the last call: message_size, line_length, messages_per_connection,
    // recipients_per_message, refused_recipients, errors, idle_commands.
    [[nodiscard]] std::vector<std::string_view> take_limits_met() { return std::exchange(limits_met_, {}); }

private:
    enum class State { command, auth, data, chunk, handshake };
    enum class Awaited { nothing, hello, credentials, mail, rcpt, go_ahead, final };
    using Step = std::optional<ServerEvent>;  // nothing: go round again

    Step step();

    // commands (server_session.cpp)
    Step next_command();
    Step run(const Command& command);
    Step run_hello(const Command& command);
    Step run_starttls(const Command& command);
    Step run_mail(const Command& command);
    Step run_rcpt(const Command& command);
    Step run_data(const Command& command);
    Step run_without_argument(const Command& command);
    Step run_small_talk(const Command& command);
    [[nodiscard]] ParameterOffer offer() const;
    [[nodiscard]] std::optional<Reply> find_mail_obstacle() const;
    [[nodiscard]] std::optional<Reply> find_content_obstacle() const;

    // answers (server_answers.cpp)
    void answer_hello(const Reply& reply);
    void answer_mail(const Reply& reply);
    void answer_rcpt(const Reply& reply);
    void answer_credentials(const Reply& reply);
    void answer_go_ahead(const Reply& reply);
    void answer_final(const Reply& reply);
    [[nodiscard]] std::vector<std::string> offered_keywords() const;

    // authentication (server_answers.cpp)
    Step run_auth(const Command& command);
    Step next_auth_line();
    Step follow_auth(SaslStep sasl);

    // content (server_content.cpp)
    Step run_bdat(const Command& command);
    Step next_data();
    Step next_chunk();
    Step end_chunk();
    Step take_piece(std::string_view piece);
    Step break_off_content(TextScanner::Found found);
    Step give_up_content(Reply refusal);
    Step end_refused_content();
    Step say_content_refusal(const Reply& refusal);
    Step end_content();
    [[nodiscard]] std::optional<Reply> find_excess() const;

    // One line with its CRLF, or what is wrong with it, or NeedInput.
    struct Line {
        std::string_view text;  // without CRLF
        std::size_t bytes = 0;
    };
    std::variant<Line, ServerEvent> take_line();

    void say(Reply reply);
    void say_plainly(const Reply& reply) { output_ += format_reply(reply); }  // without an enhanced code
    Step blame(const Reply& reply);                                           // says it, and counts it against the client
    Step count_error();                                                       // the end when there were too many
    std::optional<ServerEvent> count_put_off();                               // a recipient who heard 4xx; the same
    std::optional<ServerEvent> count_idle();  // a command that brings no message nearer; the end when there were too many
    ServerEvent end(Ended::Why why, std::string_view detail);
    ServerEvent end_with(const Reply& reply, Ended::Why why, std::string_view detail);
    ServerEvent await(Awaited what, ServerEvent event);
    ServerEvent after_reset(ServerEvent event);  // a TransactionReset first, if there is something to reset
    void forget_transaction();
    Step decline(Refusal::At at, const Reply& reply, std::string_view argument = {});  // the same, and notes it
    void note(Refusal::At at, const Reply& reply, std::string_view argument);

    ServerProfile profile_;
    ReceiveBuffer buffer_;
    std::string output_;
    State state_ = State::command;
    Awaited awaited_ = Awaited::nothing;
    bool input_ended_ = false;
    std::optional<ServerEvent> postponed_;
    std::optional<Ended> ended_;
    std::vector<Refusal> refusals_;
    std::vector<std::string_view> limits_met_;

    std::string hello_name_;  // empty: neither HELO nor EHLO was accepted
    std::string hello_offered_;
    bool extended_ = false;
    bool hello_offered_extended_ = false;
    std::string user_;
    std::string user_offered_;
    SaslServer sasl_;
    unsigned errors_ = 0;
    unsigned idle_commands_ = 0;
    unsigned transactions_ = 0;
    unsigned recipients_refused_ = 0;  // for good, on this connection
    unsigned recipients_put_off_ = 0;  // for the moment, or since there were enough

    bool mail_accepted_ = false;
    bool smtputf8_ = false;
    unsigned recipients_ = 0;
    bool recipient_refused_ = false;  // in this transaction

    TextScanner scanner_{TextScanner::Framing::dots};
    std::optional<Reply> content_refusal_;  // what the client will hear when its content has passed by
    std::uint64_t discarded_bytes_ = 0;
    std::uint64_t chunk_bytes_ = 0;
    std::uint64_t chunk_left_ = 0;
    bool chunk_is_last_ = false;
    bool chunking_ = false;  // a BDAT of this transaction was let in
    // What a chunk of a message was refused with: those that follow it without another command between hear it, too.
    std::optional<Reply> chunk_refusal_;
    bool chunk_is_of_message_ = false;  // there was a transaction when it began, or its message is refused already
};

}  // namespace sealpost::smtp
